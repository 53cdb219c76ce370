"""The watch over services: each day looked at once, each anomaly written and told once, people's word kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.api.tests.factories import api_client
from foundation.notices.models import Notice
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.directory.tests.races import at_once
from sponsors.inkind.models import Anomaly, UsageDay, WatchedDay
from sponsors.inkind.rules import AnomalyKind, AnomalyState, Granularity, InKindError, NotAllowedNow
from sponsors.inkind.services import watch
from sponsors.inkind.tasks import watch_services as task
from sponsors.inkind.tests.factories import anomaly, region, service
from sponsors.inkind.tests.metering import metered, steady

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 24)  # a Tuesday
MORNING = datetime(2026, 11, 25, 4, 45, tzinfo=UTC)


def days(count, *, until=DAY):
    return [until - timedelta(days=back) for back in range(count)]


def wild(day, hour):
    return steady(day, hour) * (5 if (day, hour) == (DAY, 14) else 1)


def look(now=MORNING):
    return watch.watch_services(actor=None, now=now)


@pytest.fixture
def files():
    """A service with nine weeks of steady use, all looked at."""
    files = service()
    metered(files, days(63, until=DAY - timedelta(days=1)))
    assert look() == watch.Watched(63, 0, 0)
    return files


# What is found ---------------------------------------------------------------------------------


def test_an_hour_gone_wild_is_written_with_its_numbers(files):
    metered(files, [DAY], wild)
    assert look() == watch.Watched(1, 2, 0)
    requests = Anomaly.objects.get(kind=AnomalyKind.REQUESTS)
    assert (requests.service, requests.day, requests.hour) == (files, DAY, 14)
    assert (requests.observed, requests.expected, requests.compared_with) == (1_700_000, 340_000, 8)
    assert requests.state == AnomalyState.OPEN
    assert requests.sentence == (
        "Requests were 5 times the usual for a Tuesday at 14:00 UTC: 1.7 million against 340,000, from 8 comparable hours."
    )
    sent = Anomaly.objects.get(kind=AnomalyKind.BYTES)
    assert "1.7 TB against 340 GB" in sent.sentence


def test_regions_are_looked_at_together(files):
    metered(files, days(63, until=DAY - timedelta(days=1)), where=region("europe"))
    metered(files, [DAY], lambda day, hour: 2 * steady(day, hour))
    metered(files, [DAY], lambda _day, _hour: 0, where=region("europe"))
    assert look().found == 0


def test_a_hit_ratio_that_fell_and_errors_that_rose_are_found(files):
    metered(files, [DAY], hit_ratio=0.95, error_share=0.004)
    assert look() == watch.Watched(1, 2, 0)
    fall = Anomaly.objects.get(kind=AnomalyKind.HIT_RATIO)
    assert (fall.hour, fall.compared_with) == (None, 28)
    assert fall.score < 0
    assert "The hit ratio fell to 95% from the usual 99%" in fall.sentence
    assert "4 times the usual 0.1%" in Anomaly.objects.get(kind=AnomalyKind.ERRORS).sentence


def test_days_that_are_not_complete_or_not_settled_wait(files):
    metered(files, [DAY], wild, is_complete=False)
    assert look() == watch.Watched()
    metered(files, [DAY], wild)
    assert look(datetime(2026, 11, 25, 1, 59, tzinfo=UTC)) == watch.Watched()
    assert look(datetime(2026, 11, 25, 2, 0, tzinfo=UTC)).found == 2


def test_a_day_that_is_known_as_a_whole_has_no_hours(files):
    metered(files, [DAY], wild, granularity=Granularity.DAY, hit_ratio=0.9)
    assert look().found == 1
    assert Anomaly.objects.get().kind == AnomalyKind.HIT_RATIO


def test_what_nobody_counted_is_not_compared(files):
    metered(files, [DAY])
    UsageDay.objects.filter(day=DAY).update(hits=None, errors=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sponsors_usagerecord SET requests = NULL, delivered_bytes = NULL WHERE starts_at >= %s",
            [DAY],
        )
    assert look() == watch.Watched(1, 0, 0)


def test_missed_days_are_caught_up_with(files):
    """Nobody looked for three days; the anomaly of the first of them is found all the same."""
    metered(files, [DAY], wild)
    metered(files, days(3, until=DAY + timedelta(days=3)))
    assert look(MORNING + timedelta(days=3)) == watch.Watched(4, 2, 0)
    assert look(MORNING + timedelta(days=3)) == watch.Watched()


def test_days_longer_ago_than_providers_keep_hours_are_history(files):
    assert look(MORNING + timedelta(days=376)) == watch.Watched()
    metered(files, [DAY], wild)
    assert look(MORNING + timedelta(days=376)) == watch.Watched()


# Once ------------------------------------------------------------------------------------------


def test_each_new_anomaly_is_told_to_each_colleague_of_infrastructure_once(
    files, infrastructure, fundraiser, administrator, auditor
):
    second = make_user("Ivo", Role.INFRASTRUCTURE)
    gone = make_user("Ike", Role.INFRASTRUCTURE)
    gone.is_active = False
    gone.save()
    metered(files, [DAY], wild, hit_ratio=0.9)
    look()
    look()
    assert {notice.recipient for notice in Notice.objects.all()} == {infrastructure.email, second.email}
    assert Notice.objects.count() == 2
    mail = Notice.objects.get(recipient=second.email)
    assert mail.subject == "Files out of the usual range: 3 anomalies"
    for found in Anomaly.objects.all():
        assert found.sentence in mail.body_text
        assert found.told_at == MORNING
        assert f"/admin/sponsors/anomaly/{found.pk}/change/" in mail.body_text
        assert f"/admin/sponsors/anomaly/{found.pk}/change/" in mail.body_html
    assert mail.body_text.index("Hit ratio fell") < mail.body_text.index("Requests above")


def test_many_anomalies_are_one_mail_with_the_worst_of_them(infrastructure):
    for number in range(32):
        anomaly(number)
    other = anomaly(40, of=service("mirror"))
    Anomaly.objects.filter(pk=other.pk).update(score=99)
    assert watch.tell_anomalies(actor=None, now=MORNING) == 33
    mail = Notice.objects.get()
    assert mail.subject == "2 services out of the usual range: 33 anomalies"
    assert "And 3 more" in mail.body_text
    assert mail.body_text.index("Mirror") < mail.body_text.index("Files")


def test_what_nobody_could_be_told_is_told_once_there_is_somebody(files):
    metered(files, [DAY], wild)
    look()
    assert not Notice.objects.exists()
    made = make_user("Ira", Role.INFRASTRUCTURE)
    look()
    assert Notice.objects.get().recipient == made.email


def test_one_anomaly_is_named_by_its_service(infrastructure):
    made = anomaly()
    watch.tell_anomalies(actor=None, now=MORNING)
    mail = Notice.objects.get()
    assert mail.subject == "Files out of the usual range: 1 anomaly"
    assert (mail.subject_type, mail.subject_pk) == ("sponsors.anomaly", made.pk)


def test_the_number_of_queries_does_not_grow_with_services(files):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            look()
        return len(queries)

    metered(files, [DAY], wild)
    one = cost()
    for name in ("a", "b", "c", "d"):
        other = service(name)
        metered(other, days(29, until=DAY - timedelta(days=1)))
        metered(other, [DAY], hit_ratio=0.5)
    assert cost() == one
    assert Anomaly.objects.count() == 6


# Usage that was imported again -----------------------------------------------------------------


def test_an_open_anomaly_that_new_figures_explain_away_is_closed_by_bursar(files):
    metered(files, [DAY], wild)
    look()
    metered(files, [DAY])
    assert look() == watch.Watched(1, 0, 2)
    closed = Anomaly.objects.get(kind=AnomalyKind.REQUESTS)
    assert (closed.state, closed.explained_by) == (AnomalyState.CLOSED, None)
    assert "imported again" in closed.explanation
    metered(files, [DAY], wild)
    assert look() == watch.Watched(1, 0, 0)
    closed.refresh_from_db()
    assert (closed.state, closed.explanation) == (AnomalyState.OPEN, "")


def test_an_open_anomaly_follows_new_figures_and_is_not_told_again(files, infrastructure):
    metered(files, [DAY], wild)
    look()
    metered(files, [DAY], lambda day, hour: 9 * steady(day, hour))
    assert look() == watch.Watched(1, 0, 0)
    found = Anomaly.objects.get(kind=AnomalyKind.REQUESTS)
    assert found.observed == 9 * found.expected
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("again", [steady, wild], ids=["no longer off", "still off"])
def test_what_a_person_said_stays(files, infrastructure, again):
    metered(files, [DAY], wild)
    look()
    first, second = Anomaly.objects.order_by("pk")
    watch.explain_anomaly(actor=infrastructure, anomaly=first, explanation="A release.")
    watch.close_anomaly(actor=infrastructure, anomaly=second, explanation="A mirror went wild.")
    before = list(Anomaly.objects.order_by("pk").values())
    metered(files, [DAY], lambda day, hour: again(day, hour) + 1)
    assert look() == watch.Watched(1, 0, 0)
    assert list(Anomaly.objects.order_by("pk").values()) == before


# People ----------------------------------------------------------------------------------------


def test_an_anomaly_is_explained_closed_and_opened_again(infrastructure):
    found = anomaly()
    found = watch.explain_anomaly(actor=infrastructure, anomaly=found, explanation=" A release. ")
    assert (found.state, found.explanation, found.explained_by) == ("explained", "A release.", infrastructure)
    found = watch.explain_anomaly(actor=infrastructure, anomaly=found, explanation="Two releases.")
    colleague = make_user("Ivo", Role.INFRASTRUCTURE)
    found = watch.close_anomaly(actor=colleague, anomaly=found)
    assert (found.state, found.explanation, found.explained_by) == ("closed", "Two releases.", infrastructure)
    with pytest.raises(NotAllowedNow, match="closed cannot be explained"):
        watch.explain_anomaly(actor=infrastructure, anomaly=found, explanation="Late.")
    found = watch.reopen_anomaly(actor=colleague, anomaly=found, explanation="It goes on.")
    assert (found.state, found.explanation, found.explained_by) == ("open", "It goes on.", colleague)
    with pytest.raises(NotAllowedNow):
        watch.reopen_anomaly(actor=colleague, anomaly=found, explanation="Again.")
    found = watch.close_anomaly(actor=infrastructure, anomaly=found, explanation="A mirror.")
    assert (found.explanation, found.explained_by) == ("A mirror.", infrastructure)


@pytest.mark.parametrize("verb", [watch.explain_anomaly, watch.close_anomaly])
@pytest.mark.parametrize(("words", "code"), [("  ", "required"), ("x" * 501, "too_long")])
def test_an_explanation_says_something(infrastructure, verb, words, code):
    with pytest.raises(InKindError) as caught:
        verb(actor=infrastructure, anomaly=anomaly(), explanation=words)
    assert (caught.value.code, caught.value.field) == (code, "explanation")
    assert Anomaly.objects.get().state == AnomalyState.OPEN


# Edges -----------------------------------------------------------------------------------------


def test_the_page_tells_the_numbers_and_takes_an_explanation(signed_in, infrastructure):
    found = anomaly()
    client = signed_in(infrastructure)
    page = client.get(reverse("admin:sponsors_anomaly_change", args=[found.pk])).content.decode()
    assert found.sentence in page
    around = "first=2025-12-25&amp;last=2026-01-08&amp;by=hour&amp;measure=delivered"
    assert f"/admin/sponsors/service/{found.service_id}/dashboard/?{around}" in page
    assert "That is 21 times the usual spread above what is usual; from 6 times on it is told." in page
    do = f"/admin/sponsors/anomaly/{found.pk}/do/"
    asked = client.post(f"{do}close/", {"explanation": ""})
    assert "This field is required" in asked.content.decode()
    client.post(f"{do}explain/", {"explanation": "A release."})
    closed = client.post(f"{do}close/", {"explanation": ""}, follow=True).content.decode()
    assert "Requests above expectation on 2026-01-01 is closed." in closed
    again = client.post(f"{do}reopen/", {"explanation": "It goes on."}, follow=True).content.decode()
    assert "is open again." in again
    low = anomaly(1, kind=AnomalyKind.HIT_RATIO)
    Anomaly.objects.filter(pk=low.pk).update(score=-7, hour=None, observed=0.9, expected=0.99)
    page = client.get(reverse("admin:sponsors_anomaly_change", args=[low.pk])).content.decode()
    assert "7 times the usual spread below" in page
    assert "2026-01-02 UTC" in page


def test_the_list_is_exported_in_words(signed_in, infrastructure):
    anomaly()
    sent = {"columns": ["service", "severity", "sentence", "observed"], "file_format": "csv", "download": "1"}
    content = signed_in(infrastructure).post("/admin/sponsors/anomaly/export/", sent).content.decode()
    assert 'Files,1200000000.0,Serious,"Requests were 3.1 times the usual for a Thursday' in content


def test_open_anomalies_wait_on_the_first_page_of_those_who_explain_them(signed_in, infrastructure, auditor):
    anomaly()
    (card,) = (
        item
        for item in signed_in(infrastructure).get("/admin/").context["cards"]
        if item.card.key == "anomalies_open"
    )
    assert (card.card.count, card.url) == (1, "/admin/sponsors/anomaly/?state__exact=open")
    assert signed_in(infrastructure).get(card.url).context["cl"].result_count == 1
    assert "anomalies_open" not in [
        item.card.key for item in signed_in(auditor).get("/admin/").context["cards"]
    ]


def test_anomalies_over_the_api(infrastructure):
    found = anomaly()
    anomaly(1, of=service("mirror"))
    client = api_client(infrastructure)
    listed = client.get("/api/v1/anomalies/?service_slug=files&state=open&state=closed").json()["results"]
    assert [row["id"] for row in listed] == [found.pk]
    assert (listed[0]["severity"], listed[0]["sentence"]) == ("serious", found.sentence)
    url = f"/api/v1/anomalies/{found.pk}/"
    refused = client.post(f"{url}close/", {})
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "explanation")
    assert client.post(f"{url}explain/", {"explanation": "A release."}).json()["state"] == "explained"
    assert client.post(f"{url}close/", {}).json()["explanation"] == "A release."
    assert client.post(f"{url}reopen/", {"explanation": "Again."}).json()["state"] == "open"
    wrong = client.post(f"{url}reopen/", {"explanation": "Again."})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (409, "not_allowed_now")


def test_the_task_says_what_it_did(files):
    assert task() == "0 days looked at, 0 anomalies found, 0 closed"


@pytest.mark.django_db(transaction=True)
def test_two_watches_at_once_find_and_tell_once():
    make_user("Ira", Role.INFRASTRUCTURE)
    files = service()
    metered(files, days(35, until=DAY - timedelta(days=1)))
    metered(files, [DAY], wild)
    results = at_once(look, look)
    assert sorted(result.days for result in results) == [0, 36]
    assert Anomaly.objects.count() == 2
    assert Notice.objects.count() == 1
    assert WatchedDay.objects.count() == 36
    assert str(WatchedDay.objects.earliest("day")) == f"{files.pk} on 2026-10-20"
