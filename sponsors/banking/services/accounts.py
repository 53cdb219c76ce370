"""Accounts, and which column of their files is what."""

from django.utils.text import slugify

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.banking.models import LAYOUT_FIELDS, MOST_SKIPPED_LINES, BankAccount, StatementMapping
from sponsors.banking.rules import DateFormat, Decimals, Delimiter, Encoding, Layout, StatementRefused
from sponsors.commitments.services import check_source
from sponsors.commitments.services.values import check_currency, check_length, check_text

_KNOWN = {
    "date_format": DateFormat,
    "decimals": Decimals,
    "delimiter": Delimiter,
    "encoding": Encoding,
}


@action("bankaccount.add")
def add_account(*, actor: User, name: str, slug: str = "", currency: str, number: str = "") -> BankAccount:
    """Add an account; its slug is the source of the receipts made of its lines, and stays.

    Without a slug it is made from the name.

    Raises StatementRefused and CommitmentError naming the field.
    """
    name, number = _checked(name, number)
    slug = check_source(slug.strip() or slugify(name)[:40].rstrip("-"))
    check_currency(currency)
    _refuse_taken(name=name)
    _refuse_taken(slug=slug)
    account = BankAccount.objects.create(name=name, slug=slug, currency=currency, number=number)
    account.refresh_from_db()
    return account


@action("bankaccount.change")
def change_account(
    *, actor: User, account: BankAccount, name: str, is_active: bool, number: str | None = None
) -> BankAccount:
    """Change what may change: neither the source nor the currency of what was received.

    A number that is not given stays: nobody is shown the whole of it to give it again.
    Raises StatementRefused and CommitmentError naming the field.
    """
    locked = BankAccount.objects.select_for_update().get(pk=account.pk)
    locked.name, locked.number = _checked(name, locked.number if number is None else number)
    if locked.name != account.name:
        _refuse_taken(name=locked.name)
    locked.is_active = is_active
    locked.save(update_fields=["name", "number", "is_active"])
    locked.refresh_from_db()
    return locked


@action("bankaccount.map")
def map_columns(*, actor: User, account: BankAccount, layout: Layout) -> StatementMapping:
    """Say how the CSV files of the account are read from now on. Raises StatementRefused."""
    layout.check()
    for field, known in _KNOWN.items():
        if getattr(layout, field) not in known.values:
            msg = f"This is not known here. Choose one of {', '.join(map(repr, known.values))}."
            raise StatementRefused(msg, code="unknown_choice", field=field)
    if not 0 <= layout.skip_lines <= MOST_SKIPPED_LINES:
        msg = f"From 0 to {MOST_SKIPPED_LINES} lines can stand above the columns."
        raise StatementRefused(msg, code="too_many_skipped", field="skip_lines")
    BankAccount.objects.select_for_update().get(pk=account.pk)
    values = {name: getattr(layout, name) for name in LAYOUT_FIELDS}
    mapping, _created = StatementMapping.objects.update_or_create(account=account, defaults=values)
    mapping.refresh_from_db()
    return mapping


def _checked(name: str, number: str) -> tuple[str, str]:
    return (
        check_text(name, "name", "name", longest=100),
        check_length("".join(number.split()).upper(), "number", "number", longest=40),
    )


def _refuse_taken(**what: str) -> None:
    if BankAccount.objects.filter(**what).exists():
        (field,) = what
        called = "source" if field == "slug" else field
        msg = f"There is an account with this {called} already. Choose another."
        raise StatementRefused(msg, code="account_exists", field=field)
