"""What every admin page built on BursarAdmin does, shown on the funds' table."""

import re

import pytest
from django.apps import apps
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from foundation.audit.actions import acting
from foundation.audit.history import PER_PAGE, action_text
from foundation.audit.object_actions import all_list_actions, all_object_actions
from foundation.books.models import Fund, Organization
from tests import admin_base_urls

FundEvent = apps.get_model("foundation", "FundEvent")

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_base_urls")]

LIST = "/base/foundation/fund/"
FORM = {"code": "cdn", "name": "CDN", "restriction": "unrestricted", "purpose": "", "is_open": "on"}


@pytest.fixture
def fund(db):
    return Fund.objects.create(code="travel", name="Travel")


def page(fund, rest="change/"):
    return f"{LIST}{fund.pk}/{rest}"


def test_plain_fields_are_saved_under_the_name_of_the_action(signed_in, finance):
    response = signed_in(finance).post(f"{LIST}add/", FORM)
    assert response.status_code == 302
    event = FundEvent.objects.get(code="cdn")
    assert event.pgh_context["action"] == "fund.add"
    assert event.pgh_context["actor"] == finance.pk


@pytest.mark.parametrize("query", ["restriction__exact=%00", "q=%00"])
def test_a_filter_by_what_cannot_be_kept_leads_back_to_the_list(signed_in, finance, query):
    response = signed_in(finance).get(f"{LIST}?{query}")
    assert response.status_code == 302
    assert response["Location"].endswith(f"{LIST}?e=1")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Forbidden", "The name Forbidden is taken. Choose another."),
        ("Elsewhere", "Funds rest today. Come back tomorrow."),
    ],
)
def test_a_refusal_is_shown_on_the_form_and_nothing_is_written(signed_in, finance, name, sentence):
    response = signed_in(finance).post(f"{LIST}add/", {**FORM, "name": name})
    assert response.status_code == 200
    assert sentence in response.content.decode()
    errors = response.context["adminform"].form.errors
    assert ("name" in errors) == (name == "Forbidden")
    assert not Fund.objects.filter(code="cdn").exists()


def test_what_only_the_database_refuses_becomes_a_sentence(signed_in, finance, fund):
    response = signed_in(finance).post(page(fund), {**FORM, "name": "Collision"})
    assert response.status_code == 200
    assert "Nothing was written" in response.content.decode()
    fund.refresh_from_db()
    assert fund.name == "Travel"


def read_version(response):
    (version,) = re.findall(r'name="_read_version" value="([^"]+)"', response.content.decode())
    return version


def test_what_a_colleague_changed_meanwhile_is_not_put_back_unseen(signed_in, finance, fund):
    client = signed_in(finance)
    form = {**FORM, "code": "travel", "name": "Trips"}
    form["_read_version"] = read_version(client.get(page(fund)))
    Fund.objects.filter(pk=fund.pk).update(is_open=False)

    response = client.post(page(fund), form)
    assert response.status_code == 200
    assert "was changed after you opened the page" in response.content.decode()
    assert 'value="Trips"' in response.content.decode()
    fund.refresh_from_db()
    assert (fund.name, fund.is_open) == ("Travel", False)

    # Whoever has been told may insist.
    form["_read_version"] = read_version(response)
    assert client.post(page(fund), form).status_code == 302
    fund.refresh_from_db()
    assert (fund.name, fund.is_open) == ("Trips", True)


def test_an_address_of_nothing_leads_back_as_ever(signed_in, finance):
    client = signed_in(finance)
    assert client.post(f"{LIST}999999/change/", {**FORM, "_read_version": "old"}).status_code == 302


@pytest.mark.parametrize(
    ("sqlstate", "sentence"),
    [
        ("40001", "Somebody changed this at the same moment. Nothing was saved. Try again."),
        ("40P01", "Somebody changed this at the same moment. Nothing was saved. Try again."),
        ("55P03", "Somebody else is writing what this needs. Nothing was saved. Try again in a minute."),
    ],
)
def test_two_writers_who_meet_are_told_to_try_again(signed_in, finance, fund, sqlstate, sentence):
    client = signed_in(finance)
    for response in (
        client.post(page(fund), {**FORM, "name": f"sqlstate {sqlstate}"}),
        client.post(page(fund, "do/close/"), {"reason": f"sqlstate {sqlstate}"}),
    ):
        assert response.status_code == 200
        assert sentence in response.content.decode()
    fund.refresh_from_db()
    assert (fund.name, fund.is_open) == ("Travel", True)


