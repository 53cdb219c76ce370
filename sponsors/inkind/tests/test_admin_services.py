"""Services in the admin site: the list, the page, what can be done, and the dashboards."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.books.selectors import local_today
from sponsors.commitments.tests.factories import cash_line, in_kind_line, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.inkind.admin.charts import MOST_ROWS, Chart, Series
from sponsors.inkind.admin.services import ServiceAdmin
from sponsors.inkind.models import (
    Alternative,
    Service,
    ServiceKey,
    Supply,
    UsageDay,
    UsagePull,
    UsageRecord,
)
from sponsors.inkind.rules import GiftUnit, Granularity, Per
from sponsors.inkind.selectors.services import month_before
from sponsors.inkind.storage.partitions import make_partitions
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.supplying import replaced, valued

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in, infrastructure):
    return signed_in(infrastructure)


def page(name, *args, model="service"):
    return reverse(f"admin:sponsors_{model}_{name}", args=args)


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def do(browser, service, action, **data):
    return text_of(browser.post(page("do", service.pk, action), data, follow=True))


GIVEN = {
    "name": "Files",
    "slug": "files",
    "purpose": "Serves every file.",
    "provider": "fastly",
    "criticality": "critical",
    "dependents": "Users\n\nMirrors",
}


def test_a_service_is_added_changed_and_told_whole(browser):
    browser.post(page("add"), GIVEN)
    service = Service.objects.get()
    told = text_of(browser.get(page("change", service.pk)))
    for sentence in (
        "Nobody yet. Say who supplies it",
        "<li>Mirrors</li>",
        "Set an alternative.",
        "name it files",
    ):
        assert sentence in told
    browser.post(page("change", service.pk), {**GIVEN, "name": "All files", "dependents": ""})
    service.refresh_from_db()
    assert (service.name, service.slug) == ("All files", "files")
    assert "There is a service with this name already" in text_of(
        browser.post(page("add"), {**GIVEN, "name": "All files", "slug": "other"})
    )


def test_the_list_tells_supplier_use_and_silence(browser):
    used = factories.service_in_use()
    alone, retired = factories.service("alone"), factories.service("retired")
    Service.objects.filter(pk=retired.pk).update(retired_on=date(2024, 1, 1))
    told = text_of(browser.get(page("changelist")))
    assert used.supplies.get().sponsor.name in told
    for word in ("1 PB", "99%", "nobody", "Retired", "none yet"):
        assert word in told
    for lacks, found in (("supplier", [alone]), ("line", []), ("nothing", [alone, used, retired])):
        shown = browser.get(page("changelist"), {"lacks": lacks}).context["cl"]
        assert list(shown.result_list) == found
    exported = browser.get(page("export"))
    assert exported.status_code == 200


def test_a_service_tells_how_far_its_provider_was_asked_and_what_it_said(browser):
    service = factories.service()
    asked = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert "asked for usage" not in text_of(browser.get(page("change", service.pk)))
    UsagePull.objects.create(
        service=service, complete_before=asked - timedelta(hours=3), tried_at=asked, problem="Refused (403)."
    )
    told = text_of(browser.get(page("change", service.pk)))
    assert "Its usage could not be asked for: Refused (403)." in told
    assert "on 2026-03-01 12:00 UTC. All is there up to 2026-03-01 09:00 UTC." in told


def test_who_supplies_it_is_said_by_sponsor_and_commitment(browser):
    service = factories.service()
    sponsor = SponsorFactory(name="Acme")
    one = signed_commitment(sponsor, starts_on=factories.STARTS, lines=[in_kind_line(5)])
    two = signed_commitment(
        sponsor, starts_on=factories.STARTS, lines=[in_kind_line(5), in_kind_line(6, category="ci")]
    )
    cash = signed_commitment(sponsor, lines=[cash_line(5)])
    given = {"sponsor": sponsor.pk, "starts_on": "2024-01-01", "ends_on": "2024-03-31"}
    assert "has no gift in kind" in do(browser, service, "supply", **given, commitment=cash.pk)
    assert "has 2 gifts in kind. Choose one." in do(browser, service, "supply", **given, commitment=two.pk)
    assert "Acme supplies Files from 2024-01-01 on." in do(
        browser, service, "supply", **given, commitment=one.pk
    )
    chosen = two.lines.get(category="ci")
    do(
        browser,
        service,
        "supply",
        **{**given, "starts_on": "2024-04-01", "ends_on": ""},
        commitment=two.pk,
        line=chosen.pk,
    )
    assert [supply.line for supply in service.supplies.all()] == [chosen, one.lines.get()]
    other = SponsorFactory(name="Borealis")
    do(browser, service, "supply", sponsor=other.pk, starts_on="2025-01-01", ends_present="on")
    assert service.supplies.get(line=chosen).ends_on == date(2024, 12, 31)
    assert "supplies Files from 2025-01-01 on already" in do(
        browser, service, "supply", sponsor=sponsor.pk, starts_on="2025-02-01"
    )


def test_a_supply_moves_to_the_line_that_replaced_its_own(browser):
    service, line = factories.service(), factories.gift_line()
    supply = factories.supplied(service, line)
    new = replaced(line)
    assert "An amendment took this line out on 2025-01-01." in text_of(
        browser.get(page("change", service.pk))
    )
    do(browser, service, "put-under-line", supply=supply.pk, line=new.pk, starts_on="2025-01-01")
    assert [each.line for each in service.supplies.all()] == [new, line]
    later = service.supplies.get(line=new)
    assert "is part of no gift" in do(browser, service, "put-under-line", supply=later.pk)
    assert "supplies Files until 2025-06-30" in do(
        browser, service, "end-supply", supply=later.pk, ends_on="2025-06-30"
    )
    assert "supplies Files without an end" in do(browser, service, "end-supply", supply=later.pk)
    do(browser, service, "remove-supply", supply=later.pk)
    assert Supply.objects.count() == 1


def test_names_and_alternatives_come_and_go(browser):
    service, card = factories.service(), factories.rate_card().card
    do(browser, service, "add-key", provider="fastly", external_id="SU1")
    key = ServiceKey.objects.get()
    do(
        browser,
        service,
        "set-alternative",
        name="Elsewhere",
        card=card.pk,
        months_to_move=6,
        shed_percent="2.5",
    )
    told = text_of(browser.get(page("change", service.pk)))
    assert "SU1" in told
    assert "2.5%" in told
    do(browser, service, "remove-key", key=key.pk)
    do(browser, service, "remove-alternative", alternative=Alternative.objects.get().pk)
    assert not ServiceKey.objects.exists()
    assert not Alternative.objects.exists()


def test_every_question_is_asked_with_what_hangs_on_the_service(browser):
    service = factories.service_in_use()
    line = factories.gift_line(service.supplies.get().sponsor)
    for action in ServiceAdmin.object_actions:
        asked = text_of(browser.get(page("do", service.pk, action.name)))
        assert ("is not possible now" if action.name == "run-again" else action.label) in asked or not asked
    under = text_of(browser.get(page("do", service.pk, "put-under-line")))
    assert f"{line.commitment.number}: {line.description}" in under
    assert f"{service.supplies.get().sponsor}, from 2024-01-01 on" in under


def test_the_lists_are_taken_out_as_files(browser):
    factories.gift_terms(factories.gift_line())
    factories.service_in_use()
    for model, columns, words in (
        ("service", ["name", "supplier", "last_day"], "Supplier today"),
        ("giftterms", ["commitment", "quantity"], "Promised quantity"),
    ):
        given = {"columns": columns, "file_format": "csv", "action": "download"}
        answer = browser.post(page("export", model=model), given)
        assert words in answer.content.decode().splitlines()[0]


def test_a_service_is_retired_and_runs_again(browser):
    service = factories.service()
    do(browser, service, "retire", retired_on="2025-07-01")
    assert "It no longer runs from 2025-07-01 on." in text_of(browser.get(page("change", service.pk)))
    assert "Say who supplies it" in do(browser, service, "run-again")


# Dashboards ------------------------------------------------------------------------------------


def shown(browser, service, **asked):
    return browser.get(page("dashboard", service.pk), asked)


def test_a_dashboard_tells_use_value_promise_and_ceiling(browser):
    service, line = factories.service(), factories.gift_line()
    factories.supplied(service, line)
    factories.gift_terms(line)
    month = month_before(local_today())
    factories.month_of_use(service, month, billable_bytes=66 * 10**15, requests=100_200_000_000)
    valued(line, month)
    told = text_of(shown(browser, service))
    for words in ("66 PB", "100 billion", "99%", "USD 100.00", "60 PB", "70 PB", "Table: Value in USD"):
        assert words in told, words
    by_year = shown(browser, service, first=month.replace(month=1), last=month, by="year").context
    assert [chart.title for chart in by_year["charts"]][-1] == "Value in USD"
    assert [series.name for series in by_year["charts"][0].series] == ["North America"]
    counts_billable = "Promise and ceiling count what is billable."
    assert counts_billable in told
    assert counts_billable not in text_of(shown(browser, service, measure="billable"))
    of_origin = shown(browser, service, measure="origin").context["charts"][0]
    assert of_origin.title == "Bytes: from our own servers"
    assert "Promised" not in [series.name for series in of_origin.series]


def test_a_month_that_is_not_over_says_so(browser):
    service, today = factories.service(), local_today()
    factories.month_of_use(service, today.replace(day=1))
    asked = {"first": today, "last": today}
    for step, name in (("month", f"{today:%Y-%m}, so far"), ("year", f"{today:%Y}, so far")):
        (chart, *_others) = shown(browser, service, **asked, by=step).context["charts"]
        assert chart.periods == [name]


def test_a_promise_for_several_services_is_not_laid_beside_one(browser):
    line = factories.gift_line()
    factories.gift_terms(line, unit=GiftUnit.REQUEST, per=Per.YEAR, quantity=10**12, ceiling=None)
    month = month_before(local_today())
    for name in ("files", "mirror"):
        factories.supplied(factories.service(name), line)
        factories.month_of_use(factories.service(name), month)
    one = shown(browser, Service.objects.get(slug="files"), first=month, last=month, by="year")
    assert "Promise and value are of all of them together" in text_of(one)
    assert one.context["value_label"] == "Value at list price, of whole gifts"
    by_day = shown(browser, Service.objects.get(slug="files"), first=month, last=month, by="day")
    assert by_day.context["value_label"] == "Value at list price, of whole months and gifts"
    assert len(one.context["charts"][1].series) == 1
    whole = browser.get(
        page("provider", line.commitment.sponsor_id), {"first": month, "last": month, "by": "year"}
    )
    requests = whole.context["charts"][1]
    assert [series.name for series in requests.series] == ["Files", "Mirror", "Promised"]
    assert requests.columns[0] == "All"


def test_a_provider_shows_the_days_on_which_it_supplies(browser):
    service = factories.service()
    first = factories.supplied(service)
    Supply.objects.filter(pk=first.pk).update(ends_before=date(2024, 2, 1))
    factories.supplied(service, starts_on=date(2024, 2, 1))
    for month in (date(2024, 1, 1), date(2024, 2, 1)):
        factories.month_of_use(service, month)
    asked = {"first": "2024-01-01", "last": "2024-12-31", "by": "month", "split": "region"}
    second = service.supplies.exclude(pk=first.pk).get()
    for supply, name in ((first, "2024-01"), (second, "2024-02")):
        answer = browser.get(page("provider", supply.sponsor_id), asked)
        assert answer.context["charts"][0].periods == [name]
    assert browser.get(page("provider", 10**6)).status_code == 404


def test_hours_are_those_that_count_for_their_day(browser):
    service, where, line = factories.service(), factories.region(), factories.gift_line()
    factories.supplied(service, line)
    factories.gift_terms(line)
    day = date(2024, 5, 1)
    make_partitions([day])
    for hour in range(24):
        for granularity in (Granularity.HOUR, Granularity.MINUTE):
            UsageRecord.objects.create(
                service=service,
                region=where,
                starts_at=datetime(2024, 5, 1, hour, tzinfo=UTC),
                granularity=granularity,
                usage_import_id=1,  # no constraint of the database looks it up
                requests=100 if granularity == Granularity.HOUR else 7,
            )
    UsageDay.objects.create(
        service=service, day=day, region=where, granularity=Granularity.HOUR, is_complete=True, requests=2400
    )
    answer = shown(browser, service, first=day, last=day, by="hour")
    requests = answer.context["charts"][1]
    assert (len(requests.periods), requests.periods[13]) == (24, "2024-05-01 13:00")
    assert set(requests.series[0].values) == {100}
    # A promise by month is laid beside no hour.
    assert [series.name for series in requests.series] == ["North America"]


def test_what_cannot_be_shown_is_said(browser):
    service = factories.service()
    assert "No usage of this time is there." in text_of(shown(browser, service))
    for asked, sentence in (
        ({"first": "2024-02-01", "last": "2024-01-01"}, "is before the first"),
        ({"first": "2024-01-01", "last": "2024-03-01", "by": "hour"}, "By hour at most 31 days"),
        ({"first": "1800-01-01"}, "Choose a day in the years 1990 to 2099."),
        ({"first": "soon"}, "Enter a valid date."),
    ):
        assert sentence in text_of(shown(browser, service, **asked))


def test_the_files_hold_every_period_and_part(browser):
    service = factories.service()
    for name in ("usa", "europe"):
        factories.month_of_use(service, date(2024, 1, 1), where=factories.region(name))
    asked = {"first": "2024-01-01", "last": "2024-01-31", "by": "day"}
    lines = shown(browser, service, **asked, format="csv").content.decode().splitlines()
    assert len(lines) == 1 + 2 * 31
    assert lines[0].startswith("from,part,bytes delivered,")
    assert lines[1].startswith("2024-01-01,Europe,")
    assert lines[1].endswith(",0.990000,0.000000")
    assert shown(browser, service, **asked, format="xlsx").content[:2] == b"PK"


def test_days_of_more_than_a_year_are_drawn_whole_and_stand_by_part_in_the_files(browser):
    service = factories.service()
    for name in ("usa", "europe"):
        factories.month_of_use(service, date(2024, 1, 1), where=factories.region(name))
    asked = {"first": "2023-01-01", "last": "2024-01-31", "by": "day"}
    page = shown(browser, service, **asked)
    assert "The files tell each of them by region." in text_of(page)
    assert [(chart.kind, len(chart.series)) for chart in page.context["charts"][:2]] == [("lines", 1)] * 2
    assert ">Europe</th>" in text_of(page)
    lines = shown(browser, service, **asked, format="csv").content.decode().splitlines()
    assert len(lines) == 1 + 2 * 31


def test_only_those_who_see_services_see_dashboards(signed_in, grants_officer, auditor):
    service, sponsor = factories.service(), SponsorFactory()
    for user, status in ((grants_officer, 403), (auditor, 200)):
        client = signed_in(user)
        assert client.get(page("dashboard", service.pk)).status_code == status
        assert client.get(page("provider", sponsor.pk)).status_code == status


def test_a_dashboard_costs_the_same_however_much_is_used(browser):
    service = factories.service_in_use()
    asked = {"first": "2021-01-01", "last": "2025-12-31", "by": "day"}

    def fill(count):
        where = factories.region(f"region-{count}")
        UsageDay.objects.bulk_create(
            UsageDay(
                service=service,
                day=date(2021, 1, 1) + timedelta(days=number),
                region=where,
                granularity=Granularity.HOUR,
                is_complete=True,
                delivered_bytes=10**12,
                requests=10**6,
            )
            for number in range(count)
        )

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert shown(browser, service, **asked).status_code == 200
        return len(queries)

    fill(10)
    cost()
    few = cost()
    for count in range(1820, 1826):
        fill(count)
    assert UsageDay.objects.count() > 10_000
    assert cost() == few


def test_a_long_table_is_told_from_its_end():
    count = MOST_ROWS + 5
    chart = Chart("some", "Some", "USD", list(map(str, range(count))), [Series("A", [Decimal(1)] * count)])
    assert (len(chart.rows), chart.left_out, chart.rows[0]) == (MOST_ROWS, 5, (str(count - 1), ["USD 1.00"]))
    empty = Chart("none", "None", "bytes", ["1"], [Series("A", [None]), Series("B", [None])], kind="stack")
    assert empty.is_empty
    assert empty.rows == [("1", ["—", "—", "—"])]
