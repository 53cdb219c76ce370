from datetime import date, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from foundation.audit.history import FieldChange
from foundation.uploads.rules import MEGABYTE
from foundation.uploads.tests.pictures import drawing
from sponsors.directory.models import Contact, Interaction, Sponsor
from sponsors.directory.services import change_interaction, merge_sponsors
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory


@pytest.fixture
def browser(fundraiser, signed_in):
    return signed_in(fundraiser)


def page(name, *args, **query):
    return reverse(f"admin:sponsors_{name}", args=args, query=query or None)


def post(browser, address, **data):
    """Return the page after the form was sent, with redirects followed."""
    return browser.post(address, data, follow=True)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def text_of(answer):
    return answer.content.decode()


def listed(browser, name, **query):
    answer = browser.get(page(f"{name}_changelist", **query))
    return [str(row) for row in answer.context["cl"].result_list]


# Sponsors --------------------------------------------------------------------------------------


def test_a_sponsor_is_added_and_changed_through_the_services(browser):
    post(browser, page("sponsor_add"), name="  Acme ", website="acme.example", country="DE")
    sponsor = Sponsor.objects.get()
    assert (sponsor.name, sponsor.slug, sponsor.website) == ("Acme", "acme", "https://acme.example")
    post(browser, page("sponsor_change", sponsor.pk), name="Beta", slug="other", country="DE")
    sponsor.refresh_from_db()
    assert (sponsor.name, sponsor.slug, sponsor.website) == ("Beta", "acme", "")


def test_support_elsewhere_is_unknown_until_somebody_says_so(browser):
    post(browser, page("sponsor_add"), name="Acme", left_a_foundation="unknown")
    sponsor = Sponsor.objects.get()
    assert (sponsor.foundations_supported, sponsor.left_a_foundation) == (None, None)
    known = {"foundations_supported": "2", "left_a_foundation": "false"}
    post(browser, page("sponsor_change", sponsor.pk), name="Acme", **known)
    sponsor.refresh_from_db()
    assert (sponsor.foundations_supported, sponsor.left_a_foundation) == (2, False)


def test_a_name_that_exists_is_shown_with_a_link_until_confirmed(browser):
    assert "Another organization" not in text_of(browser.get(page("sponsor_add")))
    other = SponsorFactory(name="Acme", slug="acme")
    answer = post(browser, page("sponsor_add"), name="ACME")
    assert page("sponsor_change", other.pk) in text_of(answer)
    assert "tick “Another organization”" in text_of(answer)
    assert Sponsor.objects.count() == 1
    post(browser, page("sponsor_add"), name="ACME", confirmed_distinct="on")
    assert Sponsor.objects.count() == 2


def test_the_page_of_a_sponsor_shows_what_hangs_on_it(browser):
    sponsor = SponsorFactory(name="Acme", logo="logos/a.svg", logo_on_dark="logos/b.svg")
    gone = ContactFactory(sponsor=sponsor, name="Gone", left_on=date(2026, 1, 1))
    grace = ContactFactory(sponsor=sponsor, name="Grace", title="CTO")
    for step in ({"next_step_due": date(2020, 1, 1)}, {"next_step_due": date(2999, 1, 1)}, {}):
        InteractionFactory(sponsor=sponsor, contacts=[grace], next_step="Call", **step)
    InteractionFactory(sponsor=sponsor, next_step="Call", next_step_done_on=date(2026, 1, 1))
    SponsorFactory(parent=sponsor, name="Child")
    content = text_of(browser.get(page("sponsor_change", sponsor.pk)))
    for shown in (
        "Prospect",
        gone.name,
        "left on 2026-01-01",
        "Grace",
        "overdue since 2020-01-01",
        "by 2999-01-01",
        "done on 2026-01-01",
        "Child",
        "/sponsors/" + sponsor.slug + "/logo/",
        page("contact_add", sponsor=sponsor.pk),
    ):
        assert shown in content, shown


