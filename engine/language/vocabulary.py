"""The words of the language: turns the tables of the dialects into lists for people, and for an editor.

Start at `vocabulary` and `names`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.language import containers
from engine.language.dialects import ALIASES, CONSTANTS, FUNCTIONS, METHODS, MODULES, PROPERTIES, python
from engine.language.dialects.about import MEMBERS, about
from engine.language.dialects.nn import METHODS as NETWORK_METHODS
from engine.language.values import Class, Dict, Function, List, Set
from engine.ops import OPS


def vocabulary() -> Mapping[str, list[str]]:
    """Return all names that a program can use, by where they belong; those of the operations once, at the top."""
    operations = {op.name for op in OPS.values() if op.public}
    return {
        "operations: bare, behind math. np. torch. F., and as methods": sorted(operations),
        "operations of derivatives": sorted(python.RULES),
        "Python": sorted(set(python.FUNCTIONS) - set(python.OPERATIONS) - set(python.RULES)),
        "texts, lists, dictionaries, sets": sorted(
            {name for kind in (str, List, Dict, Set) for name in containers.METHODS[kind]}
        ),
        "math": _members("math"),
        "random": _members("random"),
        "micrograd": ["Value", "Neuron", "Layer", "MLP", ".data", ".grad", ".label", ".parameters()", ".zero_grad()"],
        "torch": _members("torch"),
        "tensors": sorted(
            {f".{name}" for name in METHODS if name not in python.OPERATIONS} | {f".{n}" for n in PROPERTIES}
        ),
        "torch.nn": _members("torch.nn"),
        "networks": sorted(f".{name}()" for name in NETWORK_METHODS),
        "torch.nn.functional": _members("torch.nn.functional"),
        "torch.nn.init": _members("torch.nn.init"),
        "torch.nn.utils": _members("torch.nn.utils"),
        "torch.utils.data": _members("torch.utils.data"),
        "torch.optim": [*_members("torch.optim"), ".step()", ".zero_grad()", ".param_groups"],
        "torch.optim.lr_scheduler": [*_members("torch.optim.lr_scheduler"), ".step()", ".get_last_lr()"],
        "numpy": _members("numpy"),
        "numpy.random": _members("numpy.random"),
    }


def _members(path: str) -> list[str]:
    return sorted(_functions(MODULES[path].items()) - set(python.OPERATIONS))


def _functions(members: Iterable[tuple[str, object]]) -> set[str]:
    return {name for name, member in members if isinstance(member, Function | Class)}


# -- for an editor -----------------------------------------------------------------------------------------------------

Word = dict[str, Any]
KEYWORDS: Mapping[str, str] = {
    "for": "for x in xs: repeats the block for each element.",
    "while": "Repeats the block as long as a condition holds.",
    "if": "Runs the block where a condition holds; also a if condition else b.",
    "elif": "Another condition, where those before do not hold.",
    "else": "What happens otherwise.",
    "def": "Defines a function.",
    "return": "Ends a function with a value.",
    "lambda": "A small function: lambda x: x*x.",
    "import": "Accepted for modules that are offered here.",
    "from": "from torch import nn.",
    "with": "with torch.no_grad(): runs the block without recording a graph.",
    "assert": "Stops with a message unless a condition holds.",
    "class": "class Net(nn.Module): defines a network.",
    "break": "Leaves the loop.",
    "continue": "Goes on with the next turn of the loop.",
    "pass": "Does nothing.",
    "and": "True where both are.",
    "or": "True where at least one is.",
    "not": "True where the other is false.",
    "in": "Whether an element is there.",
    "True": "Truth.",
    "False": "Falsehood.",
    "None": "No value.",
}
SIGNS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow"}


def names() -> dict[str, Any]:
    """Return every word that an editor can offer, each with where it stands, its kind and what it is.

    `of` is a module, "value", "network", "optimizer" or "list"; nothing for a bare name. `op` names the operation it
    stands for, if it is one.
    """
    return {"names": [*_merged(_words())], "modules": dict(ALIASES), "signs": dict(SIGNS)}


def _words() -> Iterator[Word]:
    for keyword, text in KEYWORDS.items():
        yield _word(keyword, "", "keyword", text)
    for alias, path in ALIASES.items():
        yield _word(alias, "", "module", f"The module {path}.")
    for name, member in {**python.OPERATIONS, **FUNCTIONS, **CONSTANTS}.items():
        yield _member(name, "", member)
    for path, members in MODULES.items():
        for name, member in members.items():
            yield _member(name, path, member)
        parent, _, last = path.rpartition(".")
        if parent:
            yield _word(last, parent, "module", f"The module {path}.")
    for name, member in METHODS.items():
        yield _member(name, "value", member)
    for name in PROPERTIES:
        if about(name, "value"):
            yield _word(name, "value", "property", about(name, "value"))
    for owner, attributes in MEMBERS.items():
        for name in attributes:
            yield _word(name, owner, "method", about(name, owner))


def _member(name: str, of: str, member: object) -> Word:
    op = OPS.get(python.OTHER_NAMES.get(name, name))
    if op and (name in python.OPERATIONS or name in python.RULES):
        return _word(name, of, "operation", op.about, op=op.name)
    match member:
        case Function():
            return _word(name, of, "function", about(name, of), signature=member.signature())
        case Class():
            return _word(name, of, "class", about(name, of))
        case float():
            return _word(name, of, "constant", about(name, of))
    return _word(name, of, "setting", "A setting; numbers stay doubles.")


def _word(name: str, of: str, kind: str, text: str, **more: str) -> Word:
    return {"name": name, "of": of, "kind": kind, "about": text, **more}


def _merged(words: Iterable[Word]) -> Iterator[Word]:
    """Yield words that differ in where they stand alone as one; `of` lists the places."""
    merged: dict[tuple[str, ...], Word] = {}
    for word in words:
        key = (word["name"], word["kind"], word["about"])
        known = merged.setdefault(key, {**word, "of": []})
        if word["of"] not in known["of"]:
            known["of"].append(word["of"])
    yield from merged.values()
