"""An agreement on its way: written as a template, made, read, sent and signed; another one voided and made anew."""

import re
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from foundation.books.models import Fund, Organization
from foundation.documents.tests.pdf import text_of
from foundation.notices.tasks import deliver_notices
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.agreements.models import CommitmentDocument
from sponsors.agreements.rules import VersionState
from sponsors.agreements.tests.factories import a_pdf
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import Barrier
from sponsors.commitments.tests.factories import proposed_commitment
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory

FIRST_DAY = date(date.today().year, 1, 1)  # noqa: DTZ011  # the pages ask what day it is, and any day serves
MATCHED = Barrier(
    description="The community gives as much.", measure="The yearly report", amount=Decimal(5_000)
)
TEMPLATE = """\
**{{ sponsor.legal_name }}** gives {{ organization.name }} {{ commitment.cash }}.

{{ conditions }}

{{ signatures }}
"""


@pytest.fixture
def commitments(db) -> list[Commitment]:
    """Return two proposals, each of a sponsor with somebody to write to."""
    Organization.objects.update_or_create(pk=1, defaults={"name": "Owl Foundation"})
    Fund.objects.get_or_create(code="general", defaults={"name": "General fund"})
    found = []
    for name in ("Meridian Cloud", "Larkspur Labs"):
        sponsor = SponsorFactory(name=name, legal_name=f"{name} *Ltd*")
        ContactFactory(sponsor=sponsor, name=f"Lea of {name}")
        found.append(
            proposed_commitment(
                sponsor, years=2, yearly_amount=10_000, starts_on=FIRST_DAY, conditions=[MATCHED]
            )
        )
    return found


@pytest.fixture
def mail_that_waits(monkeypatch, mailoutbox):
    """Return what leaves once the sender looks, which it does not by itself."""
    monkeypatch.setattr("foundation.notices.tasks.wake_sender", lambda: None)
    return mailoutbox


def write_a_template(page: Page, look) -> None:
    page.goto("/admin/sponsors/agreementtemplate/add/")
    page.locator("[name=name]").fill("Standard")
    page.locator("[name=title]").fill("Sponsorship agreement")
    page.locator("[name=body]").fill(TEMPLATE.replace("sponsor.legal_name", "sponsor.legal"))
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("alert").filter(has_text="Nothing was saved")
    expect(told).to_contain_text(
        "Line 1: {{ sponsor.legal }} is not known. Did you mean {{ sponsor.legal_name }}?"
    )
    look(page, "template-refused")
    told.get_by_role("link", name="Text").click()
    expect(page.locator("[name=body]")).to_be_in_viewport()
    page.locator("[name=body]").fill(TEMPLATE)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"/agreementtemplate/\d+/change/"))


def make_agreement(page: Page, commitment: Commitment) -> CommitmentDocument:
    page.goto(f"/admin/sponsors/commitment/{commitment.pk}/change/")
    choose(page, "Make agreement")
    page.locator("[name=template]").select_option(label="Standard")
    press(page, "Make agreement")
    expect(page).to_have_url(re.compile(r"/commitmentdocument/\d+/change/"))
    return commitment.documents.get()


def choose(page: Page, action: str) -> None:
    page.get_by_role("link", name=action, exact=True).first.click()


def press(page: Page, action: str) -> None:
    page.get_by_role("button", name=action, exact=True).click()


def open_pdf(page: Page, link: str) -> str:
    """Return what the PDF behind the first such link says, in one line without its breaks."""
    address = page.get_by_role("link", name=link, exact=True).first.get_attribute("href")
    assert address
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    return "".join(text_of(answer.body()).split())


def send(page: Page) -> None:
    choose(page, "Send")
    press(page, "Send")
    expect(page.get_by_text(re.compile(r"Version \d goes to .*@"))).to_be_visible()


def test_an_agreement_is_sent_and_signed_and_one_that_is_voided_is_made_anew(
    page: Page, commitments, sign_in_quickly, look, mail_that_waits
) -> None:
    sign_in_quickly(make_user("Fay Finance", Role.FINANCE, Role.FUNDRAISING))
    write_a_template(page, look)

    signed = make_agreement(page, commitments[0])
    said = open_pdf(page, "PDF")
    for words in (
        "Meridian Cloud *Ltd*",
        "USD 20,000.00",
        "The community gives as much.",
        "Shown by: The yearly",
    ):
        assert "".join(words.split()) in said
    send(page)
    choose(page, "Record signature")
    page.locator("[name=signed_by]").fill("Lea for Meridian, Fay for us")
    page.locator("[name=content]").set_input_files(
        {"name": "signed.pdf", "mimeType": "application/pdf", "buffer": a_pdf()}
    )
    press(page, "Record signature")
    expect(page.get_by_text("The signed copy of version 1 is kept.")).to_be_visible()
    assert "Scanner" in open_pdf(page, "Signed copy")
    assert signed.versions.get().state == VersionState.SIGNED

    voided = make_agreement(page, commitments[1])
    send(page)
    choose(page, "Void")
    page.locator("[name=reason]").fill("Their counsel asks for other terms.")
    press(page, "Void")
    expect(page.get_by_text(re.compile(r"Its mail to .* had not left and is not sent"))).to_be_visible()
    expect(page.get_by_text("The last version is voided. Begin a new version to go on.")).to_be_visible()
    look(page, "agreement-voided")
    choose(page, "New version")
    page.locator("[name=template]").select_option(label="Standard")
    press(page, "New version")
    assert "Larkspur" in open_pdf(page, "PDF")
    send(page)
    states = voided.versions.order_by("number").values_list("state", flat=True)
    assert list(states) == [VersionState.VOIDED, VersionState.SENT]
    assert deliver_notices() == 2
    sent = [mail.attachments[0][0] for mail in mail_that_waits]
    assert [name.rpartition("version-")[2] for name in sent] == ["1.pdf", "2.pdf"], sent
