"""The words that an editor offers: each is there once a place, and says what it is."""

from __future__ import annotations

import pytest

from engine import names, run, vocabulary
from engine.ops import OPS

WORDS = names()["names"]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: f"{word['of'][0]}.{word['name']}")
def test_every_word_is_described_in_one_line(word: dict[str, str]) -> None:
    assert word["about"]
    assert "\n" not in word["about"]
    assert len(word["about"]) <= 110


def test_a_word_is_offered_once_at_a_place() -> None:
    places = [(word["name"], of) for word in WORDS for of in word["of"]]
    assert len(places) == len(set(places))


def test_every_public_operation_is_offered_bare_and_behind_modules() -> None:
    rows = {word["name"]: word for word in WORDS if word["kind"] == "operation"}
    for op in OPS.values():
        if op.public:
            assert {"", "torch", "numpy", "value"} <= set(rows[op.name]["of"])
            assert rows[op.name]["op"] == op.name


def test_members_of_torch_and_nn_in_the_documentation_are_offered() -> None:
    for title, path in (("torch", "torch"), ("torch.nn", "torch.nn"), ("numpy", "numpy"), ("math", "math")):
        offered = {word["name"] for word in WORDS if path in word["of"]}
        assert set(vocabulary()[title]) <= offered


def test_another_name_of_an_operation_says_which_it_is() -> None:
    assert next(word["op"] for word in WORDS if word["name"] == "maximum") == "max"


@pytest.mark.parametrize(("sign", "op"), names()["signs"].items())
def test_a_sign_stands_for_the_operation_that_a_program_records(sign: str, op: str) -> None:
    recorded = run(f"y = a {sign} b", {"a": 3.0, "b": 2.0})
    made = recorded.tape.ops[-1]
    assert made is not None
    assert made.name == op
