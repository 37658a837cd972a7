"""The smallest program that shows a fault: it shows it, and nothing smaller does."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest

from engine import FAULTS, Unfit, broken, run, smallest

INPUTS = {"a": 3.0, "b": 2.0, "c": 5.0}


SUM, PRODUCT, ATOM = range(3)


def written(operations: int, signs: str, names: str) -> Iterator[tuple[str, int]]:
    """Yield every expression of so many operations with as few brackets as it can do with, and how tightly it binds."""
    if operations == 0:
        yield from ((name, ATOM) for name in names)
        return
    if "e" in signs:
        yield from ((f"exp({inner})", ATOM) for inner, _ in written(operations - 1, signs, names))
    for first in range(operations):
        pairs = itertools.product(written(first, signs, names), list(written(operations - 1 - first, signs, names)))
        for (x, above), (y, below) in pairs:
            for sign, level in (("+", SUM), ("*", PRODUCT)):
                left, right = x if above >= level else f"({x})", y if below > level else f"({y})"
                yield f"{left} {sign} {right}", level


def expressions(operations: int, signs: str, names: str) -> Iterator[str]:
    return (text for text, _ in written(operations, signs, names))


def programs(operations: int, signs: str, leaves: str = "abc") -> Iterator[str]:
    """Yield every program of so many operations in which at most one value has a name of its own."""
    yield from expressions(operations, signs, leaves)
    for first in range(1, operations):
        for u in expressions(first, signs, leaves):
            for rest in expressions(operations - first, signs, f"{leaves}u"):
                if rest.count("u") > 1:
                    yield f"u = {u}\n{rest}"


def signs(fault: str) -> str:
    return "+*e" if "exp" in FAULTS[fault].operations else "+*"


@pytest.mark.parametrize("fault", FAULTS)
def test_it_shows_the_fault_with_these_gradients(fault: str) -> None:
    found = smallest(fault)
    result = broken(run(found["source"], found["inputs"]), fault)
    assert result["shows"]
    leaves = {node["label"]: (node["right"], node["wrong"]) for node in result["nodes"] if node["leaf"]}
    assert leaves == {leaf["name"]: (leaf["right"], leaf["wrong"]) for leaf in found["leaves"]}
    assert found["characters"] == len(found["source"])
    assert any(leaf["differs"] for leaf in found["leaves"])


@pytest.mark.parametrize("fault", FAULTS)
def test_no_program_with_fewer_operations_shows_it(fault: str) -> None:
    found = smallest(fault)
    for operations in range(1, found["operations"]):
        for source in programs(operations, signs(fault)):
            assert not broken(run(source, INPUTS), fault)["shows"], source


@pytest.mark.parametrize("fault", FAULTS)
def test_no_shorter_program_with_as_many_operations_shows_it(fault: str) -> None:
    found = smallest(fault)
    leaves = "abc" if found["operations"] < 3 else "a"
    for source in programs(found["operations"], signs(fault), leaves):
        if len(source) < found["characters"]:
            assert not broken(run(source, INPUTS), fault)["shows"], source


def test_they_are_found_soon_and_always_the_same() -> None:
    start = time.perf_counter()
    first = {fault: smallest.__wrapped__(fault) for fault in FAULTS}
    assert time.perf_counter() - start < 3
    assert first == {fault: smallest(fault) for fault in FAULTS}


def test_what_they_are() -> None:
    sources = {fault: smallest(fault)["source"] for fault in FAULTS}
    assert sources["assign"] == sources["set_operands"] == "a * a"
    assert sources["recursion"] == "u = a * a\nu * u"
    assert sources["depth_first"] == sources["breadth_first"] == "u = a * a\nu + a * u"
    assert sources["forward_order"] == "a * a * a"
    assert sources["own_factor"] == "a * b"
    assert sources["input_for_output"] == "exp(a)"


def test_an_unknown_fault_is_told() -> None:
    with pytest.raises(Unfit, match="fault must be one of assign, "):
        smallest("gremlins")


def test_the_programs_of_this_test_are_many_and_have_few_brackets() -> None:
    found = set(programs(2, "+*"))
    assert len(found) > 200
    assert {"a * a * a", "a * (a + b)", "a + b * c", "u = a * b\nu + u"} <= found
    assert "(a * b) + c" not in found
