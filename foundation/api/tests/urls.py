"""Endpoints that exist for tests only: a writable list of funds, and one that fails as asked."""

from typing import Any

import psycopg
from django.db import DataError, IntegrityError, OperationalError, connection
from django.http import Http404
from django.urls import include, path
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from config import urls
from foundation.api.endpoints import FundSerializer
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput, StrictInput
from foundation.api.views import RecordViewSet
from foundation.books.models import Fund
from foundation.errors import Conflict, RuleViolation


class FundInput(StrictInput):
    code = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=120)
    purpose = serializers.CharField(required=False, allow_blank=True)


def _refused_by_trigger() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DO $$ BEGIN RAISE EXCEPTION 'secret' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )


def _raise(error: Exception) -> Any:
    def fail() -> None:
        raise error

    return fail


def _deadlock() -> None:
    raise OperationalError("secret") from psycopg.errors.DeadlockDetected("secret")


def _waited_too_long() -> None:
    raise OperationalError("secret") from psycopg.errors.LockNotAvailable("secret")


def _check_violation() -> None:
    raise IntegrityError("secret") from psycopg.errors.CheckViolation("secret")


FAILURES: dict[str, Any] = {
    "rule": _raise(RuleViolation("Choose a later day.", code="too_early", field="starts_on")),
    "rule-of-all": _raise(RuleViolation("This cannot be.")),
    "half": _raise(RuleViolation("There is no \ud800 here.", field="na\ud800me")),
    "conflict": _raise(Conflict("It is signed already.", code="signed")),
    "trigger": _refused_by_trigger,
    "deadlock": _deadlock,
    "busy": _waited_too_long,
    "check": _check_violation,
    "range": _raise(DataError("secret")),
    "missing": _raise(Http404("secret")),
    "bug": _raise(ZeroDivisionError("secret")),
}


class WritableFunds(RecordViewSet[Fund]):
    queryset = Fund.objects.all()
    serializer_class = FundSerializer
    required_scopes = {"read": Scope.COMMITMENTS_READ, "write": Scope.COMMITMENTS_WRITE}
    action_permissions = {"fail": "foundation.change_fund", "close": "foundation.change_fund"}
    inputs = {"create": FundInput, "partial_update": FundInput, "close": NoInput}
    ordering_fields = ("name", "available_from", "restriction")
    ordering = ("name",)

    def add(self, data: dict[str, Any]) -> Fund:
        return Fund.objects.create(**data)

    def change(self, record: Fund, data: dict[str, Any]) -> None:
        for name, value in data.items():
            setattr(record, name, value)
        record.save(update_fields=list(data))

    @action(detail=True, methods=["post"])
    @idempotent
    def close(self, request: Request, pk: str) -> Response:
        with self.locked() as fund:
            fund.is_open = False
            fund.save(update_fields=["is_open"])
            return self.answer(fund.pk)

    @action(detail=False, methods=["post"], url_path="fail/(?P<how>[a-z-]+)")
    def fail(self, request: Request, how: str) -> Response:
        FAILURES[how]()
        return Response()


class Undeclared(WritableFunds):
    required_scopes = {}


class UndeclaredAction(WritableFunds):
    action_permissions = {}


router = SimpleRouter()
router.register("writable", WritableFunds, "writable")
router.register("undeclared", Undeclared, "undeclared")
router.register("undeclared-action", UndeclaredAction, "undeclared-action")

urlpatterns = [path("test/", include(router.urls)), *urls.urlpatterns]
