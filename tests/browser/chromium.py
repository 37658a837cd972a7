"""The browser of the tests: finds a Chromium on this machine, or fetches one. Start at `find` and `fetch`."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
HELP = "No Chromium for the browser tests. Install chromium or google-chrome, or say CHROMIUM=/path/to/it"


class NoBrowserError(Exception):
    """There is no Chromium here, and none could be fetched."""


def find() -> Path:
    """Return a Chromium that starts: the one that CHROMIUM names, the system's, or Playwright's own."""
    for candidate in _candidates():
        if _starts(candidate):
            return candidate
    raise NoBrowserError(HELP)


def fetch() -> Path:
    """Return a Chromium that starts, installing one if there is none: by apt if that is allowed, else Playwright's."""
    with contextlib.suppress(NoBrowserError):
        return find()
    for commands in _ways():
        if all(_succeeds(command) for command in commands):
            with contextlib.suppress(NoBrowserError):
                return find()
    raise NoBrowserError(HELP)


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("CHROMIUM"):
        yield Path(named)
        return
    yield from (Path(found) for command in COMMANDS if (found := shutil.which(command)))
    yield from (Path(place) for place in PLACES)
    with contextlib.suppress(OSError):
        yield _playwrights_own()


def _playwrights_own() -> Path:
    """Return where Playwright keeps its Chromium, be it there or not."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def _starts(browser: Path) -> bool:
    """Tell whether it runs: Ubuntu's `chromium-browser` may be a script that asks for a snap."""
    return browser.is_file() and _succeeds([str(browser), "--version"], quiet=True)


def _ways() -> Iterator[list[list[str]]]:
    if "CHROMIUM" in os.environ:  # who names a browser wants that one
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        yield [["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "--no-install-recommends", "chromium"]]
    yield [[sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]]


def _succeeds(command: list[str], *, quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else sys.stderr
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, stdout=output, stderr=output, env=environment, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    try:
        print(f"browser: {fetch()}")
    except NoBrowserError as failure:
        sys.exit(str(failure))
