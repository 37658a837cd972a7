"""The page's scripts: small files where the package was built of these very modules, else the modules themselves."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256

from app.settings import WEB

MODULES = WEB / "static" / "js"
RECORD = WEB / "static" / "vendor" / "page.json"
"""What the files were made of: the SHA-256 of each module, written by the bundler."""


def entry() -> str:
    """Return the address of the script that begins the page; who edits a module sees it at the next request."""
    return "/static/vendor/page.js" if _is_bundled() else "/static/js/main.js"


def laboratory() -> str:
    """Return the address of the script that the page gets when somebody opens the laboratory."""
    return "/static/vendor/lab.js" if _is_bundled() else "/static/js/lab/index.js"


def _is_bundled() -> bool:
    return _is_made_of_these(max(path.stat().st_mtime_ns for path in MODULES.rglob("*.js")))


@lru_cache(maxsize=1)
def _is_made_of_these(_changed: int) -> bool:
    try:
        made_of: dict[str, str] = json.loads(RECORD.read_text("ascii"))
        return all(sha256((MODULES / name).read_bytes()).hexdigest() == digest for name, digest in made_of.items())
    except (OSError, ValueError):
        return False
