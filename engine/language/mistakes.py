"""What people mistype: turns the place where Python's parser gave up into our words and a cure. Start at `diagnose`.

Three tables, tried in this order: characters that no program holds, spellings from other languages and notebooks
(matched on the line, near the place), and what the parser itself found. Its own text never reaches anybody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword

from engine.language import cures
from engine.language.cures import LONGEST, Cure, Place, code_of, rewritten
from engine.language.errors import Diagnostic, Edit, Fix, cut
from engine.tape import Span

Reads = Callable[[Fix], tuple[int, int] | None]
"""How much of the program the parser leaves unread once it is fixed; None if no less than before."""


@dataclass(frozen=True, slots=True)
class _Character:
    """What is said of characters that no program holds, and what each is written as; None where that is a guess."""

    hint: str
    instead: str | None = None


def _characters(*rows: tuple[str, str, str | None]) -> dict[str, _Character]:
    return {character: _Character(hint, instead) for row, hint, instead in rows for character in row}


_MULTIPLY, _DIVIDE, _MINUS = "Write * to multiply.", "Write / to divide.", "Write - (the key beside 0)."
_NAMED = "Write = to give a name to a value."
_COMPUTED = "Gradients are computed for you: write the function, then read x.grad."
CHARACTERS: Mapping[str, _Character] = _characters(
    ("×·⋅∗✕∙", _MULTIPLY, "*"),
    ("÷∕⁄", _DIVIDE, "/"),
    ("−–—‐‑", _MINUS, "-"),
    ("“”„", 'Use straight quotes: "text".', '"'),
    ("‘’´", "Use straight quotes: 'text'.", "'"),
    ("√", "Write sqrt(x).", None),
    ("∞", "Write inf.", "inf"),
    ("≤", "Write <=.", "<="),
    ("≥", "Write >=.", ">="),
    ("≠", "Write !=.", "!="),
    ("←", _NAMED, "="),
    ("→", _NAMED, None),
    ("∂∇", _COMPUTED, None),
    ("∑", "Write sum(...) or a sum of terms.", None),
    ("∏", "Write a product of terms.", None),
    ("…", "Write the terms out.", None),
)
_WIDE = {chr(ord(c) + 0xFEE0): _Character(f"Write {c} in its plain form.", c) for c in "()[]{},;:=+-*/<>.%0123456789"}
_SUPERSCRIPTS = {c: f"Write x**{n}." for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {"ⁿ": "Write x**n.", "⁻": "Write x**-1."}
_CHARACTERS = {**CHARACTERS, **_WIDE, **{c: _Character(hint) for c, hint in _SUPERSCRIPTS.items()}}
_RAISED = "".join(_SUPERSCRIPTS)
_EXPONENT = re.compile(rf"(?P<base>[^\W{_RAISED}]+|[)\]])(?P<digits>[{_RAISED}]+)(?!\w|\s*\()")
_ROOT = re.compile(rf"√(?:(?=\()|([^\W\d{_RAISED}][^\W{_RAISED}]*|\d+(?:\.\d+)?)(?!\s*(?:[\w(.\[^{_RAISED}]|\*\*)))")


@dataclass(frozen=True, slots=True)
class _Spelling:
    """A spelling that is wrong here; `message` and `hint` may quote groups of `pattern`.

    `cures` are patterns around the same place, and what is written instead.
    """

    pattern: re.Pattern[str]
    message: str
    hint: str
    cures: tuple[tuple[re.Pattern[str], str], ...]


def _spelling(pattern: str, message: str, hint: str, *cures: tuple[str, str]) -> _Spelling:
    compiled = tuple((re.compile(wrong), right) for wrong, right in cures)
    return _Spelling(re.compile(pattern), message, hint, compiled)


_PROMPT = re.compile(r"[ \t]*(>>>|\.\.\.(?=[ \t]|$)|In \[\d*\]:|Out\[\d*\]:|\.\.\.:)")
_STATEMENT = re.compile(r"\s*(?:[\w.\[\], ]+[-+*/]?=(?!=)|(?:for|if|else|while|def|class|import|from|with|print)\b)")
_PRODUCT_BEGINS = r"(?<![\w./%^@])(?<![/%^@] )(?<!\*\*)(?<!\*\* )"  # 1/2x is two things to two people
_UNLESS_SUFFIX = r"(?![eE](?:[-+\d]|\b)|[fFlLdDjJ]\b)"  # 2e may be an unfinished 2e-3, 2.0f is a number in C
_CONDITION = r"^(\s*(?:if|elif|while|assert)\b[^#'\"]*?)"
_SPELLINGS = (
    _spelling(
        r"^\s*(?:%\w*|!(?=pip|conda|apt|ls|cat|wget|curl|python)\w+)",
        "{0} is a notebook command, not Python",
        "Delete this line.",
        (r"^.*$", ""),
    ),
    _spelling(r"&&", "&& is not Python", "Write and.", (r"\s*&&\s*", " and ")),
    _spelling(r"\|\|", "|| is not Python", "Write or.", (r"\s*\|\|\s*", " or ")),
    _spelling(r"\+\+", "++ is not Python", "Write x += 1.", (r"(?<=[\w\]])\s*\+\+\s*;?\s*(?=$|#)", " += 1")),
    _spelling(r"--", "-- is not Python", "Write x -= 1.", (r"(?<=[\w\]])\s*--\s*;?\s*(?=$|#)", " -= 1")),
    _spelling(r"!==", "!== is not Python", "Write !=.", (r"(?<![=!<>])!==(?!=)", "!=")),
    _spelling(r"===", "=== is not Python", "Write ==.", (r"(?<![=!<>])===(?!=)", "==")),
    _spelling(r"<>", "<> is not Python", "Write !=.", (r"<>", "!=")),
    _spelling(r"=<", "=< is not Python", "Write <=.", (r"=<", "<=")),
    _spelling(r"=>", "=> is not Python", "Write >=.", (_CONDITION + r"=>", r"\1>=")),
    _spelling(r"->", "-> is not offered here", "Write = to give a name to a value."),
    _spelling(r"<-", "<- is not Python", "Write = to give a name to a value."),
    _spelling(r":=", ":= is not offered here", "Write =, on a line of its own.", (r"^(\s*[\w.]+\s*):=", r"\1=")),
    _spelling(
        r"=\s+=", "= = is not Python", "Write = to give a name, == to compare.", (_CONDITION + r"=\s+=", r"\1==")
    ),
    _spelling(r"!(?!=)", "! is not Python", "Write not x.", (r"(?<![\w)\]])!\s*(?=[\w(])", "not ")),
    _spelling(r"\*\*\s*\*\*|\*\s+\*|\*\*\*", "there is an operator too many", "Write * to multiply, ** for a power."),
    _spelling(r"\$", "$ belongs to LaTeX", "Write the formula as Python, as in y = x**2."),
    _spelling(r"^\s*//", "// begins no comment in Python", "Write # before a comment.", (r"^(\s*)//", r"\1#")),
    _spelling(
        r"^\s*(?:let|var|val|const|auto|float|double|int)\s+(?=[^\W\d]\w*\s*=(?!=))",
        "{0} is not needed in Python",
        "Write the name alone: x = 2.0.",
        (r"^(\s*)(?:let|var|val|const|auto|float|double|int)\s+", r"\1"),
    ),
    _spelling(
        r"\\(?:cdot|times)\b",
        "{0} belongs to LaTeX",
        _MULTIPLY,
        (r"\\(?:cdot|times)\b", "*"),
    ),
    _spelling(r"\\\w+", "{0} belongs to LaTeX", "Write the formula as Python, as in sqrt(x)."),
    _spelling(
        r"\?(?=[^?:]+:)",
        "? is not Python",
        "Write a if x > 0 else b.",
        (
            r"(?<==)(\s*)([^?:#'\"=]*[^?:#'\"= ])\s*\?\s*([^?:#'\"]*[^?:#'\" ])\s*:\s*([^?:#'\"]*[^?:#'\"; ])\s*;?$",
            r"\1\3 if \2 else \4",
        ),
    ),
    _spelling(r"\?", "? is not Python", "Delete it.", (r"(?<=\w)\?+\s*$", "")),
    _spelling(
        r"`",
        "` is not Python",
        "Delete it.",
        (r"^\s*```\w*\s*$", ""),
        (r"(?<!`)`([^`]+)`(?!`)", r"\1"),
    ),
    _spelling(r"\|[^|]+\|", "bars are not offered here", "Write abs(x).", (r"\|\s*([^|]*[^| ])\s*\|", r"abs(\1)")),
    _spelling(r"^\s*else\s+if\b", "else if is one word in Python", "Write elif.", (r"\belse\s+if\b", "elif")),
    _spelling(r"^\s*els(?:e)?if\b", "{0} is not Python", "Write elif.", (r"\bels(?:e)?if\b", "elif")),
    _spelling(
        r"\bthen\b",
        "then is not Python",
        "Write a colon: if x > 0:",
        (r"^(\s*(?:if|elif)\b.*?)\s+then\b:?(?!.*\bthen\b)", r"\1:"),
    ),
    _spelling(
        r"(?<![\w.])(?!0[xXoObB])(?:\d[\d_]*+\.?+\d*+(?:[eE][-+]?\d++)?+|\.\d++)(?=[^\W\d_])\w+",
        "a number and a name need an operator between them",
        "Write {number} * {name} to multiply.",
        (
            rf"{_PRODUCT_BEGINS}(\d[\d_]*\.?\d*|\.\d+){_UNLESS_SUFFIX}(?=[^\W\d_])(\w+)",
            r"\1*\2",
        ),
    ),
    _spelling(r";\s*;", "there is a semicolon too many", "Delete one.", (r";(?:\s*;)+", ";")),
    _spelling(r"^\s*=", "there is no name before =", "Write y = ..., or the expression alone."),
    _spelling(r"[-+*/%,.=<>]\s*$", "the line stops in the middle", "Write what comes after the last character."),
    _spelling(r"\b(?:and|or|not|in|is)\s*$", "the line stops in the middle", "Write what comes after the last word."),
)
_NUMBER_AND_NAME = re.compile(r"([\d_]*\.?\d*(?:[eE][-+]?\d+)?)(\w+)")
_NEIGHBOURS = re.compile(r"(\w+|[)\]])[ \t]*$")

_PARSER: tuple[tuple[str, str, str, Cure | None], ...] = (
    ("was never closed", "this {bracket} is never closed", "Write {closing} where it ends.", cures.close),
    ("unmatched", "this {bracket} was never opened", "Delete it, or open it earlier.", None),
    (
        "unindent does not match",
        "this line begins between two columns",
        "Begin it in the same column as its block.",
        cures.align,
    ),
    (
        "does not match",
        "this {bracket} closes a bracket of another kind",
        "Close each bracket with its own kind.",
        cures.close_in_kind,
    ),
    ("Missing parentheses in call", "{word} needs parentheses", "Write {word}(...).", cures.call_print),
    ("expected ':'", "a colon is missing here", "Write : at the end of this line.", cures.colon),
    ("expected 'else'", "the else of this conditional expression is missing", "Write a if x > 0 else b.", None),
    (
        "unexpected indent",
        "this line is indented for no reason",
        "Begin it in the same column as the line above.",
        cures.dedent,
    ),
    (
        "expected an indented block",
        "an indented line is missing here",
        "Indent the lines that belong to the one above.",
        cures.indent,
    ),
    ("inconsistent use of tabs", "tabs and spaces are mixed here", "Indent with spaces.", None),
    ("unterminated", "this text is never closed", "Write the closing quote.", None),
    ("f-string", "Python cannot read this f-string", 'Write f"{x}" or f"{x:.3f}".', None),
    ("cannot assign to", "only a name can stand before =", "Write y = ..., or == to compare.", cures.compare),
    ("Maybe you meant '=='", "= gives a name to a value; it does not compare", "Write == to compare.", cures.compare),
    ("cannot delete", "del is not offered here", "Delete this line.", None),
    ("forgot a comma", "something is missing between these two", "Write a comma, or * to multiply.", cures.multiply),
    ("leading zeros", "a number does not begin with 0", "Write it without the leading 0.", cures.without_zeros),
    ("hexadecimal literal", "this number is not complete", "Write digits after 0x.", None),
    ("decimal literal", "this number is not complete", "Write a number as 2, 2.5 or 1e-3.", None),
    ("for integer string conversion", "this number has too many digits", "Write it as 1e300.", None),
    (
        "line continuation",
        "\\ continues a line only as its last character",
        "Delete what follows it.",
        cures.without_spaces,
    ),
    ("unexpected EOF", "the program stops in the middle", "Write the rest of it.", None),
    (
        "positional argument follows",
        "a plain argument cannot follow a named one",
        "Put the named arguments last.",
        None,
    ),
    ("keyword argument repeated", "an argument is given twice", "Delete one of them.", None),
    ("must be parenthesized", "this needs parentheses of its own", "Write ( and ) around it.", None),
    ("bytes can only contain", "bytes are not offered here", "Delete the b before the quote.", None),
    ("expected 'except'", "try is not offered here", "Write the lines inside it alone.", None),
)
_BLIND = ("expected 'else' after 'if' expression", "forgot a comma?")  # said of `x if a && b else 1`
_F_STRING = re.compile(r"\b[rR]?[fF][rR]?['\"]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def prompt(lines: Sequence[str]) -> Diagnostic | None:
    """Return what to say of the first line that begins with the prompt of an interactive Python; None if none does."""
    for number, line in enumerate(lines, 1):
        match = _PROMPT.match(line)
        if match:
            span = Span(number, match.start(1), number, match.end(1))
            hint = "Delete the prompts, and the lines of output between them."
            return Diagnostic(f"{match[1]} is a prompt, not part of the program", span, hint, _session(lines, number))
    return None


def _session(lines: Sequence[str], first: int) -> Fix | None:
    """Delete the prompts and what was answered; None if a line without a prompt may be one of the program's."""
    edits, answers = [], False
    for number, text in enumerate(lines[first - 1 :], first):
        match = _PROMPT.match(text)
        if match and not match[1].startswith("Out"):
            gap = text[match.end() : match.end() + 1].isspace()
            if _PROMPT.match(text[match.end() :]):
                return None
            edits.append(Edit(Span(number, 0, number, match.end() + gap), ""))
            answers = True
        elif match or (text.strip() and answers and not _STATEMENT.match(text)):
            edits.append(_line_deleted(lines, number))
        elif text.strip():
            return None
        else:
            answers = False
    return Fix("Delete the prompts", tuple(edits))


