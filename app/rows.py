"""The table of nodes: turns a run and the steps that are done into rows of what each node shows. Start at `rows`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.runs import Document

MOST = 500  # rows that are written out for readers without scripts


def rows(run: Document, done: int, *, walking: bool) -> list[dict[str, Any]]:
    """Return a row for each node on screen, up to `MOST`, after `done` entries of the steps."""
    steps = run["steps"]
    data, grads = dict(_first_data(run)), dict(_carried(run))
    for kind, node, shown in (change for step in steps[:done] for change in _changes(step)):
        (data if kind == "data" else grads)[node] = shown
    labels = {node["id"]: node["label"] for node in run["nodes"]}
    users = _users(run)
    current = _touched(steps[done - 1]) if done and walking else ()
    return [
        {
            "id": node["id"],
            "label": node["label"],
            "op": node["op"] or node["role"],
            "operands": [labels.get(each, each) for each in node["operands"]],
            "users": [labels[each] for each in users.get(node["id"], ())],
            "data": data.get(node["id"]),
            "grad": grads.get(node["id"]),
            "current": node["id"] in current,
        }
        for node in [node for node in run["nodes"] if "group" not in node][:MOST]
    ]


def _first_data(run: Document) -> Iterator[tuple[str, Any]]:
    """Yield what each node holds before the first step: leaves have their data, and programs may overwrite it later."""
    for node in run["nodes"]:
        if "carried" in node:
            yield node["id"], node["carried"]["data"]
        elif node["role"] != "operation":
            yield node["id"], node["shown"]["data"]
    for step in reversed(run["steps"]):
        if step.get("field") == "data" and "shown" in step:
            yield step["node"], step["shown"]["before"]


def _carried(run: Document) -> Iterator[tuple[str, Any]]:
    for node in run["nodes"]:
        if "carried" in node:
            yield node["id"], node["carried"]["grad"]


def _changes(step: Document) -> Iterator[tuple[Any, Any, Any]]:
    """Yield (field, node, number) as a step writes them."""
    if "changes" in step:
        yield from ((c["field"], c["node"], c["shown"]) for c in step["changes"] if "node" in c)
    elif step["phase"] == "forward":
        yield "data", step["node"], step["shown"]["data"]
    elif step.get("field") == "data":
        yield "data", step["node"], step["shown"]["after"]
    else:
        yield "grad", step.get("operand", step["node"]), step["shown"]["after"]


def _touched(step: Document) -> tuple[Any, ...]:
    return step.get("node"), step.get("operand")


def _users(run: Document) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for node in run["nodes"]:
        for operand in dict.fromkeys(node["operands"]):
            users.setdefault(operand, []).append(node["id"])
    return users
