"""Strict JSON: what is read, what is not, and what is written."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reader import Doubled, Unreadable, dumps, loads

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "body",
    [
        b"NaN",
        b'{"a": NaN}',
        b"Infinity",
        b"-Infinity",
        b"",
        b"{",
        b"\xff",
        b'"\xc3"',
        b"[" * 100_000,
        b"{} {}",
        b"\xef\xbb\xbf{}",
        b"'a'",
    ],
)
def test_what_is_not_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        loads(body)


def test_a_key_that_stands_twice_is_marked() -> None:
    value = loads(b'{"a": {"x": 1, "y": 2, "x": 3}}')
    assert type(value) is dict
    assert isinstance(value["a"], Doubled)
    assert value["a"].key == "x"


def test_numbers_are_floats_and_never_costly() -> None:
    assert loads(b"[1, 1.5, -0]") == [1.0, 1.5, 0.0]
    assert loads(b"1e999") == math.inf
    assert loads(b"9" * 100_000) == math.inf


@given(VALUES)
def test_values_survive_the_way_out_and_in(value: Any) -> None:
    assert loads(dumps(value)) == json.loads(json.dumps(value))


def test_lone_surrogates_are_written_as_replacement_characters() -> None:
    assert dumps(["a\ud800b", "\U0001f600"]) == '["a\ufffdb","\U0001f600"]'.encode()


def test_numbers_that_json_lacks_are_written_as_the_words_that_requests_take() -> None:
    numbers = {"a": [math.nan, (math.inf, 1.0)], "b": {"c": -math.inf}}
    assert json.loads(dumps(numbers)) == {"a": ["NaN", ["Infinity", 1.0]], "b": {"c": "-Infinity"}}
