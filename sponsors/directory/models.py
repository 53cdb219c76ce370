"""Sponsors, the people there, and what was said with them."""

from datetime import UTC, date, datetime, time
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Func, GeneratedField, Q, Value

from foundation.audit.models import AppendOnly, Record, tracked
from sponsors.directory.countries import NO_COUNTRY, country_choices
from sponsors.directory.querysets import ContactQuerySet, InteractionQuerySet, SponsorQuerySet
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY


def _words(*fields: str) -> SearchVector:
    """Return a search vector in which addresses fall into words: acme.example is acme and example."""
    return SearchVector(
        *(Func(F(field), Value("@./_-"), Value("     "), function="translate") for field in fields),
        config="simple",
    )


def _begin_of(day: date) -> datetime:
    """Return the first moment of the day in UTC, by which the services reckon too."""
    return datetime.combine(day, time(), tzinfo=UTC)


class CountryField(models.CharField):  # type: ignore[type-arg]  # generic only in the stubs
    """An ISO 3166-1 alpha-2 code. The choices stay out of migrations."""

    default_error_messages = {"invalid_choice": NO_COUNTRY.format("%(value)s")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 2
        kwargs["choices"] = country_choices()
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        kwargs.pop("max_length", None)
        return name, path, args, kwargs


@tracked(exclude=("search",))
class Sponsor(Record):
    """An organization that supports us, or might. Its standing is derived from its commitments."""

    name = models.CharField(max_length=200, help_text="As the public sees it.")
    legal_name = models.CharField(max_length=200, blank=True, help_text="As it stands in agreements.")
    slug = models.SlugField(
        max_length=80,
        unique=True,
        help_text="Stays the same for ever: other sites and links use it.",
    )
    website = models.URLField(blank=True)
    country = CountryField(blank=True)
    tax_id = models.CharField("tax ID", max_length=40, blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="subsidiaries",
        verbose_name="parent organization",
    )
    description = models.TextField(blank=True, help_text="One or two sentences for public lists.")
    logo = models.FileField(upload_to="logos/", blank=True, help_text="SVG, PNG, JPEG or WebP, at most 2 MB.")
    logo_on_dark = models.FileField(
        "logo for dark backgrounds", upload_to="logos/", blank=True, help_text="Same formats."
    )
    foundations_supported = models.PositiveSmallIntegerField(
        "other foundations it supports",
        null=True,
        blank=True,
        help_text="How many it supports beside us now. Empty: nobody looked.",
    )
    left_a_foundation = models.BooleanField(
        "ended its support of another foundation",
        null=True,
        blank=True,
        help_text="In the last few years. Empty: nobody looked.",
    )
    notes = models.TextField("internal notes", blank=True)
    account_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="managed_sponsors"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="absorbed"
    )
    search = GeneratedField(
        expression=_words("name", "legal_name", "website"), output_field=SearchVectorField(), db_persist=True
    )

    objects = SponsorQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["name", "pk"]
        default_permissions = ("view", "add", "change")
        permissions = [
            ("merge_sponsor", "Can merge two sponsors that are the same"),
            ("import_sponsor", "Can import sponsors from a file"),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="sponsor_by_name"),
            GinIndex(fields=["search"], name="sponsor_search"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="sponsor_is_not_its_own_parent"),
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="sponsor_is_not_merged_into_itself"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="sponsor_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked(exclude=("search",))
class Contact(Record):
    """A person at a sponsor."""

    class Role(models.TextChoices):
        PRIMARY = "primary", "Primary"
        BILLING = "billing", "Billing"
        MARKETING = "marketing", "Marketing"
        TECHNICAL = "technical", "Technical"
        LEGAL = "legal", "Legal"

    sponsor = models.ForeignKey(Sponsor, models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=120)
    email = models.EmailField("email", blank=True)
    phone = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=120, blank=True)
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices), default=list, blank=True)
    left_on = models.DateField(null=True, blank=True, help_text="The day this person left the sponsor.")
    notes = models.TextField(blank=True)
    search = GeneratedField(
        expression=_words("name", "email"), output_field=SearchVectorField(), db_persist=True
    )

    objects = ContactQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["name", "pk"]
        default_permissions = ("view", "add", "change")
        indexes = [GinIndex(fields=["search"], name="contact_search")]
        constraints = [
            models.CheckConstraint(
                condition=Q(roles__contained_by=["primary", "billing", "marketing", "technical", "legal"]),
                name="contact_roles_are_known",
            ),
            models.UniqueConstraint(
                fields=["sponsor", "email"], condition=~Q(email=""), name="one_contact_an_address_and_sponsor"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class Interaction(Record):
    """Something said or written between us and a sponsor, and what should follow."""

    class Kind(models.TextChoices):
        CALL = "call", "Call"
        EMAIL = "email", "Email"
        MEETING = "meeting", "Meeting"
        EVENT = "event", "Event"
        LETTER = "letter", "Letter"
        POLICY_CHANGE = "policy_change", "Change of their policy or prices"
        NOTE = "note", "Note"

    sponsor = models.ForeignKey(Sponsor, models.PROTECT, related_name="interactions")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    occurred_at = models.DateTimeField("when")
    contacts = models.ManyToManyField(
        Contact,
        blank=True,
        related_name="interactions",
        verbose_name="with",
        help_text="People at the sponsor.",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="interactions", help_text="Who of us."
    )
    summary = models.TextField()
    next_step = models.CharField(max_length=200, blank=True)
    next_step_due = models.DateField(null=True, blank=True)
    next_step_done_on = models.DateField(null=True, blank=True)

    objects = InteractionQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-occurred_at", "-pk"]
        default_permissions = ("view", "add", "change")
        indexes = [
            models.Index(fields=["sponsor", "-occurred_at"], name="interaction_by_sponsor"),
            models.Index(
                fields=["next_step_due"],
                condition=Q(next_step_done_on=None) & ~Q(next_step=""),
                name="interaction_open_steps",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(next_step="") | Q(next_step_due=None, next_step_done_on=None),
                name="next_step_dates_need_a_next_step",
            ),
            models.CheckConstraint(
                condition=Q(occurred_at__gte=_begin_of(EARLIEST_DAY), occurred_at__lt=_begin_of(LATEST_DAY)),
                name="interaction_is_within_reach",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.summary[:60]}"


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.DeleteEvent(),
    meta={"default_permissions": ()},
)
class InteractionContact(Interaction.contacts.through):  # type: ignore[name-defined]  # Django makes this class
    """The table behind `Interaction.contacts`, named so that who is added and removed is kept as history."""

    class Meta:
        proxy = True
        verbose_name = "person spoken with"
        default_permissions = ()


# History pages follow relations, and the relation leads to the class that Django made.
Interaction.contacts.through.pgh_event_model = InteractionContact.pgh_event_model  # type: ignore[attr-defined]  # set by pghistory.track


@tracked()
class SponsorMerge(Record):
    """Two rows were the same sponsor: what was absorbed, by whom, why, and what moved."""

    kept = models.ForeignKey(Sponsor, models.PROTECT, related_name="merges")
    absorbed = models.OneToOneField(Sponsor, models.PROTECT, related_name="merge")
    reason = models.CharField(max_length=300)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    moved = models.JSONField(help_text="How many rows of each kind moved.")

    class Meta(Record.Meta):
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        triggers = [AppendOnly()]

    def __str__(self) -> str:
        return f"{self.absorbed} → {self.kept}"
