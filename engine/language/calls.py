"""Calls: turns what stands between the parentheses into arguments in the order of the parameters. Start at `bind`."""

from __future__ import annotations

import ast
from typing import Any

from engine.language.errors import ProgramError, cut
from engine.language.machine import Machine
from engine.language.values import Anything, Function


def bind(
    m: Machine, function: Function, arguments: list[Anything], keywords: dict[str, Anything], node: ast.Call
) -> tuple[Any, ...]:
    """Return the arguments in the order of the parameters, defaults filled in; raise with the signature otherwise."""
    positional = 0 if function.keywords_only else len(function.parameters)
    given = dict(zip(function.parameters[:positional], arguments, strict=False))
    rest = tuple(arguments[positional:])
    if rest and not function.rest:
        raise _misfit(m, function, f"takes {_count(function)}, not {_own(function, len(arguments))}", node)
    _add_keywords(m, function, given, keywords, node)
    first = len(function.parameters) - len(function.defaults)
    missing = [name for name in function.parameters[:first] if name not in given]
    if missing:
        raise _misfit(m, function, f"needs {_count(function)}; {missing[0]} is missing", node)
    for name, default in zip(function.parameters[first:], function.defaults, strict=True):
        if name not in given:
            plain = isinstance(default, int | float) and not isinstance(default, bool)
            given[name] = m.literal(default, node) if plain else default
    ordered = tuple(given[name] for name in function.parameters)
    return (*ordered, rest) if function.rest else ordered


def _add_keywords(
    m: Machine, function: Function, given: dict[str, Anything], keywords: dict[str, Anything], node: ast.Call
) -> None:
    synonyms = dict(function.synonyms)
    for keyword, value in keywords.items():
        name = keyword if keyword in function.parameters else synonyms.get(keyword, keyword)
        if name not in function.parameters or name == "receiver":
            raise _misfit(m, function, f"has no argument {cut(keyword)}", node)
        if name in given:
            raise _misfit(m, function, f"gets {name} twice", node)
        given[name] = value


def _misfit(m: Machine, function: Function, fault: str, node: ast.Call) -> ProgramError:
    return m.fail("type", f"{function.name} {fault}", node, f"Write {function.example or function.signature()}.")


def _count(function: Function) -> str:
    own = [name for name in function.parameters if name != "receiver"]
    least, most = len(own) - len(function.defaults), len(own)
    if least == most:
        return "no arguments" if most == 0 else "1 argument" if most == 1 else f"{most} arguments"
    return f"{least} to {most} arguments"


def _own(function: Function, count: int) -> int:
    """Return how many arguments were written: the receiver of a method is none of them."""
    return count - ("receiver" in function.parameters)
