"""The organization that runs Bursar, its funds, and its number series."""

import calendar
import zoneinfo

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from foundation.audit.models import AppendOnly, Record, tracked
from foundation.books import triggers
from foundation.books.querysets import ClosingQuerySet, FundQuerySet
from foundation.money.fields import CurrencyField
from foundation.money.models import ExchangeRate


@tracked()
class Organization(Record):
    """The one foundation this installation belongs to."""

    name = models.CharField(max_length=200)
    legal_name = models.CharField(max_length=200, blank=True)
    address = models.TextField(blank=True)
    tax_id = models.CharField("tax ID", max_length=40, blank=True)
    website = models.URLField(blank=True)
    contact_email = models.EmailField(
        "email for replies",
        blank=True,
        help_text="Sponsors who answer a mail from Bursar reach this address.",
    )
    payment_instructions = models.TextField(
        "how to pay us",
        blank=True,
        max_length=1000,
        help_text="Printed on invoices: the bank account and what else a payer needs.",
    )
    base_currency = CurrencyField(default="USD", help_text="Reports are in this currency.")
    time_zone = models.CharField(
        max_length=40,
        default="UTC",
        help_text="Decides which day it is: when an installment is overdue, when a commitment ends.",
    )
    fiscal_year_start_month = models.PositiveSmallIntegerField(
        "fiscal year starts in",
        default=1,
        choices=[(month, name) for month, name in enumerate(calendar.month_name) if name],
        help_text="Its first day is the first of this month.",
    )
    oldest_rate_days = models.PositiveSmallIntegerField(
        "oldest exchange rate, in days",
        default=7,
        validators=[MinValueValidator(0), MaxValueValidator(31)],
        help_text="How many days before an amount's date its exchange rate may be, over weekends and holidays.",
    )

    class Meta(Record.Meta):
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="only_one_organization"),
            models.CheckConstraint(
                condition=models.Q(fiscal_year_start_month__range=(1, 12)),
                name="fiscal_year_starts_in_a_month",
            ),
            models.CheckConstraint(
                condition=models.Q(oldest_rate_days__lte=31), name="oldest_rate_is_within_a_month"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


@tracked()
class Holiday(Record):
    """A day on which nobody works, beside Saturdays and Sundays: response times are counted without it."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=80)

    class Meta(Record.Meta):
        ordering = ["-day"]
        default_permissions = ("view", "add", "change", "delete")

    def __str__(self) -> str:
        return f"{self.name}, {self.day}"


@tracked()
class Fund(Record):
    """A purse: what support may be used for."""

    class Restriction(models.TextChoices):
        UNRESTRICTED = "unrestricted", "Without donor restriction"
        PURPOSE = "purpose", "Restricted to a purpose"
        TIME = "time", "Restricted until a date"

    code = models.SlugField(max_length=40, unique=True, help_text="Short and stable, such as general or cdn.")
    name = models.CharField(max_length=120)
    restriction = models.CharField(
        max_length=20, choices=Restriction.choices, default=Restriction.UNRESTRICTED
    )
    purpose = models.TextField(blank=True, help_text="What money in this fund may be used for.")
    available_from = models.DateField(null=True, blank=True, help_text="For a fund restricted until a date.")
    is_open = models.BooleanField(default=True, help_text="Closed funds take no new commitments.")

    objects = FundQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["name", "pk"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(restriction="purpose", purpose=""), name="purpose_fund_states_purpose"
            ),
            models.CheckConstraint(
                condition=~models.Q(restriction="time", available_from=None), name="time_fund_states_date"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class NumberSequence(models.Model):
    """The last number given in a series and year; its row lock makes numbers unique and gapless."""

    series = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        triggers = [
            # A number that was given is never given again.
            pgtrigger.Protect(
                name="numbers_only_grow",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__last__lte=pgtrigger.F("old__last")),
            ),
            pgtrigger.Protect(name="series_stays", operation=pgtrigger.Delete),
            triggers.never_emptied(),
        ]
        constraints = [
            models.UniqueConstraint(fields=["series", "year"], name="one_counter_a_series_and_year")
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}"


@tracked()
class Closing(Record):
    """The books were closed up to a day, or opened again from one. The last row says how they stand."""

    class Kind(models.TextChoices):
        CLOSE = "close", "Closed"
        REOPEN = "reopen", "Reopened"

    kind = models.CharField(max_length=6, choices=Kind.choices)
    open_from = models.DateField("first open day", help_text="Money facts dated before it are fixed.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why the books were opened again.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = ClosingQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "closing of the books"
        verbose_name_plural = "closings of the books"
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("close_books", "Can close the books up to a day"),
            ("reopen_books", "Can open closed books again"),
        ]
        triggers = [AppendOnly(), triggers.closings_follow_each_other(), triggers.never_emptied()]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="reopen", reason=""), name="reopening_has_a_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(open_from__day=1), name="books_close_at_the_end_of_a_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: open from {self.open_from}"


# Money knows no books: what closed figures were reported by is held from here.
pgtrigger.register(triggers.fixed_when_closed("day"), triggers.never_emptied())(ExchangeRate)
