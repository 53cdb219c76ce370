"""The list of sponsors, the page of one, and merges."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from foundation.audit.admin import BursarAdmin, ObjectLink, actor_of, refusal_shown
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.selectors import local_today
from foundation.exports.pages import ExportingAdmin
from foundation.people.models import User
from sponsors.agreements.selectors import sponsor_events
from sponsors.commitments.admin.accounts import statement_page
from sponsors.commitments.admin.timelines import timeline_page
from sponsors.commitments.cells import standing_badge
from sponsors.commitments.selectors import sponsor_timeline
from sponsors.commitments.standing import with_standing
from sponsors.directory import services
from sponsors.directory.admin import filters
from sponsors.directory.admin.exports import SponsorResource
from sponsors.directory.admin.forms import LogoForm, MergeForm, RemoveLogoForm, SponsorForm
from sponsors.directory.admin.summary import SponsorPage, sponsor_page
from sponsors.directory.models import Sponsor, SponsorMerge
from sponsors.directory.rules import PossibleDuplicate

Data = dict[str, Any]
OPEN_STEP = Q(interactions__next_step_done_on=None) & ~Q(interactions__next_step="")


def _merge(actor: User, sponsor: Sponsor, data: Data) -> Outcome:
    merge = services.merge_sponsors(actor=actor, kept=data["into"], absorbed=sponsor, reason=data["reason"])
    moved = ", ".join(f"{count} {kind}" for kind, count in merge.moved.items()) or "nothing hung on it"
    return Outcome(message=f"{sponsor} was merged into {merge.kept}: {moved}.", go_to=merge.kept)


def _set_logo(actor: User, sponsor: Sponsor, data: Data) -> str:
    services.set_logo(actor=actor, sponsor=sponsor, content=data["file"], on_dark=data["on_dark"])
    return f"{sponsor} has a new logo{' for dark backgrounds' if data['on_dark'] else ''}."


def _remove_logo(actor: User, sponsor: Sponsor, data: Data) -> str:
    services.remove_logo(actor=actor, sponsor=sponsor, on_dark=data["on_dark"])
    return "The logo is removed."


SPONSOR_ACTIONS = (
    ObjectAction(
        name="set-logo",
        label="Set logo",
        permission="sponsors.change_sponsor",
        call=_set_logo,
        form_class=LogoForm,
        available=lambda sponsor: sponsor.merged_into_id is None,
        icon="image",
        rare=True,
        description="The file is checked by its content and takes the place of the logo there is.",
    ),
    ObjectAction(
        name="remove-logo",
        label="Remove logo",
        permission="sponsors.change_sponsor",
        call=_remove_logo,
        form_class=RemoveLogoForm,
        available=lambda sponsor: bool(sponsor.logo or sponsor.logo_on_dark),
        initial=lambda sponsor: {"on_dark": not sponsor.logo},
        icon="hide_image",
        danger=True,
        rare=True,
        description=lambda sponsor: f"The logo of {sponsor} is deleted. You can set another.",
    ),
    ObjectAction(
        name="merge",
        label="Merge into another",
        permission="sponsors.merge_sponsor",
        call=_merge,
        form_class=MergeForm,
        available=lambda sponsor: sponsor.merged_into_id is None,
        icon="merge",
        danger=True,
        rare=True,
        description=lambda sponsor: (
            f"For two entries that are the same organization. Everything that hangs on {sponsor} moves to the "
            "other one: contacts, interactions, commitments, receipts, subsidiaries. Contacts with the same "
            "address become one, and blank fields of the other are filled. "
            f"{sponsor} stays as a signpost to it. This cannot be undone."
        ),
    ),
)


@admin.register(Sponsor)
class SponsorAdmin(ExportingAdmin):
    opens_added = True
    empty_list = (
        "Organizations that support the foundation, or may one day. Add the first one here, or "
        "bring a whole list under Imports."
    )
    form = SponsorForm
    export_resource = SponsorResource
    object_actions = SPONSOR_ACTIONS
    summary_template = "admin/directory/sponsor.html"
    history_children = ("contacts", "interactions")
    list_display = ("name", "standing", "country_name", "manager", "open_steps", "website")
    list_filter = (
        filters.Standing,
        ("country", ChoicesDropdownFilter),
        filters.AccountManager,
        filters.Lacks,
        filters.Merged,
    )
    list_select_related = ("account_manager", "merged_into")
    ordering = ("name", "pk")
    search_fields = ("name",)
    search_help_text = "Name, legal name, website, or a contact there"
    autocomplete_fields = ("parent",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return with_standing(super().get_queryset(request), local_today())

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        _count_open_steps(list(changelist.result_list))
        return changelist

    def get_export_queryset(self, queryset: Any) -> Any:
        return queryset.select_related("account_manager", "parent")

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        if request.path.endswith("/autocomplete/"):
            queryset = queryset.filter(merged_into=None)
        sees_people = actor_of(request).has_perm("sponsors.view_contact")
        found = Sponsor.objects.matching(search_term, contacts=sees_people)
        return (
            queryset.filter(pk__in=found.order_by().values("pk")) if search_term.strip() else queryset
        ), False

    @admin.display(description="Standing")
    def standing(self, sponsor: Any) -> SafeString:
        return standing_badge(sponsor.standing)

    @admin.display(description="Country", ordering="country")
    def country_name(self, sponsor: Sponsor) -> str | None:
        return str(sponsor.get_country_display()) if sponsor.country else None

    @admin.display(description="Account manager", ordering="account_manager__name", empty_value="nobody")
    def manager(self, sponsor: Sponsor) -> str | None:
        return str(sponsor.account_manager) if sponsor.account_manager else None

    @admin.display(description="Open steps")
    def open_steps(self, sponsor: Any) -> int | None:
        return sponsor.open_step_count or None

    # The form -------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del obj
        # Nobody needs the question before Bursar has found a sponsor of the same name.
        asked = isinstance(refusal_shown(), PossibleDuplicate) or "confirmed_distinct" in request.POST
        distinct = ("confirmed_distinct",) if asked else ()
        more = (("tax_id", "parent"), "slug")
        return (
            (
                None,
                {
                    "fields": (
                        *distinct,
                        ("name", "legal_name"),
                        ("website", "country"),
                        "account_manager",
                        "description",
                        ("foundations_supported", "left_a_foundation"),
                        "notes",
                    )
                },
            ),
            ("Tax ID, parent organization and slug", {"fields": more, "classes": ("collapse",)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        del request
        return () if obj is None else ("slug",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = super().has_change_permission(request, obj)
        return may and (obj is None or obj.merged_into_id is None)

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Sponsor:
        data = dict(form.cleaned_data)
        confirmed = data.pop("confirmed_distinct", False)
        actor = actor_of(request)
        try:
            if change:
                changes: Any = data
                return services.change_sponsor(
                    actor=actor, sponsor=obj, changes=changes, confirmed_distinct=confirmed
                )
            return services.add_sponsor(actor=actor, confirmed_distinct=confirmed, **data)
        except PossibleDuplicate as duplicate:
            duplicate.message = self._with_links(duplicate)
            raise

    def _with_links(self, duplicate: PossibleDuplicate) -> str:
        """Return the sentence with a link to each sponsor of the name."""
        links = format_html_join(
            ", ",
            '<a class="underline" href="{}">{}</a>',
            (
                (self.url_of(sponsor), f"{sponsor.name} ({sponsor.slug})")
                for sponsor in Sponsor.objects.filter(slug__in=[slug for slug, _ in duplicate.others])
            ),
        )
        return format_html(
            "A sponsor of this name exists: {}. Use that one, or tick “Another organization”.", links
        )

    # The page -------------------------------------------------------------------------------

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead from a merged sponsor to the one it went into; its history stays where it is."""
        obj = self.get_object(request, object_id)
        if request.method == "GET" and obj is not None and obj.merged_into is not None:
            messages.info(request, f"{obj} was merged into {obj.merged_into}.")
            return HttpResponseRedirect(self.url_of(obj.merged_into))
        answer: HttpResponse = super().change_view(request, object_id, *args, **kwargs)
        return answer

    def get_urls(self) -> list[URLPattern]:
        drawn = path(
            "<path:object_id>/timeline/",
            self.admin_site.admin_view(self.timeline_view),
            name=self._url_name("timeline"),
        )
        account = path(
            "<path:object_id>/statement/",
            self.admin_site.admin_view(self.statement_view),
            name=self._url_name("statement"),
        )
        return [drawn, account, *super().get_urls()]

    def statement_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Show what fell due, what was asked for and what came."""
        if not actor_of(request).has_perm("sponsors.view_invoice"):
            raise PermissionDenied
        return statement_page(self, request, self.object_or_404(request, object_id))

    def timeline_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show all commitments and receipts of the sponsor."""
        if not actor_of(request).has_perm("sponsors.view_commitment"):
            raise PermissionDenied
        sponsor = self.object_or_404(request, object_id)
        user = actor_of(request)
        sees_documents = user.has_perm("sponsors.view_commitmentdocument")
        line = sponsor_timeline(
            sponsor,
            local_today(),
            with_receipts=user.has_perm("sponsors.view_receipt"),
            with_claims=user.has_perm("sponsors.view_invoice"),
            more=sponsor_events(sponsor) if sees_documents else (),
        )
        return timeline_page(self, request, sponsor, line)

    def get_summary(self, request: HttpRequest, obj: Any) -> SponsorPage:
        return sponsor_page(obj, actor_of(request), local_today())

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        user = actor_of(request)
        links = []
        if user.has_perm("sponsors.view_commitment"):
            links.append(
                ObjectLink("Timeline", reverse("admin:sponsors_sponsor_timeline", args=[obj.pk]), "timeline")
            )
        if user.has_perm("sponsors.view_invoice"):
            links.append(ObjectLink("Statement", self._url("statement", obj.pk), "receipt_long"))
        if user.has_perm("sponsors.view_service") and obj.supplies.exists():
            address = reverse("admin:sponsors_service_provider", args=[obj.pk])
            links.append(ObjectLink("Dashboard", address, "monitoring"))
        for model, label, icon in (
            ("contact", "Add contact", "person_add"),
            ("interaction", "Log interaction", "forum"),
            ("commitment", "Draft commitment", "handshake"),
        ):
            if user.has_perm(f"sponsors.add_{model}"):
                address = reverse(f"admin:sponsors_{model}_add", query={"sponsor": obj.pk})
                links.append(ObjectLink(label, address, icon))
        return links


