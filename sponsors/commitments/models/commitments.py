"""Commitments and their schedule.

Dates inside are half-open: a period runs from `starts_on` up to, not including, `ends_before`.
Screens and the API show the last day, `ends_on`.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import Record, tracked
from foundation.books.models import Fund
from foundation.books.triggers import dated_in_open_books, never_emptied
from foundation.money.fields import AmountField, CurrencyField
from sponsors.commitments import triggers
from sponsors.commitments.models.amended import AmendedRecord
from sponsors.commitments.querysets import (
    CommitmentQuerySet,
    LineManager,
    LineQuerySet,
    TermManager,
    TermQuerySet,
)
from sponsors.commitments.rules import Period, RenewalTerms, State, notice_day
from sponsors.directory.models import Sponsor
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY

_CLOSED = [State.ENDED, State.TERMINATED, State.DECLINED, State.WITHDRAWN]


@tracked()
class Commitment(Record):
    """Firm, written support over a period, in cash or in kind; in one currency."""

    number = models.CharField(max_length=20, unique=True, editable=False)
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, related_name="commitments")
    title = models.CharField(max_length=200, help_text="What staff call it, such as Platinum 2026 to 2028.")
    currency = CurrencyField(default="USD")
    starts_on = models.DateField("first day")
    ends_before = models.DateField("day after the last day")
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_commitments",
        help_text="Who looks after it and is told first.",
    )
    backup = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="backed_up_commitments",
        help_text="Who is told when the owner does not answer.",
    )
    renewal_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="renewals",
        help_text="The earlier commitment that this one follows.",
    )
    notice_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How many days before the last day either side must say that it will not renew.",
    )
    renews_automatically = models.BooleanField(
        default=False, help_text="A signed commitment follows by itself unless notice is given in time."
    )
    renewal_months = models.PositiveSmallIntegerField(
        "months of each renewal",
        null=True,
        blank=True,
        help_text="How long each automatic renewal is; it repeats the last months.",
    )
    renewal_problem = models.CharField(
        max_length=500,
        blank=True,
        db_default="",
        editable=False,
        help_text="Why it could not be renewed by itself.",
    )
    announced_on = models.DateField(null=True, blank=True, help_text="When it was made public.")
    proposed_on = models.DateField(null=True, blank=True, editable=False)
    signed_on = models.DateField(null=True, blank=True, editable=False)
    closed_on = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text="The first day on which it no longer holds: ended, terminated, declined or withdrawn.",
    )
    closed_reason = models.CharField(max_length=300, blank=True, editable=False)
    amended_by = models.ForeignKey(
        "sponsors.Amendment",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        help_text="The last amendment in effect.",
    )
    notes = models.TextField("internal notes", blank=True)

    objects = CommitmentQuerySet.as_manager()

    if TYPE_CHECKING:  # added by with_promised and with_received
        cash: Decimal
        in_kind: Decimal
        received: Decimal
        overdue: Decimal
        last_notice_on: date  # added by with_notice_on
        sponsor_name: str  # added by with_sponsor_name

    class Meta(Record.Meta):
        ordering = ["-number"]
        default_permissions = ("view", "add", "change")
        triggers = [
            *Record.Meta.triggers,
            *triggers.commitment_keeps_its_word(),
            dated_in_open_books("signed_on"),
            dated_in_open_books("closed_on", only_when="terminated"),
            never_emptied(),
        ]
        permissions = [
            ("negotiate_commitment", "Can propose, revise, decline and withdraw a commitment"),
            ("sign_commitment", "Can record the signature of a commitment"),
            ("terminate_commitment", "Can end or terminate a signed commitment"),
        ]
        indexes = [
            models.Index(fields=["sponsor", "starts_on"], name="commitment_by_sponsor"),
            models.Index(fields=["state", "ends_before"], name="commitment_by_state_and_end"),
            models.Index(fields=["starts_on"], name="commitment_by_start"),
            models.Index(fields=["ends_before"], name="commitment_by_end"),
            models.Index(
                fields=["ends_before"],
                condition=Q(renews_automatically=True),
                name="automatic_renewal_by_end",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_before__gt=F("starts_on")), name="commitment_ends_after_start"
            ),
            # What has no date passes: NULL is neither before nor after.
            models.CheckConstraint(
                condition=Q(announced_on__gte=EARLIEST_DAY, announced_on__lt=LATEST_DAY),
                name="announcement_is_within_reach",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.WITHDRAWN]) | Q(proposed_on__isnull=False),
                name="proposed_commitment_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.SIGNED, State.ENDED, State.TERMINATED], signed_on__isnull=False)
                | (~Q(state__in=[State.SIGNED, State.ENDED, State.TERMINATED]) & Q(signed_on=None)),
                name="signed_commitment_has_a_signing_date",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_CLOSED, closed_on__isnull=False)
                | (~Q(state__in=_CLOSED) & Q(closed_on=None)),
                name="closed_commitment_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ENDED) | Q(closed_on=F("ends_before")),
                name="ended_commitment_closed_after_its_last_day",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.TERMINATED)
                | Q(closed_on__gte=F("signed_on"), closed_on__lt=F("ends_before")),
                name="terminated_commitment_closed_early",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.TERMINATED, State.DECLINED, State.WITHDRAWN], closed_reason=""),
                name="closed_commitment_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(owner=None) | Q(backup=None) | ~Q(owner=F("backup")),
                name="backup_is_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(renewal_of=None) | ~Q(renewal_of=F("id")), name="commitment_does_not_renew_itself"
            ),
            models.CheckConstraint(
                condition=Q(
                    renews_automatically=True, renewal_months__isnull=False, notice_days__isnull=False
                )
                | Q(renews_automatically=False, renewal_months=None),
                name="automatic_renewal_says_when_and_how_long",
            ),
            models.UniqueConstraint(
                fields=["renewal_of"],
                condition=~Q(state__in=[State.DECLINED, State.WITHDRAWN]),
                name="one_live_renewal_a_commitment",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def ends_on(self) -> date:
        """The last day, included."""
        return self.ends_before - timedelta(days=1)

    @property
    def renewal_terms(self) -> RenewalTerms:
        """What was agreed about the end of it."""
        return RenewalTerms(
            notice_days=self.notice_days, automatically=self.renews_automatically, months=self.renewal_months
        )

    @property
    def notice_on(self) -> date:
        """The last day on which either side may say that it will not renew."""
        return notice_day(Period(self.starts_on, self.ends_before), self.notice_days)

    @property
    def held_before(self) -> date:
        """The first day on which it no longer holds: that of its termination, or the one after its last."""
        if self.state == State.TERMINATED and self.closed_on is not None:
            return self.closed_on
        return self.ends_before

    @property
    def renewal_starts_on(self) -> date:
        """The first day of what follows it, unless another is chosen."""
        return self.held_before


@tracked()
class CommitmentLine(AmendedRecord):
    """A part of what was promised: cash into a fund, or something in kind with an estimated value."""

    class Kind(models.TextChoices):
        CASH = "cash", "Cash"
        IN_KIND = "in_kind", "In kind"

    class Category(models.TextChoices):
        CDN = "cdn", "CDN"
        CLOUD_CREDITS = "cloud_credits", "Cloud credits"
        CI = "ci", "CI minutes"
        LICENSES = "licenses", "Licenses and seats"
        DOMAINS = "domains", "Domains and DNS"
        MONITORING = "monitoring", "Monitoring and security"
        STAFF_TIME = "staff_time", "Staff time"
        VENUE = "venue", "Venue"
        HARDWARE = "hardware", "Hardware"
        OTHER = "other", "Other"

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    category = models.CharField(max_length=20, choices=Category.choices, blank=True)
    description = models.CharField(max_length=200)
    fund = models.ForeignKey(Fund, models.PROTECT, null=True, blank=True, related_name="commitment_lines")
    amount = AmountField(
        currency="commitment__currency",
        help_text="Cash promised, or the estimated value in kind, over the whole period.",
    )
    estimate_basis = models.CharField(
        max_length=300, blank=True, help_text="For a gift in kind: how the value was estimated."
    )

    objects = LineManager()
    versions = LineQuerySet.as_manager()

    class Meta(AmendedRecord.Meta):
        ordering = ["commitment", "position"]
        default_permissions = ("view",)
        triggers = [*AmendedRecord.Meta.triggers, *triggers.changes_by_amendment()]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "position"], name="line_position_is_unique"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="line_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(kind="cash", category="", fund__isnull=False)
                | (Q(kind="in_kind", fund=None) & ~Q(category="")),
                name="cash_line_has_fund_and_gift_has_category",
            ),
        ]

    def __str__(self) -> str:
        return self.description


@tracked()
class Term(AmendedRecord):
    """One period of a commitment, normally a year. Terms tile the commitment's period."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="terms")
    position = models.PositiveSmallIntegerField()
    starts_on = models.DateField("first day")
    ends_before = models.DateField("day after the last day")

    objects = TermManager()
    versions = TermQuerySet.as_manager()

    class Meta(AmendedRecord.Meta):
        ordering = ["commitment", "position"]
        default_permissions = ("view",)
        triggers = [*AmendedRecord.Meta.triggers, *triggers.changes_by_amendment()]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "position"],
                condition=Q(removed_by=None),
                name="term_position_is_unique",
            ),
            models.CheckConstraint(condition=Q(ends_before__gt=F("starts_on")), name="term_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"Term {self.position}"

    @property
    def ends_on(self) -> date:
        """The last day, included."""
        return self.ends_before - timedelta(days=1)
