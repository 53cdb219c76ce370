"""The PDF of an agreement: what it says, and that what it is given can be nothing but text."""

from datetime import date

import pytest

from foundation.books.models import Organization
from foundation.documents.rendering import TextNotPrintable
from foundation.documents.services import content_of
from foundation.documents.tests.pdf import text_of
from sponsors.agreements.rules import TemplateRefused
from sponsors.agreements.services import preview_agreement
from sponsors.agreements.tests.factories import TODAY, begun, template
from sponsors.commitments.tests.factories import cash_line, colleague, in_kind_line, signed_commitment
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