def _count_open_steps(rows: Sequence[Any]) -> None:
    """Give each row of the page its number of open next steps: one query for all."""
    open_steps = (
        Sponsor.objects.filter(pk__in=[row.pk for row in rows])
        .order_by()
        .values("pk")
        .annotate(count=Count("interactions", filter=OPEN_STEP))
    )
    by_pk = {each["pk"]: each["count"] for each in open_steps}
    for row in rows:
        row.open_step_count = by_pk[row.pk]


@admin.register(SponsorMerge)
class SponsorMergeAdmin(BursarAdmin):
    """What was merged; a fact that nobody changes."""

    empty_list = (
        "Sponsors that were entered twice and made one. On the page of the one that goes, choose "
        "More, then Merge into another."
    )
    list_display = ("absorbed", "kept", "reason", "merged_by", "created_at")
    list_select_related = ("absorbed", "kept", "merged_by")
    search_fields = ("absorbed__name", "kept__name", "reason")
    search_help_text = "Sponsor or reason"
    fields = ("absorbed", "kept", "reason", "merged_by", "created_at", "what_moved")
    readonly_fields = fields

    @admin.display(description="Moved")
    def what_moved(self, merge: SponsorMerge) -> str:
        return ", ".join(f"{count} {kind}" for kind, count in merge.moved.items()) or "nothing"

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False
