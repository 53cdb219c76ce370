"""What the pages of valuations and their policies show and do."""

from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.inkind.models import Valuation, ValuationPolicy
from sponsors.inkind.services import valuations as services
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.valuing import (
    MARCH,
    approved,
    approver,
    card,
    drafted,
    drafted_gift,
    metered_line,
    more_use,
    policy_by_cards,
    reversed_by,
    treasurer,
    with_policy,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/sponsors/valuation/"


@pytest.fixture
def client(signed_in):
    return signed_in(treasurer())


def page(valuation, rest="change/"):
    return f"{LIST}{valuation.pk}/{rest}"


def do(client, valuation, name, **data):
    """Do it, and return the sentence that the next page says, or the errors of the form."""
    response = client.post(page(valuation, f"do/{name}/"), data, follow=True)
    if response.redirect_chain:
        return [str(message) for message in response.context["messages"]]
    return [str(error) for errors in response.context["form"].errors.values() for error in errors]


def content(client, valuation):
    return client.get(page(valuation)).content.decode()


def test_a_month_is_drafted_by_the_form(client):
    line = with_policy(metered_line())
    client.post(f"{LIST}add/", {"line": line.pk, "month": "2024-03"})
    valuation = Valuation.objects.get()
    assert (valuation.month, valuation.value, valuation.drafted_by) == (MARCH, 100_750, treasurer())
    said = content(client, valuation)
    for text in (
        "Bandwidth in usa",
        "1,000,000",
        "USD 100,000.00",
        "Sum of the amounts in USD",
        "USD 200,750.00",
    ):
        assert text in said


def test_any_other_gift_is_drafted_by_the_form(client):
    line = factories.gift_line(category="hardware")
    client.post(f"{LIST}add/", {"line": line.pk, "month": "2024-03-15", "quantity": "4", "unit_value": "250"})
    assert Valuation.objects.get().value == 1000


def test_a_gift_is_found_by_number_sponsor_or_words_a_page_at_a_time(client):
    lines = [factories.gift_line() for _number in range(21)]
    line = lines[0]
    commitment = line.commitment

    def found(**asked):
        return client.get(f"{LIST}gifts/", asked).json()

    for term in (commitment.number, commitment.sponsor.name):
        assert [row["id"] for row in found(term=term)["results"]] == [str(line.pk)], term
    assert commitment.number in found(term=commitment.number)["results"][0]["text"]
    first, second = found(term="package index"), found(term="package index", page=2)
    assert (len(first["results"]), first["pagination"]["more"]) == (20, True)
    assert (len(second["results"]), second["pagination"]["more"]) == (1, False)
    assert found(term="nobody")["results"] == []
    form = client.get(f"{LIST}add/").content.decode()
    assert f'data-ajax--url="{LIST}gifts/"' in form
    assert line.commitment.number not in form


def test_what_is_refused_stands_at_its_field(client):
    line = factories.gift_line()
    answer = client.post(f"{LIST}add/", {"line": line.pk, "month": "2024-03"}).content.decode()
    assert "Add its valuation policy first." in answer
    answer = client.post(f"{LIST}add/", {"line": line.pk, "month": "soon", "quantity": "4"}).content.decode()
    assert "Write year and month, such as 2024-03." in answer
    assert "Say what one of them is worth." in answer
    assert not Valuation.objects.exists()


def test_it_is_submitted_returned_and_approved_by_another(client, signed_in):
    valuation = drafted()
    other = signed_in(approver())
    assert "is submitted" in do(client, valuation, "submit")[0]
    waits = "It waits for somebody else than Tia. Avery may approve it."
    for who, is_offered in ((client, False), (other, True)):
        shown = content(who, valuation)
        assert waits in shown
        assert (page(valuation, "do/approve/") in shown) is is_offered
    assert "You submitted this valuation yourself." in do(client, valuation, "approve")[0]
    assert "is a draft again" in do(other, valuation, "return", reason="Which card?")[0]
    assert "Returned to draft: Which card?" in content(client, valuation)
    do(client, valuation, "submit")
    assert do(other, valuation, "approve") == ["USD 100,750.00 counts on 2024-03-31."]
    assert "not possible now" in do(other, valuation, "approve")[0]


def test_a_draft_is_made_anew_by_other_versions(client):
    valuation = drafted()
    shown = client.get(page(valuation, "do/draft-again/")).context["form"]
    assert shown.initial["base_version"] == valuation.base_version
    answer = do(
        client,
        valuation,
        "draft-again",
        base_version=valuation.high_version_id,
        discount_percent="10",
        discount_basis="Anybody gets it.",
    )
    assert answer == ["Drafted again: USD 180,675.00."]


def test_a_gift_is_changed_with_what_it_was_made_of(client):
    valuation = drafted_gift("cloud_credits", 100, 2, low_unit_value=Decimal(1), expired=Decimal(9))
    initial = client.get(page(valuation, "do/change-gift/")).context["form"].initial
    assert (initial["quantity"], initial["unit_value"], initial["expired"]) == (100, 2, 9)
    assert (initial["low_unit_value"], initial["high_unit_value"]) == (1, None)
    answer = do(client, valuation, "change-gift", quantity="50", unit_value="2", discount_percent="0")
    assert answer == ["Drafted again: USD 100.00."]


def test_contributed_time_that_is_changed_still_says_how_the_services_test_is_met(client):
    valuation = drafted_gift("staff_time", 10, 100, services_test="An engineer built the mirror.")
    initial = client.get(page(valuation, "do/change-gift/")).context["form"].initial
    assert initial["services_test"] == "An engineer built the mirror."
    assert client.get(page(drafted_gift(), "do/change-gift/")).context["form"].initial["services_test"] == ""


def test_an_accountants_figures_are_set_with_a_note(client):
    valuation = drafted_gift("licenses")
    assert "for the tax return" in client.get(page(valuation, "do/set-figures/")).content.decode().lower()
    assert do(
        client, valuation, "set-figures", statements_value="1000", tax_value="1000", note="Sold as goods."
    )
    valuation.refresh_from_db()
    assert (valuation.tax_value, valuation.value_notes) == (1000, "Sold as goods.")


def test_a_changed_use_is_shown_and_adjusted(client):
    valuation = approved()
    more_use(valuation.line)
    assert "The use changed since it was valued" in content(client, valuation)
    found = client.get(f"{LIST}?use=changed").context["cl"].result_list
    assert list(found) == [valuation]
    assert "The difference of USD 100.00 is drafted." in do(client, valuation, "adjust")[0]
    adjustment = Valuation.objects.get(adjusts=valuation)
    assert "Less what was approved before" in content(client, adjustment)
    assert "Adjustment" in content(client, valuation)
    assert "Adjustment" in client.get(LIST).content.decode()


def test_what_is_reversed_names_what_takes_it_back(client):
    valuation = approved(drafted_gift())
    assert "is taken back" in do(client, valuation, "reverse", reason="Twice.")[0]
    assert "Twice." in content(client, valuation)
    reversal = Valuation.objects.get(reverses=valuation)
    assert f'href="{page(valuation, "change/")}">USD 1,000.00 of March 2024</a>: Twice.' in content(
        client, reversal
    )
    assert "not possible now" in do(client, reversal, "reverse", reason="Again.")[0]
    assert "Reversal" in client.get(LIST).content.decode()


def test_a_draft_is_discarded(client):
    assert "can be drafted again" in do(client, drafted_gift(), "discard")[0]


def test_evidence_is_kept_and_handed_out_to_be_saved(client):
    valuation = drafted_gift()
    file = SimpleUploadedFile("in voice.csv", b"a,b\n1,2\n")
    assert do(client, valuation, "add-evidence", file=file, note="") == ["in voice.csv is kept as evidence."]
    evidence = valuation.evidence.get()
    answer = client.get(page(valuation, f"evidence/{evidence.pk}/"))
    assert answer.content == b"a,b\n1,2\n"
    assert answer["Content-Disposition"] == 'attachment; filename="in voice.csv"'
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        "application/octet-stream",
        "nosniff",
    )
    default_storage.delete(str(evidence.file.name))
    assert client.get(page(valuation, f"evidence/{evidence.pk}/")).status_code == 404
    assert client.get(page(drafted_gift(), f"evidence/{evidence.pk}/")).status_code == 404