def _line_deleted(lines: Sequence[str], number: int) -> Edit:
    """Return the edit that deletes a line, and the end of the line above it."""
    start = (number - 1, len(lines[number - 2])) if number > 1 else (1, 0)
    return Edit(Span(*start, number, len(lines[number - 1])), "")


def diagnose(place: Place, said: str, reads: Reads) -> Diagnostic:
    """Return what is wrong at `place`, where Python's parser stopped and said `said`.

    The only cure that `reads` is the fix; where none or several help, there is none.
    """
    text, line, column = place.text, place.line, place.column
    return (
        prompt(place.lines)
        or _character(place, reads)
        or (None if "closed" in said or "unterminated" in said else _spelled(text, line, column, reads))
        or (_spelled_later(place, reads) if said.endswith(_BLIND) else None)
        or _parser_found(place, said, reads)
        or _neighbours(place, reads)
        or _open_condition(place, reads)
        or Diagnostic(*_somewhere(text, line, column))
    )


def _sure(place: Place, fixes: Iterator[Fix], reads: Reads) -> Fix | None:
    """Return the one of `fixes` with which the parser comes furthest; None if two do, or none helps."""
    if len(place.text) > LONGEST:
        return None
    found = [(left, fix) for fix in fixes if (left := reads(fix)) is not None]
    best = [fix for left, fix in found if left == min(found, key=lambda each: each[0])[0]]
    return best[0] if len(best) == 1 else None


