"""The page: turns an address into HTML with the graph, its numbers and its steps in place. Start at `page`.

It works before and without scripts; what scripts add is in `static/js`.
"""

from __future__ import annotations

import json
import re
import secrets
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from app.answers import CHECKED
from app.errors import Problem
from app.graph import PARAMETERS, Query, read_query
from app.guard import POLICY
from app.rows import rows
from app.runs import Document, Runs
from app.scripts import addresses
from app.settings import WEB
from app.templates import render
from engine import GALLERY, Example

router = APIRouter()

FIRST = GALLERY["relu"]
LISTED = 500  # steps that are written out for readers without scripts
_BREAKS = re.compile(r"(?<=\.)|(?=\[)")  # where a line may break in the name of a leaf
EDITOR = WEB / "static" / "vendor" / "editor.js"
PLOTS = EDITOR.with_name("plots.js")


@router.get("/", include_in_schema=False)
async def page(request: Request) -> HTMLResponse:
    facts = await _asked(request)
    nonce = secrets.token_urlsafe(12)
    html = render("page.html", nonce=nonce, **facts)
    headers = {
        "Cache-Control": CHECKED,
        "Content-Security-Policy": POLICY.replace("style-src 'self'", _STYLES.format(nonce)),
    }
    return HTMLResponse(html, headers=headers, status_code=_status(facts))


# The editor writes its style sheet from a script, and browsers put style attributes into what one edits.
_STYLES = "style-src 'self' 'nonce-{}'; style-src-attr 'unsafe-inline'"


@router.get("/embed", include_in_schema=False)
async def embed(request: Request) -> HTMLResponse:
    """Answer with the graph and a small stepper alone, to stand in a frame of somebody else's page."""
    facts = await _asked(request)
    whole = request.scope["query_string"].decode("ascii", "replace")
    html = render("embed.html", **facts, whole=f"/?{whole}" if whole else "/")
    return HTMLResponse(html, headers={"Cache-Control": CHECKED}, status_code=_status(facts))


async def _asked(request: Request) -> dict[str, Any]:
    """Return the facts of what the address asks for."""
    query, problem = _query(request.scope["query_string"])
    run = None
    if not problem:
        run, problem = await _run(request.app.state.runs, query)
    return _facts(query, run, problem)


def _status(facts: Mapping[str, Any]) -> int:
    return 422 if facts["problem"] and facts["run"] is None else 200


def _query(query_string: bytes) -> tuple[Query, Document | None]:
    """Return what the address asks for, a first example if nothing; and a problem if it cannot be read."""
    try:
        query = read_query(query_string)
    except Problem as problem:
        return Query("", {}, None, {}), problem.document()
    source, inputs = query.source.replace("\r\n", "\n"), query.inputs  # forms end lines in their own way
    if not source and b"source=" not in query_string:
        source, inputs = FIRST.source.rstrip("\n"), {**FIRST.inputs, **inputs}
    return replace(query, source=source, inputs=inputs), None


async def _run(runs: Runs, query: Query) -> tuple[Document | None, Document | None]:
    """Return the run and the problem of a program: there can be both. A step that it does not have is its last one."""
    try:
        run = await runs.document(query.request(partial=True, display=True))
    except Problem as problem:
        if problem.kind == "input" and (query.step is not None or query.chosen is not None):
            return await _run(runs, replace(query, step=None, chosen=None))
        return None, problem.document()
    return run, run.pop("problem", None)


