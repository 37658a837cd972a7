"""JSON in and out, strictly: turns bytes into values, and values into bytes that any parser takes."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn


class Unreadable(ValueError):
    """Bytes that are not JSON; the text says where."""


class Doubled(dict[str, Any]):
    """An object of which one key stands twice: legal JSON, and two readers would read it differently."""

    key: str


def loads(body: bytes) -> Any:
    """Return the JSON value of `body`, with every number as a float (inf where it is too large for one).

    Raises `Unreadable`; an object with a doubled key comes as `Doubled`.

    >>> loads(b'{"a": [1, 1e999]}')
    {'a': [1.0, inf]}
    """
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"it is not JSON from line {error.lineno}, column {error.colno - 1} on") from None


def _constant(name: str) -> NoReturn:
    raise Unreadable(f'JSON has no {name}; write the string "{name}"')


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    doubled = Doubled(result)
    keys = [key for key, _ in pairs]
    doubled.key = next(key for k, key in enumerate(keys) if key in keys[:k])
    return doubled


_DECODER = json.JSONDecoder(parse_constant=_constant, object_pairs_hook=_object, parse_int=float)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))
_SURROGATE = re.compile("[\ud800-\udfff]")


def dumps(value: Any) -> bytes:
    """Return `value` as JSON bytes; lone surrogates become U+FFFD, and what JSON has no number for becomes a string,
    if it is not one already.

    >>> dumps({"a": ["\\ud800", 1.0, float("-inf")]}).decode()
    '{"a":["�",1.0,"-Infinity"]}'
    """
    try:
        text = _ENCODER.encode(value)
    except ValueError:  # a number that JSON lacks
        text = _ENCODER.encode(_spelt(value))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()


def _spelt(value: Any) -> Any:
    """Return `value` with strings in the place of numbers that JSON lacks."""
    if isinstance(value, dict):
        return {key: _spelt(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_spelt(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
