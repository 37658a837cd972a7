"""Calls: turns what stands between the parentheses into arguments in the order of the parameters.

Start at `bind`; `bind_closure` does the same for functions that the program defines.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Any

from engine.language.errors import ProgramError, cut
from engine.language.machine import Machine
from engine.language.names import nearest
from engine.language.repairs import renamed
from engine.language.values import Anything, Closure, Dict, Function


def bind(
    m: Machine, function: Function, arguments: list[Anything], keywords: dict[str, Anything], node: ast.AST
) -> tuple[Any, ...]:
    """Return the arguments in the order of the parameters, defaults filled in; raise with the signature otherwise."""
    after = len(function.parameters) if function.keywords_after is None else function.keywords_after
    positional = 0 if function.keywords_only else after
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
    m: Machine, function: Function, given: dict[str, Anything], keywords: dict[str, Anything], node: ast.AST
) -> None:
    synonyms = dict(function.synonyms)
    for keyword, value in keywords.items():
        name = keyword if keyword in function.parameters else synonyms.get(keyword, keyword)
        if name not in function.parameters or name == "receiver":
            hint = f"Write {function.example or function.signature()}."
            raise _unknown(m, function.name, hint, keyword, [*_own_names(function), *synonyms], node)
        if name in given:
            raise _misfit(m, function, f"gets {name} twice", node)
        given[name] = value


def _own_names(function: Function) -> list[str]:
    return [name for name in function.parameters if name not in ("receiver", "self")]


def _unknown(m: Machine, name: str, hint: str, keyword: str, known: Collection[str], node: ast.AST) -> ProgramError:
    """Return an error about an argument whose name none of `known` is, with the one that was surely meant."""
    given = node.keywords if isinstance(node, ast.Call) else []
    place = next((each for each in given if each.arg == keyword), None)
    near = nearest(keyword, known)
    fix = renamed(m.program, place, keyword, known) if place else None
    hint = f"Did you mean {near}? {hint}" if near else hint
    return ProgramError.at(m.program.span(node), "type", f"{name} has no argument {cut(keyword)}", hint, fix)


def _misfit(m: Machine, function: Function, fault: str, node: ast.AST) -> ProgramError:
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


def bind_closure(
    m: Machine, closure: Closure, arguments: list[Anything], keywords: dict[str, Anything], node: ast.AST
) -> dict[str, Anything]:
    """Return the names of the parameters with their values, as Python binds them; raise with the signature if not."""
    given = closure.definition.args
    positional = [parameter.arg for parameter in (*given.posonlyargs, *given.args)]
    only_keywords = [parameter.arg for parameter in given.kwonlyargs]
    names = dict(zip(positional, arguments, strict=False))
    rest = arguments[len(positional) :]
    if given.vararg is not None:
        names[given.vararg.arg] = tuple(rest)
    elif rest:
        own = len(positional) - (closure.receiver is not None)
        count = len(arguments) - (closure.receiver is not None)
        takes = "no arguments" if own == 0 else "1 argument" if own == 1 else f"{own} arguments"
        raise _misfits(m, closure, f"takes {takes}, not {count}", node)
    others: dict[Any, tuple[Anything, Anything]] = {}
    for keyword, value in keywords.items():
        if keyword in names:
            raise _misfits(m, closure, f"gets {keyword} twice", node)
        if keyword in positional or keyword in only_keywords:
            names[keyword] = value
        elif given.kwarg is not None:
            others[keyword] = keyword, value
        else:
            known = [*positional[closure.receiver is not None :], *only_keywords]
            raise _unknown(m, closure.name, _form(closure), keyword, known, node)
    if given.kwarg is not None:
        names[given.kwarg.arg] = Dict(others)
    for name in (*positional, *only_keywords):
        if name not in names:
            if name not in closure.defaults:
                raise _misfits(m, closure, f"needs a value for {name}", node)
            names[name] = closure.defaults[name]
    m.meter.charge(len(names))
    return names


def _misfits(m: Machine, closure: Closure, fault: str, node: ast.AST) -> ProgramError:
    return m.fail("type", f"{closure.name} {fault}", node, _form(closure))


def _form(closure: Closure) -> str:
    args = closure.definition.args
    own = [parameter.arg for parameter in (*args.posonlyargs, *args.args)][closure.receiver is not None :]
    stars = [f"*{args.vararg.arg}"] if args.vararg else []
    shown = ", ".join([*own, *stars, *(parameter.arg for parameter in args.kwonlyargs)])
    return f"Write {closure.name}({cut(shown, 100)})."