def _facts(query: Query, run: Document | None, problem: Document | None) -> dict[str, Any]:
    steps = list(_told(run)) if run else []
    first = run["first_step"] if run else 0
    places = [first, *(step["place"] for step in steps)]
    at = len(steps) if query.step is None else min(bisect_left(places, query.step), len(steps))
    svg = run.pop("svg", None) if run else None
    leaves = list(_leaves(run, steps[:at], query.inputs)) if run else []
    table = rows(run, at, walking=query.step is not None) if run else []
    script, laboratory = addresses()
    return {
        "source": query.source,
        "given": query.inputs,
        "walking": query.step is not None,
        "direction": query.options.get("direction"),
        "style": query.option("style"),
        "constants": query.option("constants"),
        "theme": query.options.get("theme"),
        "run": run,
        "run_json": Markup(_inlined(run)),  # noqa: S704 - `_inlined` leaves no character that HTML gives a meaning
        "svg": svg and Markup(svg),  # noqa: S704 - our own writer escapes every text in it
        "steps": steps[:LISTED],
        "unlisted": max(len(steps) - LISTED, 0),
        "current": steps[at - 1] if at and query.step is not None else None,
        "at": at,
        "first": first,
        "cursor": places[at],
        "back": places[max(at - 1, 0)] if at else max(first - 1, 0),
        "next": places[at + 1] if at < len(steps) else min(places[-1] + 1, run["step_count"] if run else 0),
        "onward": places[min(1, len(steps))],
        "last": places[-1],
        "count": run["step_count"] if run else 0,
        "leaves": leaves,
        "rows": table,
        "unrowed": max((run["node_count"] if run else 0) - len(table), 0),
        "kept": _kept(query, leaves),
        "all_kept": _kept(query, []),
        "problem": problem,
        "carets": list(_carets(query.source, problem)) if problem else [],
        "examples": [(each, _address(each)) for each in GALLERY.values()],
        "editor": EDITOR.exists(),
        "script": script,
        "laboratory": laboratory,
        "plots": "/static/vendor/plots.js" if PLOTS.exists() else "",
        "result": _result(run),
    }


def _told(run: Document) -> Iterator[dict[str, Any]]:
    """Yield the steps, each with the place in the run that it leads to; those inside a folded group are one."""
    place = run["first_step"]
    for step in run["steps"]:
        place = step.get("last", place + 1)
        yield dict(step, place=place, math=Markup(step.get("math", "")))  # noqa: S704 - ours as well


def _result(run: Document | None) -> str:
    """Return the output with its value, as titles have it; empty if there is none."""
    output = run["output"] if run else None
    return f"{output['name']} {output['shown']['data'][2]} {output['shown']['data'][0]}" if output else ""


def _inlined(run: Document | None) -> str:
    """Return `run` as JSON that may stand inside a script element."""
    text = json.dumps(run, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _leaves(run: Document, done: list[Document], given: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """Yield each named leaf with its gradient after the steps `done`. Those without a value in the program have a
    field."""
    grads = dict(_gradients(done))
    for node in run["nodes"]:
        if node["role"] == "input" and node["name"] and "group" not in node:
            name = node["name"]
            yield {
                "name": name,
                "label": node["label"],
                "parts": _BREAKS.split(node["label"]),
                "long": len(node["label"]) > 7,
                "parameter": _parameter(name),
                "fixed": "fixed" in node,
                "field": node["adjustable"] and (node["literal"] is None or name in given),
                "data": node["shown"]["data"],
                "grad": grads.get(node["id"]),
            }


def _kept(query: Query, leaves: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the parameters that have no field at the moment: inputs come back with their names, and `fixed`."""
    shown = {leaf["name"] for leaf in leaves if leaf["field"]}
    inputs = [(_parameter(name), repr(value)) for name, value in query.inputs.items() if name not in shown]
    return [*inputs, *([("fixed", " ".join(query.fixed))] if query.fixed else [])]


def _parameter(name: str) -> str:
    return f"in.{name}" if name in PARAMETERS or "@" in name else name


def _gradients(done: list[Document]) -> Iterator[tuple[Any, Any]]:
    """Yield (node, gradient) as steps write them."""
    for step in done:
        if "changes" in step:
            yield from ((c["node"], c["shown"]) for c in step["changes"] if "node" in c and c["field"] == "grad")
        elif step["phase"] in ("seed", "backward") or step.get("field") == "grad":
            yield step.get("operand", step["node"]), step["shown"]["after"]


def _carets(source: str, problem: Document) -> Iterator[tuple[str, str]]:
    """Yield the line of each mistake, and carets to stand below its place."""
    lines = source.split("\n")
    for mistake in problem["errors"]:
        line = lines[mistake["line"] - 1] if mistake["line"] <= len(lines) else ""
        end = mistake["end_column"] if mistake["end_line"] == mistake["line"] else len(line)
        start = mistake["column"]
        yield line[:200], " " * start + "^" * max(min(end, 200) - start, 1)


def _address(example: Example) -> str:
    inputs = {name: f"{value:g}" for name, value in example.inputs.items()}
    return "/?" + urlencode({"source": example.source.rstrip("\n"), **inputs}, quote_via=quote, safe="*()/=,'")
