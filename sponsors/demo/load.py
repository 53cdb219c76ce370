"""Writes the demonstration through the same services people use, in the order things happened."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction

from foundation.audit.actions import acting
from foundation.books.models import Fund
from foundation.books.services import add_fund, change_fund, change_organization
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.commitments import services as commitments
from sponsors.commitments.models import Commitment, CommitmentLine, Receipt
from sponsors.commitments.rules import Frequency, Plan, Shape
from sponsors.demo import agreements as papers
from sponsors.demo import bank, gifts, invoices, promises, renewals, scenes, story
from sponsors.demo.catalog import (
    ACCOUNTS,
    COMPANIES,
    CURRENCY,
    DOMAIN,
    FIRST_NAMES,
    GIFTS,
    LAST_NAMES,
    PASSWORD,
    PROSPECTS,
    Company,
    Habit,
)
from sponsors.demo.history import Agreement, Payment, agreements
from sponsors.directory import services as directory
from sponsors.directory.models import Contact, Sponsor

ACKNOWLEDGED_DAYS = 30


@dataclass(slots=True)
class World:
    """What has been written so far, by the names of the catalog."""

    as_of: date
    people: dict[str, User] = field(default_factory=dict)
    funds: dict[str, Fund] = field(default_factory=dict)
    sponsors: dict[str, Sponsor] = field(default_factory=dict)
    signed: dict[tuple[str, int], Commitment] = field(default_factory=dict)

    @property
    def fundraiser(self) -> User:
        return self.people["fundraising"]

    @property
    def treasurer(self) -> User:
        return self.people["finance"]


@transaction.atomic
def load_demo(*, as_of: date) -> World:
    """Write the whole demonstration as it stands on the day `as_of`, or nothing."""
    world = World(as_of)
    # No service adds a person without an invitation.
    with acting("demonstration.load", actor=None):
        _people(world)
    _foundation(world)
    for number, company in enumerate((*COMPANIES, *scenes.COMPANIES, *PROSPECTS)):
        _sponsor(world, company, number)
    _first_sponsor(world)
    for _day, happen in sorted(_events(world), key=lambda event: event[0]):
        happen()
    scenes.play(world)
    invoices.play(world)
    bank.play(world)
    promises.play(world)
    papers.play(world)
    commitments.end_all_over(actor=None, today=as_of)
    gifts.play(world)
    renewals.play(world)
    return world


def at(day: date, hour: int = 15) -> datetime:
    """Return an hour of the day, UTC."""
    return datetime.combine(day, time(hour), tzinfo=UTC)


def _foundation(world: World) -> None:
    actor = world.people["administrator"]
    change_organization(
        actor=actor,
        name="Open Index Foundation",
        legal_name="Open Index Foundation, Inc.",
        address="12 Registry Lane\nWilmington, DE 19801\nUnited States",
        tax_id="00-0000000",
        website=f"https://www.{DOMAIN}",
        contact_email=f"sponsors@{DOMAIN}",
        payment_instructions="Bank: First Bank of Example, Wilmington\nAccount: 000 123 456 789\nSWIFT: EXMPUS33",
        base_currency=CURRENCY,
        time_zone="America/New_York",
        fiscal_year_start_month=1,
    )
    purpose, unrestricted = Fund.Restriction.PURPOSE, Fund.Restriction.UNRESTRICTED
    for code, name, restriction, use in (
        ("general", "General fund", unrestricted, ""),
        (
            "infrastructure",
            "Package index infrastructure",
            purpose,
            "Running and securing the package index.",
        ),
        ("grants", "Grants program", purpose, "Grants for events and projects of the community."),
        ("conference", "Conference travel", purpose, "Travel grants for the yearly conference."),
    ):
        world.funds[code] = add_fund(actor=actor, code=code, name=name, restriction=restriction, purpose=use)
    past = add_fund(actor=actor, code="fellowship-2019", name="Fellowship 2019")
    change_fund(
        actor=actor,
        fund=past,
        name=past.name,
        restriction=past.restriction,
        purpose=past.purpose,
        available_from=past.available_from,
        is_open=False,
    )


def _people(world: World) -> None:
    # To hash a password is slow on purpose, and they all have the same.
    password = make_password(PASSWORD)
    for account in ACCOUNTS:
        user = User.objects.create(email=f"{account.key}@{DOMAIN}", password=password, name=account.name)
        user.groups.add(Group.objects.get(name=Role(account.role).label))
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        world.people[account.key] = user


def _sponsor(world: World, company: Company, number: int) -> None:
    sponsor = directory.add_sponsor(
        actor=world.fundraiser,
        name=company.name,
        slug=company.slug,
        legal_name=f"{company.name} Ltd."
        if company.country in {"GB", "IE", "IN"}
        else f"{company.name} Inc.",
        website=f"https://www.{company.domain}",
        country=company.country,
        parent=world.sponsors[company.parent] if company.parent else None,
        description=f"{company.name} works in {company.line_of_business} and builds on the package index.",
        notes=f"{company.habit.value.capitalize()}.",
        account_manager=world.people["fundraising2" if number % 3 == 0 else "fundraising"],
    )
    world.sponsors[company.name] = sponsor
    roles = (
        (Contact.Role.PRIMARY, Contact.Role.MARKETING),
        (Contact.Role.BILLING,),
        (Contact.Role.TECHNICAL,),
    )
    for position in range(1 + number % 3):
        first = FIRST_NAMES[(number + position * 5) % len(FIRST_NAMES)]
        last = LAST_NAMES[(number * 3 + position) % len(LAST_NAMES)]
        directory.add_contact(
            actor=world.fundraiser,
            sponsor=sponsor,
            name=f"{first} {last}",
            email=f"{first}.{last}@{company.domain}".lower(),
            title=("Head of open source", "Accounts payable", "Staff engineer")[position],
            roles=roles[position],
        )


def _first_sponsor(world: World) -> None:
    sponsor = directory.add_sponsor(
        actor=world.fundraiser,
        name=story.NAME,
        legal_name=story.LEGAL_NAME,
        website=story.WEBSITE,
        country=story.COUNTRY,
        description=story.DESCRIPTION,
        account_manager=world.fundraiser,
    )
    world.sponsors[story.NAME] = sponsor
    # A desk, not a person: whoever works at a real company is not for us to invent.
    directory.add_contact(
        actor=world.fundraiser,
        sponsor=sponsor,
        name="Open source program desk",
        email="open-source@cdn.example",
        roles=[Contact.Role.PRIMARY, Contact.Role.TECHNICAL],
    )


Event = tuple[tuple[date, int], Callable[[], None]]


def _events(world: World) -> Iterator[Event]:
    """Return what happened as ((day, order within the day), how to write it)."""
    for sequence, gift in enumerate(story.gifts(), start=1):
        yield (gift.proposed_on, 1), lambda g=gift, n=sequence: _give(world, g, n)  # type: ignore[misc]
    for agreement in agreements(world.as_of):
        yield (agreement.proposed_on, 1), lambda a=agreement: _agree(world, a)  # type: ignore[misc]
        for day, due_on in invoices.asked_for(agreement, world.as_of):
            yield (day, 2), lambda a=agreement, d=day, due=due_on: invoices.issue(world, a, d, due)  # type: ignore[misc]
        for payment in agreement.payments:
            yield (payment.received_on, 3), lambda a=agreement, p=payment: _pay(world, a, p)  # type: ignore[misc]


def _give(world: World, gift: story.Gift, sequence: int) -> None:
    line = commitments.Line(
        kind=CommitmentLine.Kind.IN_KIND,
        description="Content delivery for the package index",
        category=CommitmentLine.Category.CDN,
        amount=gift.estimate,
        estimate_basis=gift.basis,
    )
    commitment = commitments.draft_commitment(
        actor=world.fundraiser,
        sponsor=world.sponsors[story.NAME],
        title=gift.title,
        starts_on=gift.period.starts_on,
        ends_before=gift.period.ends_before,
        lines=[line],
        schedule=None,
        today=gift.proposed_on,
        owner=world.people["infrastructure"],
        backup=world.fundraiser,
        renewal_of=world.signed.get((story.NAME, sequence - 1)),
        announced_on=gift.announced_on,
    )
    commitments.propose(actor=world.fundraiser, commitment=commitment, today=gift.proposed_on)
    world.signed[story.NAME, sequence] = commitments.sign(
        actor=world.fundraiser, commitment=commitment, signed_on=gift.signed_on, today=gift.signed_on
    )


def _agree(world: World, agreement: Agreement) -> None:
    company = agreement.company
    sponsor = world.sponsors[company.name]
    lines = [_cash_line(world, agreement)]
    if company.name in GIFTS:
        lines.append(_gift_line(company, agreement))
    commitment = commitments.draft_commitment(
        actor=world.fundraiser,
        sponsor=sponsor,
        title=agreement.title,
        currency=CURRENCY,
        starts_on=agreement.period.starts_on,
        ends_before=agreement.period.ends_before,
        lines=lines,
        schedule=Plan(Shape.EQUAL, agreement.frequency, agreement.first_due_on),
        today=agreement.proposed_on,
        owner=world.people[company.owner] if company.owner else None,
        backup=world.people["fundraising2"] if company.owner else None,
        renewal_of=world.signed.get((company.name, agreement.sequence - 1)),
    )
    commitments.propose(actor=world.fundraiser, commitment=commitment, today=agreement.proposed_on)
    directory.log_interaction(
        actor=world.fundraiser,
        sponsor=sponsor,
        kind="meeting" if agreement.sequence == 1 else "call",
        occurred_at=at(agreement.proposed_on),
        summary=f"Went through the proposal “{agreement.title}” and what it pays for.",
        now=at(agreement.signed_on),
    )
    world.signed[company.name, agreement.sequence] = commitments.sign(
        actor=world.fundraiser,
        commitment=commitment,
        signed_on=agreement.signed_on,
        today=agreement.signed_on,
    )


def _cash_line(world: World, agreement: Agreement) -> commitments.Line:
    fund = "infrastructure" if agreement.frequency is Frequency.QUARTERLY else "general"
    return commitments.Line(
        kind=CommitmentLine.Kind.CASH,
        description=f"{agreement.title} sponsorship",
        amount=agreement.total,
        fund=world.funds[fund],
    )


def _gift_line(company: Company, agreement: Agreement) -> commitments.Line:
    gift = GIFTS[company.name]
    return commitments.Line(
        kind=CommitmentLine.Kind.IN_KIND,
        description=gift.description,
        category=gift.category,
        amount=gift.yearly * agreement.years,
        estimate_basis=gift.basis,
    )


def _pay(world: World, agreement: Agreement, payment: Payment) -> None:
    company = agreement.company
    commitments.record_receipt(
        actor=world.treasurer,
        sponsor=world.sponsors[company.name],
        amount=payment.amount,
        currency=CURRENCY,
        received_on=payment.received_on,
        method=Receipt.Method(payment.method),
        source="bank",
        reference=payment.reference,
        commitment=world.signed[company.name, agreement.sequence],
        acknowledge=world.as_of - payment.received_on <= timedelta(days=ACKNOWLEDGED_DAYS),
        today=payment.received_on,
    )
    if company.habit is Habit.PARTIAL and payment.reference.endswith("A"):
        directory.log_interaction(
            actor=world.treasurer,
            sponsor=world.sponsors[company.name],
            kind="email",
            occurred_at=at(payment.received_on),
            summary="Thanked for the first part and asked when the rest will come.",
            now=at(payment.received_on, 16),
        )
