"""What may be set from outside: every environment variable, typed and checked once, at start.

A wrong value stops the start with one sentence that names the variable. `docs/settings.md` lists
the same variables, and a test holds the two together.
"""

import sys
from collections.abc import Collection
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent

# Signs cookies on a developer's own machine only; a production start without SECRET_KEY is refused.
SHORTEST_SECRET = 50
# A mail server may take twenty seconds for each of a few answers; who is slower than its lease is overtaken.
SHORTEST_LEASE = 120
LOCAL_SECRET = "for-this-computer-only-" + "never-in-production" * 2


class Mode(StrEnum):
    """How Bursar is being run."""

    DEVELOPMENT = "development"
    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


class Environment(BaseSettings):
    """Typed values of the environment variables; the field's name in capitals is the variable."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    bursar_mode: Mode = Field(
        Mode.DEVELOPMENT,
        description="How Bursar is run: development, demo, test or production.",
    )
    bursar_data_dir: Path = Field(
        PROJECT_ROOT / ".data",
        description="Folder for the embedded database, the file broker and uploads.",
    )
    secret_key: SecretStr = Field(
        SecretStr(LOCAL_SECRET),
        description="Signs sessions and links; at least 50 random characters. Required in production.",
    )
    previous_secret_key: SecretStr | None = Field(
        None,
        description="The SECRET_KEY before a change: sessions, links and second factors made under it stay good.",
    )
    base_url: str = Field(
        "http://localhost:8000",
        description="Address people use to reach Bursar; links in mail start with it.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Host names served, separated by commas. Defaults to the host of BASE_URL.",
    )
    database_url: str | None = Field(
        None,
        description="postgres://user:password@host:port/name. Without it a private server is started.",
    )
    celery_broker_url: str | None = Field(
        None,
        description="redis://host:port/0 or amqp://…. Without it messages pass through files.",
    )
    cache_url: str | None = Field(
        None,
        description="redis://host:port/1. Without it the cache is a table in the database.",
    )
    email_url: str | None = Field(
        None,
        description="smtp://user:password@host:port (smtp+tls for STARTTLS, smtps for TLS). "
        "Without it mail is written to files in the data folder.",
    )
    default_from_email: str = Field(
        "Bursar <bursar@localhost>",
        description="Sender of Bursar's mail.",
    )
    require_second_factor: bool = Field(
        True,
        description="Demand a second factor from everybody who can see anything private. Cannot be off in production.",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="How many proxies in front of Bursar add to X-Forwarded-For.",
    )
    port: int = Field(
        8000,
        ge=1,
        le=65535,
        description="Port on this computer of the web server that `make demo` starts.",
    )
    fastly_api_token: SecretStr | None = Field(
        None,
        description="Token that may read Fastly's statistics. Without it nothing is asked of Fastly.",
    )
    fastly_api_url: str = Field(
        "https://api.fastly.com",
        description="Where Fastly's API is. Without TLS only on this computer, for the token is sent along.",
    )
    delivery_lease_seconds: int = Field(
        600,
        ge=5,
        le=3600,
        description="After how many seconds another worker takes over a mail or webhook from one that died. Longer than any conversation with a mail server.",
    )
    webhook_allow_private: bool = Field(
        False,
        description="Let webhooks go to private addresses too, such as those of a chat in the same network.",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("bursar_data_dir")
    @classmethod
    def _folder(cls, value: Path) -> Path:
        try:
            return value.expanduser()
        except RuntimeError as error:
            msg = f"begins with {value.parts[0]}, and nobody here has that name: write the whole path"
            raise ValueError(msg) from error

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(host.strip() for host in value.split(",") if host.strip())
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _host_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # One with a scheme or port is no host's name, so that every page would be refused.
        if any("/" in host or (":" in host and not host.startswith("[")) for host in value):
            msg = "must be names of hosts alone, such as bursar.example.org, with commas between"
            raise ValueError(msg)
        return value

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        return _checked_web_address(value, "https://bursar.example.org")

    @field_validator("database_url")
    @classmethod
    def _postgres_address(cls, value: str | None) -> str | None:
        return _checked_url(value, {"postgres", "postgresql"}, "postgres://user:password@host:5432/name")

    @field_validator("celery_broker_url")
    @classmethod
    def _broker_address(cls, value: str | None) -> str | None:
        return _checked_url(value, {"redis", "rediss", "amqp", "amqps"}, "redis://host:6379/0")

    @field_validator("cache_url")
    @classmethod
    def _cache_address(cls, value: str | None) -> str | None:
        return _checked_url(value, {"redis", "rediss"}, "redis://host:6379/1")

    @field_validator("email_url")
    @classmethod
    def _mail_address(cls, value: str | None) -> str | None:
        return _checked_url(value, {"smtp", "smtp+tls", "smtps"}, "smtp+tls://user:password@host:587")

    @field_validator("default_from_email")
    @classmethod
    def _sender(cls, value: str) -> str:
        name, _, host = parseaddr(value)[1].partition("@")
        if not value.isprintable() or not name or not host:
            msg = "must look like Bursar <bursar@example.org>"
            raise ValueError(msg)
        return value

    @field_validator("fastly_api_token")
    @classmethod
    def _header_value(cls, value: SecretStr | None) -> SecretStr | None:
        secret = value.get_secret_value() if value else ""
        if not secret.isascii() or not secret.isprintable() or " " in secret:
            msg = "must be the token alone: letters, digits and signs without spaces"
            raise ValueError(msg)
        return value

    @field_validator("fastly_api_url")
    @classmethod
    def _provider_address(cls, value: str) -> str:
        return _checked_web_address(
            value, "https://api.fastly.com", plain_on={"localhost", "127.0.0.1", "::1"}
        )

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            msg = "must be DEBUG, INFO, WARNING or ERROR"
            raise ValueError(msg)
        return value.upper()

    @model_validator(mode="after")
    def _complete_for_production(self) -> "Environment":
        if self.bursar_mode is not Mode.PRODUCTION:
            return self
        secret = self.secret_key.get_secret_value()
        if secret == LOCAL_SECRET:
            msg = (
                "SECRET_KEY is required when BURSAR_MODE=production: set it to 50 or more random characters."
            )
            raise ValueError(msg)
        if len(secret) < SHORTEST_SECRET:
            msg = "SECRET_KEY is too short: use 50 or more random characters."
            raise ValueError(msg)
        if not self.base_url.startswith("https://"):
            msg = "BASE_URL must start with https:// when BURSAR_MODE=production."
            raise ValueError(msg)
        if not self.require_second_factor:
            msg = "REQUIRE_SECOND_FACTOR cannot be off when BURSAR_MODE=production."
            raise ValueError(msg)
        if self.delivery_lease_seconds < SHORTEST_LEASE:
            msg = f"DELIVERY_LEASE_SECONDS must be at least {SHORTEST_LEASE} when BURSAR_MODE=production."
            raise ValueError(msg)
        for name in ("database_url", "celery_broker_url", "cache_url", "email_url"):
            if getattr(self, name) is None:
                msg = f"{name.upper()} is required when BURSAR_MODE=production."
                raise ValueError(msg)
        return self

    @property
    def data_dir(self) -> Path:
        return self.bursar_data_dir.resolve()

    @property
    def hosts(self) -> list[str]:
        if self.allowed_hosts:
            return list(self.allowed_hosts)
        own = urlsplit(self.base_url).hostname or "localhost"
        local = (
            [] if self.bursar_mode is Mode.PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
        )
        return [own, *local]


def _checked_url(value: str | None, schemes: set[str], example: str) -> str | None:
    """Return the URL when it has one of the schemes and a host, else raise ValueError."""
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        usable = parts.scheme in schemes and bool(parts.hostname or parts.query) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        msg = f"must look like {example}"
        raise ValueError(msg)
    return value


def _checked_web_address(value: str, example: str, *, plain_on: Collection[str] | None = None) -> str:
    """Return the address without a slash at its end, or raise ValueError; `plain_on` names who alone needs no TLS."""
    try:
        parts = urlsplit(value)
        plain = plain_on is None or parts.hostname in plain_on
        usable = parts.scheme in ({"http", "https"} if plain else {"https"})
        usable = usable and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        msg = f"must be a web address such as {example}"
        raise ValueError(msg)
    return value.rstrip("/")


def describe_problems(error: ValidationError) -> list[str]:
    """Return one sentence a problem, naming the variable and never quoting a secret's value."""
    sentences = []
    for problem in error.errors(include_url=False, include_context=False):
        text = problem["msg"].removeprefix("Value error, ")
        if problem["loc"]:
            name = str(problem["loc"][0]).upper()
            text = f"{name} {text[0].lower()}{text[1:]}."
        sentences.append(text)
    return sentences


def load_environment() -> Environment:
    """Return the checked environment, or stop the process with the sentences of what is wrong."""
    try:
        return Environment()
    except ValidationError as error:
        sys.exit("Bursar cannot start. " + " ".join(describe_problems(error)))


environment = load_environment()
