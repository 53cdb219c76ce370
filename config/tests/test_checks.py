"""Checks are run side by side, and one that fails hides none of the others."""

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import checks
from config.checks import Check
from config.environment import Environment

ROOT = Path(__file__).resolve().parents[2]


def code(text: str) -> list[str | Path]:
    return [sys.executable, "-S", "-c", text]


def test_all_failures_are_told_with_what_they_said(capsys):
    failed = checks.run_all(
        [
            Check("first", code("print('because of this'); raise SystemExit(1)"), "Do that."),
            Check("second", code("print('not shown')")),
            Check(
                "third",
                code("import os; raise SystemExit(os.environ['REASON'])"),
                variables={"REASON": "gone"},
            ),
        ]
    )
    said = capsys.readouterr().out
    assert failed == 2
    assert "FAILED  first" in said
    assert "because of this\nDo that." in said
    assert "passed  second" in said
    assert "not shown" not in said
    assert "FAILED  third" in said
    assert "gone" in said


@pytest.mark.parametrize(("outcome", "status"), [("0", 0), ("1", 1)])
def test_status_tells_whether_all_passed(monkeypatch, outcome, status):
    seen = []

    def run_all(given):
        seen.extend(given)
        return int(outcome)

    monkeypatch.setattr(checks, "run_all", run_all)
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    with pytest.raises(SystemExit) as ended:
        checks.main()
    assert ended.value.code == status
    assert tuple(seen) == checks.CHECKS


def test_database_that_cannot_start_is_told_in_a_sentence(monkeypatch, tmp_path):
    (tmp_path / ".data").mkdir()
    (tmp_path / ".data" / "test").mkdir()
    (tmp_path / ".data" / "test" / "postgres").write_text("a note")
    monkeypatch.setattr(checks, "_ROOT", tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("BURSAR_DATA_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match=r"is a file, but the embedded database needs a folder"):
        checks.main()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return content


def test_every_container_is_watched_and_unprivileged(compose):
    for name, service in compose["services"].items():
        assert service["healthcheck"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "build" in service or service["user"] not in {"root", "0"}, name
    assert "USER 10001:10001" in (ROOT / "Dockerfile").read_text()


def test_containers_of_bursar_are_given_settings_that_exist(compose):
    given = compose["services"]["web"]["environment"]
    assert {name.lower() for name in given} <= set(Environment.model_fields)


def test_secrets_are_asked_for_and_never_given(compose):
    text = (ROOT / "docker-compose.yml").read_text()
    example = (ROOT / ".env.example").read_text()
    for name in ("SECRET_KEY", "BASE_URL", "POSTGRES_PASSWORD"):
        assert f"${{{name}:?Set {name} in .env" in text
        assert f"\n{name}=\n" in example


def test_only_this_computer_reaches_the_published_ports(compose):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