def test_an_empty_page_says_what_to_do_next(browser):
    content = text_of(browser.get(page("sponsor_change", SponsorFactory().pk)))
    for sentence in ("Draft one when", "Add the person you write to", "Log the next call or mail"):
        assert sentence in content


def test_sponsors_are_listed_with_their_open_steps_and_filtered(browser, fundraiser):
    mine = SponsorFactory(name="Mine", country="DE", account_manager=fundraiser)
    SponsorFactory(name="Nobodys", country="US")
    SponsorFactory(name="Gone", merged_into=mine)
    ContactFactory(sponsor=mine)
    InteractionFactory(sponsor=mine, next_step="Call")
    InteractionFactory(sponsor=mine)
    assert listed(browser, "sponsor") == ["Mine", "Nobodys"]
    rows = browser.get(page("sponsor_changelist")).context["cl"].result_list
    assert [row.open_step_count for row in rows] == [1, 0]
    assert listed(browser, "sponsor", manager="me") == ["Mine"]
    assert listed(browser, "sponsor", manager="nobody") == ["Nobodys"]
    assert listed(browser, "sponsor", lacks="primary") == ["Nobodys"]
    assert listed(browser, "sponsor", country__exact="DE") == ["Mine"]
    assert listed(browser, "sponsor", standing="active") == []
    assert listed(browser, "sponsor", standing="prospect") == ["Mine", "Nobodys"]
    assert listed(browser, "sponsor", merged="yes") == ["Gone"]
    assert listed(browser, "sponsor", q="nob") == ["Nobodys"]


def test_a_sponsor_to_choose_is_never_a_merged_one(browser):
    kept = SponsorFactory(name="Acme")
    SponsorFactory(name="Acme old", merged_into=kept)
    address = reverse(
        "admin:autocomplete",
        query={"app_label": "sponsors", "model_name": "contact", "field_name": "sponsor", "term": "acm"},
    )
    assert [row["text"] for row in browser.get(address).json()["results"]] == ["Acme"]


def test_two_sponsors_are_merged_and_the_old_page_leads_to_the_kept_one(browser):
    kept, absorbed = SponsorFactory(name="Kept"), SponsorFactory(name="Absorbed")
    ContactFactory(sponsor=absorbed)
    answer = post(browser, page("sponsor_do", absorbed.pk, "merge"), into=kept.pk, reason="The same.")
    assert said(answer) == ["Absorbed was merged into Kept: 1 contacts."]
    assert answer.redirect_chain[-1][0] == page("sponsor_change", kept.pk)
    assert "Absorbed" in text_of(answer)
    again = browser.get(page("sponsor_change", absorbed.pk), follow=True)
    assert again.redirect_chain[-1][0] == page("sponsor_change", kept.pk)
    assert browser.get(page("sponsor_history", absorbed.pk)).status_code == 200
    assert browser.post(page("sponsor_change", absorbed.pk), {"name": "x"}).status_code == 403
    merge = browser.get(page("sponsormerge_change", absorbed.merge.pk))
    assert "1 contacts" in text_of(merge)


def test_a_merge_that_is_refused_says_why_on_its_form(browser):
    sponsor = SponsorFactory(name="Acme")
    answer = post(browser, page("sponsor_do", sponsor.pk, "merge"), into=sponsor.pk, reason="x")
    assert "cannot be merged into itself" in text_of(answer)


def test_a_merge_that_moved_nothing_says_so(browser, fundraiser):
    merge = merge_sponsors(actor=fundraiser, kept=SponsorFactory(), absorbed=SponsorFactory(), reason="x")
    assert "nothing" in text_of(browser.get(page("sponsormerge_change", merge.pk)))


