"""Repairs of what can be read but is refused: turns a piece of the tree into the fix that is surely meant.

Start at `repair`, for the allow-list; `renamed` and `product` serve the interpreter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from engine.language import mistakes
from engine.language.cures import divides, inserted
from engine.language.dialects import ALIASES, ATTRIBUTES, MEANT, MODULES
from engine.language.errors import Edit, Fix, cut
from engine.language.names import SINGLETONS, certain
from engine.tape import Span

if TYPE_CHECKING:
    from engine.language.parser import Program


def repair(program: Program, node: ast.AST) -> Fix | None:
    """Return the cure of a piece that the allow-list refuses; None where that would be a guess."""
    match node:
        case ast.BinOp(op=ast.BitXor(), left=left, right=right):
            return _power(program, left, right)
        case ast.AugAssign(op=ast.BitXor(), target=left, value=right):
            return _power(program, left, right)
        case ast.Name(id=name) if name in SINGLETONS:
            return _written(program, node, SINGLETONS[name])
        case ast.Name():
            return _dots(program, node)
        case ast.Attribute(value=ast.Name(id=alias), attr=attr) if alias in ALIASES:
            return renamed(program, node, attr, MODULES[ALIASES[alias]])
        case ast.Attribute(attr=attr):
            return renamed(program, node, attr, ATTRIBUTES)
        case ast.Import(names=aliases):
            wrong = next((alias for alias in aliases if alias.name not in MODULES), None)
            return renamed(program, wrong, wrong.name, MODULES) if wrong else None
        case ast.AnnAssign():
            session = mistakes.prompt(program.lines)
            return session.fix if session else None
    return None


def _written(program: Program, node: ast.AST, text: str) -> Fix:
    return Fix(f"Write {text}", (Edit(program.span(node), text),))


def called(program: Program, node: ast.AST) -> Fix:
    """Return the fix that calls a method which is only named."""
    span = program.span(node)
    return inserted(f"Write {cut(program.text(node), 40)}()", span.end_line, span.end_column, "()")


def renamed(program: Program, node: ast.AST, name: str, known: Collection[str]) -> Fix | None:
    """Return the fix that writes the one of `known` that was meant by `name`: a name, or what stands behind a dot.

    A word that belongs elsewhere, as `append` does, is no slip for another one, but for its case.
    """
    meant = MEANT.get(name)
    names = [other for other in known if name not in ATTRIBUTES or name.lower() == other.lower()]
    instead = meant if meant in known else certain(name, names)
    span = program.span(node)
    start, end = span.column, span.column + len(name)
    if isinstance(node, ast.Attribute):
        start, end = span.end_column - len(name), span.end_column
    line = span.end_line if isinstance(node, ast.Attribute) else span.line
    if instead is None or program.lines[line - 1][max(start, 0) : end] != name:
        return None
    return Fix(f"Write {cut(instead)}", (Edit(Span(line, start, line, end), instead),))


def product(program: Program, node: ast.AST) -> Fix | None:
    """Return the fix that multiplies what a call calls, a number or something in parentheses, by its argument."""
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
        return None
    callee, whole = program.span(node.func), program.span(node)
    text = program.lines[callee.end_line - 1]
    between = text[callee.end_column :]
    enclosed = between.lstrip().startswith(")")
    opening = callee.end_column + between.find("(")
    literal = isinstance(node.func, ast.Constant) and not enclosed
    one_line = whole.line == callee.line == callee.end_line and "(" in between
    if not one_line or not (literal or enclosed) or divides(text[: whole.column]):
        return None
    return inserted(f"Write {cut(text[whole.column : opening].rstrip(), 30)} * (...)", whole.line, opening, "*")


def _power(program: Program, left: ast.AST, right: ast.AST) -> Fix | None:
    """Write ** for the ^ between two operands that stand in one line."""
    before, after = program.span(left), program.span(right)
    if before.end_line != after.line:
        return None
    text = program.lines[after.line - 1]
    column = text.find("^", before.end_column, after.column)
    span = Span(after.line, column, after.line, column + 1)
    return None if column < 0 else Fix(_power_title(text, column), (Edit(span, "**"),))


def _power_title(text: str, column: int) -> str:
    base, exponent = re.search(r"\w+\s*$", text[:column][-100:]), re.match(r"\s*-?[\w.]+", text[column + 1 :][:100])
    return cut(f"Write {base[0].strip()}**{exponent[0].strip()}") if base and exponent else "Write **"


def _dots(program: Program, node: ast.AST) -> Fix | None:
    """Write * for each middle dot, which Python takes for a letter."""
    span = program.span(node)
    text = program.lines[span.line - 1]
    places = [k for k in range(span.column, span.end_column) if text[k] == "·"]
    edits = tuple(Edit(Span(span.line, k, span.line, k + 1), "*") for k in places)
    return Fix("Write *", edits) if edits else None
