"""What every test may ask for: a migrated database, and a cast of people, one a role."""

from collections.abc import Callable, Iterator
from contextvars import ContextVar

import hypothesis
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.template import Context, Template
from django.test import Client, TransactionTestCase
from django.utils.safestring import SafeString

from config import pytest_plugin
from config.as_migrated import AsMigrated
from config.migrated_database import migrated_database
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user

# The same examples at every run, so that what failed fails again and a change is not blamed for chance.
# `pytest --hypothesis-profile=explore` looks for new ones.
hypothesis.settings.register_profile("repeat", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("repeat")


_inside_a_template = ContextVar("_inside_a_template", default=False)


@pytest.fixture(scope="session", autouse=True)
def contexts_of_whole_pages_alone(django_test_environment) -> Iterator[None]:
    """Let clients keep the context of a page, and not a copy for each of the hundred templates inside it.

    The copies took a fifth of the time of a page of the admin site.
    """
    of_tests: Callable[[Template, Context], SafeString] = Template._render  # type: ignore[attr-defined]  # Django's own

    def render(template: Template, context: Context) -> SafeString:
        if _inside_a_template.get():
            return template.nodelist.render(context)
        entered = _inside_a_template.set(True)
        try:
            return of_tests(template, context)
        finally:
            _inside_a_template.reset(entered)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Template, "_render", render)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords as always, with the least work there is: argon2 is slow on purpose."""
    with pytest.MonkeyPatch.context() as patched:
        for cost, least in (("time_cost", 1), ("memory_cost", 8), ("parallelism", 1)):
            patched.setattr(Argon2PasswordHasher, cost, least)
        yield


@pytest.fixture(scope="session", autouse=True)
def addresses_found_once(django_test_environment) -> Iterator[None]:
    """Keep the addresses of every ROOT_URLCONF, also when a test has one of its own.

    They are kept by its name; Django's tests and pytest's mark forget all of them before and after, and to find
    them again takes half a second.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.urls.clear_url_caches", lambda: None)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Let every test begin with what migrations wrote, and drop the test database at the end."""
    with django_db_blocker.unblock():
        as_migrated = AsMigrated.remember()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TransactionTestCase, "_fixture_teardown", lambda _: as_migrated.put_back())
        yield
    # A thread that is still ending may hold on to the database.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> None:
    """On the embedded server, clone each test database from a migrated one."""
    if pytest_plugin.EMBEDDED:
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_database(pytest_plugin.DATA_DIR)


@pytest.fixture
def administrator(db) -> User:
    return make_user("Ada Administrator", Role.ADMINISTRATOR)


@pytest.fixture
def fundraiser(db) -> User:
    return make_user("Fred Fundraiser", Role.FUNDRAISING)


@pytest.fixture
def finance(db) -> User:
    return make_user("Fay Finance", Role.FINANCE)


@pytest.fixture
def infrastructure(db) -> User:
    return make_user("Ira Infrastructure", Role.INFRASTRUCTURE)


@pytest.fixture
def grants_officer(db) -> User:
    return make_user("Gus Grants", Role.GRANTS_OFFICER)


@pytest.fixture
def reviewer(db) -> User:
    return make_user("Rae Reviewer", Role.REVIEWER)


@pytest.fixture
def auditor(db) -> User:
    return make_user("Aud Auditor", Role.AUDITOR)


@pytest.fixture
def outsider(db) -> User:
    """Somebody who may sign in and has no role."""
    return make_user("Otto Outsider")


@pytest.fixture
def signed_in(db, settings):
    """Return a client signed in as the given person, past the second factor."""
    settings.REQUIRE_SECOND_FACTOR = False

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
