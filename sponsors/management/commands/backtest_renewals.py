"""`manage.py backtest_renewals`: what the model of risk would have said of histories, and how good that was."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sponsors.renewals.accounts import as_data, as_drawing, as_text
from sponsors.renewals.rules.backtest import forecasts, split_day
from sponsors.renewals.rules.fitting import fit_points
from sponsors.renewals.rules.histories import COLUMNS, History, HistoryError, read_histories
from sponsors.renewals.rules.judging import Forecast, judge
from sponsors.renewals.rules.policies import EXPERT_POINTS, HAZARD, SHIPPED, RiskPolicy
from sponsors.renewals.rules.reasons import Reason

_FITTED = "fitted"


class Command(BaseCommand):
    help = (
        "Score histories of sponsors with the shipped models of renewal risk, each row knowing only what was known "
        f"then, and judge the forecasts. The columns are {', '.join(COLUMNS)}; period_end and billing may stand beside them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--train",
            type=Path,
            metavar="FILE",
            help="fit a model to what this file knows before the day of the split",
        )
        parser.add_argument(
            "--from",
            dest="since",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="judge rows scored on this day or later (default: the first January by which half of the outcomes are known)",
        )
        parser.add_argument("--by-source", action="store_true", help="judge the rows of each source as well")
        parser.add_argument("--json", action="store_true", help="print data instead of text")
        parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the reliability")

    def handle(self, *_args: Any, **options: Any) -> None:
        histories = _read(options["file"])
        since = options["since"] or split_day(histories)
        policies: dict[str, RiskPolicy] = dict(SHIPPED)
        points: Mapping[Reason, float] = {}
        if options["train"]:
            known = [one for one in _read(options["train"]) if one.known_on < since]
            if not known:
                raise CommandError(
                    f"{options['train']} knows no outcome before {since}. Choose a later --from."
                )
            points = fit_points(known, on=since)
            policies[_FITTED] = replace(HAZARD, name=_FITTED, points={**points, **EXPERT_POINTS})
        said = {name: forecasts(histories, policy, since=since) for name, policy in policies.items()}
        if not any(said.values()):
            raise CommandError(
                f"{options['file']} has no labelled row scored on {since} or later. Choose an earlier --from."
            )
        whole = {name: judge(found) for name, found in said.items()}
        sources = (
            sorted({str(one.group) for found in said.values() for one in found})
            if options["by_source"]
            else []
        )
        parts = {
            source: {name: judge(_of(found, source)) for name, found in said.items()} for source in sources
        }
        if options["plot"]:
            options["plot"].write_text(as_drawing(whole), encoding="utf-8")
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "from": since.isoformat(),
                        "points": points,
                        "models": {name: as_data(one) for name, one in whole.items()},
                        "by_source": {
                            source: {name: as_data(one) for name, one in part.items()}
                            for source, part in parts.items()
                        },
                    },
                    indent=2,
                )
            )
            return
        self.stdout.write(f"Rows scored from {since} on: {as_text(whole)}")
        if points:
            self.stdout.write(
                "\nPoints fitted: " + ", ".join(f"{name} {worth:+.2f}" for name, worth in points.items())
            )
        for source, part in parts.items():
            self.stdout.write(f"\n{source}: {as_text(part)}")


def _read(path: Path) -> Sequence[History]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found = read_histories(lines)
    except OSError as problem:
        raise CommandError(f"{path} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise CommandError(f"{path} cannot be read as UTF-8. Save it as UTF-8.") from problem
    except HistoryError as problem:
        raise CommandError(f"{path}: {problem}") from problem
    if not found:
        raise CommandError(f"{path} holds no labelled row.")
    return found


def _of(found: Sequence[Forecast], source: str) -> Sequence[Forecast]:
    return [one for one in found if one.group == source]
