"""Usage asked of a provider: what is missing, once, whole windows, whatever happens in between."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from foundation.notices.models import Notice
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.directory.tests.races import at_once
from sponsors.inkind import tasks
from sponsors.inkind.models import ServiceKey, UsageAside, UsageDay, UsageImport, UsagePull, UsageRecord
from sponsors.inkind.pulling.fastly import Fastly
from sponsors.inkind.rules import ImportState, UsageSource
from sponsors.inkind.services import pulling
from sponsors.inkind.storage.loading import load_usage
from sponsors.inkind.tests import fastly_server as server
from sponsors.inkind.tests.factories import gift_line, region, service, supplied
from sponsors.inkind.tests.fastly_server import TOKEN, bucket, provider

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 14, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def there():
    with provider() as does:
        yield does


def ours(slug="files", *, key="abc", starts_on=date(2026, 11, 24)):
    """Return a service that Fastly has a name for, supplied since yesterday."""
    made = service(slug)
    ServiceKey.objects.create(service=made, provider="fastly", external_id=key)
    supplied(made, gift_line(), starts_on=starts_on)
    return made


@pytest.fixture
def files():
    region("usa")
    return ours()


def pull(there, *, now=NOW, **more):
    asks = Fastly(url=there.url, token=TOKEN, interval=0, sleep=lambda _seconds: None)
    return pulling.pull_usage(actor=None, provider=asks, now=now, **more)


def at(day, hour=0):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


# What is asked, and what is kept ---------------------------------------------------------------


def test_every_settled_hour_since_the_first_supply_is_there_once(there, files):
    (done,) = pull(there)
    assert (done.service, done.rows, done.new, done.problem) == ("Files", 36, 36, "")
    assert done.complete_before == at(25, 12)
    assert there.windows() == [("usa", int(at(24).timestamp()), int(at(25, 12).timestamp()))]
    assert UsageRecord.objects.count() == 36
    kept = UsageImport.objects.get()
    assert (kept.source, kept.state, kept.format) == (UsageSource.PULL, ImportState.DONE, "fastly_stats")
    assert (kept.row_count, kept.new_count, kept.service, kept.imported_by) == (36, 36, files, None)
    assert kept.file_name == "Fastly, files, 2026-11-24 00:00 to 2026-11-25 12:00 UTC"
    assert len(kept.sha256) == 64
    day = UsageDay.objects.get(day=date(2026, 11, 24))
    assert (day.is_complete, day.requests, day.billable_bytes) == (True, 24_000, 36_000_000)


def test_an_hour_later_one_more_hour_is_asked_for(there, files):
    pull(there)
    assert pull(there)[0].rows == 0
    assert len(there.windows()) == 1
    (done,) = pull(there, now=NOW + HOUR)
    assert (done.rows, done.complete_before) == (1, at(25, 13))
    assert there.windows()[1] == ("usa", int(at(25, 12).timestamp()), int(at(25, 13).timestamp()))


def test_a_year_is_asked_for_in_weeks_as_far_as_hours_are_kept(there):
    region("usa")
    ours(starts_on=date(2020, 1, 1))
    told: list[str] = []
    (done,) = pull(there, tell=told.append)
    asked = there.windows()
    assert datetime.fromtimestamp(asked[0][1], UTC) == datetime(2025, 11, 16, tzinfo=UTC)
    assert len(asked) == 54
    assert done.new == UsageRecord.objects.count() == (done.complete_before - asked_first(asked)) / HOUR
    assert told[0] == "Files, 2025-11-16 00:00 to 2025-11-23 00:00 UTC: 168 rows, 168 new"
    assert UsageDay.objects.filter(is_complete=True).count() == 374


def asked_first(asked):
    return datetime.fromtimestamp(asked[0][1], UTC)


def test_a_service_that_nobody_supplies_is_asked_for_as_far_as_hours_are_kept(there, files):
    files.supplies.all().delete()
    there.rows = lambda *_asked: []
    pull(there)
    assert asked_first(there.windows()) == datetime(2025, 11, 16, tzinfo=UTC)


def test_a_retired_service_is_asked_for_until_it_no_longer_ran(there, files):
    files.retired_on = date(2026, 11, 25)
    files.save()
    assert pull(there)[0].complete_before == at(25)


def test_every_region_of_today_is_asked_for_and_an_unknown_one_is_kept_aside(there, files):
    there.regions = ["usa", "atlantis"]
    (done,) = pull(there)
    assert [name for name, _first, _before in there.windows()] == ["usa", "atlantis"]
    assert (done.rows, done.new) == (72, 36)
    aside = UsageAside.objects.values_list("region_name", "provider", "service_name").distinct().get()
    assert aside == ("atlantis", "fastly", "abc")
    assert UsageImport.objects.get().aside_count == 36


def test_two_names_of_one_service_are_added_up(there, files):
    ServiceKey.objects.create(service=files, provider="fastly", external_id="xyz")
    there.rows = lambda name, _region, first, before: [
        bucket(start, name, requests=1000 if name == "abc" else 10)
        for start in range(first, before, server.HOUR)
    ]
    (done,) = pull(there)
    assert done.new == 36
    assert UsageRecord.objects.values_list("requests", flat=True).distinct().get() == 1010


def test_what_one_name_does_not_count_is_what_the_other_does(there, files):
    ServiceKey.objects.create(service=files, provider="fastly", external_id="xyz")

    def rows(name, _region, first, before):
        found = [bucket(start, name) for start in range(first, before, server.HOUR)]
        for row in found:
            row.pop("errors" if name == "abc" else "pass")
        return found

    there.rows = rows
    pull(there)
    counted = UsageRecord.objects.values_list("requests", "errors", "passes").distinct().get()
    assert counted == (2000, 1, 0)


def test_names_at_other_providers_are_not_asked_for(there):
    made = service("mirror")
    ServiceKey.objects.create(service=made, provider="cloudflare", external_id="zone")
    assert pull(there) == []
    assert there.asked == []


# Late, twice, too much -------------------------------------------------------------------------


def test_late_hours_are_asked_for_again(there, files):
    late = int(at(25, 9).timestamp())
    there.rows = lambda name, region, first, before: server.steady_rows(
        name, region, first, min(before, late)
    )
    assert pull(there)[0].complete_before == at(25, 9)
    there.rows = server.steady_rows
    (done,) = pull(there)
    assert (done.new, done.complete_before) == (3, at(25, 12))


def test_hours_told_twice_or_not_asked_for_are_kept_once_or_not(there, files):
    def rows(name, _region, first, before):
        return [
            bucket(first - server.HOUR, name),
            *server.steady_rows(name, "usa", first, before),
            bucket(first, name, requests=5000),
            bucket(before, name, requests=1),
        ]

    there.rows = rows
    (done,) = pull(there)
    assert (done.rows, done.new) == (36, 36)
    assert UsageRecord.objects.get(starts_at=at(24)).requests == 5000
    assert not UsageRecord.objects.filter(starts_at=at(25, 12)).exists()
    assert UsageImport.objects.get().rejected_count == 0


def test_what_is_no_number_is_rejected_with_its_reason(there, files):
    there.rows = lambda name, region, first, before: [
        *server.steady_rows(name, region, first, before - server.HOUR),
        bucket(before - server.HOUR, name, errors=-5),
        {"start_time": "noon", "service_id": name, "requests": 5},
    ]
    (done,) = pull(there)
    kept = UsageImport.objects.get()
    assert (kept.row_count, kept.rejected_count, done.new) == (37, 2, 35)
    assert kept.rejects.count() == 2


def test_an_answer_without_rows_leaves_no_import(there, files):
    there.rows = lambda *_asked: []
    (done,) = pull(there)
    assert (done.rows, done.complete_before) == (0, at(24, 14))
    assert not UsageImport.objects.exists()


# Faults ----------------------------------------------------------------------------------------


def test_faults_in_between_change_nothing(there, files):
    there.faults = [
        server.refuses(429, Retry_After="1"),
        server.refuses(500),
        server.ends_early,
    ]
    (done,) = pull(there)
    assert (done.new, done.problem) == (36, "")


def test_a_run_that_was_cut_short_goes_on_at_the_last_whole_window(there, monkeypatch):
    region("usa")
    files = ours(starts_on=date(2026, 11, 1))
    real = load_usage
    loaded: list[object] = []

    def dies(**given):
        if len(loaded) == 2:
            raise SystemExit
        loaded.append(given)
        real(**given)

    monkeypatch.setattr(pulling, "load_usage", dies)
    with pytest.raises(SystemExit):
        pull(there)
    state = UsagePull.objects.get(service=files)
    assert state.complete_before == at(15)
    assert UsageRecord.objects.count() == 14 * 24
    monkeypatch.setattr(pulling, "load_usage", real)
    # The lease of the dead worker holds for a while.
    told: list[str] = []
    assert pull(there, tell=told.append) == []
    assert told == ["Files is being asked for by another worker."]
    UsagePull.objects.update(leased_until=NOW - timedelta(days=400))
    before = len(there.windows())
    (done,) = pull(there)
    assert there.windows()[before][1] == int(at(15).timestamp())
    assert done.complete_before == at(25, 12)
    assert UsageRecord.objects.count() == 24 * 24 + 12


def test_a_run_ends_in_time_and_the_next_goes_on(there):
    region("usa")
    ours(starts_on=date(2026, 11, 1))
    assert pull(there, longest=-1) == []
    there.faults = [server.is_slow(0.3)]
    (done,) = pull(there, longest=0.2)
    assert done.complete_before == at(8)
    assert pull(there)[0].complete_before == at(25, 12)


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_refusal_is_told_to_infrastructure_once_a_day(there, files, infrastructure, fundraiser, code):
    def refuse():
        there.faults = (
            [server.refuses(code)]
            if code == 401
            else [server.says(server.envelope(["usa"])), server.refuses(code)]
        )

    refuse()
    (done,) = pull(there)
    assert f"({code})" in done.problem
    state = UsagePull.objects.get()
    assert (state.problem, state.leased_until, state.tried_at) == (done.problem, None, NOW)
    refuse()
    pull(there, now=NOW + HOUR)
    mail = Notice.objects.get()
    assert (mail.recipient, mail.subject) == (infrastructure.email, "Usage of Files cannot be asked for")
    assert done.problem in mail.body_text
    refuse()
    pull(there, now=NOW + timedelta(days=1))
    assert Notice.objects.count() == 2
    assert pull(there)[0].problem == ""
    assert UsagePull.objects.get().problem == ""


def test_a_service_that_is_not_known_there_leaves_the_others_alone(there, files):
    ours("mirror", key="xyz")
    UsagePull.objects.create(service=files, complete_before=at(24))
    there.faults = [server.says(server.envelope(["usa"])), server.refuses(404)]
    first, second = pull(there)
    assert (first.service, bool(first.problem)) == ("Files", True)
    assert (second.service, second.problem, second.new) == ("Mirror", "", 36)


def test_a_token_that_is_refused_ends_the_run(there, files):
    ours("mirror", key="xyz")
    there.faults = [server.refuses(401)]
    assert len(pull(there)) == 1
    assert len(there.asked) == 1


def test_a_provider_that_stumbles_is_left_alone_and_told_of_after_a_day(there, files, infrastructure):
    there.faults = [server.refuses(500)] * 99
    (done,) = pull(there)
    assert "no usable answer" in done.problem
    assert Notice.objects.count() == 1  # nothing is there for more than a day
    there.faults = []
    pull(there)
    there.faults = [server.refuses(500)] * 99
    pull(there, now=NOW + HOUR)
    assert Notice.objects.count() == 1
    pull(there, now=NOW + timedelta(days=1, hours=2))
    assert Notice.objects.count() == 2


def test_nothing_is_asked_before_the_provider_allows_it(there, files):
    there.faults = [server.refuses(429, Retry_After="7200")]
    (done,) = pull(there)
    assert "asks to wait for 7,200 seconds" in done.problem
    asked = len(there.asked)
    told: list[str] = []
    assert pull(there, now=NOW + HOUR, tell=told.append) == []
    assert told == [f"Nothing is asked: {done.problem}"]
    assert len(there.asked) == asked
    assert pull(there, now=NOW + 3 * HOUR)[0].complete_before == at(25, 15)


def test_an_answer_that_cannot_be_read_is_told_and_leaves_nothing(there, files, infrastructure):
    there.faults = [
        server.says(server.envelope(["usa"])),
        server.says(server.envelope([bucket(0, "abc")], by="fortnight")),
    ]
    (done,) = pull(there)
    assert "granularity" in done.problem
    assert not UsageImport.objects.exists()
    assert UsagePull.objects.get().complete_before == at(24)
    assert Notice.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_ask_for_a_service_once():
    region("usa")
    ours()
    with provider() as does:
        results = at_once(lambda: pull(does), lambda: pull(does))
    assert sum(done.new for result in results for done in result) == 36
    assert UsageImport.objects.count() == 1


# Edges -----------------------------------------------------------------------------------------


def test_the_task_asks_and_says_what_it_did(there, files, settings):
    assert tasks.pull_usage() == "FASTLY_API_TOKEN is not set: nothing was asked for"
    settings.FASTLY_API_TOKEN, settings.FASTLY_API_URL = TOKEN, there.url
    UsagePull.objects.create(service=files, complete_before=datetime.now(UTC) - 5 * HOUR)
    assert tasks.pull_usage().startswith("1 services asked for, ")


def test_the_command_tells_each_window(there, files, settings):
    with pytest.raises(CommandError, match="FASTLY_API_TOKEN is not set"):
        call_command("pull_usage")
    settings.FASTLY_API_TOKEN, settings.FASTLY_API_URL = TOKEN, there.url
    with pytest.raises(CommandError, match="There is no service moon"):
        call_command("pull_usage", service="moon")
    there.rows = lambda *_asked: []
    out = StringIO()
    call_command("pull_usage", service="files", stdout=out)
    assert "0 rows, 0 new" in out.getvalue()
    assert "Files: 0 rows, 0 new; all is there up to " in out.getvalue()
    there.faults = [server.refuses(401)]
    UsagePull.objects.update(complete_before=at(24))
    with pytest.raises(CommandError, match="Files: Fastly refuses the token"):
        call_command("pull_usage", stdout=StringIO())


def test_what_stands_in_the_way_is_on_the_first_page_of_those_who_mend_it(
    signed_in, files, infrastructure, auditor
):
    UsagePull.objects.create(service=files, complete_before=at(24), problem="Fastly refuses the token (401).")
    text = "The usage of Files could not be asked for: Fastly refuses the token (401)."
    assert text in signed_in(infrastructure).get("/admin/").content.decode()
    assert text not in signed_in(auditor).get("/admin/").content.decode()
    assert str(UsagePull.objects.get()) == "Files before 2026-11-24 00:00"


def test_nobody_in_infrastructure_is_no_failure(there, files):
    make_user("Fred", Role.FUNDRAISING)
    there.faults = [server.refuses(401)]
    assert pull(there)[0].problem
    assert not Notice.objects.exists()
