"""The demonstration loads through the services, once."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import Sum

from foundation.notices.models import Notice
from sponsors.banking.models import BankLine
from sponsors.banking.rules import LineState
from sponsors.banking.selectors import matches_of
from sponsors.commitments.models import Commitment, Installment, Invoice, NonRenewal, Receipt, WriteOff
from sponsors.commitments.rules import InstallmentState, State
from sponsors.commitments.selectors import promised_cash
from sponsors.commitments.selectors.by_year import money_by_year
from sponsors.demo import traffic
from sponsors.directory.models import Sponsor
from sponsors.inkind.models import Anomaly, UsageMonth, Valuation
from sponsors.inkind.rules import ValuationState
from sponsors.renewals.models import Assessment, ReminderStep, RenewalCase, RenewalLetter, Telling
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.selectors.assessments import told

AS_OF = date(2026, 11, 22)

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for label in ("foundation", "sponsors")
        for model in apps.get_app_config(label).get_models()
    }


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("load_demo", *arguments, stdout=out)
    return out.getvalue()


def check_gifts_in_kind() -> None:
    """The last full year is what was published, every month over is valued, and what was planted is found."""
    year = UsageMonth.objects.filter(month__year=AS_OF.year - 1).aggregate(
        requests=Sum("requests"), bytes=Sum("billable_bytes"), hits=Sum("hits"), misses=Sum("misses")
    )
    assert abs(year["requests"] - 1_200_000_000_000) < 1_000
    assert abs(year["bytes"] - 12 * 66 * 10**15) < 10**9
    assert round(year["hits"] / (year["hits"] + year["misses"]), 3) == 0.99
    assert set(
        UsageMonth.objects.filter(month__year=AS_OF.year - 1).values_list("service__slug", flat=True)
    ) == {share.slug for share in traffic.SHARES}
    approved = Valuation.objects.filter(state=ValuationState.APPROVED)
    assert approved.latest("month").month == date(2026, 10, 1)
    assert approved.count() == 36
    for valuation in approved:
        assert valuation.low_value < valuation.value < valuation.high_value
    assert Valuation.objects.submitted().exists()
    hit, surge = traffic.INCIDENTS[1], traffic.INCIDENTS[0]
    told = {
        (row.service.slug, row.day, row.kind, row.state) for row in Anomaly.objects.select_related("service")
    }
    assert (hit.slug, AS_OF - timedelta(days=hit.days_before), "hit_ratio", "explained") in told
    assert (surge.slug, AS_OF - timedelta(days=surge.days_before), "requests", "open") in told


def check_renewals() -> None:
    """The five-year gift is assessed with what it would cost elsewhere, and each kind of answer was given to a reminder."""
    gift = Assessment.objects.latest_of_each().get(commitment__announced_on__isnull=False)
    assert gift.band == Band.NOT_YET
    assert 0 < gift.low < gift.probability < gift.high < 1
    elsewhere = told(gift, AS_OF).replacements
    assert [one.card for one in elsewhere] == ["Fastly list", "CloudFront list", "Bunny volume"]
    assert elsewhere[1].a_month > 1_000_000
    assert (
        Assessment.objects.filter(commitment__announced_on__isnull=True).values("day").distinct().count() > 10
    )
    assert set(ReminderStep.objects.values_list("state", flat=True)) >= {
        StepState.OPEN,
        StepState.ACKNOWLEDGED,
        StepState.SNOOZED,
    }
    assert set(RenewalCase.objects.values_list("state", flat=True)) >= {
        "due",
        "contacted",
        "negotiating",
        "agreed",
    }
    assert set(Telling.objects.exclude(digest=None).values_list("role", flat=True)) >= {
        "owner",
        "lead",
        "finance",
    }
    assert set(RenewalLetter.objects.values_list("state", flat=True)) == {"draft", "sent"}


def test_it_loads_once_and_every_screen_has_something_true_to_show(monkeypatch):
    monkeypatch.setattr("sponsors.management.commands.load_demo.local_today", lambda: AS_OF)
    assert "as of 2026-11-22" in run()
    assert set(Commitment.objects.values_list("state", flat=True)) == set(State.values)
    states = {vars(row)["state"] for row in Installment.objects.with_state(AS_OF)}
    assert states >= set(InstallmentState.values) - {InstallmentState.DUE, InstallmentState.PARTLY_PAID}
    assert Receipt.objects.with_credit().exists()
    assert Receipt.objects.filter(reverses__isnull=False).exists()
    invoices = {vars(row)["state"] for row in Invoice.objects.with_state(AS_OF)}
    assert invoices >= {"paid", "overdue", "credited", "written_off"}
    assert WriteOff.objects.filter(recovers__isnull=False).exists()
    assert Commitment.objects.filter(owner=None).exists()
    assert set(BankLine.objects.values_list("state", flat=True)) == set(LineState.values)
    waiting = list(BankLine.objects.waiting())
    assert len([line for line in waiting if matches_of(waiting)[line.pk]]) >= 2
    assert Notice.objects.filter(kind="commitment_renewed").exists()
    matching = Commitment.objects.get(conditions__isnull=False)
    assert promised_cash(matching, AS_OF).conditional == 40_000
    assert Commitment.objects.filter(restrictions__percent=25).exists()
    assert matching.documents.exists()
    assert Commitment.objects.notice_due(AS_OF, AS_OF + timedelta(days=60)).exists()
    assert not Commitment.objects.to_renew(AS_OF).exists()
    assert NonRenewal.objects.standing().exists()
    totals = [total for year in money_by_year(AS_OF).years for total in year.totals.values()]
    assert totals
    assert not [total.problem for total in totals if total.problem]
    assert Sponsor.objects.count() > 40
    fastly = Commitment.objects.get(sponsor__slug="fastly", announced_on__isnull=False)
    assert fastly.terms.count() == 5
    assert fastly.renewal_of is not None
    assert fastly.lines.get().kind == "in_kind"

    check_gifts_in_kind()
    check_renewals()

    written = apps.get_model("foundation", "FundEvent").objects.values_list("pgh_context__action", flat=True)
    assert set(written) == {"fund.add", "fund.change"}
    for of_people in ("UserEvent", "UserRoleEvent"):
        events = apps.get_model("foundation", of_people).objects
        assert set(events.values_list("pgh_context__action", flat=True)) == {"demonstration.load"}

    before = counts()
    assert "already loaded" in run()
    assert "already loaded" in run("--if-empty")
    assert counts() == before
    accounts = run("--accounts")
    assert "administrator@openindex.example" in accounts
    assert "Auditor" in accounts


def test_a_database_in_use_is_left_alone(fundraiser):
    with pytest.raises(CommandError, match="in use"):
        run()
    assert run("--if-empty") == ""
    assert run("--accounts") == ""
    assert not Sponsor.objects.exists()
