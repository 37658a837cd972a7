"""JSON in and out, strictly: turns bytes into values, and values into bytes that any parser takes."""

from __future__ import annotations

import json
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
    """Return `value` as JSON bytes; lone surrogates become U+FFFD. What JSON has no number for is a string already.

    >>> dumps({"a": ["\\ud800", 1.0]}).decode()
    '{"a":["�",1.0]}'
    """
    text = _ENCODER.encode(value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()
