"""Source text to a checked program: guards, Python's own parser, then the allow-list. Start at `parse`.

Nothing is evaluated here. What cannot be read raises a `ProgramError` that says where and what to write instead; the
guards come first, because Python's parser can be made to work for minutes by a short text.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from dataclasses import dataclass, field
from functools import lru_cache

from engine.language import mistakes
from engine.language.allowed import check
from engine.language.budgets import Budgets, exceeded
from engine.language.cures import Place
from engine.language.dialects import CALLABLE
from engine.language.errors import Edit, Fix, ProgramError, applied, lines_of
from engine.tape import Span

EXAMPLE = "Type an expression, for example relu(a*b + d), or y = x*x + sin(x)."
FILENAME = "<program>"
KNOWN = 2000  # characters: programs up to this length are remembered
_BOM = "\ufeff"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_ODD_SPACES = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"), " ")
_EXPLICIT = re.compile(r"\b(?:torch|micrograd|nn|Value|Neuron|Layer|MLP)\b")
_INERT = re.compile(r"(?<![\w'\"])'[^'\\\n]*'|(?<![\w'\"])\"[^\"\\\n]*\"|#[^\n]*")


@dataclass(frozen=True, slots=True)
class Program:
    """A program that may be evaluated: every node of `tree` is on the allow-list."""

    source: str
    tree: ast.Module
    lines: tuple[str, ...]
    _code: tuple[str, ...]
    """The lines as the parser saw them."""
    _shift: int
    """Characters before the first line that the parser did not see: a byte order mark."""
    explicit: bool
    """It says itself what is differentiated: it speaks of `Value` or of PyTorch."""
    _bytes: dict[int, bytes] = field(default_factory=dict, repr=False)
    _spans: dict[ast.AST, Span] = field(default_factory=dict, repr=False)

    def span(self, node: ast.AST) -> Span:
        """Return the place of `node`. The parser counts UTF-8 bytes; we count code points, within the line."""
        span = self._spans.get(node)
        if span is None:
            span = self._spans[node] = self._find(node)
        return span

    def _find(self, node: ast.AST) -> Span:
        line, end_line = getattr(node, "lineno", 1), getattr(node, "end_lineno", 1)
        start = self._column(line, getattr(node, "col_offset", 0))
        end = self._column(end_line, getattr(node, "end_col_offset", 0))
        return ordered(Span(line, start, end_line, end), self.lines)

    def text(self, node: ast.AST) -> str:
        """Return the source of `node`, on one line."""
        span = self.span(node)
        if span.line == span.end_line:
            return self.lines[span.line - 1][span.column : span.end_column]
        first, last = self.lines[span.line - 1][span.column :], self.lines[span.end_line - 1][: span.end_column]
        return " ".join(part.strip() for part in (first, *self.lines[span.line : span.end_line - 1], last))

    def _column(self, line: int, offset: int) -> int:
        if not 1 <= line <= len(self._code):
            return 0
        text, shift = self._code[line - 1], self._shift if line == 1 else 0
        if text.isascii():
            return shift + offset
        if line not in self._bytes:
            self._bytes[line] = text.encode()
        return shift + len(self._bytes[line][:offset].decode(errors="ignore"))


def ordered(span: Span, lines: tuple[str, ...] | list[str]) -> Span:
    """Return `span` moved into the text, its end not before its start."""
    line = min(max(span.line, 1), len(lines))
    end_line = min(max(span.end_line, line), len(lines))
    column = min(max(span.column, 0), len(lines[line - 1]))
    end = min(max(span.end_column, 0), len(lines[end_line - 1]))
    return Span(line, column, end_line, max(end, column) if end_line == line else end)


def parse(source: str, budgets: Budgets | None = None) -> Program:
    """Return `source` as a program that may be evaluated; raise `ProgramError` if it is not one."""
    read = _known if len(source) <= KNOWN else _parse
    return read(source, budgets or Budgets())


def _parse(source: str, budgets: Budgets) -> Program:
    _guard(source, budgets)
    program = _read(source, budgets)
    if not program.tree.body:
        raise empty()
    check(program, budgets)
    return program


# Evaluating a program leaves it as it is, so the same text, with a slider dragged, need not be read again.
_known = lru_cache(maxsize=64)(_parse)


def prefix(source: str, problem: ProgramError, budgets: Budgets) -> Program | None:
    """Return the longest run of whole statements at the top of `source` that can be read; None if there is none.

    `problem` is why the whole text cannot be. For the picture while somebody types.
    """
    lines = lines_of(source)
    if problem.kind == "empty":
        return None
    for _ in range(8):
        lines = lines[: problem.diagnostics[0].span.line - 1]
        try:
            return parse("\n".join(lines), budgets) if lines else None
        except ProgramError as error:
            problem = error
    return None


def empty() -> ProgramError:
    """Return the error for a program without a statement."""
    return ProgramError.at(Span(1, 0, 1, 0), "empty", "there is no program yet", EXAMPLE)


# -- guards: linear in the text, before any parser sees it ------------------------------------------------------------


def _guard(source: str, budgets: Budgets) -> None:
    if len(source) > budgets.characters:
        raise exceeded(budgets, "characters", _place(source, budgets.characters))
    bad = _FORBIDDEN.search(source)
    if bad:
        message = f"a character that no program may hold (U+{ord(bad[0]):04X}) stands here"
        place = _place(source, bad.start(), 1)
        fix = Fix("Delete it", (Edit(place, " " if bad[0].isspace() else ""),))
        raise ProgramError.at(place, "syntax", message, "Delete it.", fix)
    if not source.isascii():
        _guard_combining(source, budgets)
    if not source.strip(_BOM + " \t\r\n\f"):
        raise empty()
    _guard_names(source, budgets)


def _guard_combining(source: str, budgets: Budgets) -> None:
    run = 0
    for index, character in enumerate(source):
        run = run + 1 if unicodedata.category(character)[0] == "M" or unicodedata.combining(character) else 0
        if run > budgets.combining:
            raise exceeded(budgets, "combining", _place(source, index))


def _guard_names(source: str, budgets: Budgets) -> None:
    code = _INERT.sub(lambda match: " " * len(match[0]), source)
    if not code.isascii():  # an accent is part of a name
        code = "".join("a" if unicodedata.category(c)[0] == "M" else c for c in code)
    name = re.search(rf"(?<!\w)[^\W\d]\w{{{budgets.name},}}", code)
    if name:
        raise exceeded(budgets, "name", _place(source, name.start(), name.end() - name.start()))


def _place(source: str, index: int, length: int = 0) -> Span:
    before = lines_of(source[:index])
    lines = lines_of(source)
    return ordered(Span(len(before), len(before[-1]), len(before), len(before[-1]) + length), lines)


# -- Python's parser --------------------------------------------------------------------------------------------------


_QUIET = tuple(
    ("ignore", None, category, re.compile(re.escape(FILENAME)), 0) for category in (SyntaxWarning, DeprecationWarning)
)


def _silence() -> None:
    """Switch off the parser's warnings about what a program spells oddly; they would go to the server's stderr.

    For the whole process and once, since `catch_warnings` is not safe beside other threads. A test runner that puts
    filters of its own in place gets ours on top of them.
    """
    for entry in _QUIET:
        if entry not in warnings.filters:
            warnings.filterwarnings("ignore", category=entry[2], module=re.escape(FILENAME))


_silence()


def _read(source: str, budgets: Budgets) -> Program:
    plain = source.removeprefix(_BOM)
    lines, shift = tuple(lines_of(source)), len(source) - len(plain)
    code = "\n".join(lines_of(plain))
    try:
        tree = _tree(code, budgets)
        return Program(source, tree, lines, tuple(lines_of(code)), shift, bool(_EXPLICIT.search(code)))
    except SyntaxError as error:
        spaced = code.translate(_ODD_SPACES)  # a web page puts such spaces in place of plain ones
        try:
            tree = _tree(spaced, budgets)
            return Program(source, tree, lines, tuple(lines_of(spaced)), shift, bool(_EXPLICIT.search(spaced)))
        except SyntaxError as again:
            raise _syntax(error if spaced == code else again, source, budgets) from None


def _tree(code: str, budgets: Budgets) -> ast.Module:
    _silence()
    try:
        return ast.parse(code, FILENAME)
    except (MemoryError, RecursionError):
        raise exceeded(budgets, "depth", Span(1, 0, 1, len(code.partition("\n")[0]))) from None


def _syntax(error: SyntaxError, source: str, budgets: Budgets) -> ProgramError:
    said, lines, shift = error.msg or "", lines_of(source), int(source.startswith(_BOM))
    if "too many nested parentheses" in said or "too many levels of indentation" in said:
        return exceeded(budgets, "depth", _line(error, lines))
    line = min(max(error.lineno or 1, 1), len(lines))
    column = max((error.offset or 1) - 1, 0) + (shift if line == 1 else 0)
    if isinstance(error, IndentationError):
        column = len(lines[line - 1]) - len(lines[line - 1].lstrip())
    before = _left(error, lines)

    def left_by(fix: Fix) -> tuple[int, int] | None:
        left = _left_in(applied(source, fix), budgets)
        return left if left < before else None

    place = Place(lines, line, min(column, len(lines[line - 1])), CALLABLE)
    found = mistakes.diagnose(place, said, left_by)
    return ProgramError.at(ordered(found.span, lines), "syntax", found.message, found.hint, found.fix)


_NOTHING_LEFT = (-1, 0)


def _left_in(source: str, budgets: Budgets) -> tuple[int, int]:
    """Return how many lines, and characters of its line, lie behind the place where the parser stops in `source`."""
    code = "\n".join(lines_of(source.removeprefix(_BOM))).translate(_ODD_SPACES)
    try:
        if code.strip():
            _guard(source, budgets)
        _tree(code, budgets)
    except SyntaxError as error:
        return _left(error, lines_of(code))
    except ProgramError:
        return (len(source), 0)
    return _NOTHING_LEFT


def _left(error: SyntaxError, lines: list[str]) -> tuple[int, int]:
    line = min(max(error.lineno or 1, 1), len(lines))
    return len(lines) - line, max(len(lines[line - 1]) - (error.offset or 1), 0)


def _line(error: SyntaxError, lines: list[str]) -> Span:
    line = min(max(error.lineno or 1, 1), len(lines))
    return Span(line, 0, line, len(lines[line - 1]))
