"""The PDF of an agreement: what it says, and that what it is given can be nothing but text."""

from datetime import date

import pytest

from foundation.books.models import Fund, Organization
from foundation.documents.rendering import TextNotPrintable
from foundation.documents.services import content_of
from foundation.documents.tests.pdf import text_of
from sponsors.agreements.rules import TemplateRefused
from sponsors.agreements.selectors import outdated_facts
from sponsors.agreements.services import preview_agreement
from sponsors.agreements.tests.factories import TODAY, begun, template
from sponsors.commitments.models import Invoice
from sponsors.commitments.tests.amending import amended
from sponsors.commitments.tests.conditions import limit, match
from sponsors.commitments.tests.factories import (
    cash_line,
    charged,
    colleague,
    credited,
    in_kind_line,
    signed_commitment,
)
from sponsors.commitments.tests.refusals import refused
from sponsors.directory.models import Contact
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory

pytestmark = pytest.mark.django_db
HOSTILE = r'#panic("x") *bold* _it_ $x$ {{ commitment.number }} <script>a</script> \ **b** `c` [l](h) "q" @r // /* ]'


@pytest.fixture(autouse=True)
def organization():
    return Organization.objects.create(
        pk=1, name="Owl", legal_name="Owl Foundation, Inc.", address="1 Owl Road\nPortland", tax_id="12-34"
    )


def squeezed(text):
    """Return the text without the breaks of its lines, which depend on where the paper ends."""
    return "".join(text.split())


def preview(body, commitment=None, **more):
    content = preview_agreement(
        actor=colleague(),
        template=template(body, **more),
        commitment=commitment or signed_commitment(),
        today=TODAY,
    )
    return text_of(content)


def test_agreement_says_what_the_commitment_is(organization):
    commitment = signed_commitment(
        SponsorFactory(legal_name="Acme, Inc."), years=2, lines=[cash_line(90_001), in_kind_line(5_000)]
    )
    text = text_of(content_of(begun(commitment).file))
    for said in (
        "Sponsorship agreement",
        f"Owl Foundation, Inc. and Acme, Inc. agree on {commitment.number}",
        "from\n1 January 2024 to 31 December 2025" if "from\r\n1" in text else "31 December 2025",
        "In kind, estimated",
        "USD\xa05,000.00",
        "USD\xa090,001.00",
        "USD\xa045,000.50",
        "1 January 2025",
        "Signature",
        "Page 1 of 1",
    ):
        assert squeezed(said) in squeezed(text)
    # Gifts in kind are never added to cash.
    assert "95,001" not in text


def test_hostile_names_come_out_as_their_very_signs():
    sponsor = SponsorFactory(name=HOSTILE, legal_name=HOSTILE)
    commitment = signed_commitment(sponsor, title=HOSTILE, lines=[cash_line(100, description=HOSTILE)])
    version = begun(commitment, title=HOSTILE)
    said = squeezed(text_of(content_of(version.file)))
    # Heading, once in the text, once in the table, once where the sponsor signs.
    assert said.count(squeezed(HOSTILE)) == 4


ATTACHED = "{{ conditions }}\n\n{{ restrictions }}\n\n{{ charges }}"


def attached(sponsor=None, **more):
    """Return a commitment of 2024 and 2025 with conditions, restrictions and two charges."""
    commitment = signed_commitment(
        sponsor,
        years=2,
        conditions=[
            match(30_000, target=40_000, due_on=date(2025, 6, 30)),
            match(5_000, target=None, description="The index stays free.", money_returns=False),
        ],
        restrictions=[limit(percent="12.5"), limit(amount=2_500, term=2, purpose="For grants")],
        **more,
    )
    charged(commitment, 700, 300, due_on=date(2024, 2, 1))
    return commitment


def test_agreement_says_what_it_depends_on_is_limited_to_and_what_is_charged():
    text = squeezed(preview(ATTACHED, attached()))
    for said in (
        "The community gives as much.",
        "Shown by: Donations by the quarterly report",
        "Target: USD\xa040,000.00",
        "If it is not met, money that came for it goes back.",
        "30 June 2025",
        "USD\xa030,000.00",
        "The index stays free.",
        "If it is not met, only what is not paid yet falls away.",
        "Grants",
        "For travel to conferences",
        "1 January 2024 \N{EN DASH} 31 December 2025",
        "12.5%",
        "1 January 2025 \N{EN DASH} 31 December 2025",
        "USD\xa02,500.00",
        "Booth at the conference",
        "1 February 2024",
        "USD\xa01,000.00",
    ):
        assert squeezed(said) in text, said
    assert "None." not in text


