"""Settings: turns environment variables into limits and addresses. Start at `settings`; `ABOUT` explains each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from engine import Budgets

_HERE = Path(__file__).parent
WEB = _HERE / "_web" if (_HERE / "_web").is_dir() else _HERE.parent
"""The folder of `templates` and `static`: inside the package if it was installed from a wheel, else the checkout."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may change; the defaults suit a small public machine. Sizes in bytes, times in seconds."""

    host: str = "127.0.0.1"
    port: int = 8000
    body_bytes: int = 131_072
    head_bytes: int = 32_768
    target_bytes: int = 24_576
    answer_bytes: int = 8 * 2**20
    head_seconds: float = 5.0
    body_seconds: float = 3.0
    queue_seconds: float = 1.0
    request_seconds: float = 4.0
    drain_seconds: float = 0.0
    in_flight: int = 64
    threads: int = 8
    layout_workers: int = 2
    layout_seconds: float = 1.9
    picture_seconds: float = 2.5
    layouts_remembered: int = 512
    points_remembered: int = 500_000
    kept_steps: int = 500_000
    access_log: bool = False
    budgets: Budgets = Budgets()


ABOUT: Mapping[str, str] = {
    "host": "address to listen on",
    "port": "port to listen on; 0 takes a free one",
    "body_bytes": "largest body of a request",
    "head_bytes": "largest head of a request",
    "target_bytes": "longest address",
    "answer_bytes": "largest JSON answer",
    "head_seconds": "time for a head to arrive",
    "body_seconds": "time for a body to arrive",
    "queue_seconds": "time a request waits for its turn",
    "request_seconds": "time for a whole request",
    "drain_seconds": "time between SIGTERM, when /readyz turns to 503, and closing the door",
    "in_flight": "requests worked on at once",
    "threads": "programs run at once",
    "layout_workers": "processes that hold Graphviz",
    "layout_seconds": "time for a layout, waiting included; a late one is tried more simply before that is over",
    "picture_seconds": "time for a program and its picture together, as far as layouts can be hurried",
    "layouts_remembered": "layouts kept, by topology",
    "points_remembered": "points kept in these layouts together; one takes about 200 bytes",
    "kept_steps": "nodes and steps of runs that are kept for sliders, folding and pages",
    "access_log": "write a line of JSON a request, without program text",
    "characters": "characters of a program",
    "name": "characters of a name",
    "combining": "combining marks in a row",
    "depth": "nesting of expressions, statements and calls",
    "steps": "pieces of program evaluated, cells and characters touched",
    "nodes": "nodes computed",
    "seconds": "processor time of a run",
    "printed": "characters of printed text",
    "string": "characters in a string",
    "list": "elements in a list",
}


def settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of `environment`; raise SystemExit naming a variable that cannot be read.

    >>> settings({"PORT": "9000", "GRADWALK_STEPS": "10"}).budgets.steps
    10
    """
    environment = os.environ if environment is None else environment
    budgets = Budgets(**_read(Budgets, environment))
    return Settings(**_read(Settings, environment) | {"budgets": budgets})


def variable(name: str) -> str:
    """Return the environment variable of a setting: HOST and PORT as everywhere, the others with our prefix."""
    return name.upper() if name in ("host", "port") else f"GRADWALK_{name.upper()}"


def rows(of: Settings) -> Iterator[tuple[str, Any, str]]:
    """Yield (variable, value, what it is) for every setting."""
    for owner in (of, of.budgets):
        for each in fields(owner):
            if each.name != "budgets":
                yield variable(each.name), getattr(owner, each.name), ABOUT[each.name]


def _read(kind: Any, environment: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for each in fields(kind):
        name = variable(each.name)
        if each.name != "budgets" and name in environment:
            found[each.name] = _converted(name, environment[name], type(each.default))
    return found


_KINDS = {bool: "0 or 1", int: "a whole number", float: "a number"}


def _converted(name: str, text: str, kind: type) -> Any:
    try:
        value = {"0": False, "1": True}[text] if kind is bool else kind(text)
    except (ValueError, KeyError):
        raise SystemExit(f"gradwalk: {name} must be {_KINDS[kind]}, not {text!r}") from None
    if kind in (int, float) and not 0 <= value < float("inf"):
        raise SystemExit(f"gradwalk: {name} must not be {text}")
    return value
