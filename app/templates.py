"""Templates: the one Jinja environment, which escapes everything. Start at `render`."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from app.settings import WEB


def render(template: str, **facts: Any) -> str:
    """Return a template of the folder `templates`, filled in."""
    return _environment().get_template(template).render(**facts)


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(WEB / "templates")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["coded"] = coded
    return made


def coded(text: str) -> Markup:
    """Return `text` with what stands between backticks as code.

    >>> coded("`a < b` holds")
    Markup('<code>a &lt; b</code> holds')
    """
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before
