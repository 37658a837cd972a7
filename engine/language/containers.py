"""Lists, dictionaries and texts: what their methods and operators do, as Python's own. Start at `METHODS`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Generator, Mapping
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from engine.language.comparison import contains, equal, key, less, ordered
from engine.language.texts import formatted, repr_of, text_of
from engine.language.values import (
    Anything,
    Dict,
    Function,
    List,
    Number,
    Set,
    describe,
)

if TYPE_CHECKING:
    from engine.language.machine import Machine

__all__ = ["ATTRIBUTES", "METHODS", "arithmetic", "contains", "equal", "extend", "in_order", "key", "less", "ordered"]
Steps = Generator[Any, Any, Any]
Arguments = tuple[Any, ...]

# -- operators --------------------------------------------------------------------------------------------------------


def arithmetic(m: Machine, symbol: ast.operator, left: Anything, right: Anything, node: ast.AST) -> Anything:
    """Return `left + right` and `left * 3` of texts, lists and tuples, and `text % values`."""
    if isinstance(symbol, ast.Mod) and isinstance(left, str):
        return percent(m, left, right, node)
    if isinstance(symbol, ast.Add) and type(left) is type(right) and isinstance(left, str | List | tuple):
        return _joined(m, left, right)
    parts, count = (left, right) if isinstance(left, str | List | tuple) else (right, left)
    times = m.number(count)
    if isinstance(symbol, ast.Mult) and isinstance(times, int) and isinstance(parts, str | List | tuple):
        return _repeated(m, parts, max(times, 0))
    if isinstance(left, Dict) and isinstance(right, Dict) and isinstance(symbol, ast.BitOr):
        return Dict(left.items | right.items)
    if isinstance(left, Set) and isinstance(right, Set) and type(symbol) in _ON_SETS:
        m.meter.charge(len(left.items) + len(right.items))
        return Set(_ON_SETS[type(symbol)](left.items, right.items))
    if isinstance(left, str) or isinstance(right, str):
        raise m.fail("type", "a text and a number cannot be combined", node, 'Write f"{x}" to put x into a text.')
    message = f"{describe(left)} and {describe(right)} cannot be combined so"
    hint = "Write a comprehension, [x * 2 for x in xs], or torch.tensor(xs)."
    raise m.fail("type", message, node, hint)


def _joined(m: Machine, left: Any, right: Any) -> Anything:
    if isinstance(left, str):
        m.meter.limit("string", len(left) + len(right))
        return m.bounded_text(left + right)
    first, second = (left.items, right.items) if isinstance(left, List) else (left, right)
    m.meter.limit("list", len(first) + len(second))
    m.meter.charge(len(first) + len(second))
    return List([*first, *second]) if isinstance(left, List) else (*first, *second)


def _repeated(m: Machine, parts: Any, times: int) -> Anything:
    if isinstance(parts, str):
        m.meter.limit("string", len(parts) * times)
        return m.bounded_text(parts * times)
    items = parts.items if isinstance(parts, List) else parts
    m.meter.limit("list", len(items) * times)
    m.meter.charge(len(items) * times)
    return List(items * times) if isinstance(parts, List) else items * times


_ON_SETS: Mapping[type[ast.operator], Callable[[dict[Any, Any], dict[Any, Any]], dict[Any, Any]]] = {
    ast.BitOr: lambda x, y: x | y,
    ast.BitAnd: lambda x, y: {k: v for k, v in x.items() if k in y},
    ast.Sub: lambda x, y: {k: v for k, v in x.items() if k not in y},
}


# -- lists ------------------------------------------------------------------------------------------------------------


def extend(m: Machine, receiver: List, more: Anything, node: ast.AST) -> None:
    """Add the parts of `more` to a list."""
    parts = m.elements(more, node, "+=")
    m.meter.limit("list", len(receiver.items) + len(parts))
    receiver.items.extend(parts)


def _append(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    receiver, value = arguments
    m.meter.limit("list", len(receiver.items) + 1)
    m.meter.charge()
    receiver.items.append(value)


def _extend(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    extend(m, arguments[0], arguments[1], node)


def _insert(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    receiver, place, value = arguments
    m.meter.limit("list", len(receiver.items) + 1)
    m.meter.charge(len(receiver.items) // 16 + 1)
    receiver.items.insert(m.whole(place, node, "insert"), value)


def _pop(m: Machine, arguments: Arguments, node: ast.AST) -> Anything:
    receiver, place = arguments
    k, length = -1 if place is None else m.whole(place, node, "pop"), len(receiver.items)
    if not -length <= k < length:
        raise m.fail("value", f"there is nothing at {k} to take out", node, "Look at the list first: print(xs).")
    return receiver.items.pop(k)


def _found(m: Machine, receiver: Anything, value: Anything, node: ast.AST) -> int:
    for k, part in enumerate(m.elements(receiver, node)):
        if equal(m, part, value):
            return k
    raise m.fail("value", f"{m.shown(value)} is not in this list", node, "Ask first: if x in xs.")


def _index(m: Machine, arguments: Arguments, node: ast.AST) -> Number:
    return m.literal(_found(m, arguments[0], arguments[1], node), node)


def _remove(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    del arguments[0].items[_found(m, arguments[0], arguments[1], node)]


def _count(m: Machine, arguments: Arguments, node: ast.AST) -> Number:
    receiver, value = arguments
    if isinstance(receiver, str):
        return m.literal(receiver.count(_text(m, value, node)), node)
    return m.literal(sum(equal(m, part, value) for part in m.elements(receiver, node)), node)


def _reverse(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    m.meter.charge(len(arguments[0].items))
    arguments[0].items.reverse()


def _clear(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    arguments[0].items.clear()


def _copy(m: Machine, arguments: Arguments, node: ast.AST) -> Anything:
    receiver = arguments[0]
    m.meter.charge(len(receiver.items))
    return List(list(receiver.items)) if isinstance(receiver, List) else type(receiver)(dict(receiver.items))


def _sort(m: Machine, arguments: Arguments, node: ast.AST) -> Steps:
    receiver, by, backwards = arguments
    receiver.items[:] = yield in_order(m, receiver.items, by, m.truth(backwards), node)


def in_order(m: Machine, values: Any, by: Anything, backwards: bool, node: ast.AST) -> Steps:
    """Return `values` sorted, by what `by` says of each; equal ones stay in their order."""
    ranks = []
    for value in values:
        ranks.append(value if by is None else (yield m.ask(by, value, node=node)))
    m.meter.charge(len(ranks) * max(len(ranks).bit_length(), 1))

    def compare(x: int, y: int) -> int:
        m.meter.charge()
        return -1 if less(m, ranks[x], ranks[y], node) else int(less(m, ranks[y], ranks[x], node))

    order = sorted(range(len(ranks)), key=cmp_to_key(compare), reverse=backwards)
    return [values[k] for k in order]


# -- dictionaries -----------------------------------------------------------------------------------------------------


def _keys(m: Machine, arguments: Arguments, node: ast.AST) -> List:
    m.meter.charge(len(arguments[0].items))
    return List([written for written, _ in arguments[0].items.values()])


def _values(m: Machine, arguments: Arguments, node: ast.AST) -> List:
    m.meter.charge(len(arguments[0].items))
    return List([value for _, value in arguments[0].items.values()])


def _pairs(m: Machine, arguments: Arguments, node: ast.AST) -> List:
    m.meter.charge(len(arguments[0].items))
    return List(list(arguments[0].items.values()))


def _get(m: Machine, arguments: Arguments, node: ast.AST) -> Anything:
    receiver, wanted, otherwise = arguments
    found = receiver.items.get(key(m, wanted, node))
    return otherwise if found is None else found[1]


def _set_default(m: Machine, arguments: Arguments, node: ast.AST) -> Anything:
    receiver, wanted, otherwise = arguments
    return receiver.items.setdefault(key(m, wanted, node), (wanted, otherwise))[1]


def _update(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    receiver, more = arguments
    if not isinstance(more, Dict):
        raise m.fail("type", f"update needs a dictionary, not {describe(more)}", node, "Write d.update({'a': 1}).")
    m.meter.charge(len(more.items))
    m.meter.limit("list", len(receiver.items) + len(more.items))
    receiver.items.update(more.items)


def _take_out(m: Machine, arguments: Arguments, node: ast.AST) -> Anything:
    receiver, wanted = arguments
    found = receiver.items.pop(key(m, wanted, node), None)
    if found is None:
        raise m.fail("value", f"there is no key {m.shown(wanted)} to take out", node, "Ask first: if k in d.")
    return found[1]


# -- sets -------------------------------------------------------------------------------------------------------------


def make_set(m: Machine, values: Any, node: ast.AST) -> Set:
    """Return a set of `values`."""
    m.meter.limit("list", len(values))
    return Set({key(m, value, node): value for value in values})


def _add(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    receiver, value = arguments
    m.meter.limit("list", len(receiver.items) + 1)
    m.meter.charge()
    receiver.items.setdefault(key(m, value, node), value)


def _discard(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    arguments[0].items.pop(key(m, arguments[1], node), None)


# -- texts ------------------------------------------------------------------------------------------------------------


def _text(m: Machine, value: Anything, node: ast.AST) -> str:
    if not isinstance(value, str):
        raise m.fail("type", f"this needs a text, not {describe(value)}", node, "Write a text in quotes.")
    return value


def _join(m: Machine, arguments: Arguments, node: ast.AST) -> str:
    glue, values = arguments
    parts = [_text(m, part, node) for part in m.elements(values, node, "join")]
    m.meter.limit("string", sum(map(len, parts)) + len(glue) * max(len(parts) - 1, 0))
    return m.bounded_text(glue.join(parts))


def _split(m: Machine, arguments: Arguments, node: ast.AST) -> List:
    text, at = arguments
    separator = None if at is None else _text(m, at, node)
    if separator == "":
        raise m.fail("value", "a text cannot be split at nothing", node, "Write list(text).")
    m.meter.charge(len(text))
    return List(list(text.split(separator)))


def _replace(m: Machine, arguments: Arguments, node: ast.AST) -> str:
    text, old, new = arguments[0], _text(m, arguments[1], node), _text(m, arguments[2], node)
    m.meter.limit("string", len(text) + (text.count(old) if old else len(text) + 1) * len(new))
    return m.bounded_text(text.replace(old, new))


def _padded(name: str) -> Function:
    def body(m: Machine, arguments: Arguments, node: ast.AST) -> str:
        text, width, fill = arguments
        m.meter.limit("string", m.whole(width, node, name))
        if len(_text(m, fill, node)) != 1:
            raise m.fail("type", "one character fills a text", node, f"Write text.{name}(20, '.').")
        pad: Callable[[int, str], str] = {"ljust": text.ljust, "rjust": text.rjust, "center": text.center}[name]
        return m.bounded_text(pad(m.whole(width, node, name), fill))

    return Function(name, ("receiver", "width", "fillchar"), body, (" ",))


def _zfill(m: Machine, arguments: Arguments, node: ast.AST) -> str:
    width = m.whole(arguments[1], node, "zfill")
    m.meter.limit("string", width)
    return m.bounded_text(arguments[0].zfill(width))


def _plain(name: str, change: Callable[[str], str]) -> Function:
    return Function(name, ("receiver",), lambda m, arguments, node: m.bounded_text(change(arguments[0])))


def _stripped(name: str, strip: Callable[[str, str | None], str]) -> Function:
    def body(m: Machine, arguments: Arguments, node: ast.AST) -> str:
        text, characters = arguments
        return strip(text, None if characters is None else _text(m, characters, node))

    return Function(name, ("receiver", "chars"), body, (None,))


def _asked(name: str, ask: Callable[[str, str], bool]) -> Function:
    def body(m: Machine, arguments: Arguments, node: ast.AST) -> bool:
        return ask(arguments[0], _text(m, arguments[1], node))

    return Function(name, ("receiver", "text"), body)


# -- the two older ways to put numbers into a text --------------------------------------------------------------------

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}:!]*)(?:!([rsa]))?(?::([^{}]*))?\}|[{}]")
_PERCENT = re.compile(r"%(?:%|(\()|([-+ #0]*)(\d*)(?:\.(\d+))?([diufFeEgGsrxX])|)")


def _format_text(m: Machine, arguments: Arguments, node: ast.AST) -> str:
    """`"{:.3f}".format(x)`: places and names alone stand between the braces, never an attribute or an index."""
    template, values = arguments
    parts: list[str] = []
    done = next_place = length = 0
    for match in _FIELD.finditer(template):
        parts.append(template[done : match.start()])
        done = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(match[0][0])
            continue
        if match[0] in ("{", "}"):
            raise m.fail("value", "a brace stands alone in this text", node, "Write {{ for a brace.")
        place = match[1] or str(next_place)
        next_place += not match[1]
        if not place.isdecimal() or len(place) > 4:
            message = "in braces stands nothing, or the place of an argument"
            raise m.fail("refused", message, node, 'Write f"{x:.3f}".')
        if int(place) >= len(values):
            raise m.fail(
                "value", f"there is no argument {place} for this text", node, "Give it as many as it has braces."
            )
        conversion = ord(match[2]) if match[2] else -1
        parts.append(formatted(m, values[int(place)], conversion, match[3] or "", node))
        length += len(parts[-1])
        m.meter.limit("string", length)
    return m.bounded_text("".join((*parts, template[done:])))


def percent(m: Machine, template: str, values: Anything, node: ast.AST) -> str:
    """`"%.3f" % x`: numbers and texts in the order in which they stand."""
    given = list(values) if isinstance(values, tuple) else [values]
    parts: list[str] = []
    done = length = 0
    for match in _PERCENT.finditer(template):
        parts.append(template[done : match.start()])
        done = match.end()
        if match[0] == "%%":
            parts.append("%")
        elif match[5] is None:
            message = "names after % are not offered" if match[1] else "this % says nothing of what it wants"
            raise m.fail("refused" if match[1] else "value", message, node, 'Write f"{x:.3f}".')
        elif not given:
            raise m.fail("value", "there are more % in this text than values", node, "Give it a value for each.")
        else:
            parts.append(_percent_part(m, match, given.pop(0), node))
            length += len(parts[-1])
            m.meter.limit("string", length)
    if given:
        raise m.fail("value", "there are more values than % in this text", node, "Write a % for each.")
    return m.bounded_text("".join((*parts, template[done:])))


def _percent_part(m: Machine, match: re.Match[str], value: Anything, node: ast.AST) -> str:
    _, flags, width, precision, kind = match.groups()
    align = "<" if "-" in flags else ">"
    sign = "+" if "+" in flags else " " if " " in flags else ""
    if kind in "sr":
        text = text_of(m, value) if kind == "s" else repr_of(m, value)
        return formatted(m, text[: int(precision)] if precision else text, -1, f"{align}{width}", node)
    zero = "0" if "0" in flags and "-" not in flags else ""
    number = m.needed_number(value, node, f"%{kind}")
    whole = Number(int(number) if kind in "diu" and abs(number) < 2**53 else number, m.program.span(node))
    spec = f"{align if not zero else ''}{sign}{zero}{width}" + (
        "d" if kind in "diu" else f".{precision or 6}{kind}" if kind in "fFeEgG" else kind
    )
    return formatted(m, whole, -1, spec, node)


# -- the tables -------------------------------------------------------------------------------------------------------


def _method(name: str, body: Any, parameters: str = "", defaults: Arguments = (), **more: Any) -> Function:
    return Function(name, ("receiver", *parameters.split()), body, defaults, **more)


_LIST = (
    _method("append", _append, "value"),
    _method("extend", _extend, "values"),
    _method("insert", _insert, "place value"),
    _method("pop", _pop, "place", (None,)),
    _method("index", _index, "value"),
    _method("count", _count, "value"),
    _method("remove", _remove, "value"),
    _method("reverse", _reverse),
    _method("clear", _clear),
    _method("copy", _copy),
    _method("sort", _sort, "key reverse", (None, False)),
)
_DICT = (
    _method("keys", _keys),
    _method("values", _values),
    _method("items", _pairs),
    _method("get", _get, "key default", (None,)),
    _method("setdefault", _set_default, "key default", (None,)),
    _method("update", _update, "more"),
    _method("pop", _take_out, "key"),
    _method("clear", _clear),
    _method("copy", _copy),
)
_SET = (
    _method("add", _add, "value"),
    _method("discard", _discard, "value"),
    _method("clear", _clear),
    _method("copy", _copy),
)
_STR = (
    _method("join", _join, "values"),
    _method("split", _split, "sep", (None,)),
    _method("replace", _replace, "old new"),
    _method("count", _count, "text"),
    _method("format", _format_text, rest="values"),
    *map(_padded, ("ljust", "rjust", "center")),
    Function("find", ("receiver", "text"), lambda m, a, node: m.literal(a[0].find(_text(m, a[1], node)), node)),
    Function("zfill", ("receiver", "width"), _zfill),
    Function("isdigit", ("receiver",), lambda m, a, node: a[0].isdigit()),
    Function("isalpha", ("receiver",), lambda m, a, node: a[0].isalpha()),
    Function("splitlines", ("receiver",), lambda m, a, node: List(list(a[0].splitlines()))),
    _plain("upper", str.upper),
    _plain("lower", str.lower),
    _plain("title", str.title),
    _plain("capitalize", str.capitalize),
    _stripped("strip", str.strip),
    _stripped("lstrip", str.lstrip),
    _stripped("rstrip", str.rstrip),
    _asked("startswith", str.startswith),
    _asked("endswith", str.endswith),
)

METHODS: Mapping[type, Mapping[str, Function]] = {
    List: {f.name: f for f in _LIST},
    Dict: {f.name: f for f in _DICT},
    Set: {f.name: f for f in _SET},
    str: {f.name: f for f in _STR},
    tuple: {f.name: f for f in _LIST if f.name in ("index", "count")},
}
"""Methods by what they belong to; the receiver is the first argument."""
ATTRIBUTES = frozenset(name for methods in METHODS.values() for name in methods)
