"""Settings from the environment: typed, checked at start, and listed in the documentation."""

import re
import subprocess
import sys

import pytest
from pydantic import ValidationError

from config.environment import PROJECT_ROOT, Environment, describe_problems

PRODUCTION = {
    "BURSAR_MODE": "production",
    "SECRET_KEY": "x" * 60,
    "BASE_URL": "https://bursar.example.org",
    "DATABASE_URL": "postgres://bursar:pw@db/bursar",
    "CELERY_BROKER_URL": "redis://broker:6379/0",
    "CACHE_URL": "redis://broker:6379/1",
    "EMAIL_URL": "smtp+tls://bursar:pw@mail:587",
}


@pytest.fixture
def given(monkeypatch):
    """Return the environment that results from exactly the given variables."""

    def make(**variables: str) -> Environment:
        for name in Environment.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Environment()

    return make


def refusal(given, **variables: str) -> str:
    with pytest.raises(ValidationError) as caught:
        given(**variables)
    return " ".join(describe_problems(caught.value))


def test_nothing_set_is_development_with_embedded_everything(given):
    environment = given()
    assert environment.bursar_mode == "development"
    assert environment.database_url is None
    assert environment.require_second_factor


def test_a_complete_production_environment_is_accepted(given):
    environment = given(**PRODUCTION)
    assert environment.hosts == ["bursar.example.org"]


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "EMAIL_URL"]
)
def test_production_without_a_needed_variable_names_it(given, name):
    variables = {key: value for key, value in PRODUCTION.items() if key != name}
    assert f"{name} is required when BURSAR_MODE=production" in refusal(given, **variables)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BURSAR_MODE", "staging"),
        ("DATABASE_URL", "mysql://root@db/bursar"),
        ("DATABASE_URL", "postgres://db:port/bursar"),
        ("CELERY_BROKER_URL", "localhost:6379"),
        ("CACHE_URL", "memcached://x"),
        ("EMAIL_URL", "mail.example.org"),
        ("BASE_URL", "bursar.example.org"),
        ("BASE_URL", "https://bursar.example.org:port"),
        ("BASE_URL", "https://[::1"),
        ("BURSAR_DATA_DIR", "~nobody-of-this-name/data"),
        ("ALLOWED_HOSTS", "a.example, https://b.example"),
        ("ALLOWED_HOSTS", "a.example:8000"),
        ("DEFAULT_FROM_EMAIL", "Bursar"),
        ("DEFAULT_FROM_EMAIL", "bursar@a.example\nBcc: x@b.example"),
        ("FASTLY_API_TOKEN", "two words"),
        ("FASTLY_API_TOKEN", "line\nbreak"),
        ("FASTLY_API_URL", "api.fastly.com"),
        ("FASTLY_API_URL", "http://api.fastly.com"),
        ("LOG_LEVEL", "CHATTY"),
        ("TRUSTED_PROXIES", "many"),
        ("REQUIRE_SECOND_FACTOR", "perhaps"),
    ],
)
def test_an_unusable_value_is_refused_by_name(given, name, value):
    assert refusal(given, **{name: value}).startswith(name)


def test_short_secrets_and_plain_http_are_refused_in_production(given):
    assert "SECRET_KEY is too short" in refusal(given, **{**PRODUCTION, "SECRET_KEY": "short"})
    assert "BASE_URL must start with https" in refusal(
        given, **{**PRODUCTION, "BASE_URL": "http://b.example"}
    )


def test_the_second_factor_cannot_be_off_in_production(given):
    assert "REQUIRE_SECOND_FACTOR cannot be off" in refusal(
        given, **{**PRODUCTION, "REQUIRE_SECOND_FACTOR": "false"}
    )


def test_a_lease_is_not_cut_short_in_production(given):
    assert given(DELIVERY_LEASE_SECONDS="5").delivery_lease_seconds == 5
    assert "DELIVERY_LEASE_SECONDS must be at least 120" in refusal(
        given, **{**PRODUCTION, "DELIVERY_LEASE_SECONDS": "119"}
    )


def test_a_refusal_never_repeats_a_secret(given):
    text = refusal(given, **{**PRODUCTION, "DATABASE_URL": "mysql://bursar:hunter2@db/x"})
    assert "hunter2" not in text
    assert "hunter 3" not in refusal(given, FASTLY_API_TOKEN="hunter 3")


def test_the_address_of_a_provider_may_be_plain_on_this_computer_alone(given):
    assert given(FASTLY_API_URL="http://127.0.0.1:8099/").fastly_api_url == "http://127.0.0.1:8099"
    assert given(FASTLY_API_TOKEN="abc_123").fastly_api_token.get_secret_value() == "abc_123"


def test_hosts_are_split_at_commas(given):
    assert given(ALLOWED_HOSTS="a.example, b.example").hosts[:2] == ["a.example", "b.example"]


def test_the_start_stops_with_one_sentence():
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT_ROOT,
        env={"PATH": "/usr/bin:/bin", "BURSAR_MODE": "staging"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("Bursar cannot start. BURSAR_MODE ")
    assert "Traceback" not in result.stderr


def test_the_documentation_lists_exactly_the_settings():
    text = (PROJECT_ROOT / "docs" / "settings.md").read_text()
    listed = dict(re.findall(r"^\| `([A-Z_]+)` \| .* \| (.*) \|$", text, re.MULTILINE))
    assert listed == {name.upper(): field.description for name, field in Environment.model_fields.items()}