# -- characters -------------------------------------------------------------------------------------------------------


def _character(place: Place, reads: Reads) -> Diagnostic | None:
    line, column = place.line, place.column
    character = place.text[column : column + 1]
    if not character or (character.isascii() and character.isprintable()) or character.isidentifier():
        return None
    span = Span(line, column, line, column + 1)
    if not character.isprintable():
        message = f"an invisible character (U+{ord(character):04X}) stands here"
        fix = _sure(place, _visible(place, character), reads)
        return Diagnostic(message, span, "Delete it and type the place again.", fix)
    known = _CHARACTERS.get(character, _Character("Use letters, digits and the operators + - * / **."))
    fix = _sure(place, _typed(place, character, known), reads)
    return Diagnostic(f"{character} (U+{ord(character):04X}) is not Python", span, known.hint, fix)


def _visible(place: Place, character: str) -> Iterator[Fix]:
    if unicodedata.category(character) == "Cf":
        yield rewritten("Delete it", place.line, place.text, place.column, place.column + 1, "")


def _typed(place: Place, character: str, known: _Character) -> Iterator[Fix]:
    """Write in plain characters what stands here; those of its kind in the same line with it."""
    if known.instead is not None:
        row = [c for c, each in CHARACTERS.items() if each.hint == known.hint and each.instead]
        kin = _WIDE if character in _WIDE else row
        code = code_of(place.text)
        found = [k for k, c in enumerate(code) if c in kin and k >= place.column]
        edits = (Edit(Span(place.line, k, place.line, k + 1), _CHARACTERS[code[k]].instead or "") for k in found)
        yield Fix(f"Write {known.instead}", tuple(edits))
    elif character in _SUPERSCRIPTS:
        yield from _powers(place)
    elif root := _ROOT.match(place.text, place.column):
        new = f"sqrt({root[1]})" if root[1] else "sqrt"
        yield rewritten(f"Write {new}", place.line, place.text, root.start(), root.end(), new)


