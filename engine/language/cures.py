"""Cures of what Python's parser refuses: turns the place of a mistake into fixes that may be meant.

Which of them is sure, `mistakes` decides by reading the program again: the only one that helps. Start at `Place`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.language.errors import Edit, Fix, cut
from engine.ops import OPS
from engine.tape import Span

LONGEST = 400  # characters of a line in which a cure is looked for
_INERT = re.compile(r"'(?:[^'\\]|\\.)*(?:'|$)|\"(?:[^\"\\]|\\.)*(?:\"|$)|#.*")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_LOOKED_AHEAD = 3  # lines below an open bracket in which it may end
_DIVIDES = ("/", "%", "^", "**", "@")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the parser stopped: `line` from 1, `column` from 0. `names` are the functions of the language."""

    lines: Sequence[str]
    line: int
    column: int
    names: frozenset[str]

    @property
    def text(self) -> str:
        """The line."""
        return self.lines[self.line - 1]


Cure = Callable[[Place], Iterator[Fix]]


def code_of(text: str) -> str:
    """Return a line with its strings filled by underscores, and blanks in place of a comment.

    >>> code_of("y = 'a*b' # c")
    'y = _____    '
    """
    return _INERT.sub(lambda match: (" " if match[0][0] == "#" else "_") * len(match[0]), text)


