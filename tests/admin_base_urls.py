"""A small admin site of its own, so that the base is tested without any slice's pages."""

from typing import Any

from django.db import connection
from django.urls import path
from unfold.sites import UnfoldAdminSite

from config import urls
from foundation.audit.admin import BursarAdmin, ObjectLink
from foundation.audit.forms import ActionForm, ReasonForm
from foundation.audit.object_actions import ListAction, ObjectAction, Outcome
from foundation.books.models import Fund
from foundation.errors import RuleViolation
from foundation.people.models import User


def fail_with(sqlstate: str) -> None:
    """Let the database refuse, as it does when two transactions meet."""
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{sqlstate}'; END $$")


def close(actor: User, fund: Fund, data: dict[str, Any]) -> str:
    if data["reason"] == "no":
        fund.name = "Half done"
        fund.save()
        raise RuleViolation("The reason “no” explains nothing. Say why.", field="reason")
    fund.is_open = False
    fund.save()
    if data["reason"].startswith("sqlstate "):
        fail_with(data["reason"].removeprefix("sqlstate "))
    return f"{fund} is closed."


def copy(actor: User, fund: Fund, data: dict[str, Any]) -> Outcome:
    other = Fund.objects.create(code=f"{fund.code}-copy", name="Copy")
    return Outcome(message="Copied.", go_to=other)


def close_all(actor: User, funds: Any, data: dict[str, Any]) -> str:
    for fund in funds:
        if fund.code == "general":
            raise RuleViolation("The general fund stays open. Choose others.")
        fund.is_open = False
        fund.save()
    return f"{len(funds)} closed."


class FundPage(BursarAdmin):
    list_display = ("name", "code")
    object_actions = (
        ObjectAction(
            name="close",
            label="Close fund",
            permission="foundation.change_fund",
            form_class=ReasonForm,
            call=close,
            description=lambda fund: f"{fund} will take no new commitments.",
            available=lambda fund: fund.is_open,
            danger=True,
        ),
        ObjectAction(
            name="copy",
            label="Copy fund",
            permission="foundation.add_fund",
            form_class=ActionForm,
            call=copy,
            description="A second fund of the same kind is made.",
        ),
    )
    list_actions = (
        ListAction(
            name="close_all",
            label="Close funds",
            permission="foundation.change_fund",
            call=close_all,
            description="They will take no new commitments.",
        ),
    )

    def save_through(self, request, obj, form, *, change):
        obj.purpose = "written before the refusal"
        obj.save()
        if obj.name == "Forbidden":
            raise RuleViolation("The name Forbidden is taken. Choose another.", field="name")
        if obj.name == "Collision":
            Fund.objects.create(code=obj.code, name="The same code again")
        if obj.name.startswith("sqlstate "):
            fail_with(obj.name.removeprefix("sqlstate "))
        if obj.name == "Elsewhere":
            raise RuleViolation("Funds rest today. Come back tomorrow.", field="weather")

    def get_object_links(self, request, obj):
        return [ObjectLink("Elsewhere", "/elsewhere/")]


site = UnfoldAdminSite("base")
site.register(Fund, FundPage)

urlpatterns = [path("base/", site.urls), *urls.urlpatterns]