def _powers(place: Place) -> Iterator[Fix]:
    for match in _EXPONENT.finditer(place.text):
        if match.end("base") == place.column and match["base"] not in place.names:
            digits = unicodedata.normalize("NFKC", match["digits"]).replace("\N{MINUS SIGN}", "-")
            title = f"Write {match['base']}**{digits}" if match["base"].isidentifier() else f"Write **{digits}"
            yield rewritten(title, place.line, place.text, place.column, match.end(), f"**{digits}")


# -- spellings --------------------------------------------------------------------------------------------------------


def _spelled(text: str, line: int, column: int, reads: Reads) -> Diagnostic | None:
    for spelling in _SPELLINGS:
        for match in spelling.pattern.finditer(text):
            gap = text[match.end() : column]
            if match.start() <= column and (match.end() > column or not gap.strip()):
                return _quote(spelling, match, line, reads)
    return None


def _spelled_later(place: Place, reads: Reads) -> Diagnostic | None:
    """What Python takes for another mistake before it: a spelling further on whose cure lets it come further."""
    for spelling in _SPELLINGS if len(place.text) <= LONGEST else ():
        match = spelling.pattern.search(place.text, place.column) if spelling.cures else None
        found = _quote(spelling, match, place.line, reads) if match else None
        if found and found.fix:
            return found
    return None