def test_other_failures_of_the_database_are_not_blamed_on_somebody_else(signed_in, finance, fund):
    client = signed_in(finance)
    with pytest.raises(OperationalError):
        client.post(page(fund), {**FORM, "name": "sqlstate 57014"})
    with pytest.raises(OperationalError):
        client.post(page(fund, "do/close/"), {"reason": "sqlstate 57014"})


def test_nobody_deletes(signed_in, administrator, fund):
    assert signed_in(administrator).get(page(fund, "delete/")).status_code == 403


def test_the_django_log_stays_empty(signed_in, finance, fund):
    from django.contrib.admin.models import LogEntry

    signed_in(finance).post(page(fund), FORM)
    assert not LogEntry.objects.exists()


def test_buttons_are_those_that_are_permitted_and_possible(signed_in, finance, auditor, fund):
    def labels(user):
        return [action.name for action, _url in signed_in(user).get(page(fund)).context["object_actions"]]

    assert labels(finance) == ["close", "copy"]
    assert labels(auditor) == []
    Fund.objects.update(is_open=False)
    assert labels(finance) == ["copy"]


def test_an_action_says_what_will_happen_first(signed_in, finance, fund):
    content = signed_in(finance).get(page(fund, "do/close/")).content.decode()
    assert "Travel will take no new commitments." in content
    assert 'name="reason"' in content
    fund.refresh_from_db()
    assert fund.is_open


def test_a_confirmed_action_calls_its_service(signed_in, finance, fund):
    response = signed_in(finance).post(page(fund, "do/close/"), {"reason": "spent"}, follow=True)
    assert response.redirect_chain == [(page(fund), 302)]
    assert "Travel is closed." in response.content.decode()
    event = FundEvent.objects.latest("pgh_id")
    assert (event.is_open, event.pgh_context["action"]) == (False, "fund.close")


def test_an_action_may_lead_elsewhere(signed_in, finance, fund):
    response = signed_in(finance).post(page(fund, "do/copy/"))
    assert response.url == page(Fund.objects.get(code="travel-copy"))


def test_a_collision_in_an_action_becomes_a_sentence(signed_in, finance, fund):
    Fund.objects.create(code="travel-copy", name="In the way")
    response = signed_in(finance).post(page(fund, "do/copy/"))
    assert response.status_code == 200
    assert "Nothing was written" in response.content.decode()


def test_a_refused_action_writes_nothing(signed_in, finance, fund):
    response = signed_in(finance).post(page(fund, "do/close/"), {"reason": "no"})
    assert "The reason “no” explains nothing." in response.content.decode()
    fund.refresh_from_db()
    assert fund.name == "Travel"


