"""Who may open which page of the admin site and do what there.

Complete by construction: pages and actions are enumerated from the site, and one without a row in
the tables below fails. Every list is asked for at one and at ten rows.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from foundation.api.models import ApiToken
from foundation.audit.admin import BursarAdmin
from foundation.audit.object_actions import all_list_actions, all_object_actions
from foundation.books.closing import close_books
from foundation.books.models import Fund, Organization
from foundation.books.rules import day_after_month
from foundation.exports.models import ExportRun, SavedExport
from foundation.exports.pages import ExportingAdmin
from foundation.health.models import JobRun
from foundation.imports.tests.factories import checked
from foundation.money.models import ExchangeRate
from foundation.money.services import import_reference_rates
from foundation.notices.models import Notice
from foundation.people.models import Invitation
from foundation.people.roles import STAFF_ROLES, Role
from foundation.people.tests.factories import make_user
from sponsors.banking.tests import factories as banking
from sponsors.commitments.tests import factories as commitments
from sponsors.commitments.tests.amending import proposed_amendment
from sponsors.directory.services import merge_sponsors
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory

pytestmark = pytest.mark.django_db

A, F, M, N, G, R = (
    Role.ADMINISTRATOR,
    Role.FUNDRAISING,
    Role.FINANCE,
    Role.INFRASTRUCTURE,
    Role.GRANTS_OFFICER,
    Role.AUDITOR,
)
NOBODY: frozenset[Role] = frozenset()
ALL_STAFF = frozenset(STAFF_ROLES)


def roles(*some: Role) -> frozenset[Role]:
    return frozenset(some)


@dataclass(frozen=True)
class Rights:
    see: frozenset[Role]
    add: frozenset[Role] = NOBODY
    change: frozenset[Role] = NOBODY


PAGES = {
    "foundation.apitoken": Rights(see=roles(A, R)),
    "foundation.closing": Rights(see=ALL_STAFF, add=roles(A, M)),
    "foundation.exchangerate": Rights(see=ALL_STAFF),
    "foundation.exportrun": Rights(see=roles(A, R)),
    "foundation.fund": Rights(see=ALL_STAFF, add=roles(A, M), change=roles(A, M)),
    "foundation.importrun": Rights(see=roles(A, F, M, R), add=roles(A, F, M)),
    "foundation.invitation": Rights(see=roles(A, R), add=roles(A)),
    "foundation.jobrun": Rights(see=roles(A, R)),
    "foundation.notice": Rights(see=roles(A, F, M, R)),
    "foundation.organization": Rights(see=ALL_STAFF, change=roles(A, M)),
    "foundation.ratesimport": Rights(see=roles(A, M, R), add=roles(A, M)),
    "foundation.savedexport": Rights(see=ALL_STAFF),
    "foundation.user": Rights(see=roles(A, F, M, R), add=roles(A), change=roles(A)),
    "sponsors.amendment": Rights(see=roles(A, F, M, N, R)),
    "sponsors.bankaccount": Rights(see=roles(A, M, R), add=roles(A, M), change=roles(A, M)),
    "sponsors.bankline": Rights(see=roles(A, M, R)),
    "sponsors.statement": Rights(see=roles(A, M, R), add=roles(A, M)),
    "sponsors.commitment": Rights(see=roles(A, F, M, N, R), add=roles(A, F), change=roles(A, F)),
    "sponsors.contact": Rights(see=roles(A, F, M, N, R), add=roles(A, F), change=roles(A, F)),
    "sponsors.installment": Rights(see=roles(A, F, M, N, R)),
    "sponsors.interaction": Rights(see=roles(A, F, M, N, R), add=roles(A, F, M, N), change=roles(A, F)),
    "sponsors.receipt": Rights(see=roles(A, F, M, R), add=roles(A, M)),
    "sponsors.invoice": Rights(see=roles(A, F, M, R)),
    "sponsors.creditnote": Rights(see=roles(A, F, M, R)),
    "sponsors.writeoff": Rights(see=roles(A, F, M, R)),
    "sponsors.sponsor": Rights(see=roles(A, F, M, N, R), add=roles(A, F), change=roles(A, F)),
    "sponsors.sponsormerge": Rights(see=roles(A, F, R)),
}

ACTIONS = {
    "foundation.apitoken revoke": roles(A),
    "foundation.importrun apply": roles(A, F),
    "foundation.importrun discard": roles(A, F),
    "foundation.closing reopen": roles(A),
    "foundation.invitation revoke": roles(A),
    "foundation.notice retry": roles(A, F, M),
    "foundation.notice cancel": roles(A, F, M),
    "foundation.savedexport share": roles(A, F, M, N, G),
    "foundation.savedexport forget": roles(A, F, M, N, G),
    "foundation.user set-roles": roles(A),
    "foundation.user set-answerable": roles(A),
    "foundation.user reset-second-factor": roles(A),
    "foundation.user deactivate": roles(A),
    "foundation.user reactivate": roles(A),
    "sponsors.bankaccount map": roles(A, M),
    "sponsors.bankline confirm": roles(A, M),
    "sponsors.bankline set-aside": roles(A, M),
    "sponsors.bankline undo": roles(A, M),
    "sponsors.commitment propose": roles(A, F),
    "sponsors.commitment sign": roles(A, F),
    "sponsors.commitment revise": roles(A, F),
    "sponsors.commitment decline": roles(A, F),
    "sponsors.commitment withdraw": roles(A, F),
    "sponsors.commitment renew": roles(A, F),
    "sponsors.commitment set-owner": roles(A, F),
    "sponsors.amendment approve": roles(A, M),
    "sponsors.amendment withdraw": roles(A, F, M),
    "sponsors.commitment amend": roles(A, F, M),
    "sponsors.commitment end": roles(A, F),
    "sponsors.commitment terminate": roles(A, F),
    "sponsors.commitment invoice": roles(A, M),
    "sponsors.installment invoice": roles(A, M),
    "sponsors.invoice mail": roles(A, M),
    "sponsors.invoice credit": roles(A, M),
    "sponsors.invoice void": roles(A, M),
    "sponsors.installment write-off": roles(A, M),
    "sponsors.writeoff approve": roles(A, M),
    "sponsors.writeoff refuse": roles(A, M),
    "sponsors.writeoff recover": roles(A, M),
    "sponsors.receipt allocate-oldest": roles(A, M),
    "sponsors.receipt allocate": roles(A, M),
    "sponsors.receipt take-back": roles(A, M),
    "sponsors.receipt reverse": roles(A, M),
    "sponsors.contact leave": roles(A, F),
    "sponsors.contact return": roles(A, F),
    "sponsors.interaction complete": roles(A, F),
    "sponsors.interaction reopen": roles(A, F),
    "sponsors.sponsor merge": roles(A, F),
    "sponsors.sponsor set-logo": roles(A, F),
    "sponsors.sponsor remove-logo": roles(A, F),
}

LIST_ACTIONS = {
    "foundation.notice retry-all": roles(A, F, M),
}


# One more row of each model, different from the others -----------------------------------------


def a_token(number):
    owner = make_user(f"Token{number}", Role.FINANCE)
    return ApiToken.objects.create(
        user=owner,
        created_by=owner,
        name=f"token {number}",
        prefix=f"bursar_{number}",
        digest=f"{number:064}",
        scopes=["sponsors:read"],
        expires_at=timezone.now() + timedelta(days=9),
    )


def an_invitation(number):
    return Invitation.objects.create(
        email=f"invited{number}@foundation.example",
        name=f"Invited {number}",
        roles=["finance"],
        token_digest=f"{number:064}",
        invited_by=make_user(f"Inviter{number}"),
        expires_at=timezone.now() + timedelta(days=7),
    )


def a_notice(number):
    return Notice.objects.create(
        kind="test",
        key=f"notice-{number}",
        recipient="a@example.org",
        subject=f"Notice {number}",
        body_text="Text",
        message_id=f"<{number}@example.org>",
        state="failed",
    )


def an_export(number, model=SavedExport, **fields):
    return model.objects.create(
        list_label="foundation.fund", columns=["code"], file_format="csv", **(fields or {})
    )


def a_commitment(number):
    return commitments.signed_commitment(years=1, owner=make_user(f"Owner{number}", Role.FUNDRAISING))


def an_import(number):
    return checked(make_user(f"Importer{number}", Role.FUNDRAISING), b"name\nAcme\n")


def a_merge(number):
    return merge_sponsors(
        actor=make_user(f"Merger{number}", Role.FUNDRAISING),
        kept=SponsorFactory(),
        absorbed=SponsorFactory(),
        reason="The same.",
    )


def a_closing(number):
    # One month after the other, so that each may follow the last.
    through = date(2000 + (number - 1) // 12, (number - 1) % 12 + 1, 1)
    return close_books(
        actor=make_user(f"Closer{number}", Role.FINANCE),
        through=day_after_month(through) - timedelta(days=1),
        today=date(2026, 1, 1),
    )


def an_invoice(number):
    return commitments.invoiced(a_commitment(number).installments.get(), on=date(2026, 1, 1))


def a_credit_note(number):
    return commitments.credited(an_invoice(number))


def some_rates(number):
    content = f"Date,USD\n{date(2010, 1, 1) + timedelta(days=number)},1.1\n".encode()
    return import_reference_rates(
        actor=make_user(f"Banker{number}", Role.FINANCE),
        file_name=f"rates-{number}.csv",
        content=content,
        today=date(2026, 1, 1),
    )


MAKE = {
    "foundation.apitoken": a_token,
    "foundation.closing": a_closing,
    "foundation.exchangerate": lambda n: ExchangeRate.objects.create(
        day=date(2010, 1, 1) + timedelta(days=n), currency="USD", rate=1
    ),
    "foundation.exportrun": lambda n: an_export(
        n, ExportRun, exported_by=make_user(f"Exporter{n}"), row_count=n
    ),
    "foundation.fund": lambda n: Fund.objects.create(code=f"fund-{n}", name=f"Fund {n}"),
    "foundation.importrun": an_import,
    "foundation.invitation": an_invitation,
    "foundation.jobrun": lambda n: JobRun.objects.create(job=f"job-{n}"),
    "foundation.notice": a_notice,
    "foundation.organization": lambda n: Organization.objects.get_or_create(pk=1, defaults={"name": "F"})[0],
    "foundation.ratesimport": some_rates,
    "foundation.savedexport": lambda n: an_export(
        n, name=f"Export {n}", is_shared=True, owner=make_user(f"Keeper{n}", Role.FINANCE)
    ),
    "foundation.user": lambda n: make_user(f"Person{n}", Role.FINANCE),
    "sponsors.amendment": lambda n: proposed_amendment(
        a_commitment(n),
        effective_on=date(2024, 1, n),
        lines=[commitments.cash_line(60_000 - n), commitments.cash_line(n)],
    ),
    "sponsors.bankaccount": lambda n: banking.bank_account(f"bank-{n}"),
    "sponsors.bankline": banking.bank_line,
    "sponsors.statement": lambda n: banking.bank_line(n).statement,
    "sponsors.commitment": a_commitment,
    "sponsors.installment": lambda n: a_commitment(n).installments.get(),
    "sponsors.receipt": lambda n: commitments.received(SponsorFactory(), 100 + n, on=date(2024, 1, 2)),
    "sponsors.invoice": an_invoice,
    "sponsors.creditnote": a_credit_note,
    "sponsors.writeoff": lambda n: commitments.proposed_write_off(a_commitment(n).installments.get(), n),
    "sponsors.contact": lambda n: ContactFactory(),
    "sponsors.interaction": lambda n: InteractionFactory(next_step="Call", next_step_due=date(2026, 1, n)),
    "sponsors.sponsor": lambda n: SponsorFactory(account_manager=make_user(f"Manager{n}", Role.FUNDRAISING)),
    "sponsors.sponsormerge": a_merge,
}


def registered():
    return {model._meta.label_lower: page for model, page in admin.site._registry.items()}


def address(label, rest=""):
    return f"/admin/{label.replace('.', '/')}/{rest}"


LABELS = sorted(PAGES)
PEOPLE = [*Role, None]


def enter(signed_in, role):
    """Return a client of somebody with the role alone; None is somebody without any."""
    return signed_in(make_user("Visitor", *([role] if role else [])))


def expect(response, allowed, role):
    if role not in STAFF_ROLES:
        assert response.status_code in {302, 403}, response.status_code
        assert (
            response.status_code == 403
            or "/admin/" not in response.url.partition("?")[0]
            or "login" in response.url
        )
    elif allowed:
        assert response.status_code in {200, 302}, response.status_code
        assert "login" not in response.get("Location", "")
    else:
        assert response.status_code == 403, response.status_code


# The tables are complete -----------------------------------------------------------------------


def test_every_page_has_a_row():
    assert reverse("admin:index")
    assert set(PAGES) == set(MAKE) == set(registered())


def test_every_action_has_a_row():
    assert {
        f"{page.opts.label_lower} {action.name}" for page, action in all_object_actions(admin.site)
    } == set(ACTIONS)
    assert {f"{page.opts.label_lower} {action.name}" for page, action in all_list_actions(admin.site)} == set(
        LIST_ACTIONS
    )


# Pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", PEOPLE, ids=str)
@pytest.mark.parametrize("label", LABELS)
def test_pages_open_to_their_roles_and_to_nobody_else(signed_in, label, role):
    rights, row = PAGES[label], MAKE[label](1)
    client = enter(signed_in, role)
    sees = role in rights.see
    listed = client.get(address(label))
    expect(listed, sees, role)
    # Some rows are private to their owner although the list is open: the list itself says which.
    shown = sees and row.pk in [other.pk for other in listed.context["cl"].result_list]
    if shown or not sees:
        expect(client.get(address(label, f"{row.pk}/change/")), sees, role)
        if hasattr(type(row), "pgh_event_model"):
            expect(client.get(address(label, f"{row.pk}/history/")), sees, role)
    expect(client.get(address(label, "add/")), role in rights.add, role)
    if isinstance(registered()[label], ExportingAdmin):
        expect(client.get(address(label, "export/")), sees, role)


@pytest.mark.parametrize("role", PEOPLE, ids=str)
@pytest.mark.parametrize("label", LABELS)
def test_pages_write_for_their_roles_and_for_nobody_else(signed_in, label, role):
    rights, row = PAGES[label], MAKE[label](1)
    client = enter(signed_in, role)
    expect(client.post(address(label, f"{row.pk}/change/"), {}), role in rights.change, role)
    expect(client.post(address(label, "add/"), {}), role in rights.add, role)
    expect(client.post(address(label, f"{row.pk}/delete/"), {"post": "yes"}), allowed=False, role=role)


# Actions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", PEOPLE, ids=str)
@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("method", ["get", "post"])
def test_actions_are_open_to_their_roles_and_to_nobody_else(signed_in, action, role, method):
    label, _space, name = action.partition(" ")
    row = MAKE[label](1)
    response = getattr(enter(signed_in, role), method)(address(label, f"{row.pk}/do/{name}/"))
    expect(response, role in ACTIONS[action], role)


@pytest.mark.parametrize("role", sorted(STAFF_ROLES), ids=str)
@pytest.mark.parametrize("action", sorted(LIST_ACTIONS))
def test_list_actions_are_offered_to_their_roles_and_to_nobody_else(signed_in, action, role):
    label, _space, name = action.partition(" ")
    row = MAKE[label](1)
    client = enter(signed_in, role)
    response = client.post(address(label), {"action": name, "index": "0", "_selected_action": [row.pk]})
    if role in LIST_ACTIONS[action]:
        assert response.status_code == 200
        assert 'name="confirmed"' in response.content.decode()
    else:
        assert response.status_code in {302, 403} or 'name="confirmed"' not in response.content.decode()


# What a list costs -----------------------------------------------------------------------------

# There is one organization.
GROWING = [label for label in LABELS if label != "foundation.organization"]


@pytest.mark.parametrize("label", GROWING)
def test_a_list_costs_the_same_at_one_and_at_ten_rows(signed_in, label):
    client = enter(signed_in, Role.ADMINISTRATOR)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address(label))
        return len(queries), response.context["cl"].result_count

    MAKE[label](1)
    cost()
    few, rows = cost()
    for number in range(2, 11):
        MAKE[label](number)
    many, more_rows = cost()
    assert more_rows == rows + 9
    assert many == few


def test_every_empty_list_says_what_belongs_in_it():
    pages = [page for page in admin.site._registry.values() if isinstance(page, BursarAdmin)]
    assert pages
    assert [page for page in pages if not page.empty_list] == []
