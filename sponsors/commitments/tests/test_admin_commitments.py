"""The pages of commitments: drafting, acting and reading."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps

from foundation.books.services import change_organization
from foundation.books.tests.test_services import PROFILE
from sponsors.commitments.models import Commitment, CommitmentLine
from sponsors.commitments.rules import State
from sponsors.commitments.tests.factories import (
    cash_line,
    drafted_commitment,
    general_fund,
    in_kind_line,
    proposed_commitment,
    received,
    signed_commitment,
)
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/sponsors/commitment/"


def page(commitment, rest="change/"):
    return f"{LIST}{commitment.pk}/{rest}"


def rows(prefix, *forms, existing=0):
    data = {f"{prefix}-TOTAL_FORMS": str(len(forms)), f"{prefix}-INITIAL_FORMS": str(existing)}
    for number, form in enumerate(forms):
        data |= {f"{prefix}-{number}-{key}": value for key, value in form.items()}
    return data


def cash(amount="300000.00"):
    return {"kind": "cash", "description": "Support", "fund": str(general_fund().pk), "amount": amount}


def draft_form(sponsor, *lines, installments=(), **changes):
    form = {
        "sponsor": str(sponsor.pk),
        "title": "Visionary 2026 to 2030",
        "starts_on": "2026-01-01",
        "ends_on": "2030-12-31",
        "currency": "USD",
        "owner": "",
        "backup": "",
        "renewal_of": "",
        "announced_on": "",
        "notes": "",
        "shape": "equal",
        "frequency": "yearly",
        "first_due_on": "",
    }
    parts = {"lines": lines, "installments": installments, "conditions": (), "restrictions": ()}
    data = {**form, **changes}
    for prefix, forms in parts.items():
        data |= rows(prefix, *forms)
    return data


def sentences(response):
    assert response.status_code == 200
    form = response.context["adminform"].form
    inline = [
        str(row.formset.errors) for row in response.context["inline_admin_formsets"] if row.formset.is_bound
    ]
    return " ".join([*(str(error) for errors in form.errors.values() for error in errors), *inline])


def test_a_draft_is_written_with_its_schedule_by_the_service(signed_in, fundraiser):
    sponsor = SponsorFactory()
    response = signed_in(fundraiser).post(f"{LIST}add/", draft_form(sponsor, cash()))
    commitment = Commitment.objects.get()
    assert response.status_code == 302
    assert (commitment.ends_before, commitment.state) == (date(2031, 1, 1), State.DRAFT)
    due = list(commitment.installments.values_list("due_on", "amount"))
    assert due == [(date(year, 1, 1), Decimal(60000)) for year in range(2026, 2031)]
    event = apps.get_model("sponsors", "CommitmentEvent").objects.get()
    assert event.pgh_context["action"] == "commitment.draft"
    assert event.pgh_context["actor"] == fundraiser.pk


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"fund": ""}, "fund", "Cash goes into a fund. Choose one."),
        (
            {"kind": "in_kind", "fund": ""},
            "category",
            "A gift in kind needs a category. Choose one, such as cdn.",
        ),
    ],
)
def test_what_a_line_lacks_is_told_at_its_own_field(signed_in, fundraiser, changes, field, sentence):
    form = draft_form(SponsorFactory(), cash(), cash() | changes)
    answer = signed_in(fundraiser).post(f"{LIST}add/", form)
    lines = answer.context["inline_admin_formsets"][0].formset
    assert lines.errors == [{}, {field: [sentence]}]
    assert not Commitment.objects.exists()


def test_what_is_promised_comes_before_when_it_falls_due(signed_in, fundraiser):
    shown = signed_in(fundraiser).get(f"{LIST}add/").content.decode()
    marks = ("lines-TOTAL_FORMS", "When the cash falls due", "installments-TOTAL_FORMS")
    places = [shown.index(mark) for mark in marks]
    assert places == sorted(places)


def test_custom_dates_and_amounts_are_taken_from_the_table(signed_in, fundraiser):
    parts = [{"due_on": "2026-02-01", "amount": "200000"}, {"due_on": "2027-02-01", "amount": "100000"}]
    form = draft_form(SponsorFactory(), cash(), installments=parts, shape="custom")
    signed_in(fundraiser).post(f"{LIST}add/", form)
    due = Commitment.objects.get().installments.values_list("due_on", "amount")
    assert list(due) == [(date(2026, 2, 1), Decimal(200000)), (date(2027, 2, 1), Decimal(100000))]


def test_a_promise_in_kind_needs_no_schedule(signed_in, fundraiser):
    gift = {"kind": "in_kind", "category": "cdn", "description": "CDN", "fund": "", "amount": "1000000"}
    signed_in(fundraiser).post(f"{LIST}add/", draft_form(SponsorFactory(), gift))
    commitment = Commitment.objects.get()
    assert commitment.lines.get().kind == CommitmentLine.Kind.IN_KIND
    assert not commitment.installments.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ends_on": "2025-12-31"}, "The last day is before the first day."),
        ({"ends_on": "2045-12-31"}, "A commitment lasts at most ten years."),
        ({"shape": "custom"}, "Give a schedule."),
        ({"first_due_on": "2050-01-01"}, "Choose one nearer to its first day."),
    ],
)
def test_what_the_service_refuses_is_said_on_the_form(signed_in, fundraiser, changes, sentence):
    response = signed_in(fundraiser).post(f"{LIST}add/", draft_form(SponsorFactory(), cash(), **changes))
    assert sentence in sentences(response)
    assert not Commitment.objects.exists()


def test_a_draft_is_changed_whole(signed_in, fundraiser):
    commitment = drafted_commitment(years=2, yearly_amount=1000)
    line = commitment.lines.get()
    first, second = commitment.installments.all()
    form = draft_form(
        commitment.sponsor, title="Changed", starts_on="2024-01-01", ends_on="2025-12-31", shape="custom"
    )
    form |= rows("lines", {**cash("2500"), "id": str(line.pk)}, existing=1)
    parts = [
        {"id": str(first.pk), "due_on": "2024-03-01", "amount": "1000"},
        {"id": str(second.pk), "due_on": "2025-01-01", "amount": "1000", "DELETE": "on"},
        {"due_on": "2025-03-01", "amount": "1500"},
    ]
    form |= rows("installments", *parts, existing=2)
    response = signed_in(fundraiser).post(page(commitment), form)
    assert response.status_code == 302, sentences(response)
    commitment.refresh_from_db()
    assert commitment.title == "Changed"
    assert list(commitment.installments.values_list("due_on", "amount")) == [
        (date(2024, 3, 1), Decimal(1000)),
        (date(2025, 3, 1), Decimal(1500)),
    ]


def test_a_fixed_commitment_changes_only_what_binds_nobody(signed_in, fundraiser):
    commitment = signed_commitment()
    form = draft_form(
        SponsorFactory(), cash(), title="New name", owner=str(fundraiser.pk), notes="Call in May"
    )
    assert signed_in(fundraiser).post(page(commitment), form).status_code == 302
    before = commitment.starts_on, commitment.ends_before, commitment.sponsor
    commitment.refresh_from_db()
    assert (commitment.title, commitment.owner, commitment.notes) == ("New name", fundraiser, "Call in May")
    assert (commitment.starts_on, commitment.ends_before, commitment.sponsor) == before
    assert commitment.lines.count() == 1


def test_whoever_writes_a_commitment_down_is_proposed_as_its_owner(signed_in, fundraiser):
    form = signed_in(fundraiser).get("/admin/sponsors/commitment/add/").context["adminform"].form

    assert form.initial["owner"] == fundraiser.pk


def test_our_own_currency_is_proposed_for_promises_and_for_money(signed_in, fundraiser, finance):
    change_organization(actor=finance, **{**PROFILE, "base_currency": "EUR"})

    for who, kind in ((fundraiser, "commitment"), (finance, "receipt")):
        form = signed_in(who).get(f"/admin/sponsors/{kind}/add/").context["adminform"].form
        assert form.initial["currency"] == "EUR"


def test_history_tells_the_last_day_as_it_was_entered(signed_in, fundraiser):
    commitment = drafted_commitment()
    (drafted,) = signed_in(fundraiser).get(page(commitment, "history/")).context["entries"]
    told = {row.subject: {field.label: field.new for field in row.fields} for row in drafted.changes}

    first = commitment.terms.get(position=1)
    assert told["Commitment"]["Last day"] == f"{commitment.ends_on}"
    assert told["Term 1"]["Last day"] == f"{first.ends_before - timedelta(days=1)}"
    assert not any("Day after the last day" in fields for fields in told.values())


def test_owner_and_backup_must_be_two_people(signed_in, fundraiser):
    commitment = signed_commitment()
    form = {"title": "Name", "owner": str(fundraiser.pk), "backup": str(fundraiser.pk)}
    response = signed_in(fundraiser).post(page(commitment), form)
    assert "The backup is the owner." in sentences(response)


def test_the_page_shows_the_whole_picture(signed_in, fundraiser):
    earlier = signed_commitment(years=1, yearly_amount=60_000)
    from sponsors.commitments.services import renew_commitment

    renew_commitment(actor=fundraiser, commitment=earlier, today=date(2024, 6, 1))
    received(earlier.sponsor, 20_000)
    content = signed_in(fundraiser).get(page(earlier)).content.decode()
    for part in (
        "USD 60,000.00",
        "USD 20,000.00",
        "USD 40,000.00",
        "Overdue",
        "Renewals",
        "2024-01-01 to 2024-12-31",
    ):
        assert part in content


def test_receipts_are_shown_to_those_who_may_see_them(signed_in, infrastructure):
    commitment = signed_commitment()
    received(commitment.sponsor, 20_000, reference="secret-reference")
    for rest in ("change/", "timeline/"):
        content = signed_in(infrastructure).get(page(commitment, rest)).content.decode()
        assert "secret-reference" not in content


def test_list_shows_who_sees_commitments_what_came_in_and_no_receipt(signed_in, infrastructure):
    commitment = signed_commitment(lines=[cash_line(300_000), in_kind_line(10)])
    drafted_commitment(lines=[in_kind_line(7)])
    received(commitment.sponsor, 20_000, reference="secret-reference")
    content = signed_in(infrastructure).get(LIST).content.decode()
    for part in ("USD 300,000.00", "USD 10.00 in kind", "USD 7.00 in kind", "USD 20,000.00", "overdue"):
        assert part in content
    assert "secret-reference" not in content


ACTIONS = {
    "propose": (drafted_commitment, {}, State.PROPOSED),
    "revise": (proposed_commitment, {}, State.DRAFT),
    "sign": (proposed_commitment, {"signed_on": "2024-02-01"}, State.SIGNED),
    "decline": (proposed_commitment, {"reason": "No budget"}, State.DECLINED),
    "withdraw": (drafted_commitment, {"reason": "Sent by mistake"}, State.WITHDRAWN),
    "terminate": (signed_commitment, {"closed_on": "2026-01-01", "reason": "Bankrupt"}, State.TERMINATED),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_each_action_moves_the_commitment(signed_in, fundraiser, name):
    make, answers, state = ACTIONS[name]
    commitment = make(years=8)
    client = signed_in(fundraiser)
    assert commitment.number in client.get(page(commitment, f"do/{name}/")).content.decode()
    response = client.post(page(commitment, f"do/{name}/"), answers, follow=True)
    commitment.refresh_from_db()
    assert commitment.state == state, response.content.decode()
    assert commitment.number in " ".join(str(message) for message in response.context["messages"])


def test_a_commitment_that_is_over_is_ended(signed_in, fundraiser):
    commitment = signed_commitment(years=1)
    signed_in(fundraiser).post(page(commitment, "do/end/"))
    commitment.refresh_from_db()
    assert commitment.state == State.ENDED


def test_a_renewal_is_drafted_and_opened(signed_in, fundraiser):
    commitment = signed_commitment(years=2)
    response = signed_in(fundraiser).post(page(commitment, "do/renew/"), {"title": "Again"})
    draft = Commitment.objects.get(renewal_of=commitment)
    assert response.url == page(draft)
    assert (draft.title, draft.starts_on) == ("Again", commitment.ends_before)


def test_the_owner_is_set_in_any_state(signed_in, fundraiser, administrator):
    commitment = signed_commitment()
    form = {"owner": str(fundraiser.pk), "backup": str(administrator.pk)}
    signed_in(fundraiser).post(page(commitment, "do/set-owner/"), form)
    commitment.refresh_from_db()
    assert (commitment.owner, commitment.backup) == (fundraiser, administrator)


def test_signing_in_the_future_is_refused_on_the_form(signed_in, fundraiser):
    commitment = proposed_commitment()
    response = signed_in(fundraiser).post(page(commitment, "do/sign/"), {"signed_on": "2999-01-01"})
    assert "is after today" in str(response.context["form"].errors["signed_on"])


SEARCHES = ["C-2024-0001", "c-2024", "Sustaining", "Quill"]


@pytest.mark.parametrize("term", SEARCHES)
def test_search_finds_by_number_title_and_sponsor(signed_in, auditor, term):
    signed_commitment(SponsorFactory(name="Quillfeather Analytics"))
    assert signed_in(auditor).get(LIST, {"q": term}).context["cl"].result_count == 1
    assert signed_in(auditor).get(LIST, {"q": "nothing like it"}).context["cl"].result_count == 0


FILTERS = [
    ({"standing": "in_force"}, {"signed"}),
    ({"standing": "not_over"}, {"signed"}),
    ({"standing": "open"}, {"draft", "gift", "proposed"}),
    ({"standing": "waiting"}, {"proposed"}),
    ({"standing": "ends_30"}, set()),
    ({"standing": "ends_180"}, set()),
    ({"standing": "not_renewed"}, set()),
    ({"owner": "me"}, {"signed"}),
    ({"owner": "none"}, {"draft", "gift", "proposed"}),
    ({"kind": "in_kind"}, {"gift"}),
    ({"currency": "EUR"}, {"draft"}),
    ({"state__exact": "draft"}, {"draft", "gift"}),
    ({"fiscal_year": "2024"}, {"draft", "gift", "proposed", "signed"}),
    ({"fiscal_year": "1999"}, {"draft", "gift", "proposed", "signed"}),
    ({"standing": "nonsense"}, {"draft", "gift", "proposed", "signed"}),
]


@pytest.mark.parametrize(("chosen", "found"), FILTERS)
def test_filters_narrow_the_list(signed_in, auditor, chosen, found):
    sponsor = SponsorFactory()
    drafted_commitment(sponsor, title="draft", currency="EUR", years=9)
    drafted_commitment(sponsor, title="gift", lines=[in_kind_line(1000)], years=9)
    proposed_commitment(sponsor, title="proposed", years=9)
    signed_commitment(sponsor, title="signed", owner=auditor, years=9)
    rows = signed_in(auditor).get(LIST, chosen).context["cl"].result_list
    assert {row.title for row in rows} == found


def test_the_fund_filter_finds_cash_lines(signed_in, auditor):
    commitment = drafted_commitment()
    drafted_commitment(lines=[in_kind_line(1000)])
    rows = signed_in(auditor).get(LIST, {"fund": general_fund().pk}).context["cl"].result_list
    assert [row.pk for row in rows] == [commitment.pk]


def test_history_tells_of_the_commitment_and_of_its_parts_in_words(signed_in, fundraiser, auditor):
    commitment = drafted_commitment(years=2, yearly_amount=1000)
    line = commitment.lines.get()
    form = draft_form(commitment.sponsor, title="Changed", starts_on="2024-01-01", ends_on="2025-12-31")
    form |= rows("lines", {**cash("2500"), "id": str(line.pk)}, existing=1)
    assert signed_in(fundraiser).post(page(commitment), form).status_code == 302
    signed_in(fundraiser).post(page(commitment, "do/set-owner/"), {"owner": str(fundraiser.pk), "backup": ""})
    owner, revised, drafted = signed_in(auditor).get(page(commitment, "history/")).context["entries"]
    assert (owner.action, owner.who) == ("Set owner (commitment)", "Fred Fundraiser")
    assert [(field.label, field.old, field.new) for field in owner.changes[0].fields] == [
        ("Owner", "—", "Fred Fundraiser")
    ]
    subjects = {(change.subject, change.verb) for change in revised.changes}
    assert ("Commitment", "changed") in subjects
    assert ("Installment 1", "created") in subjects
    assert ("Installment 1", "deleted") in subjects
    created = {
        field.label: field.new
        for change in drafted.changes
        for field in change.fields
        if not change.subject.startswith("Installment")
    }
    assert created["Kind"] == "Cash"
    assert created["Fund"] == "General"
    assert created["Sponsor"] == commitment.sponsor.name