def test_an_action_without_its_field_asks_for_it(signed_in, finance, fund):
    response = signed_in(finance).post(page(fund, "do/close/"), {})
    assert response.context["form"].errors["reason"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_action_checks_the_permission_itself(signed_in, auditor, outsider, fund, method):
    assert getattr(signed_in(auditor), method)(page(fund, "do/close/")).status_code == 403


def test_an_action_that_is_not_possible_now_says_so(signed_in, finance, fund):
    Fund.objects.update(is_open=False)
    response = signed_in(finance).get(page(fund, "do/close/"), follow=True)
    assert "is not possible now" in response.content.decode()


def test_unknown_actions_and_objects_are_not_found(signed_in, finance, fund):
    client = signed_in(finance)
    assert client.get(page(fund, "do/vanish/")).status_code == 404
    assert client.get(f"{LIST}{fund.pk + 1}/do/close/").status_code == 404
    assert client.get(f"{LIST}{fund.pk + 1}/history/").status_code == 404


def test_a_list_action_asks_first_and_is_all_or_nothing(signed_in, finance, fund):
    general = Fund.objects.create(code="general", name="General")
    client = signed_in(finance)
    post = {"action": "close_all", "index": "0", "_selected_action": [fund.pk]}
    asked = client.post(LIST, post)
    assert "They will take no new commitments." in asked.content.decode()
    assert Fund.objects.filter(is_open=True).count() == 2

    both = {**post, "confirmed": "yes", "_selected_action": [fund.pk, general.pk]}
    assert "The general fund stays open." in client.post(LIST, both).content.decode()
    assert Fund.objects.filter(is_open=True).count() == 2

    done = client.post(LIST, {**post, "confirmed": "yes"}, follow=True)
    assert "1 closed." in done.content.decode()
    assert list(Fund.objects.filter(is_open=False)) == [fund]


def test_a_list_action_is_only_for_those_permitted(signed_in, auditor, fund):
    post = {"action": "close_all", "index": "0", "_selected_action": [fund.pk], "confirmed": "yes"}
    signed_in(auditor).post(LIST, post)
    fund.refresh_from_db()
    assert fund.is_open


def test_actions_can_be_enumerated():
    assert [action.name for _page, action in all_object_actions(admin_base_urls.site)] == ["close", "copy"]
    assert [action.name for _page, action in all_list_actions(admin_base_urls.site)] == ["close_all"]


def test_history_reads_like_a_story(signed_in, finance, auditor):
    Organization.objects.create(pk=1, name="Example Foundation", time_zone="America/New_York")
    with acting("fund.open", actor=finance):
        fund = Fund.objects.create(code="cdn", name="CDN")
    with acting("fund.set_purpose", actor=finance):
        Fund.objects.filter(pk=fund.pk).update(restriction="purpose", purpose="Bandwidth", is_open=False)
    response = signed_in(auditor).get(page(fund, "history/"))
    newest, oldest = response.context["entries"]
    assert (newest.action, newest.who) == ("Set purpose (fund)", "Fay Finance")
    changes = {change.label: (change.old, change.new) for change in newest.changes[0].fields}
    assert changes == {
        "Restriction": ("Without donor restriction", "Restricted to a purpose"),
        "Purpose": ("—", "Bandwidth"),
        "Is open": ("yes", "no"),
    }
    assert oldest.changes[0].verb == "created"
    assert response.context["entries"][0].when.utcoffset() is not None
    content = response.content.decode()
    assert "Set purpose (fund)" in content
    assert "Example Foundation" in content


def test_history_of_many_changes_costs_the_same_and_has_pages(signed_in, finance, auditor, fund):
    client = signed_in(auditor)

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = client.get(page(fund, "history/"))
        return len(queries), response

    for name in ("Trips", "Travel"):
        with acting("fund.rename", actor=finance):
            Fund.objects.filter(pk=fund.pk).update(name=name)
    cost()  # the first page of a session reads the session's own row once more
    few, _response = cost()
    for number in range(PER_PAGE + 5):
        with acting(f"fund.step{number}", actor=finance):
            Fund.objects.filter(pk=fund.pk).update(name=f"Travel {number}")
    many, response = cost()
    assert many == few
    assert len(response.context["entries"]) == PER_PAGE
    assert "page=2" in response.content.decode()
    assert len(client.get(page(fund, "history/?page=2")).context["entries"]) == 8


def test_history_of_one_reveals_nothing_to_others(signed_in, outsider, reviewer, grants_officer, fund):
    assert signed_in(outsider).get(page(fund, "history/")).status_code == 302
    assert signed_in(grants_officer).get(page(fund, "history/")).status_code == 200


def test_names_of_actions_are_words():
    assert action_text("commitment.set_owner") == "Set owner (commitment)"
    assert action_text("renewalcase.move") == "Move (renewal case)"
    assert action_text("POST /admin/login/") == "POST /admin/login/"
    assert action_text("") == "At set-up or outside of Bursar"


def test_the_head_of_every_page_names_the_foundation(signed_in, auditor, fund):
    Organization.objects.create(pk=1, name="Example Foundation")
    content = signed_in(auditor).get(page(fund)).content.decode()
    assert "Example Foundation" in content
    assert "/elsewhere/" in content
