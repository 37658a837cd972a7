"""What people mistype: turns the place where Python's parser gave up into our words and a cure. Start at `diagnose`.

Three tables, tried in this order: characters that no program holds, spellings from other languages and notebooks
(matched on the line, near the place), and what the parser itself found. Its own text never reaches anybody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from keyword import iskeyword

from engine.language.errors import Diagnostic, cut
from engine.tape import Span

CHARACTERS = {
    "×": "Write * to multiply.",
    "·": "Write * to multiply.",
    "⋅": "Write * to multiply.",
    "∗": "Write * to multiply.",
    "✕": "Write * to multiply.",
    "∙": "Write * to multiply.",
    "÷": "Write / to divide.",
    "∕": "Write / to divide.",
    "⁄": "Write / to divide.",
    "−": "Write - (the key beside 0).",
    "–": "Write - (the key beside 0).",
    "—": "Write - (the key beside 0).",
    "“": 'Use straight quotes: "text".',
    "”": 'Use straight quotes: "text".',
    "„": 'Use straight quotes: "text".',
    "‘": "Use straight quotes: 'text'.",
    "’": "Use straight quotes: 'text'.",
    "´": "Use straight quotes: 'text'.",
    "√": "Write sqrt(x).",
    "∞": "Write inf.",
    "≤": "Write <=.",
    "≥": "Write >=.",
    "≠": "Write !=.",
    "→": "Write = to give a name to a value.",
    "←": "Write = to give a name to a value.",
    "∂": "Gradients are computed for you: write the function, then read x.grad.",
    "∇": "Gradients are computed for you: write the function, then read x.grad.",
    "∑": "Write sum(...) or a sum of terms.",
    "∏": "Write a product of terms.",
    "…": "Write the terms out.",
    "（": "Write ( and ).",
    "）": "Write ( and ).",
    "，": "Write a plain comma.",
    "；": "Write a plain semicolon.",
    "：": "Write a plain colon.",
    "＝": "Write =.",
    "＋": "Write +.",
    "－": "Write -.",
    "＊": "Write *.",
}
_SUPERSCRIPTS = {c: f"Write x**{n}." for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {"ⁿ": "Write x**n.", "⁻": "Write x**-1."}
_CHARACTERS = CHARACTERS | _SUPERSCRIPTS


@dataclass(frozen=True, slots=True)
class _Spelling:
    """A spelling that is wrong here; `message` and `hint` may quote groups of `pattern`."""

    pattern: re.Pattern[str]
    message: str
    hint: str


def _spelling(pattern: str, message: str, hint: str) -> _Spelling:
    return _Spelling(re.compile(pattern), message, hint)


_PROMPT = re.compile(r"[ \t]*(>>>|\.\.\.(?=[ \t]|$)|In \[\d*\]:|Out\[\d*\]:|\.\.\.:)")
_SPELLINGS = (
    _spelling(
        r"^\s*(?:%\w*|!(?=pip|conda|apt|ls|cat|wget|curl|python)\w+)",
        "{0} is a notebook command, not Python",
        "Delete this line.",
    ),
    _spelling(r"&&", "&& is not Python", "Write and."),
    _spelling(r"\|\|", "|| is not Python", "Write or."),
    _spelling(r"\+\+", "++ is not Python", "Write x += 1."),
    _spelling(r"--", "-- is not Python", "Write x -= 1."),
    _spelling(r"===", "=== is not Python", "Write ==."),
    _spelling(r"!==", "!== is not Python", "Write !=."),
    _spelling(r"<>", "<> is not Python", "Write !=."),
    _spelling(r"=<", "=< is not Python", "Write <=."),
    _spelling(r"=>", "=> is not Python", "Write >=."),
    _spelling(r"->", "-> is not offered here", "Write = to give a name to a value."),
    _spelling(r"<-", "<- is not Python", "Write = to give a name to a value."),
    _spelling(r":=", ":= is not offered here", "Write =, on a line of its own."),
    _spelling(r"=\s+=", "= = is not Python", "Write = to give a name, == to compare."),
    _spelling(r"!(?!=)", "! is not Python", "Write not x."),
    _spelling(r"\*\*\s*\*\*|\*\s+\*|\*\*\*", "there is an operator too many", "Write * to multiply, ** for a power."),
    _spelling(r"\$", "$ belongs to LaTeX", "Write the formula as Python, as in y = x**2."),
    _spelling(r"\\\w+", "{0} belongs to LaTeX", "Write the formula as Python, as in sqrt(x)."),
    _spelling(r"\?", "? is not Python", "Delete it."),
    _spelling(r"`", "` is not Python", "Delete it."),
    _spelling(r"\|[^|]+\|", "bars are not offered here", "Write abs(x)."),
    _spelling(r"^\s*else\s+if\b", "else if is one word in Python", "Write elif."),
    _spelling(r"\bthen\b", "then is not Python", "Write a colon: if x > 0:"),
    _spelling(
        r"(?<![\w.])(?!0[xXoObB])(?:\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+)(?=[^\W\d_])\w+",
        "a number and a name need an operator between them",
        "Write {number} * {name} to multiply.",
    ),
    _spelling(r";\s*;", "there is a semicolon too many", "Delete one."),
    _spelling(r"^\s*=", "there is no name before =", "Write y = ..., or the expression alone."),
    _spelling(r"[-+*/%,.=<>]\s*$", "the line stops in the middle", "Write what comes after the last character."),
    _spelling(r"\b(?:and|or|not|in|is)\s*$", "the line stops in the middle", "Write what comes after the last word."),
)
_NUMBER_AND_NAME = re.compile(r"([\d_]*\.?\d*(?:[eE][-+]?\d+)?)(\w+)")
_NEIGHBOURS = re.compile(r"(\w+|[)\]])[ \t]*$")

_PARSER = (
    ("was never closed", "this {bracket} is never closed", "Write {closing} where it ends."),
    ("unmatched", "this {bracket} was never opened", "Delete it, or open it earlier."),
    ("does not match", "this {bracket} closes a bracket of another kind", "Close each bracket with its own kind."),
    ("Missing parentheses in call", "{word} needs parentheses", "Write {word}(...)."),
    ("expected ':'", "a colon is missing here", "Write : at the end of this line."),
    ("expected 'else'", "the else of this conditional expression is missing", "Write a if x > 0 else b."),
    ("unexpected indent", "this line is indented for no reason", "Begin it in the same column as the line above."),
    ("unindent does not match", "this line begins between two columns", "Begin it in the same column as its block."),
    (
        "expected an indented block",
        "an indented line is missing here",
        "Indent the lines that belong to the one above.",
    ),
    ("inconsistent use of tabs", "tabs and spaces are mixed here", "Indent with spaces."),
    ("unterminated", "this text is never closed", "Write the closing quote."),
    ("f-string", "Python cannot read this f-string", 'Write f"{x}" or f"{x:.3f}".'),
    ("cannot assign to", "only a name can stand before =", "Write y = ..., or == to compare."),
    ("Maybe you meant '=='", "= gives a name to a value; it does not compare", "Write == to compare."),
    ("cannot delete", "del is not offered here", "Delete this line."),
    ("forgot a comma", "something is missing between these two", "Write a comma, or * to multiply."),
    ("leading zeros", "a number does not begin with 0", "Write it without the leading 0."),
    ("hexadecimal literal", "this number is not complete", "Write digits after 0x."),
    ("decimal literal", "this number is not complete", "Write a number as 2, 2.5 or 1e-3."),
    ("for integer string conversion", "this number has too many digits", "Write it as 1e300."),
    ("line continuation", "\\ continues a line only as its last character", "Delete what follows it."),
    ("unexpected EOF", "the program stops in the middle", "Write the rest of it."),
    ("positional argument follows", "a plain argument cannot follow a named one", "Put the named arguments last."),
    ("keyword argument repeated", "an argument is given twice", "Delete one of them."),
    ("must be parenthesized", "this needs parentheses of its own", "Write ( and ) around it."),
    ("bytes can only contain", "bytes are not offered here", "Delete the b before the quote."),
    ("expected 'except'", "try is not offered here", "Write the lines inside it alone."),
)
_F_STRING = re.compile(r"\b[rR]?[fF][rR]?['\"]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def prompt(lines: Sequence[str]) -> Diagnostic | None:
    """Return what to say of the first line that begins with the prompt of an interactive Python; None if none does."""
    for number, line in enumerate(lines, 1):
        match = _PROMPT.match(line)
        if match:
            span = Span(number, match.start(1), number, match.end(1))
            hint = "Delete the prompts, and the lines of output between them."
            return Diagnostic(f"{match[1]} is a prompt, not part of the program", span, hint)
    return None


def diagnose(lines: Sequence[str], line: int, column: int, said: str, names: frozenset[str]) -> Diagnostic:
    """Return what is wrong at `line` (from 1), `column` (from 0), where Python's parser stopped and said `said`.

    `names` are the functions of the language, for `sin x`.
    """
    text = lines[line - 1]
    return (
        prompt(lines)
        or _character(text, line, column)
        or (None if "closed" in said or "unterminated" in said else _spelled(text, line, column))
        or _parser_found(text, line, column, said)
        or _neighbours(text, line, column, names)
        or Diagnostic(*_somewhere(text, line, column))
    )


def _character(text: str, line: int, column: int) -> Diagnostic | None:
    character = text[column : column + 1]
    if not character or (character.isascii() and character.isprintable()) or character.isidentifier():
        return None
    span = Span(line, column, line, column + 1)
    if not character.isprintable():
        message = f"an invisible character (U+{ord(character):04X}) stands here"
        return Diagnostic(message, span, "Delete it and type the place again.")
    hint = _CHARACTERS.get(character, "Use letters, digits and the operators + - * / **.")
    return Diagnostic(f"{character} (U+{ord(character):04X}) is not Python", span, hint)


def _spelled(text: str, line: int, column: int) -> Diagnostic | None:
    for spelling in _SPELLINGS:
        for match in spelling.pattern.finditer(text):
            gap = text[match.end() : column]
            if match.start() <= column and (match.end() > column or not gap.strip()):
                return _quote(spelling, match, line)
    return None


def _quote(spelling: _Spelling, match: re.Match[str], line: int) -> Diagnostic:
    found = cut(match[0].strip(), 20)
    split = _NUMBER_AND_NAME.match(found)
    number, name = (split[1], split[2]) if split else ("2", "x")
    start = match.end() - len(match[0].lstrip())
    span = Span(line, start, line, match.end())
    return Diagnostic(spelling.message.format(found), span, spelling.hint.format(found, number=number, name=name))


def _parser_found(text: str, line: int, column: int, said: str) -> Diagnostic | None:
    for words, message, hint in _PARSER:
        if words in said:
            if words == "f-string":
                column = max((m.start() for m in _F_STRING.finditer(text[: column + 1])), default=column)
            opening, word = text[column : column + 1], re.match(r"\w+|.?", text[column:])
            span = Span(line, column, line, column + (word.end() if word else 0))
            found = {
                "{bracket}": opening,
                "{closing}": _CLOSING.get(opening, "the bracket"),
                "{word}": word[0] if word else "",
            }
            return Diagnostic(_filled(message, found), span, _filled(hint, found))
    return None


def _filled(text: str, found: dict[str, str]) -> str:
    for place, words in found.items():
        text = text.replace(place, words)
    return text


def _neighbours(text: str, line: int, column: int, names: frozenset[str]) -> Diagnostic | None:
    """Two things side by side, as in `2 x`, `sin x` or `a = 2 b = 3`."""
    before, word = _NEIGHBOURS.search(text[:column]), re.match(r"\w+|[(\[]", text[column:])
    if before is None or word is None:
        return None
    if iskeyword(before[1]) or iskeyword(word[0]):
        return None
    span = Span(line, column, line, column + len(word[0]))
    left, right = cut(before[1], 20), cut(word[0], 20)
    if left in names:
        return Diagnostic(f"{left} needs parentheses", span, f"Write {left}({right}).")
    hint = f"Write {left} * {right} to multiply; two statements need a line each."
    return Diagnostic(f"something is missing between {left} and {right}", span, hint)


def _somewhere(text: str, line: int, column: int) -> tuple[str, Span, str]:
    word = re.match(r"\w+|.", text[column:])
    if word is None:
        return "the line stops in the middle", Span(line, len(text), line, len(text)), "Write the rest of it."
    span = Span(line, column, line, column + len(word[0]))
    return f"{cut(word[0], 20)} is not expected here", span, "Look for a missing operator, comma or bracket before it."
