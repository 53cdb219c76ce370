"""What is behind a change of risk."""

from sponsors.renewals.rules.changes import change
from sponsors.renewals.rules.reasons import Reason
from sponsors.renewals.rules.scoring import Weighed

OVERDUE, TENURE = Weighed(Reason.OVERDUE, 0.6), Weighed(Reason.TENURE, 0.1)


def test_reasons_came_and_went():
    found = change([OVERDUE, TENURE], [TENURE, Weighed(Reason.NO_OWNER, 0.3)])

    assert [one.reason for one in found.came] == [Reason.NO_OWNER]
    assert [one.reason for one in found.gone] == [Reason.OVERDUE]
    assert found.sentences == ("Nobody on our side owns it.", "No longer: A payment is overdue.")


def test_small_growth_is_no_change_and_a_large_one_is():
    assert change([TENURE], [Weighed(Reason.TENURE, 0.15)]).otherwise == ()
    found = change([Weighed(Reason.TENURE, -0.1)], [Weighed(Reason.TENURE, -0.25)])
    assert found.sentences == ("Weighs otherwise: They have supported us for some time.",)


def test_long_support_that_raises_the_risk_says_why():
    (sentence,) = change([], [TENURE]).sentences
    assert sentence.endswith("; in the histories, long support ends a little more often.")


def test_what_became_known_came_and_went():
    unknown = Weighed(Reason.SILENCE, 0.2, 0.2, is_known=False)
    found = change([unknown], [Weighed(Reason.SILENCE, 0.4)])

    assert (len(found.came), len(found.gone)) == (1, 1)


def test_of_what_was_not_assessed_before_nothing_changed():
    assert change(None, [OVERDUE]).sentences == ()