def test_in_german_too():
    text = squeezed(preview(ATTACHED, attached(currency="EUR"), language="de"))
    for said in ("Zu erfüllen bis", "30. Juni 2025", "12,5\xa0%", "EUR\xa01.000,00", "Entgelt"):
        assert squeezed(said) in text, said


@pytest.mark.parametrize(("language", "none"), [("en", "None."), ("de", "Keine."), ("it", "Nessuna voce.")])
def test_without_conditions_restrictions_and_charges_it_says_that_there_are_none(language, none):
    assert preview(ATTACHED, language=language).count(none) == 3


def test_what_was_released_waived_or_taken_away_is_no_part_of_it():
    commitment = attached()
    credited(Invoice.objects.get())
    amended(commitment, today=TODAY, conditions=[], restrictions=[])
    assert preview(ATTACHED, commitment).count("None.") == 3


def test_an_agreement_is_outdated_once_a_condition_or_charge_is_another():
    commitment = attached()
    version = begun(commitment, template=template(ATTACHED))
    assert outdated_facts(version, TODAY) == []
    charged(commitment, 10)
    amended(commitment, today=TODAY, conditions=[])
    found = " ".join(outdated_facts(version, TODAY))
    assert "a table of the conditions" in found
    assert "a table of what is asked for beside the installments" in found
    assert "restrictions" not in found


def test_hostile_words_of_conditions_restrictions_and_charges_come_out_as_their_very_signs():
    hostile = HOSTILE + '\n#image("x") = Title\n- item'
    restricted = Fund.objects.create(code="hostile", name=HOSTILE)
    commitment = signed_commitment(
        years=1,
        conditions=[match(10, target=None, description=hostile, measure=HOSTILE)],
        restrictions=[limit(percent=5, fund=restricted, purpose=hostile)],
    )
    charged(commitment, 10, description=HOSTILE)
    text = squeezed(preview(ATTACHED, commitment))
    assert text.count(squeezed(HOSTILE)) == 5
    assert text.count(squeezed('#image("x") = Title - item')) == 2


def test_agreement_is_written_in_the_language_of_its_template():
    sponsor = SponsorFactory(country="DE")
    text = preview(
        "Es gilt {{ commitment.starts_on }}, {{ commitment.cash }}, {{ sponsor.country }}.\n\n{{ schedule }}",
        signed_commitment(sponsor, currency="EUR"),
        language="de",
    )
    for said in (
        "1. Januar 2024",
        "EUR\xa0300.000,00",
        "Deutschland",
        "Fällig am",
        "Seite 1 von 1",
        "Zusage",
    ):
        assert squeezed(said) in squeezed(text)


def test_legal_contact_signs_else_the_primary_one():
    sponsor = SponsorFactory()
    ContactFactory(sponsor=sponsor, name="Lea Legal", roles=[Contact.Role.LEGAL], left_on=TODAY)
    ContactFactory(sponsor=sponsor, name="Pia Primary", title="Head")
    commitment = signed_commitment(sponsor)
    assert "Pia Primary, Head" in preview("{{ contact.name }}, {{ contact.title }}", commitment)
    ContactFactory(sponsor=sponsor, name="Leo Legal", roles=[Contact.Role.LEGAL])
    assert "Leo Legal" in preview("{{ contact.name }}", commitment)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("sponsor.tax_id", "the sponsor's tax ID"),
        ("contact.name", "the name of the sponsor's legal contact"),
        ("commitment.cash", "the cash promised"),
        ("schedule", "a table of the installments"),
    ],
)
def test_what_is_not_known_is_asked_for_and_never_left_blank(name, what):
    commitment = signed_commitment(lines=[in_kind_line(5_000)])
    with refused(what, field="template", kind=TemplateRefused, code="fact_missing"):
        preview(f"{{{{ {name} }}}}", commitment)


def test_a_draft_without_lines_has_no_table_of_them(fundraiser):
    from sponsors.commitments.services import draft_commitment

    empty = draft_commitment(
        actor=fundraiser,
        sponsor=SponsorFactory(),
        title="Talks",
        starts_on=date(2026, 1, 1),
        ends_before=date(2027, 1, 1),
        currency="USD",
        lines=[],
        schedule=None,
        today=TODAY,
    )
    with refused("a table of what is promised", field="template"):
        preview("{{ lines }}", empty)


def test_text_without_a_font_is_refused_and_never_printed_as_a_box():
    sponsor = SponsorFactory(legal_name="Acme \u0378")
    with refused("cannot be printed: this server has no font for it", field=None, kind=TextNotPrintable):
        preview("{{ sponsor.legal_name }}", signed_commitment(sponsor))