def _quote(spelling: _Spelling, match: re.Match[str], line: int, reads: Reads) -> Diagnostic:
    found = cut(match[0].strip(), 20)
    split = _NUMBER_AND_NAME.match(found)
    number, name = (split[1], split[2]) if split else ("2", "x")
    start = match.end() - len(match[0].lstrip())
    span = Span(line, start, line, match.end())
    hint = spelling.hint.format(found, number=number, name=name)
    cures_here = _spelled_right(spelling, match, line) if len(match.string) <= LONGEST else iter(())
    cure = next((fix for fix in cures_here if reads(fix) is not None), None)
    return Diagnostic(spelling.message.format(found), span, hint, cure)


def _spelled_right(spelling: _Spelling, match: re.Match[str], line: int) -> Iterator[Fix]:
    for wrong, right in spelling.cures:
        for place in wrong.finditer(match.string):
            if place.start() <= match.end() and place.end() >= match.start():
                new = place.expand(right)
                title = f"Write {new.strip()}" if new.strip() else f"Delete {place[0].strip()}"
                yield rewritten(title, line, match.string, place.start(), place.end(), new)
                break


# -- what the parser found --------------------------------------------------------------------------------------------


def _parser_found(place: Place, said: str, reads: Reads) -> Diagnostic | None:
    text, line, column = place.text, place.line, place.column
    for words, message, hint, cure in _PARSER:
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
            fix = _sure(place, cure(place), reads) if cure else None
            return Diagnostic(_filled(message, found), span, _filled(hint, found), fix)
    return None


def _filled(text: str, found: dict[str, str]) -> str:
    for place, words in found.items():
        text = text.replace(place, words)
    return text


def _neighbours(place: Place, reads: Reads) -> Diagnostic | None:
    """Two things side by side, as in `2 x`, `sin x` or `a = 2 b = 3`."""
    text, line, column = place.text, place.line, place.column
    before, word = _NEIGHBOURS.search(text[:column]), re.match(r"\w+|[(\[]", text[column:])
    if before is None or word is None:
        return None
    if iskeyword(before[1]) or iskeyword(word[0]):
        return None
    span = Span(line, column, line, column + len(word[0]))
    left, right = cut(before[1], 20), cut(word[0], 20)
    if left in place.names:
        fix = _sure(place, cures.call(place), reads)
        return Diagnostic(f"{left} needs parentheses", span, f"Write {left}({right}).", fix)
    hint = f"Write {left} * {right} to multiply; two statements need a line each, or a ; between them."
    fix = _sure(place, cures.multiply(place), reads)
    return Diagnostic(f"something is missing between {left} and {right}", span, hint, fix)


def _open_condition(place: Place, reads: Reads) -> Diagnostic | None:
    """A colon that comes too early, as in `if (x > 0:`."""
    fix = _sure(place, cures.close_before_colon(place), reads) if place.text.startswith(":", place.column) else None
    if fix is None:
        return None
    span = Span(place.line, place.column, place.line, place.column + 1)
    closers = fix.edits[0].text
    return Diagnostic(f"{closers} is missing before this colon", span, f"Write {closers} before it.", fix)


def _somewhere(text: str, line: int, column: int) -> tuple[str, Span, str]:
    word = re.match(r"\w+|.", text[column:])
    if word is None:
        return "the line stops in the middle", Span(line, len(text), line, len(text)), "Write the rest of it."
    span = Span(line, column, line, column + len(word[0]))
    return f"{cut(word[0], 20)} is not expected here", span, "Look for a missing operator, comma or bracket before it."
