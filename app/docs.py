"""`GET /docs`, `/docs/language`, `/docs/glossary`: turns the OpenAPI document and the engine's tables into pages.

No script is needed. Start at `docs`.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.answers import CHECKED, cacheable
from app.errors import KINDS
from app.settings import Settings, rows
from app.templates import render
from engine import GLOSSARY, PAGE, REFUSALS, ProgramError, Refusal, run, vocabulary

router = APIRouter()
ADDRESS = "http://127.0.0.1:8000"
LONGEST_EXAMPLE = 6_000
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """A request in two spellings."""

    summary: str
    curl: str
    python: str
    picture: str = ""
    """An address on this server that shows the answer, if that is a picture."""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a member of a JSON object."""

    name: str
    type: str
    required: bool
    default: str
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A path and a method, with all that is said about it."""

    id: str
    method: str
    path: str
    summary: str
    about: list[str]
    fields: list[Field]
    examples: list[Example]
    answer: str
    statuses: list[tuple[str, str]]


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    page = await request.app.state.runs.beside(_page, request.app)
    return cacheable(request, page, "text/html; charset=utf-8", CHECKED)


@router.get("/docs/language", include_in_schema=False)
async def language(request: Request) -> Response:
    return cacheable(request, _language(), "text/html; charset=utf-8", CHECKED)


@router.get("/docs/glossary", include_in_schema=False)
async def glossary(request: Request) -> Response:
    return cacheable(request, _glossary(), "text/html; charset=utf-8", CHECKED)


@cache
def _glossary() -> bytes:
    return render("glossary.html", terms=GLOSSARY).encode()


@cache
def _language() -> bytes:
    refusals: dict[str, dict[str, list[dict[str, str]]]] = {}
    for each in REFUSALS:
        row = {"program": each.program, "said": _said(each)}
        refusals.setdefault(each.group, {}).setdefault(each.why, []).append(row)
    return render("language.html", words=vocabulary(), refusals=refusals).encode()


def _said(refusal: Refusal) -> str:
    """Return what the language itself says of a program that it refuses."""
    try:
        run(refusal.program)
    except ProgramError as error:
        first = error.diagnostics[0]
        message = first.message[:1].upper() + first.message[1:]
        return f"{message}. {first.hint or ''}".rstrip()
    raise AssertionError(f"this is not refused: {refusal.program}")


@cache
def _page(app: Any) -> bytes:
    settings: Settings = app.state.settings
    description = app.openapi()
    return render(
        "docs.html",
        title=description["info"]["title"],
        about=description["info"]["description"],
        operations=list(operations(description)),
        page=f"{PAGE:,}",
        kinds=[(name, *facts) for name, facts in KINDS.items()],
        settings=[(name, f"{value:,}" if type(value) is int else value, text) for name, value, text in rows(settings)],
    ).encode()


# -- the OpenAPI document, read ----------------------------------------------------------------------------------------


def operations(description: Json) -> Iterator[Operation]:
    """Yield every operation that an OpenAPI document describes, in its order."""
    for path, methods in description["paths"].items():
        for method, each in methods.items():
            yield Operation(
                each["operationId"],
                method.upper(),
                path,
                each["summary"],
                each.get("description", "").split("\n\n"),
                [*_parameters(each), *_body_fields(each)],
                list(_examples(method.upper(), path, each)),
                _answer(each),
                [(status, response["description"]) for status, response in each["responses"].items()],
            )


def _parameters(operation: Json) -> Iterator[Field]:
    for each in operation.get("parameters", ()):
        yield _field(each["name"], each["schema"], each["description"], each["required"])


def _body_fields(operation: Json) -> Iterator[Field]:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    for name, each in schema.get("properties", {}).items():
        yield _field(name, each, each["description"], name in schema.get("required", ()))


def _field(name: str, schema: Json, about: str, required: bool) -> Field:
    default = json.dumps(schema["default"]) if "default" in schema else ""
    return Field(name, _type(schema), required, default, about)


def _type(schema: Json) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(map(_type, schema["anyOf"]))
    if "additionalProperties" in schema:
        return f"object of {_type(schema['additionalProperties'])}"
    return str(schema.get("type", "any"))


def _answer(operation: Json) -> str:
    for content in operation["responses"].get("200", {}).get("content", {}).values():
        if "example" in content:
            example = content["example"]
            text = example if isinstance(example, str) else json.dumps(example, indent=1, ensure_ascii=False)
            return text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]}\n…"
    return ""


# -- requests to copy --------------------------------------------------------------------------------------------------


def _examples(method: str, path: str, operation: Json) -> Iterator[Example]:
    bodies = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("examples", {})
    for each in bodies.values():
        yield _post(path, each["summary"], each["value"])
    if method == "GET":
        yield _get(path, operation.get("x-example", {}))


def address(path: str, values: Json) -> str:
    """Return `path` with its variables and the query filled in from `values`.

    >>> address("/graph.{format}", {"format": "svg", "source": "a*b + d"})
    '/graph.svg?source=a*b%20%2B%20d'
    """
    filled = path.format_map(values)
    query = {name: value for name, value in values.items() if f"{{{name}}}" not in path}
    return f"{filled}?{urlencode(query, safe='*()', quote_via=quote)}" if query else filled


def _get(path: str, values: Json) -> Example:
    where = address(path, values)
    file = " --output graph.svg" if values.get("format") else ""
    curl = f"curl{file} {shlex.quote(ADDRESS + where)}"
    python = f"import httpx\n\nanswer = httpx.get({ADDRESS + where!r})\nprint(answer.text)"
    return Example("", curl, python, where if values.get("format") else "")


def _post(path: str, summary: str, body: Json) -> Example:
    text = shlex.quote(json.dumps(body, ensure_ascii=False))
    curl = f"curl {ADDRESS}{path} \\\n  --header 'Content-Type: application/json' \\\n  --data {text}"
    python = f"import httpx\n\nrequest = {body!r}\nanswer = httpx.post({ADDRESS + path!r}, json=request)"
    return Example(summary, curl, f"{python}\nprint(answer.json())")
