"""Take the pictures of docs/screens from a running demo: python scripts/screens.py [--base-url URL] [--to FOLDER]

Run it with the environment's Python after `make setup-tests`; it signs in by one click, as any visitor does.
"""

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FIRST_ROW = "main table a.key"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--base-url", default="http://127.0.0.1:8000")
    asked.add_argument("--to", type=Path, default=ROOT / "docs" / "screens")
    options = asked.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, chromium_sandbox=False)
        for take in (sign_in, today, recording, workbench, results, policies, disposition, small):
            take(browser, options.base_url, options.to)
        browser.close()


@contextmanager
def seen(browser: Browser, base_url: str, who: str = "", theme: str = "light", width: int = 1280) -> Iterator[Page]:
    """A page of the demo, signed in as `who`."""
    height = 860 if width > 600 else 760
    context = browser.new_context(
        base_url=base_url, viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto("/")
    if who:
        page.click(f'button[name="as"][value="{who}"]')
        page.wait_for_load_state("networkidle")
    yield page
    context.close()


def shot(page: Page, to: Path, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=to / f"{name}.png")


def sign_in(browser: Browser, base_url: str, to: Path) -> None:
    with seen(browser, base_url) as page:
        shot(page, to, "sign-in")


def today(browser: Browser, base_url: str, to: Path) -> None:
    with seen(browser, base_url, "ruth") as page:
        shot(page, to, "today")
    with seen(browser, base_url, "ruth", theme="dark") as page:
        shot(page, to, "today-dark")


def recording(browser: Browser, base_url: str, to: Path) -> None:
    with seen(browser, base_url, "ruth") as page:
        page.goto("/recordings/")
        shot(page, to, "recordings")
        page.goto("/recordings/?state=held&line=claims")
        page.locator(FIRST_ROW).first.click()
        shot(page, to, "recording")


def workbench(browser: Browser, base_url: str, to: Path) -> None:
    with seen(browser, base_url, "ines") as page:
        page.goto("/reviews/")
        shot(page, to, "queue")
        page.locator("main form[action*='/start/'] button").first.click()
        page.wait_for_load_state("networkidle")
        shot(page, to, "workbench")


def results(browser: Browser, base_url: str, to: Path) -> None:
    with seen(browser, base_url, "ruth") as page:
        page.goto("/reviews/results/")
        shot(page, to, "results")


def policies(browser: Browser, base_url: str, to: Path) -> None:
    with seen(browser, base_url, "daniel") as page:
        page.goto("/policies/")
        shot(page, to, "policies")
        page.goto("/policies/try/")
        shot(page, to, "try")


def disposition(browser: Browser, base_url: str, to: Path) -> None:
    with seen(browser, base_url, "daniel") as page:
        page.goto("/recordings/disposition/")
        shot(page, to, "disposition")
        page.goto("/recordings/certificates/")
        page.locator("main table a").first.click()
        shot(page, to, "certificate")


def small(browser: Browser, base_url: str, to: Path) -> None:
    with seen(browser, base_url, "ruth", theme="dark", width=360) as page:
        shot(page, to, "today-small")


if __name__ == "__main__":
    main()
