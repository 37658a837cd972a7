"""Templates: the one Jinja environment, which escapes everything. Start at `render`."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.settings import WEB


def render(template: str, **facts: Any) -> str:
    """Return a template of the folder `templates`, filled in."""
    return _environment().get_template(template).render(**facts)


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(WEB / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
