"""A real chromium before the live server: signed in as anybody, watched for errors, judged by axe."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in the tests' own thread

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = ROOT / "screens"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ("color-contrast", "link-in-text-block")  # all that a theme changes
QUIET = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all pages: the one that set-up found, an installed one, or playwright's own."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, chromium_sandbox=False, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def as_user(browser: Browser, live_server) -> Iterator[Callable[..., Page]]:
    """`as_user(user, theme="light", width=1280)` is that person's page; `as_user(None)` somebody who is not signed in.

    Errors in the console, refused resources, uncaught exceptions and answers above 499 fail the test at its end.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(user, *, theme: str = "light", width: int = 1280, height: int = 800, **options) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        if user is not None:
            context.add_cookies([session_cookie(user, live_server.url)])
        page = context.new_page()
        page.on("console", lambda message: errors.extend(complaints(message)))
        page.on("pageerror", lambda error: errors.append(f"uncaught: {error}"))
        page.on(
            "response", lambda answer: errors.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def session_cookie(user, url: str) -> dict[str, str]:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": url,
    }


def complaints(message: ConsoleMessage) -> list[str]:
    """What in the console is a fault: every error, but for the note on an answer of 4xx that a test asked for."""
    if message.type != "error":
        return []
    asked_for = message.text.startswith("Failed to load resource") and "/static/" not in message.location.get("url", "")
    return [] if asked_for else [f"{message.text} ({message.location.get('url')})"]


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """`axe(page)` lists the violations of WCAG 2.0 to 2.2 A and AA, one line each; `[]` is what a test wants.

    `only`: these rules alone, such as COLOURS for the other theme of a page that was judged.
    """
    script = AXE.read_text()

    def judge(page: Page, *, allowed: tuple[str, ...] = (), only: tuple[str, ...] = ()) -> list[str]:
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(script)  # through the debugger, so that the strict content security policy stays as it is
        asked = {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": WCAG}
        found = page.evaluate("asked => axe.run(document, {runOnly: asked, resultTypes: ['violations']})", asked)
        return [
            f"{violation['id']} ({violation['impact']}): {node['target']} {node['failureSummary']}"
            for violation in found["violations"]
            if violation["id"] not in allowed
            for node in violation["nodes"]
        ]

    return judge


@pytest.fixture(scope="session")
def screenshot() -> Callable[[Page, str], Path]:
    """`screenshot(page, "today-dark")` keeps the whole page as a picture under screens/, which git ignores."""

    def keep(page: Page, name: str) -> Path:
        SCREENS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENS / f"{name}.png", full_page=True)
        return SCREENS / f"{name}.png"

    return keep
