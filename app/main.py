"""The service: puts settings, workers and routes together into one application. Start at `create`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from threading import Lock
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from app import api, docs, graph, lab, lessons, pages, patterns
from app.answers import CHECKED
from app.errors import Problem
from app.guard import Guard
from app.layouts import Layouts
from app.metrics import Metrics
from app.runs import Runs
from app.settings import WEB, Settings
from app.settings import settings as from_environment

ABOUT = "Runs small programs forward and backward, and shows every number of their computation graphs."


_DESCRIBING = Lock()


class Service(FastAPI):
    """FastAPI, but that a null in an example stays in it."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        with _DESCRIBING:  # threads ask for it, and it is not to be seen half made
            return self._described

    @cached_property
    def _described(self) -> dict[str, Any]:
        described = super().openapi()
        lab.describe(described)
        for path, example in (api.answer_examples() | lab.answer_examples()).items():
            answers = described["paths"][path]["post"]["responses"]
            answers["200"]["content"]["application/json"]["example"] = example
        return described


def create(settings: Settings | None = None) -> FastAPI:
    """Return the application; its workers start and end with its lifespan."""
    settings = settings or from_environment()
    app = Service(
        title="gradwalk",
        version="1",
        description=ABOUT,
        servers=[{"url": "/"}],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # a redirect would repeat whatever Host the request names
        lifespan=_lifespan,
    )
    app.state.settings, app.state.metrics, app.state.draining = settings, Metrics(), False
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Guard, settings=settings, metrics=app.state.metrics)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http_problem)
    for router in (api.router, lab.router, graph.router, docs.router, pages.router, patterns.router, lessons.router):
        app.include_router(router)
    app.mount("/static", _Files(directory=WEB / "static", check_dir=False))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    layouts = Layouts(
        workers=settings.layout_workers,
        deadline=settings.layout_seconds,
        waiting=settings.in_flight,
        remembered=settings.layouts_remembered,
        points=settings.points_remembered,
    )
    app.state.layouts, app.state.runs = layouts, Runs(settings, layouts)
    await layouts.start()
    try:
        yield
    finally:
        app.state.runs.close()
        await layouts.stop()


_FOR_PROGRAMS = ("/api/", "/graph.", "/static/")

# -- answers that no route gives ---------------------------------------------------------------------------------------


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem), "registered for it alone"
    return _told(request, error)


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "registered for it alone"
    if error.status_code != 405:
        return _told(request, Problem("not-found", "/docs lists what there is"))
    allowed = {"Allow": _allowed((error.headers or {}).get("Allow", "GET"))}
    if request.method == "OPTIONS":
        return _preflight(allowed)
    return _told(request, Problem("method", f"this address takes {allowed['Allow']}", headers=allowed))


def _told(request: Request, problem: Problem) -> Response:
    """Return a problem in the form that its reader asks for: a browser that opens a page asks for HTML, and has no JSON
    in mind."""
    accepted = request.headers.get("accept", "")
    is_page = "text/html" in accepted and "json" not in accepted and not request.url.path.startswith(_FOR_PROGRAMS)
    response = problem.page() if is_page else problem.response()
    response.headers["Vary"] = "Accept"
    return response


def _allowed(methods: str) -> str:
    found = {method.strip() for method in methods.split(",")} | {"OPTIONS"}
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))


def _preflight(allowed: dict[str, str]) -> Response:
    """Answer a browser that asks whether a foreign page may send this."""
    headers = allowed | {
        "Access-Control-Allow-Methods": allowed["Allow"],
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=headers)


class _Files(StaticFiles):
    """The page's files: kept for ever under an address with a version, `?v=...`, else asked for again each time."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = [each for each in scope["headers"] if each[0] != b"range"]  # they are small: nobody needs a part
        await super().__call__({**scope, "headers": whole}, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if versioned else CHECKED
        response.headers["Accept-Ranges"] = "none"
        return response
