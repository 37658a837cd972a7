"""Answers: turns bytes into a response that a cache may keep. Start at `cacheable`."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

FRESH = "public, max-age=3600"
CHECKED = "no-cache"  # keep it, but ask each time
NOT_KEPT = "no-store"


def cacheable(
    request: Request, body: bytes, media_type: str, caching: str = FRESH, headers: dict[str, str] | None = None
) -> Response:
    """Return `body` under the ETag of its content, or 304 if the client has that already."""
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    coding = "-gzip" if "gzip" in request.headers.get("accept-encoding", "") else ""  # a tag names one exact sequence
    tag = f'"{digest}{coding}"'
    kept = {"ETag": tag, "Cache-Control": caching, **(headers or {})}
    if _matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers={**kept, "Vary": "Accept-Encoding"})
    return Response(body, headers=kept, media_type=media_type)


def _matches(known: str, tag: str) -> bool:
    tags = [each.strip().removeprefix("W/") for each in known.split(",")]
    return tag in tags or "*" in tags
