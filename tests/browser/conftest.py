"""A real Chromium against a real server. Skipped, with the reason, where Chromium is not installed."""

import os
import re
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.apps import apps
from playwright.sync_api import Browser, Page, sync_playwright

from foundation.people.models import User

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
SHOTS = Path(__file__).resolve().parents[2] / "artifacts" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    # Playwright's event loop runs in this thread; Django would refuse the database because of it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")


@pytest.fixture
def page(chromium: Browser, live_server: Any) -> Iterator[Page]:
    """Return an empty page at desktop width whose errors fail the test."""
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if _is_problem(message) else None)
    yield page
    context.close()
    assert not problems, problems


def _fits(page: Page) -> bool:
    """Whether nothing is wider than the window, once charts have taken its new width."""
    for _ in range(20):
        if page.evaluate("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth"):
            return True
        page.wait_for_timeout(100)
    return False


def _is_problem(message: Any) -> bool:
    # A refused form answers 4xx on purpose and Chromium reports that as an error, too.
    return message.type == "error" and not re.search(r"status of 4\d\d", message.text)


@pytest.fixture
def look(request: pytest.FixtureRequest):
    """Return a function that looks at a page: at desktop and phone width, and with axe in light and dark.

    It keeps one screenshot of the page, and with `--all-looks` one of each width and scheme.
    """
    all_looks = request.config.getoption("all_looks")

    def keep(page: Page, name: str, *, accessible: bool = True) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        found: list[str] = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            # The admin's theme reads the system's scheme only when a page is loaded.
            page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", scheme == "dark")
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                if all_looks or (width, scheme) == (1280, "light"):
                    page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
                if not _fits(page):
                    found.append(f"the page scrolls sideways at {width} pixels")
            if accessible:
                page.set_viewport_size({"width": 1280, "height": 900})
                found += [
                    f"{scheme}: {v['id']}: {v['help']}: {[node['target'] for node in v['nodes']][:3]}"
                    for v in Axe().run(page).response["violations"]
                    if v["impact"] in {"serious", "critical"}
                ]
        page.emulate_media(color_scheme="light")
        page.evaluate("document.documentElement.classList.remove('dark')")
        page.set_viewport_size({"width": 1280, "height": 900})
        assert not found, found

    return keep


@pytest.fixture
def sign_in_quickly(page: Page, live_server: Any, signed_in):
    """Return a function that gives the page the session of a person, without the sign-in form."""

    def sign_in(user: User) -> None:
        cookie = signed_in(user).cookies["sessionid"]
        page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])

    return sign_in


@pytest.fixture
def default_rate_cards(page: Page) -> None:
    """Add the rate cards and regions that Bursar comes with: an earlier test may have cleared them away."""
    del page  # asked for, so that the database is there
    import_module("sponsors.migrations.0010_default_rate_cards").add(apps, None)
