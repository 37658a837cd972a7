"""`GET /lessons` and `/lessons/{slug}`: short texts with live graphs and experiments in them.

A lesson is a template of the folder `templates/lessons`. Its graphs are the page itself in frames, and the numbers in
its sentences are those of a run, made when the text is: `of("y = 2*x", x=3).data("y")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from app.answers import CHECKED, cacheable
from app.errors import Problem
from app.patterns import HEADERS
from app.templates import render
from engine import document, run

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson: its place in the address, its title, and the questions that it answers."""

    slug: str
    title: str
    about: str
    questions: tuple[str, ...]


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "gradient",
        "What a gradient is",
        "Nudge an input, watch the output: the gradient is how far one moves for the other.",
        (
            "What is a gradient, and of what?",
            "I see numbers, not a function: what is there to differentiate?",
            "Why does .grad look unrelated to the value?",
        ),
    ),
    Lesson(
        "chain-rule",
        "The chain rule",
        "Small steps, each with a slope that one can see; a chain multiplies them.",
        ("How can one differentiate a long program?", "What is a local gradient, and what is upstream?"),
    ),
    Lesson(
        "backward-pass",
        "The backward pass, and its order",
        "One walk from the output to the leaves finds every gradient, if it takes the nodes in the right order.",
        (
            "When and where are gradients computed?",
            "Why from the output, and why in reverse topological order?",
            "Why not forwards?",
        ),
    ),
    Lesson(
        "accumulation",
        "Why +=",
        "A value that is used twice moves the output in two ways, and the gradient is their sum.",
        ("Why is a.grad 4 and not 3?", "Why must gradients be set to zero?"),
    ),
    Lesson(
        "descent",
        "Using gradients",
        "Up or down the slope, by a learning rate: too small, too large, and schedules between.",
        (
            "What are gradients used for?",
            "What does the learning rate do, and why make it smaller?",
            "Are gradients used for anything else?",
        ),
    ),
    Lesson(
        "network",
        "From a scalar to a network",
        "A linear layer, a loss, an update: the same graph, only wider.",
        (
            "Is a network one giant function?",
            "When do I set requires_grad?",
            "What do zero_grad, backward and step do?",
        ),
    ),
)
_BY_SLUG: Mapping[str, Lesson] = {lesson.slug: lesson for lesson in LESSONS}


class Figures:
    """The numbers of a run, as the page writes them."""

    def __init__(self, source: str, inputs: Mapping[str, float]) -> None:
        told = document(run(source, inputs), display=True)
        self._shown = {node["id"]: node["shown"] for node in told["nodes"]}
        self._ids = {node["name"]: node["id"] for node in told["nodes"]} | told["variables"]

    def data(self, name: str) -> str:
        """Return the value of a variable or leaf."""
        return str(self._shown[self._ids[name]]["data"][0])

    def grad(self, name: str) -> str:
        """Return the gradient of a variable or leaf."""
        return str(self._shown[self._ids[name]]["grad"][0])


@cache
def _figures(source: str, inputs: tuple[tuple[str, float], ...]) -> Figures:
    return Figures(source, dict(inputs))


def of(source: str, **inputs: float) -> Figures:
    """Return the numbers of a program."""
    return _figures(source, tuple(inputs.items()))


def address(source: str, view: str = "", **inputs: object) -> str:
    """Return the query and fragment that show a program; `step` and options may be among the inputs."""
    query = urlencode({"source": source, **inputs}, quote_via=quote, safe="*()")
    return f"?{query}" + (f"#{view}" if view else "")


def live(title: str, source: str, view: str = "", height: int = 380, **inputs: object) -> Markup:
    """Return a frame with a live graph, or with an experiment below it."""
    place = address(source, view, **inputs)
    frame = '<iframe class="live" src="/embed{}" title="{}" height="{}" loading="lazy"></iframe>'
    return Markup(frame).format(place, title, height)  # noqa: S704 - `format` escapes


def program(source: str) -> Markup:
    """Return a listing."""
    return Markup('<pre tabindex="0"><code>{}</code></pre>').format(source)


@router.get("/lessons", include_in_schema=False)
async def lessons(request: Request) -> Response:
    return _page(request, render("lessons.html", lessons=LESSONS))


@router.get("/lessons/{slug}", include_in_schema=False)
async def lesson(request: Request, slug: str) -> Response:
    if slug not in _BY_SLUG:
        raise Problem("not-found", "/lessons lists what there is")
    return _page(request, _lesson(slug))


@cache
def _lesson(slug: str) -> str:
    at = list(_BY_SLUG).index(slug)
    following = LESSONS[at + 1] if at + 1 < len(LESSONS) else None
    tools = {"of": of, "live": live, "program": program, "address": address}
    place = {"lesson": _BY_SLUG[slug], "number": at + 1, "lessons": LESSONS, "following": following}
    return render(f"lessons/{slug}.html", **tools, **place)


def _page(request: Request, html: str) -> Response:
    return cacheable(request, html.encode(), "text/html; charset=utf-8", CHECKED, HEADERS)
