"""What an assessment keeps of facts and reasons."""

import json

from sponsors.renewals.rules.base_rates import base_rate
from sponsors.renewals.rules.kept import EVIDENCE_LABELS, kept_facts, kept_reasons, reasons_kept
from sponsors.renewals.rules.policies import SCORECARD
from sponsors.renewals.rules.reasons import Evidence, Level, Reason, RiskFacts
from sponsors.renewals.rules.scoring import Weighed, assess

FACTS = RiskFacts(
    in_kind=False,
    level=Level.ENTRY,
    tenure_years=1.23456,
    first_term=True,
    returned=False,
    lapsed_elsewhere=None,
)


def test_reasons_come_back_as_they_were_weighed():
    risk = assess(FACTS, SCORECARD, base_rate([], prior=0.2, weight=40))

    found = reasons_kept(json.loads(json.dumps(kept_reasons(risk.reasons))))

    assert [one.sentence for one in found] == [one.sentence for one in risk.reasons]
    assert {one.reason for one in found} >= {Reason.FIRST_TERM, Reason.ENTRY_LEVEL, Reason.LAPSED_ELSEWHERE}
    assert not next(one for one in found if one.reason is Reason.LAPSED_ELSEWHERE).is_known


def test_points_are_kept_to_four_digits():
    assert kept_reasons([Weighed(Reason.TENURE, -0.123456789, 0.1)])[0]["points"] == -0.1235


def test_facts_are_plain_and_what_nobody_knows_is_none():
    kept = json.loads(json.dumps(kept_facts(FACTS)))

    assert kept["level"] == "entry"
    assert kept["tenure_years"] == 1.23
    assert kept["lapsed_elsewhere"] is None
    unknown = kept_facts(
        RiskFacts(in_kind=None, level=None, tenure_years=None, first_term=None, returned=None)
    )
    assert (unknown["level"], unknown["tenure_years"]) == (None, None)


def test_every_kind_of_evidence_is_named():
    assert set(EVIDENCE_LABELS) == set(Evidence)
