"""A real browser. Every page that a test opens must stay without console messages, errors and foreign requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.api.conftest import Service, launch
from tests.browser.chromium import find

Open = Callable[..., Page]
ARGUMENTS = ["--no-sandbox", "--font-render-hinting=none"]


@pytest.fixture(scope="session")
def site() -> Iterator[Service]:
    """The server that all pages come from."""
    with launch() as running:
        yield running
        assert running.said() == ""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(site: Service, browser: Browser) -> Iterator[Open]:
    """Open `/?source=...&a=2` in a context with `options` of its own; `expected` are texts of allowed messages."""
    contexts, complaints = [], []
    expected: list[str] = []
    origin = f"http://127.0.0.1:{site.port}"

    def complain(kind: str, text: str) -> None:
        if not any(each in text for each in expected):
            complaints.append(f"{kind}: {text}")

    def look(request: Request) -> None:
        address = urlsplit(request.url)
        if f"{address.scheme}://{address.netloc}" != origin and address.scheme not in ("data", "blob"):
            complain("foreign request", request.url)

    def open_(
        source: str | None = None, *, allowed: tuple[str, ...] = (), path: str = "", view: str = "", **given: Any
    ) -> Page:
        options = {name: given.pop(name) for name in list(given) if name in OPTIONS}
        context = browser.new_context(viewport=options.pop("viewport", {"width": 1280, "height": 800}), **options)
        contexts.append(context)
        expected.extend(allowed)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: complain("console", message.text))
        page.on("pageerror", lambda error: complain("error", str(error)))
        page.on("request", look)
        fragment = f"#{view}" if view else ""
        query = urlencode({**({} if source is None else {"source": source}), **given})
        page.goto(f"{origin}{path or '/'}{f'?{query}' if query else ''}{fragment}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


OPTIONS = (
    "viewport",
    "color_scheme",
    "reduced_motion",
    "forced_colors",
    "java_script_enabled",
    "has_touch",
    "is_mobile",
)
