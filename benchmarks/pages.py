"""Every list and every record's page of the admin site and the API, found rather than listed, and the reports."""

from datetime import timedelta
from functools import partial
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.core.cache import cache
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks.measure import in_turn, queries, timed
from benchmarks.sql import commitments_as_json
from config.api_urls import router
from foundation.api.models import ApiToken
from foundation.api.scopes import Scope
from foundation.api.services import create_token
from foundation.books.models import Fund
from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.directory.models import Sponsor

API_PAGE = "/api/v1/commitments/?page_size=100"
_PAGES_OF: dict[Any, tuple[str, ...]] = {
    Commitment: ("admin:sponsors_commitment_timeline", "commitment-timeline", "commitments-cash"),
    Sponsor: (
        "admin:sponsors_sponsor_timeline",
        "admin:sponsors_sponsor_statement",
        "sponsor-timeline",
        "sponsor-statement",
    ),
}


class Pages:
    """A signed-in person, a token, and the addresses to ask for."""

    def __init__(self) -> None:
        self.user = User.objects.create_superuser("bench@foundation.example", "not used", name="Bench")
        self.fund = Fund.objects.create(code="bench", name="Bench")
        issued = create_token(
            actor=self.user,
            owner=self.user,
            name="bench",
            scopes=list(Scope.values),
            expires_at=timezone.now() + timedelta(days=1),
            now=timezone.now(),
        )
        self.admin = Client()
        self.admin.force_login(self.user)
        self.api = Client(headers={"authorization": f"Bearer {issued.secret}"})

    def paths(self) -> dict[str, Client]:
        """Return the address of every list with the client that may see it."""
        found = {
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"): self.admin
            for model in admin.site._registry
            if model._meta.app_label in {"foundation", "sponsors"}
        }
        found["/admin/"] = self.admin
        for _prefix, view, basename in router.registry:
            if "get" in getattr(view, "http_method_names", []) and hasattr(view, "list"):
                found[reverse(f"{basename}-list")] = self.api
        return found | self._reports() | self._of_one_record()

    def _reports(self) -> dict[str, Client]:
        """Return the pages that sum up everything there is."""
        pages = ("admin:sponsors_installment_aged_debt", "admin:sponsors_receipt_by_year")
        return {reverse(name): self.admin for name in pages} | {
            reverse(name): self.api for name in ("aged-debt", "money-by-year")
        }

    def _of_one_record(self) -> dict[str, Client]:
        """Return the pages of the first row of every model, which are to cost the same among many rows."""
        found: dict[str, Client] = {}
        for model in admin.site._registry:
            first = model._default_manager.order_by("pk").first()
            if model._meta.app_label in {"foundation", "sponsors"} and first is not None:
                name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
                found[reverse(f"{name}_change", args=[first.pk])] = self.admin
                found[reverse(f"{name}_history", args=[first.pk])] = self.admin
        for _prefix, view, basename in router.registry:
            rows: QuerySet[Any] = vars(view)["queryset"]
            first = rows.order_by("pk").first()
            if "get" in getattr(view, "http_method_names", []) and first is not None:
                found[reverse(f"{basename}-detail", args=[first.pk])] = self.api
        for subject, pages in _PAGES_OF.items():
            first = subject.objects.order_by("pk").first()
            if first is not None:
                for name in pages:
                    client = self.admin if name.startswith("admin:") else self.api
                    found[reverse(name, args=[first.pk])] = client
        return found

    def get(self, path: str, client: Client) -> bytes:
        """Return the page, or the one row of which a list leads to. A benchmark of an error page would be quick and worthless."""
        response = client.get(path)
        if response.status_code == 302 and response["Location"].startswith(path):
            response = client.get(response["Location"])
        if response.status_code != 200:
            message = f"{path} answered {response.status_code}"
            raise RuntimeError(message)
        content: bytes = response.content
        return content

    def query_counts(self) -> dict[str, int]:
        # That a session and a token were used is noted once a minute, which would fall into some page's count.
        self.get("/admin/", self.admin)
        tomorrow = timezone.now() + timedelta(days=1)
        UserSession.objects.filter(user=self.user).update(last_seen_at=tomorrow)
        ApiToken.objects.filter(user=self.user).update(last_used_at=tomorrow)
        return {path: queries(partial(self.get, path, client)) for path, client in self.paths().items()}

    def list_times(self) -> dict[str, float]:
        """Return the median seconds of every list at the present size."""
        return {
            path: timed(partial(self.get, path, client), runs=3, warm_up=1).median
            for path, client in self.paths().items()
        }

    def admin_commitment_list(self) -> dict[str, float]:
        path = reverse("admin:sponsors_commitment_changelist")
        timing = timed(lambda: self.get(path, self.admin), runs=15)
        return {"rows": Commitment.objects.count(), "seconds": timing.median}

    def api_against_sql(self) -> dict[str, Any]:
        """Time one API page of 100 commitments and the same JSON written by hand, turn by turn."""
        import json

        by_hand, by_api = json.loads(commitments_as_json(100)), json.loads(self.get(API_PAGE, self.api))
        if by_hand != by_api["results"]:
            message = "the hand-written SQL does not give the same JSON as the API"
            raise RuntimeError(message)
        cache.clear()
        api, sql = in_turn(partial(self.get, API_PAGE, self.api), partial(commitments_as_json, 100))
        return {"api": api, "sql": sql}
