"""What is wrong with a program, for the person who typed it: turns a mistake into a message, a place and a hint.

Start at `ProgramError`; `caret` writes it as text. Python's own error texts never pass through here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from engine.tape import Span

Kind = Literal["syntax", "refused", "name", "type", "value", "budget", "empty", "input"]
TEXT_LIMIT = 500
QUOTE_LIMIT = 60
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Edit:
    """A text that takes the place of a piece of the program."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A sure cure: what is done, in a few words, and the edits, in the order of the text; they do not overlap."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong: what, where, and what to write instead. `fix` is None where that would be a guess."""

    message: str
    span: Span
    hint: str | None = None
    fix: Fix | None = None


class ProgramError(Exception):
    """A program that cannot be read or run. `diagnostics` is never empty; the first one is where to look."""

    def __init__(self, kind: Kind, *diagnostics: Diagnostic) -> None:
        self.kind = kind
        self.diagnostics = diagnostics
        super().__init__(f"line {diagnostics[0].span.line}: {diagnostics[0].message}")

    @classmethod
    def at(cls, span: Span, kind: Kind, message: str, hint: str | None = None, fix: Fix | None = None) -> ProgramError:
        """Return an error with one diagnostic; texts are cut at 500 characters."""
        shown = None if hint is None else cut(hint, TEXT_LIMIT)
        return cls(kind, Diagnostic(cut(message, TEXT_LIMIT), span, shown, fix))


def cut(text: str, limit: int = QUOTE_LIMIT) -> str:
    """Return `text`, or its beginning and `…`.

    >>> cut("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def lines_of(source: str) -> list[str]:
    r"""Return the lines as Python's tokenizer sees them: LF, CR LF and CR end one, nothing else does.

    >>> lines_of("a\r\nb\u2028c\x0bd\n")
    ['a', 'b\u2028c\x0bd', '']
    """
    return _LINE_END.split(source)


def applied(source: str, fix: Fix) -> str:
    """Return `source` after all edits of `fix`.

    >>> applied("a = 1\\nπ = a ^ 2", Fix("Write a**2", (Edit(Span(2, 5, 2, 8), "**"),)))
    'a = 1\\nπ = a**2'
    """
    starts = [0, *(match.end() for match in _LINE_END.finditer(source))]
    pieces, done = [], 0
    for edit in fix.edits:
        span = edit.span
        pieces += [source[done : starts[span.line - 1] + span.column], edit.text]
        done = starts[span.end_line - 1] + span.end_column
    return "".join(pieces) + source[done:]


def caret(source: str, diagnostic: Diagnostic) -> str:
    """Return a diagnostic as text: the line it is about, carets under the piece, the message and the hint.

    >>> print(caret("y = x ^ 2", Diagnostic("^ is not a power", Span(1, 6, 1, 7), "Write x**2.")))
    line 1: ^ is not a power
      y = x ^ 2
            ^
    Write x**2.
    """
    span = diagnostic.span
    lines = lines_of(source)
    line = lines[span.line - 1] if span.line <= len(lines) else ""
    end = span.end_column if span.end_line == span.line else len(line)
    marks = "^" * max(1, sum(_width(c) for c in line[span.column : end]))
    indent = "".join("\t" if c == "\t" else " " * _width(c) for c in line[: span.column])
    rows = [f"line {span.line}: {diagnostic.message}", f"  {_printable(line)}", f"  {indent}{marks}"]
    return "\n".join(rows + ([diagnostic.hint] if diagnostic.hint else []))


def _width(character: str) -> int:
    """Return how many columns of a terminal `character` takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _printable(line: str) -> str:
    return "".join(c if c == "\t" or (c.isprintable()) else "\N{REPLACEMENT CHARACTER}" for c in line)
