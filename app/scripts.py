"""The page's scripts: small files where the package was built of these very modules, else the modules themselves."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256

from app.settings import WEB

MODULES = WEB / "static" / "js"
RECORD = WEB / "static" / "vendor" / "page.json"
"""What the files were made of: the SHA-256 of each module, written by the bundler."""


def addresses() -> tuple[str, str]:
    """Return where the script is that begins the page, and the one that it gets when somebody opens the laboratory. Who
    edits a module sees it at the next request."""
    if _is_made_of_these(max(path.stat().st_mtime_ns for path in MODULES.rglob("*.js"))):
        return "/static/vendor/page.js", "/static/vendor/lab.js"
    return "/static/js/main.js", "/static/js/lab/index.js"


def entry() -> str:
    """Return the address of the script that begins the page."""
    return addresses()[0]


@lru_cache(maxsize=1)
def _is_made_of_these(_changed: int) -> bool:
    try:
        made_of: dict[str, str] = json.loads(RECORD.read_text("ascii"))
        return all(sha256((MODULES / name).read_bytes()).hexdigest() == digest for name, digest in made_of.items())
    except (OSError, ValueError):
        return False
