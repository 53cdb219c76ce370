"""A real Chromium against a real server. Skipped, with the reason, where Chromium is not installed."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

from foundation.people.models import User

# The first of them shows no windows, and takes a quarter less time.
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None
)
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
# Colors that change by and by would be measured on their way.
SETTLED = """() => {
    document.getAnimations().filter(found => found instanceof CSSTransition).forEach(found => found.finish());
    return matchMedia("(prefers-color-scheme: dark)").matches || document.documentElement.matches(".dark");
}"""
# The admin's theme reads the system's scheme only when a page is loaded; other pages are told in the next frame.
PAINTED = f"""async dark => {{
    document.documentElement.classList.toggle("dark", dark);
    await new Promise(requestAnimationFrame);
    ({SETTLED})();
}}"""
# For each text, axe takes apart what the colors behind it are called: the same few words, in a third of its time.
COLORS_ONCE = """
(() => {
    const color = axe.commons.color.Color.prototype;
    const parse = color.parseString;
    const known = new Map();
    color.parseString = function (written) {
        if (!known.has(written)) {
            const {r, g, b, alpha} = parse.call(this, written);
            known.set(written, {r, g, b, alpha});
        }
        return Object.assign(this, known.get(written));
    };
})();
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
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

    It keeps a screenshot of what a window shows of the page, and with `--all-looks` one of the whole page in each width
    and scheme.
    """
    all_looks = request.config.getoption("all_looks")

    def keep(page: Page, name: str, *, accessible: bool = True) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.wait_for_load_state()  # what was clicked last may have led here
        found: list[str] = []
        if page.evaluate(SETTLED):
            _paint(page, "light")
        for scheme in ("light", "dark") if accessible or all_looks else ("light",):
            if scheme == "dark":
                _paint(page, scheme)
            # Colors leave everything where it is.
            for width in (390, 1280) if all_looks or scheme == "light" else ():
                page.set_viewport_size({"width": width, "height": 900})
                if all_looks or (width, scheme) == (1280, "light"):
                    page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png", full_page=all_looks)
                if scheme == "light" and not _fits(page):
                    found.append(f"the page scrolls sideways at {width} pixels")
            if accessible:
                found += _barriers(page, scheme)
        page.emulate_media(color_scheme="light")  # for what is opened next; the next look paints an open page
        assert not found, found

    return keep


def _paint(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.evaluate(PAINTED, scheme == "dark")


def _barriers(page: Page, scheme: Literal["light", "dark"]) -> list[str]:
    """Return what axe finds serious: by every rule in light, and in dark by those that look at colors."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if scheme == "dark":
        options["runOnly"] = ["color-contrast", "link-in-text-block"]
    if page.evaluate("!globalThis.axe"):
        page.evaluate(AXE_SCRIPT + COLORS_ONCE)
    page.evaluate(SETTLED)
    return [
        f"{scheme}: {found['id']}: {found['help']}: {[node['target'] for node in found['nodes']][:3]}"
        for found in page.evaluate("options => axe.run(options).then(found => found.violations)", options)
        if found["impact"] in {"serious", "critical"}
    ]


@pytest.fixture
def sign_in_quickly(page: Page, live_server: Any, signed_in):
    """Return a function that gives the page the session of a person, without the sign-in form."""

    def sign_in(user: User) -> None:
        cookie = signed_in(user).cookies["sessionid"]
        page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])

    return sign_in