def test_a_logo_is_set_and_removed(browser, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    sponsor = SponsorFactory()
    address = page("sponsor_do", sponsor.pk, "set-logo")
    post(browser, address, file=SimpleUploadedFile("x.png", drawing()), on_dark="on")
    sponsor.refresh_from_db()
    assert default_storage.exists(str(sponsor.logo_on_dark))
    refused = post(browser, address, file=SimpleUploadedFile("x.svg", drawing("<script/>")))
    assert "a &lt;script&gt; element" in text_of(refused)
    refused = post(browser, address, file=SimpleUploadedFile("x.svg", b"x" * (2 * MEGABYTE + 1)))
    assert "At most 2 MB can be taken" in text_of(refused)
    assert said(post(browser, address, file=SimpleUploadedFile("x.svg", drawing())))
    post(browser, page("sponsor_do", sponsor.pk, "remove-logo"), on_dark="on")
    sponsor.refresh_from_db()
    assert sponsor.logo
    assert not sponsor.logo_on_dark


@pytest.mark.parametrize("name", ["sponsor", "contact", "interaction"])
def test_lists_are_exported(browser, name):
    InteractionFactory(sponsor=ContactFactory().sponsor)
    form = browser.get(page(f"{name}_export")).context["form"]
    columns = [key for key, _label in form.fields["columns"].choices]
    answer = post(browser, page(f"{name}_export"), columns=columns, file_format="csv")
    assert answer["Content-Type"].startswith("text/csv"), text_of(answer)
    assert len(answer.content.decode().splitlines()) == 2


# Contacts and interactions ---------------------------------------------------------------------


def test_a_contact_is_added_changed_leaves_and_returns(browser):
    sponsor = SponsorFactory()
    assert f'value="{sponsor.pk}" selected' in text_of(browser.get(page("contact_add", sponsor=sponsor.pk)))
    post(browser, page("contact_add"), sponsor=sponsor.pk, name="Grace", email="G@x.example", roles=["legal"])
    contact = Contact.objects.get()
    assert (contact.email, contact.roles) == ("g@x.example", ["legal"])
    post(browser, page("contact_change", contact.pk), name="Grace H.", roles=["billing"])
    answer = post(browser, page("contact_do", contact.pk, "leave"), left_on="2026-01-02")
    assert said(answer) == ["Grace H. left on 2026-01-02."]
    contact.refresh_from_db()
    assert (contact.roles, contact.left_on) == (["billing"], date(2026, 1, 2))
    assert said(post(browser, page("contact_do", contact.pk, "return"))) == ["Grace H. is there again."]


def test_an_address_used_twice_is_an_error_of_the_field(browser):
    contact = ContactFactory(name="Grace")
    answer = post(browser, page("contact_add"), sponsor=contact.sponsor_id, name="G", email=contact.email)
    assert "Grace has the address" in text_of(answer)
    assert "email" in answer.context["adminform"].form.errors


def test_contacts_are_filtered_and_searched(browser):
    ContactFactory(name="Grace", email="grace@navy.example", roles=["legal"])
    ContactFactory(name="Gone", roles=[], left_on=date(2020, 1, 1))
    assert listed(browser, "contact") == ["Gone", "Grace"]
    assert listed(browser, "contact", role="legal") == ["Grace"]
    assert listed(browser, "contact", there="yes") == ["Grace"]
    assert listed(browser, "contact", there="left") == ["Gone"]
    assert listed(browser, "contact", q="navy") == ["Grace"]


def test_an_interaction_is_logged_by_oneself_and_changed(browser, fundraiser):
    contact = ContactFactory()
    form = browser.get(page("interaction_add", sponsor=contact.sponsor_id)).context["adminform"].form
    assert form.initial["by"] == fundraiser.pk
    values = {
        "sponsor": contact.sponsor_id,
        "kind": "call",
        "occurred_at_0": "2026-03-02",
        "occurred_at_1": "15:30:00",
        "contacts": [contact.pk],
        "by": fundraiser.pk,
        "summary": "They asked. " * 20,
        "next_step": "Call back",
        "next_step_due": "2026-03-09",
    }
    answer = post(browser, page("interaction_add"), **values)
    interaction = Interaction.objects.get()
    assert list(interaction.contacts.all()) == [contact]
    assert "…" in text_of(answer)
    post(browser, page("interaction_change", interaction.pk), **{**values, "summary": "New"})
    answer = post(browser, page("interaction_do", interaction.pk, "complete"), done_on="2026-03-09")
    assert said(answer) == ["Done: Call back"]
    answer = post(browser, page("interaction_do", interaction.pk, "reopen"))
    assert said(answer) == ["Open again: Call back"]
    interaction.refresh_from_db()
    assert (interaction.summary, interaction.next_step_done_on) == ("New", None)


def test_history_of_an_interaction_tells_with_whom_it_was(browser, fundraiser):
    ada = ContactFactory(name="Ada")
    grace = ContactFactory(name="Grace", sponsor=ada.sponsor)
    interaction = InteractionFactory(sponsor=ada.sponsor, contacts=[ada])
    change_interaction(
        actor=fundraiser, interaction=interaction, changes={"contacts": [grace]}, now=timezone.now()
    )

    entries = browser.get(page("interaction_history", interaction.pk)).context["entries"]
    (entry,) = [entry for entry in entries if entry.action == "Change (interaction)"]

    assert entry.who == "Fred Fundraiser"
    told = {(row.subject, row.verb, *row.fields) for row in entry.changes}
    assert told == {
        ("Person spoken with", "added", FieldChange("Contact", "—", "Grace")),
        ("Person spoken with", "removed", FieldChange("Contact", "Ada", "—")),
    }


def test_interactions_are_filtered_and_searched(browser, fundraiser, finance):
    today = timezone.localdate()
    sponsor = SponsorFactory(name="Acme")
    InteractionFactory(summary="late", next_step="a", next_step_due=today - timedelta(days=1), by=fundraiser)
    InteractionFactory(summary="soon", next_step="b", next_step_due=today + timedelta(days=1), by=finance)
    InteractionFactory(summary="done", next_step="c", next_step_done_on=today, by=finance, sponsor=sponsor)
    InteractionFactory(summary="plain", by=finance)

    def summaries(**query):
        return {row.partition(": ")[2] for row in listed(browser, "interaction", **query)}

    assert summaries() == {"late", "soon", "done", "plain"}
    assert summaries(step="open") == {"late", "soon"}
    assert summaries(step="overdue") == {"late"}
    assert summaries(step="done") == {"done"}
    assert summaries(by="me") == {"late"}
    assert summaries(by=str(finance.pk)) == {"soon", "done", "plain"}
    assert summaries(q="acme") == {"done"}
    assert summaries(q="PLAI") == {"plain"}


def test_people_without_a_right_are_not_offered_it(auditor, infrastructure, signed_in):
    sponsor = SponsorFactory()
    content = text_of(signed_in(auditor).get(page("sponsor_change", sponsor.pk)))
    for label in ("Add contact", "Log interaction", "Draft commitment", "Merge into another"):
        assert label not in content
    content = text_of(signed_in(infrastructure).get(page("sponsor_change", sponsor.pk)))
    assert "Log interaction" in content
    assert "Balance" not in content


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("contact", {"name": "Anna Acme"}),
        (
            "interaction",
            {"kind": "call", "occurred_at_0": "2026-01-02", "occurred_at_1": "10:00", "summary": "Hello"},
        ),
    ],
)
def test_what_begins_at_a_sponsor_leads_back_to_it(browser, fundraiser, name, data):
    sponsor = SponsorFactory()
    data |= {"sponsor": str(sponsor.pk), "by": str(fundraiser.pk)}
    back = browser.post(page(f"{name}_add", sponsor=sponsor.pk), data)
    assert (back.status_code, back.url) == (302, page("sponsor_change", sponsor.pk))
    other = browser.post(page(f"{name}_add"), data)
    assert (other.status_code, other.url) == (302, page(f"{name}_changelist"))


def test_the_time_of_an_interaction_names_its_zone(browser):
    assert "In the foundation's time, UTC." in text_of(browser.get(page("interaction_add")))