@pytest.mark.parametrize("file", [b"MZ", b"", bytes(10 * 1024 * 1024 + 1)])
def test_what_is_no_evidence_stands_at_the_file(client, file):
    assert do(client, drafted_gift(), "add-evidence", file=SimpleUploadedFile("a.exe", file))


def test_evidence_and_papers_are_closed_to_whoever_sees_no_valuations(client, signed_in):
    evidence = services.add_evidence(
        actor=treasurer(), valuation=drafted_gift(), content=b"[1]", file_name="a.json"
    )
    outsider = signed_in(make_user("Gus", Role.GRANTS_OFFICER))
    for rest in (f"evidence/{evidence.pk}/", "pdf/"):
        assert client.get(page(evidence.valuation, rest)).status_code == 200
        assert outsider.get(page(evidence.valuation, rest)).status_code in {302, 403, 404}


def test_the_list_is_narrowed_to_a_service(client):
    valuation = approved()
    drafted_gift()
    service = valuation.line.supplies.get().service
    assert list(client.get(f"{LIST}?service={service.pk}").context["cl"].result_list) == [valuation]
    assert client.get(f"{LIST}?service=nothing").context["cl"].result_count == 2


def test_rows_are_exported_with_exact_amounts(client):
    approved(drafted_gift())
    reversed_by(approved(drafted_gift()))
    answer = client.post(
        f"{LIST}export/", {"columns": ["month", "gift", "value", "tax_value", "state"], "file_format": "csv"}
    )
    assert "2024-03-01,CDN for the package index,approved,1000.00,1000.00" in answer.content.decode()
    assert "-1000.00" in answer.content.decode()


