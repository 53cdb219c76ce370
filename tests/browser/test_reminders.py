"""From the link in a digest through the sign-in to an answer, and on until the renewal closes the ladder."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from foundation.notices.models import Notice
from foundation.people.roles import Role
from foundation.people.tests.factories import (
    PASSWORD,
    code_of,
    give_authenticator_app,
    let_sign_in,
    make_user,
)
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import RenewalTerms, State, add_months
from sponsors.commitments.services import propose, sign
from sponsors.commitments.tests.factories import cash_line, in_kind_line, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.renewals.models import ReminderStep
from sponsors.renewals.services.cases import renew_case
from sponsors.renewals.services.digests import send_digests
from sponsors.renewals.services.sweeping import follow_up, sweep_reminders
from sponsors.renewals.tests import reminding

TODAY = date.today()  # noqa: DTZ011  # the pages' own day


@pytest.fixture
def commitment(page: Page) -> Commitment:
    """Five years of a CDN that end in ninety days, with an owner, a backup and a director."""
    owner = let_sign_in(make_user("Olga Owner", Role.FUNDRAISING))
    begin = add_months(TODAY + timedelta(days=91), -60)
    found = signed_commitment(
        SponsorFactory(name="Example CDN"),
        title="CDN for the package index",
        years=5,
        starts_on=begin,
        lines=[cash_line(300_000), in_kind_line(9_000_000)],
        owner=owner,
        backup=make_user("Bert Backup", Role.FUNDRAISING),
        renewal=RenewalTerms(notice_days=45),
    )
    reminding.known_since(found, begin)
    reminding.set_people(director=make_user("Dora Director", Role.FUNDRAISING))
    reminding.assessed(
        found,
        band="high",
        probability=0.31,
        low=0.18,
        high=0.48,
        cash_a_year=60_000,
        replacement_a_year=21_600_000,
        reasons=[
            {"reason": "silence", "points": 0.4, "spread": 0.2, "evidence": "expert", "known": True},
            {"reason": "first_term", "points": 0.51, "spread": 0.0, "evidence": "histories", "known": True},
        ],
    )
    return found


def test_a_digest_leads_to_an_answer_and_a_renewal_closes_the_ladder(page: Page, look, commitment):
    days = (360, 270, 180, 150, 120, 90)
    for day in days:
        sweep_reminders(actor=None, today=TODAY + timedelta(days=90 - day))
    assert send_digests(actor=None, today=TODAY) > 0
    owner = commitment.owner
    assert owner is not None
    mail = Notice.objects.get(kind="renewal_digest", recipient=owner.email)
    page.set_content(mail.body_html)
    look(page, "mail-renewal-digest", accessible=False)
    link = re.search(r"https?://[^/]+(\S+/do/acknowledge/)", mail.body_text)
    assert link is not None
    secret = give_authenticator_app(owner)

    # The link leads through the sign-in, and changes nothing by itself.
    page.goto(link[1])
    page.get_by_label("Email").fill(owner.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Say that you are at it")).to_be_visible()
    look(page, "reminder-acknowledge")
    step = ReminderStep.objects.get(commitment=commitment, code="end-90")
    assert step.state == "open"
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("You are at it")).to_be_visible()
    look(page, "reminder")

    page.get_by_role("link", name="Record what they said").click()
    page.get_by_label("What they said").select_option("negotiating")
    page.get_by_label("Note").fill("Ann wants five more years, and asks for the board's decision.")
    look(page, "reminder-outcome")
    page.get_by_role("button", name="Record what they said").click()
    expect(page.get_by_text("Recorded, and the card of")).to_be_visible()
    page.goto("/admin/sponsors/reminderstep/")
    look(page, "reminders")
    page.goto(f"/admin/sponsors/commitment/{commitment.pk}/change/")
    expect(page.get_by_text("90 days before the end")).to_be_visible()
    look(page, "commitment-ladder")

    renewal = renew_case(actor=owner, case=commitment.renewal_case, today=TODAY).commitment
    renewal = propose(actor=owner, commitment=renewal, today=TODAY)
    sign(actor=owner, commitment=renewal, signed_on=TODAY, today=TODAY)
    assert follow_up(actor=None, today=TODAY) > 0
    page.reload()
    expect(page.get_by_text(f"Renewed by {renewal.number}.").first).to_be_visible()
    page.goto("/admin/sponsors/renewalcase/board/")
    expect(page.get_by_text("Example CDN").first).to_be_visible()
    assert Commitment.objects.get(pk=renewal.pk).state == State.SIGNED


def test_ladders_settings_and_holidays_are_written(page: Page, sign_in_quickly, look, fundraiser):
    sign_in_quickly(fundraiser)
    page.goto("/admin/sponsors/reminderpolicy/")
    page.get_by_role("link", name="Standard ladder").click()
    look(page, "reminder-policy")
    page.goto("/admin/sponsors/renewalsettings/")
    look(page, "renewal-settings")
    page.goto("/admin/foundation/holiday/add/")
    page.get_by_label("Days").fill("2026-12-25 Christmas Day\n2026-12-26 Boxing Day")
    look(page, "holidays-add")
    page.get_by_role("button", name="Add holidays").click()
    expect(page.get_by_role("link", name="Boxing Day").or_(page.get_by_text("Boxing Day"))).to_be_visible()
    look(page, "holidays")
