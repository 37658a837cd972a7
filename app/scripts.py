"""The page's scripts: one small file where the package was built of these very modules, else the modules themselves."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256

from app.settings import WEB

MODULES = WEB / "static" / "js"
RECORD = WEB / "static" / "vendor" / "page.json"
"""What the one file was made of: the SHA-256 of each module, written by the bundler."""


def entry() -> str:
    """Return the address of the script that begins the page; who edits a module sees it at the next request."""
    return _entry(max(path.stat().st_mtime_ns for path in MODULES.rglob("*.js")))


@lru_cache(maxsize=1)
def _entry(_changed: int) -> str:
    try:
        made_of: dict[str, str] = json.loads(RECORD.read_text("ascii"))
        is_same = all(sha256((MODULES / name).read_bytes()).hexdigest() == digest for name, digest in made_of.items())
    except (OSError, ValueError):
        is_same = False
    return "/static/vendor/page.js" if is_same else "/static/js/main.js"
