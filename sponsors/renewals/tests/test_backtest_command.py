"""`manage.py backtest_renewals`: figures that a reader can check."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from sponsors.renewals.rules.histories import COLUMNS
from sponsors.renewals.rules.policies import HAZARD

RECORDED = Path(__file__).parents[4] / "shared" / "data" / "renewals"
_PLAIN = {
    "sponsor_key": "a1",
    "level_rank": "2",
    "in_kind": "no",
    "tenure_years": "3",
    "tenure_known": "1",
    "prior_spells": "0",
    "active_elsewhere": "0",
    "lapsed_elsewhere": "0",
}


@pytest.fixture
def file(tmp_path):
    """Forty rows a year of two sources over four years; a fifth of them lapses, in first terms a half."""
    lines = [",".join(COLUMNS)]
    for year in range(2019, 2023):
        for source in ("one", "two"):
            for at in range(20):
                first = at < 4
                row = _PLAIN | {
                    "source": source,
                    "scored_on": f"{year}-06-01",
                    "tenure_years": "0.5" if first else "3",
                    "renewed": "no" if at in {0, 1, 4, 5} else "yes",
                }
                lines.append(",".join(row[name] for name in COLUMNS))
    path = tmp_path / "histories.csv"
    path.write_text("\n".join(lines))
    return path


def told(*arguments):
    out = StringIO()
    call_command("backtest_renewals", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_judges_the_shipped_models_on_later_rows(file):
    text = told(file)
    assert "Rows scored from 2022-01-01 on: 40 forecasts, 8 lapses (20.0%)" in text
    assert "Brier skill against the own rate" in text
    assert "Tenths of v2: forecasts, said, lapsed" in text
    assert "fitted" not in text


def test_a_model_is_fitted_to_what_was_known_before(file):
    found = json.loads(told(file, "--train", file, "--from", "2021-06-01", "--json"))
    assert found["from"] == "2021-06-01"
    assert found["points"]["first_term"] > 0.1
    assert set(found["models"]) == {"v1", "v2", "fitted"}
    fitted = found["models"]["fitted"]
    assert (fitted["count"], fitted["lapses"], fitted["lapse_rate"]) == (80, 16, 0.2)
    assert fitted["auc_within"] > 0.6
    assert fitted["skill_against_own_rate"] > 0
    assert "Points fitted: first_term +" in told(file, "--train", file, "--from", "2021-06-01")


def test_each_source_is_judged_alone_when_asked(file):
    assert {"one: 20 forecasts, 4 lapses (20.0%)", "two: 20 forecasts, 4 lapses (20.0%)"} < set(
        told(file, "--by-source").splitlines()
    )
    data = json.loads(told(file, "--by-source", "--json"))
    assert {source: models["v2"]["count"] for source, models in data["by_source"].items()} == {
        "one": 20,
        "two": 20,
    }


def test_the_reliability_is_drawn(file, tmp_path):
    drawing = tmp_path / "reliability.svg"
    told(file, "--plot", drawing)
    drawn = drawing.read_text()
    # ten points of each of two models
    assert drawn.count("<circle") == 20
    assert {">v1</text>", ">v2</text>"} < {line[line.rfind('">') + 1 :] for line in drawn.splitlines()}


def test_what_has_no_answer_is_a_dash(tmp_path):
    row = _PLAIN | {"source": "one", "scored_on": "2022-06-01", "renewed": "yes"}
    path = tmp_path / "short.csv"
    path.write_text("\n".join([",".join(COLUMNS), ",".join(row[name] for name in COLUMNS)]))
    assert next(
        line for line in told(path, "--from", "2022-01-01").splitlines() if line.startswith("AUC ")
    ).split() == [
        "AUC",
        "—",
        "—",
    ]


@pytest.mark.parametrize(
    ("text", "arguments", "sentence"),
    [
        (None, [], "cannot be read: No such file or directory"),
        ("source,renewed\n", [], "Line 1 does not name sponsor_key"),
        (",".join(COLUMNS) + "\n", [], "holds no labelled row"),
        ("\xff\xfe", [], "cannot be read as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, text, arguments, sentence):
    path = tmp_path / "bad.csv"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(CommandError, match=sentence):
        told(path, *arguments)


def test_days_with_nothing_to_judge_or_to_learn_from_are_refused(file):
    with pytest.raises(
        CommandError, match=r"no labelled row scored on 2030-01-01 or later\. Choose an earlier --from"
    ):
        told(file, "--from", "2030-01-01")
    with pytest.raises(CommandError, match=r"knows no outcome before 2019-01-01\. Choose a later --from"):
        told(file, "--train", file, "--from", "2019-01-01")


@pytest.mark.unmeasured
@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded histories are not here")
def test_on_recorded_histories_the_shipped_model_is_better_than_knowing_the_rate():
    histories = RECORDED / "ninety_days.csv"
    found = json.loads(told(histories, "--train", histories, "--from", "2022-01-01", "--json"))
    shipped, scorecard = found["models"]["v2"], found["models"]["v1"]
    assert shipped["count"] == 2038
    assert shipped["skill_against_own_rate"] > 0.03
    assert shipped["auc_within"] >= 0.6
    assert 0.8 <= shipped["slope"] <= 1.2
    # 0.03 is what was hoped for; of ten tenths of 204 rows, chance alone accounts for two thirds of that.
    assert shipped["calibration_error"] < 0.035
    assert shipped["brier"] < scorecard["brier"]
    points = {name: round(worth, 2) for name, worth in found["points"].items()}
    assert points == {
        reason.value: worth for reason, worth in HAZARD.points.items() if reason.value in points
    }