def test_an_extrapolated_value_is_marked_in_the_list(client):
    line = metered_line()
    base = card()
    base.tiers.model.objects.create(
        version=base, metric="bandwidth", region="moon", position=1, rate=1, is_published=False
    )
    base.tiers.model.objects.create(version=base, metric="requests", region="moon", position=1, rate=1)
    base.card.mappings.update(card_region="moon")
    assert drafted(line, base=base).is_extrapolated
    assert "Extrapolated" in client.get(LIST).content.decode()


def test_a_policy_is_added_and_changed_with_its_history(client):
    line, base, low = factories.gift_line(), card(), card("cheap", "0.01")
    client.post(
        "/admin/sponsors/valuationpolicy/add/",
        {"line": line.pk, "base_card": base.card_id, "discount_percent": "0"},
    )
    policy = ValuationPolicy.objects.get()
    address = f"/admin/sponsors/valuationpolicy/{policy.pk}"
    client.post(
        f"{address}/change/",
        {
            "base_card": base.card_id,
            "low_card": low.card_id,
            "discount_percent": "5",
            "discount_basis": "All",
        },
    )
    policy.refresh_from_db()
    assert (policy.low_card, policy.discount_percent) == (low.card, 5)
    assert "Cheap" in client.get(f"{address}/history/").content.decode()
    assert "5%" in client.get("/admin/sponsors/valuationpolicy/").content.decode()


def test_a_discount_without_basis_stands_at_its_field(client):
    policy = policy_by_cards(1)
    answer = client.post(
        f"/admin/sponsors/valuationpolicy/{policy.pk}/change/",
        {"base_card": policy.base_card_id, "discount_percent": "5"},
    )
    assert "Say who else gets the widely available discount" in answer.content.decode()


def test_a_commitment_shows_what_its_gifts_were_worth(client):
    valuation = approved(drafted_gift())
    reversed_by(approved(drafted_gift(line=valuation.line, month=MARCH.replace(month=4))))
    commitment = valuation.line.commitment
    shown = client.get(f"/admin/sponsors/commitment/{commitment.pk}/change/").content.decode()
    assert "USD 1,000.00 in kind is approved" in shown
    line = client.get(f"/admin/sponsors/commitment/{commitment.pk}/timeline/").content.decode()
    assert "USD 1,000.00 in kind" in line
    assert "reversed: Wrong card." in line
