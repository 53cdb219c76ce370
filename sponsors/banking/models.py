"""Bank accounts, how their files are read, the statements imported, and every line of them."""

from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from foundation.audit.models import AppendOnly, Record, tracked
from foundation.money.fields import AmountField, CurrencyField
from sponsors.banking import triggers
from sponsors.banking.querysets import BankAccountQuerySet, BankLineQuerySet, StatementQuerySet
from sponsors.banking.rules import DateFormat, Decimals, Delimiter, Encoding, Layout, LineState
from sponsors.banking.rules.lines import LONGEST_ID, LONGEST_NAME, LONGEST_TEXT
from sponsors.commitments.models import Receipt

_SHOWN_DIGITS = 4
MOST_SKIPPED_LINES = 50


@tracked(exclude=("number",))  # the whole number is shown nowhere
class BankAccount(Record):
    """An account of the foundation at a bank."""

    name = models.CharField(
        max_length=100, unique=True, help_text="What staff call it, such as Main account."
    )
    slug = models.SlugField(
        "source",
        max_length=40,
        unique=True,
        help_text="The source of its receipts, such as bank-main. It stays.",
    )
    currency = CurrencyField(default="USD")
    number = models.CharField(
        "IBAN or number",
        max_length=40,
        blank=True,
        help_text="Only its last four characters are shown. An OFX file of another account is refused.",
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Statements are imported only while it is."
    )

    objects = BankAccountQuerySet.as_manager()

    if TYPE_CHECKING:
        mapping: "StatementMapping"

    class Meta(Record.Meta):
        ordering = ["name"]
        default_permissions = ("view", "add", "change")

    def __str__(self) -> str:
        return self.name

    @property
    def masked_number(self) -> str:
        """The last characters of the number, or nothing when it is not known."""
        return f"••••{self.number[-_SHOWN_DIGITS:]}" if self.number else ""


def _column(name: str, help_text: str = "") -> "models.CharField[Any, Any]":
    return models.CharField(name, max_length=100, blank=True, help_text=help_text)


@tracked()
class StatementMapping(Record):
    """Which column of an account's CSV files is what. OFX files need none."""

    account = models.OneToOneField(BankAccount, models.PROTECT, related_name="mapping")
    date_column = models.CharField("column of the day", max_length=100)
    amount_column = _column(
        "column of the amount", "With a sign. Empty when money out and in have columns each."
    )
    debit_column = _column("column of money out")
    credit_column = _column("column of money in")
    payer_column = _column("column of the payer")
    reference_column = _column("column of the reference", "What the payer quotes.")
    text_column = _column("column of the text")
    id_column = _column(
        "column of the bank's number", "Unique for each movement. Empty when the bank gives none."
    )
    date_format = models.CharField(
        "days are written as", max_length=10, choices=DateFormat.choices, default=DateFormat.ISO
    )
    decimals = models.CharField(
        "decimal sign", max_length=1, choices=Decimals.choices, default=Decimals.POINT
    )
    delimiter = models.CharField(
        "between cells", max_length=1, choices=Delimiter.choices, default=Delimiter.COMMA
    )
    encoding = models.CharField(max_length=12, choices=Encoding.choices, default=Encoding.UTF_8)
    skip_lines = models.PositiveSmallIntegerField(
        "lines above the columns",
        default=0,
        validators=[MaxValueValidator(MOST_SKIPPED_LINES)],
        help_text="How many lines stand above the one that names the columns.",
    )

    class Meta(Record.Meta):
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(debit_column="", credit_column="") & ~Q(amount_column="")
                | Q(amount_column="") & ~Q(debit_column="") & ~Q(credit_column=""),
                name="mapping_names_amounts",
            ),
            models.CheckConstraint(
                condition=~Q(date_column="") & Q(skip_lines__lte=MOST_SKIPPED_LINES), name="mapping_is_usable"
            ),
        ]

    def __str__(self) -> str:
        return f"Columns of {self.account}"

    @property
    def layout(self) -> Layout:
        return Layout(**{name: getattr(self, name) for name in LAYOUT_FIELDS})


LAYOUT_FIELDS = tuple(Layout.__dataclass_fields__)


@tracked()
class Statement(Record):
    """A file of an account's movements, as it was imported."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        OFX = "ofx", "OFX"

    account = models.ForeignKey(BankAccount, models.PROTECT, related_name="statements")
    file = models.FileField(upload_to="statements/")
    file_name = models.CharField("file", max_length=200)
    format = models.CharField(max_length=3, choices=Format.choices)
    sha256 = models.CharField("SHA-256", max_length=64)
    first_on = models.DateField("first day")
    last_on = models.DateField("last day")
    line_count = models.PositiveIntegerField("lines")
    new_count = models.PositiveIntegerField("new")
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = StatementQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "bank statement"
        ordering = ["-pk"]
        default_permissions = ("view", "add")
        triggers = [AppendOnly()]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on"), new_count__lte=F("line_count")),
                name="statement_adds_up",
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def known_count(self) -> int:
        """How many of its lines were there already."""
        return self.line_count - self.new_count


@tracked(exclude=("fingerprint",))
class BankLine(Record):
    """One movement of an account: evidence that a person makes a receipt of, or sets aside."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines")
    account = models.ForeignKey(BankAccount, models.PROTECT, related_name="lines")
    booked_on = models.DateField()
    amount = AmountField(help_text="Negative: money that went out.")
    currency = CurrencyField()
    payer = models.CharField(max_length=LONGEST_NAME, blank=True)
    text = models.CharField(max_length=LONGEST_TEXT, blank=True)
    reference = models.CharField(max_length=LONGEST_NAME, blank=True)
    bank_id = models.CharField("bank's number", max_length=LONGEST_ID, blank=True)
    fingerprint = models.CharField(max_length=64, help_text="Tells it from every other line of the account.")
    state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.OPEN)
    reason = models.CharField("set aside because", max_length=300, blank=True)
    receipt = models.OneToOneField(Receipt, models.PROTECT, null=True, blank=True, related_name="bank_line")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = BankLineQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "bank line"
        ordering = ["-booked_on", "-pk"]
        default_permissions = ("view",)
        permissions = [("confirm_bankline", "Can say what a line of a bank statement is")]
        triggers = [*Record.Meta.triggers, *triggers.line_is_evidence()]
        indexes = [
            models.Index(fields=["-booked_on", "-id"], name="bank_line_by_date"),
            models.Index(
                fields=["booked_on", "id"], condition=Q(state="open", amount__gt=0), name="bank_line_waiting"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "fingerprint"], name="bank_line_is_there_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="bank_line_moves_money"),
            models.CheckConstraint(
                condition=Q(state="open", receipt=None, reason="", decided_by=None)
                | Q(state="matched", receipt__isnull=False, reason="", decided_by__isnull=False, amount__gt=0)
                | Q(state="set_aside", receipt=None, decided_by__isnull=False) & ~Q(reason=""),
                name="bank_line_state_says_what_it_became",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account.slug} {self.receipt_reference}"

    @property
    def receipt_reference(self) -> str:
        """What a receipt made of it has as reference: the bank's own number where there is one."""
        return self.bank_id or self.fingerprint[:16]

    @property
    def words(self) -> str:
        """Everything in which a payer may name what it pays."""
        return f"{self.reference} {self.text}"


# Receipts are below this slice and know nothing of it.
pgtrigger.register(triggers.reversal_opens_the_line())(Receipt)