def rewritten(title: str, line: int, text: str, start: int, end: int, new: str) -> Fix:
    """Return the fix that writes `new` for `text[start:end]`, and touches no character that stays."""
    old = text[start:end]
    head = next((k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    rest = min(len(old), len(new)) - head
    tail = next((k for k in range(rest) if old[-1 - k] != new[-1 - k]), rest)
    span = Span(line, start + head, line, end - tail)
    return Fix(cut(title), (Edit(span, new[head : len(new) - tail]),))


def inserted(title: str, line: int, column: int, text: str) -> Fix:
    """Return the fix that writes `text` at a place."""
    return Fix(cut(title), (Edit(Span(line, column, line, column), text),))


def divides(before: str) -> bool:
    """Return whether a product would not be one piece after this text: 1/2x is two things to two people."""
    return before.rstrip().endswith(_DIVIDES)


# -- brackets ---------------------------------------------------------------------------------------------------------


def _open(lines: Sequence[str]) -> str:
    """Return the brackets that are open after `lines`, the outermost first."""
    stack: list[str] = []
    for text in lines:
        for character in code_of(text):
            if character in "([{":
                stack.append(character)
            elif stack and character in ")]}" and _PAIRS[stack[-1]] == character:
                stack.pop()
    return "".join(stack)


def _closers(brackets: str) -> str:
    return "".join(_PAIRS[bracket] for bracket in reversed(brackets))


def close(place: Place) -> Iterator[Fix]:
    """An open bracket ends with its line, or with one of the next."""
    for last in range(place.line, min(place.line + _LOOKED_AHEAD, len(place.lines)) + 1):
        code = code_of(place.lines[last - 1]).rstrip()
        missing = _closers(_open(place.lines[:last]))
        if not missing or len(code) > LONGEST or not code or code[-1] in "([{,":
            continue
        title = f"Write {missing} at the end of " + ("this line" if last == place.line else f"line {last}")
        yield inserted(title, last, len(code), missing)


def close_before_colon(place: Place) -> Iterator[Fix]:
    """The bracket of a condition ends before its colon."""
    missing = _closers(_open([*place.lines[: place.line - 1], place.text[: place.column]]))
    if missing:
        yield inserted(f"Write {missing} before the colon", place.line, place.column, missing)


def close_in_kind(place: Place) -> Iterator[Fix]:
    """Either the closing bracket is of the wrong kind, or the right one is missing before it."""
    found = place.text[place.column : place.column + 1]
    missing = _closers(_open([*place.lines[: place.line - 1], place.text[: place.column]]))[:1]
    if missing and found in _PAIRS.values():
        title = f"Write {missing} in place of {found}"
        yield rewritten(title, place.line, place.text, place.column, place.column + 1, missing)
        yield inserted(f"Write {missing} before {found}", place.line, place.column, missing)


# -- statements -------------------------------------------------------------------------------------------------------


def colon(place: Place) -> Iterator[Fix]:
    """The head of a block ends with its line, or where the next thing begins."""
    code = code_of(place.text)
    end = len(code[: place.column].rstrip()) if code[place.column :].strip() else len(code.rstrip())
    yield inserted("Write : here", place.line, end, ":")


def compare(place: Place) -> Iterator[Fix]:
    """In a condition, = compares."""
    code = code_of(place.text)
    if re.match(r"\s*(?:if|elif|while|assert)\b", code):
        for match in re.finditer(r"(?<![=<>!:+\-*/%])=(?!=)", code):
            yield inserted("Write ==", place.line, match.end(), "=")


def call_print(place: Place) -> Iterator[Fix]:
    """What Python 2 prints stands between parentheses in Python 3."""
    word = re.compile(r"print(?=\s)\s*").match(place.text, place.column)
    code = code_of(place.text).rstrip()
    if word and ";" not in code and word.end() < len(code):
        title = f"Write print({cut(place.text[word.end() : len(code)], 30)})"
        gap = Edit(Span(place.line, place.column + len("print"), place.line, word.end()), "(")
        yield Fix(title, (gap, Edit(Span(place.line, len(code), place.line, len(code)), ")")))


def without_zeros(place: Place) -> Iterator[Fix]:
    """A number without the zeros that it begins with."""
    zeros = re.compile(r"(0+)\d").match(place.text, place.column)
    if zeros:
        yield rewritten("Delete the leading 0", place.line, place.text, zeros.start(), zeros.end(1), "")


def without_spaces(place: Place) -> Iterator[Fix]:
    """A backslash as the last character of its line."""
    spaces = re.compile(r"[ \t]+$").search(place.text)
    if spaces and place.text.find("\\") == spaces.start() - 1:
        yield rewritten("Delete the spaces", place.line, place.text, spaces.start(), spaces.end(), "")


# -- two things side by side ------------------------------------------------------------------------------------------

_NUMBER = r"(?<![\w.])(?:\d[\d_]*+\.?+\d*+(?:[eE][-+]?\d++)?+|\.\d++)"
_SIDE_BY_SIDE = re.compile(rf"({_NUMBER})[ \t]+(?=([^\W\d]\w*|\())")
_ARGUMENT = re.compile(r"([^\W\d]\w*)[ \t]+([^\W\d]\w*|\d+\.?\d*)(?=\s*(?:$|[-+),;\]#]))")


def _holds_one(lines: Sequence[str]) -> bool:
    """Return whether one value stands here, and not one of several: in no bracket, or in one of a single operand."""
    if not _open(lines):
        return True
    code, depth = code_of(lines[-1]), 0
    for column in range(len(code) - 1, -1, -1):
        depth += (code[column] in ")]}") - (code[column] in "([{")
        if depth < 0:
            word = re.search(r"\w*$", code[:column])
            name = word[0] if word else ""
            return code[column] == "(" and (not name or (name in OPS and OPS[name].arity == 1))
    return False


def multiply(place: Place) -> Iterator[Fix]:
    """A number beside a name is a product. Between the parentheses of a call it may be two arguments."""
    code = code_of(place.text)
    for match in _SIDE_BY_SIDE.finditer(code):
        near = match.start() <= place.column <= match.end()
        before = [*place.lines[: place.line - 1], place.text[: match.start()]]
        if near and _holds_one(before) and not divides(code[: match.start()]):
            title = f"Write {match[1]} * {match[2]}" + ("...)" if match[2] == "(" else "")
            yield rewritten(title, place.line, place.text, match.end(1), match.end(), " * ")


def call(place: Place) -> Iterator[Fix]:
    """A function beside one word takes that as its argument."""
    for match in _ARGUMENT.finditer(code_of(place.text)):
        if match.start() <= place.column <= match.end() and match[1] in place.names and match[2] not in place.names:
            yield rewritten(
                f"Write {match[1]}({match[2]})",
                place.line,
                place.text,
                match.start(),
                match.end(),
                f"{match[1]}({match[2]})",
            )


# -- indentation ------------------------------------------------------------------------------------------------------


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _written(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """Yield the lines from `first` on that hold code, with their numbers."""
    for number in range(first, len(lines) + 1):
        if code_of(lines[number - 1]).strip():
            yield number, lines[number - 1]


def _above(place: Place) -> list[int]:
    """Return how far the blocks above are indented, the innermost last."""
    levels: list[int] = []
    for _, text in _written(place.lines[: place.line - 1], 1):
        levels = [level for level in levels if level < _indent(text)] + [_indent(text)]
    return levels


def dedent(place: Place) -> Iterator[Fix]:
    """A block that nothing introduces belongs to the lines above it."""
    indent, target = _indent(place.text), ([0, *_above(place)])[-1]
    edits = []
    for number, text in _written(place.lines, place.line):
        if _indent(text) < indent or text[:indent] != place.text[:indent]:
            break
        edits.append(Edit(Span(number, target, number, indent), ""))
    if edits and (target == 0 or "\t" not in place.text[:indent]):
        yield Fix("Begin it in the column of the line above", tuple(edits))


def align(place: Place) -> Iterator[Fix]:
    """A line that begins one column beside a block belongs to it."""
    indent = _indent(place.text)
    near = [level for level in {0, *_above(place)} if abs(level - indent) == 1]
    if len(near) == 1 and "\t" not in place.text[:indent]:
        yield rewritten("Begin it in the column of its block", place.line, place.text, 0, indent, " " * near[0])


def indent(place: Place) -> Iterator[Fix]:
    """The only line below the head of a block belongs to it, and so does a return."""
    below = list(_written(place.lines, place.line))
    above = list(_written(place.lines[: place.line - 1], 1))
    if above and below and (len(below) == 1 or re.match(r"\s*(?:return|break|continue)\b", place.text)):
        head, found = _indent(above[-1][1]), _indent(place.text)
        if "\t" not in place.text[:found] and found <= head:
            yield rewritten("Indent this line", place.line, place.text, 0, found, " " * (head + 4))
