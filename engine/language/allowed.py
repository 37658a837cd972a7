"""The allow-list: what a program may consist of, and what is said of everything else. Start at `check`.

The interpreter has a handler for each node type in `ALLOWED` and for no other, so this list is the wall: a text in
which anything else stands is refused as a whole, by name and place, before any of it has run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from engine.language.budgets import Budgets, exceeded
from engine.language.dialects import ATTRIBUTES, CALLABLE, MEANT, MODULES
from engine.language.errors import TEXT_LIMIT, Diagnostic, Kind, ProgramError, cut
from engine.language.names import SINGLETONS, nearest
from engine.language.repairs import repair
from engine.tape import Span

if TYPE_CHECKING:
    from engine.language.parser import Program

ALLOWED: frozenset[type[ast.AST]] = frozenset(
    {
        ast.Module, ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Pass, ast.If, ast.Assert,
        ast.For, ast.While, ast.Break, ast.Continue, ast.With, ast.withitem,
        ast.FunctionDef, ast.Lambda, ast.arguments, ast.arg, ast.Return, ast.ClassDef,
        ast.Import, ast.ImportFrom, ast.alias,
        ast.Constant, ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Call, ast.keyword, ast.Tuple,
        ast.List, ast.Dict, ast.Set, ast.Subscript, ast.Slice, ast.Starred,
        ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp, ast.comprehension,
        ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult,
        ast.BitAnd, ast.BitOr,  # of masks: (x > 0) & (x < 1)
        ast.UnaryOp, ast.USub, ast.UAdd, ast.Not, ast.Invert,
        ast.BoolOp, ast.And, ast.Or, ast.IfExp, ast.Compare,
        ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn,
        ast.JoinedStr, ast.FormattedValue,
    }
)  # fmt: skip

_IN_PLACE = "Write def and return."
REFUSED: dict[str, tuple[str, str]] = {
    "AsyncFunctionDef": ("async functions are not offered", _IN_PLACE),
    "AsyncFor": ("async loops are not offered", "Write a plain for."),
    "AsyncWith": ("async blocks are not offered", "Delete it."),
    "Try": ("try is not offered", "Numbers never raise here: 1/0 is inf, log(-1) is nan. Write the lines alone."),
    "TryStar": ("try is not offered", "Numbers never raise here: 1/0 is inf, log(-1) is nan. Write the lines alone."),
    "Raise": ("raise is not offered", "Delete this line, or write an assert."),
    "Delete": ("del is not offered", "Delete this line; to take something out of a list, write xs.pop(0)."),
    "Global": ("global is not offered", "Return the value, and assign it where the function is called."),
    "Nonlocal": ("nonlocal is not offered", "Return the value, and assign it where the function is called."),
    "Return": ("return stands outside a function", "Write the expression alone, on the last line."),
    "Break": ("break stands outside a loop", "Delete this line."),
    "Continue": ("continue stands outside a loop", "Delete this line."),
    "Match": ("match is not offered", "Write if and elif."),
    "TypeAlias": ("type aliases are not offered", "Delete this line."),
    "NamedExpr": (":= is not offered", "Write the assignment on a line of its own, with =."),
    "Await": ("await is not offered", "Delete the word await."),
    "Yield": ("yield is not offered", "Collect the values in a list, and return it."),
    "YieldFrom": ("yield is not offered", "Collect the values in a list, and return it."),
    "TemplateStr": ("t-strings are not offered", 'Write f"{x}".'),
    "BitXor": ("^ is not a power in Python", "Write x**2 for the square of x."),
    "LShift": ("<< works on bits, not on numbers", "Write x * 2**n."),
    "RShift": (">> works on bits, not on numbers", "Write x / 2**n."),
}

_REACHING = {
    "eval": "Write the expression itself: it is evaluated as it stands.",
    "exec": "Write the statements themselves.",
    "compile": "Write the expression itself: it is evaluated as it stands.",
    "open": "Programs here read no files: write the numbers into the program.",
    "getattr": "Write the name after a dot: x.grad.",
    "setattr": "Write an assignment: x.data = 2.0.",
    "delattr": "Delete this line.",
    "type": "Delete it: all numbers here are doubles.",
    "__import__": "Delete it: math, numpy, torch and micrograd are built in.",
}
_CALLED = {
    "input": "Write a name that you give no value: it becomes an input with a slider.",
    "next": "Write for x in xs, or xs[0].",
    "super": "It stands alone in a line, as super().__init__().",
    "isinstance": "Delete it: all numbers here are doubles.",
}
FORBIDDEN = frozenset(_REACHING) | {"globals", "locals", "vars", "breakpoint", "memoryview"}
"""Never a name here, not even of an input."""
FORBIDDEN_CALLS = frozenset(
    {
        "input", "hasattr", "dir", "object", "super", "isinstance", "issubclass", "callable", "id",
        "hash", "repr", "format", "bytes", "bytearray", "classmethod", "staticmethod", "property", "exit",
        "quit", "help", "map", "filter", "iter", "next", "any", "all", "set",
        "dict", "frozenset", "complex", "chr", "ord", "bin", "hex", "oct", "slice",
        "ascii", "divmod", "aiter", "anext", "copyright", "credits", "license", "execfile", "reload",
        "unicode", "xrange", "raw_input",
    }
)  # fmt: skip
_FRAMES = frozenset(
    {
        "gi_frame", "gi_code", "gi_yieldfrom", "cr_frame", "cr_code", "cr_await", "ag_frame",
        "ag_code", "f_globals", "f_locals", "f_builtins", "f_back", "f_code", "tb_frame",
        "tb_next", "func_globals", "func_code", "func_closure", "func_defaults", "co_code", "co_consts",
        "co_names", "mro", "format_map",
    }
)  # fmt: skip
_MICROGRAD_INSIDE = {"_prev", "_op", "_backward", "_children", "_local_grads"}
"""Texts that explain the backward pass read these; of a Value, they are offered."""
_OFFERED = "math, random, numpy, torch and micrograd are built in"
_MOST = 5  # diagnostics in one answer
_LOOKED_AT = 20  # refusals for which we look for a cure; it takes time


def check(program: Program, budgets: Budgets) -> None:
    """Raise `ProgramError` if anything in `program` is not on the list, or if it is nested too deeply."""
    inside = _checked_depth(program, budgets)
    found = list(islice(_refusals(program, inside), _LOOKED_AT))
    if found:
        found.sort(key=lambda entry: (entry[1].span.line, entry[1].span.column))
        kind = found[0][0]
        raise ProgramError(kind, *[diagnostic for k, diagnostic in found if k == kind][:_MOST])


def _refusals(program: Program, inside: Inside) -> Iterator[tuple[Kind, Diagnostic]]:
    own, strays = _Names(inside), _strays(program.tree, inside)
    for node, called in _walk(program.tree, inside):
        refused = _refusal(node, own, called)
        if node in strays:
            refused = "syntax", *REFUSED[type(node).__name__]
        if refused:
            kind, message, hint = refused
            yield kind, Diagnostic(cut(message, TEXT_LIMIT), _headline(program, node), hint, repair(program, node))


Inside = dict[ast.AST, list[ast.AST]]
"""All nodes of a program, and what is written inside each."""


def _checked_depth(program: Program, budgets: Budgets) -> Inside:
    """Return all nodes of `program`; raise if they are nested too deeply."""
    inside: Inside = {}
    stack: list[tuple[ast.AST, int]] = [(program.tree, 0)]
    while stack:
        node, depth = stack.pop()
        inside[node] = children = _children(node)
        if depth > budgets.depth:
            raise exceeded(budgets, "depth", program.span(node) if hasattr(node, "lineno") else Span(1, 0, 1, 0))
        for child in children:
            # the left side of a sum of a sum: the interpreter walks such a spine as a list
            level = isinstance(node, ast.BinOp) and child is node.left and isinstance(child, ast.BinOp)
            stack.append((child, depth if level else depth + 1))
    return inside


class _Names:
    """The names that the program itself gives a value: bare ones, and those behind the dot of its own objects."""

    def __init__(self, everything: Iterable[ast.AST]) -> None:
        self.bound: set[str] = set()
        self.attributes: set[str] = set()
        self.methods: set[ast.AST] = set()
        self.ellipses: set[ast.AST] = set()
        for node in everything:
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    self.bound.add(name)
                case ast.Attribute(attr=name, ctx=ast.Store(), value=ast.Name()) if not name.startswith("_"):
                    self.attributes.add(name)
                case ast.ClassDef(name=name, body=body):
                    self.bound.add(name)
                    self._add_members(body)
                case ast.FunctionDef(name=name):
                    self.bound.add(name)
                case ast.Subscript(slice=place):
                    self.ellipses.update(place.elts if isinstance(place, ast.Tuple) else (place,))

    def _add_members(self, body: list[ast.stmt]) -> None:
        for statement in body:
            if isinstance(statement, ast.FunctionDef):
                self.methods.add(statement)
                if not statement.name.startswith("_"):
                    self.attributes.add(statement.name)
            elif isinstance(statement, ast.Assign):
                self.attributes.update(t.id for t in statement.targets if isinstance(t, ast.Name))


def own_names(definition: ast.FunctionDef | ast.Lambda) -> frozenset[str]:
    """Return the names that a function gives a value somewhere, its parameters included: none of those is outside."""
    given = definition.args
    names = {a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    names |= {a.arg for a in (given.vararg, given.kwarg) if a is not None}
    stack: list[ast.AST] = [] if isinstance(definition, ast.Lambda) else list(definition.body)
    while stack:
        node = stack.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
                continue
            case ast.alias(name=name, asname=alias):
                names.add(alias or name.partition(".")[0])
            case ast.Lambda() | ast.ListComp() | ast.DictComp() | ast.SetComp() | ast.GeneratorExp():
                continue
        stack += _children(node)
    return frozenset(names)


def begins_module(node: ast.AST) -> bool:
    """Return whether this is `super().__init__()`, which says nothing that is not so already."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=given, keywords=[]), attr="__init__"),
            args=[],
            keywords=[],
        ):
            return all(isinstance(argument, ast.Name) for argument in given)
    return False


def _asks_for_main(node: ast.AST) -> bool:
    """Return whether this is `__name__ == "__main__"`, with which scripts end."""
    match node:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True
    return False


def _strays(tree: ast.AST, inside: Inside) -> set[ast.AST]:
    """Return what leads out of a loop or a function, but stands in none."""
    found: set[ast.AST] = set()
    stack: list[tuple[ast.AST, bool, bool]] = [(tree, False, False)]
    while stack:
        node, looped, defined = stack.pop()
        if isinstance(node, ast.Break | ast.Continue) and not looped:
            found.add(node)
        if isinstance(node, ast.Return) and not defined:
            found.add(node)
        body = node.body if isinstance(node, ast.For | ast.While) else ()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            looped, defined = False, isinstance(node, ast.FunctionDef)
        stack.extend((child, looped or child in body, defined) for child in inside[node] if isinstance(child, ast.stmt))
    return found


def _walk(tree: ast.AST, inside: Inside) -> Iterator[tuple[ast.AST, bool]]:
    """Yield each node, from the top of the text down, and whether it is what a call calls; nothing inside a refused
    node, nor inside annotations."""
    stack: list[tuple[ast.AST, bool]] = [(tree, False)]
    while stack:
        node, called = stack.pop()
        if begins_module(node) or _asks_for_main(node):
            continue
        yield node, called
        if type(node) in ALLOWED:
            callee = node.func if isinstance(node, ast.Call) else None
            unread = _unread(node)
            stack.extend([(child, child is callee) for child in reversed(inside[node]) if child not in unread])


def _unread(node: ast.AST) -> tuple[ast.AST | None, ...]:
    """Return what is never evaluated: annotations."""
    if isinstance(node, ast.AnnAssign | ast.arg):
        return (node.annotation,)
    return (node.returns,) if isinstance(node, ast.FunctionDef) else ()


def _children(node: ast.AST) -> list[ast.AST]:
    """Return what is written inside `node`, without operators and the like, which say nothing by themselves."""
    found: list[ast.AST] = []
    for name in _parts(type(node)):  # type: ignore[arg-type]  # classes are hashable
        part = node.__dict__.get(name)
        if isinstance(part, list):
            found += [each for each in part if isinstance(each, ast.AST)]
        elif isinstance(part, ast.AST):
            found.append(part)
    return found


_OPERATORS = (ast.operator, ast.unaryop, ast.cmpop)  # refused with the expression that they stand in
_SILENT = {"ctx", "op", "ops", "type_comment", "lineno", "kind"}


@cache
def _parts(kind: Any) -> tuple[str, ...]:
    return tuple(name for name in kind._fields if name not in _SILENT or kind is ast.BoolOp)


def _headline(program: Program, node: ast.AST) -> Span:
    """Return the place of `node`; of a block, its first line."""
    if not hasattr(node, "lineno"):
        return Span(1, 0, 1, 0)
    span = program.span(node)
    if span.end_line == span.line or not hasattr(node, "body"):
        return span
    return Span(span.line, span.column, span.line, max(len(program.lines[span.line - 1].rstrip()), span.column))


def _refusal(node: ast.AST, own: _Names, called: bool) -> tuple[Kind, str, str] | None:
    if type(node) not in ALLOWED:
        fallback = ("this part of Python is not offered", "Write assignments and expressions.")
        return None if isinstance(node, _OPERATORS) else ("refused", *REFUSED.get(type(node).__name__, fallback))
    if type(node) in _INNOCENT:
        return None
    match node:
        case ast.Name(id=name):
            return _name(name, called) if name not in own.bound or name.startswith("__") or "·" in name else None
        case ast.arg(arg=name) if name.startswith("__"):
            return "refused", *_DUNDER
        case ast.FunctionDef():
            return _function(node, own)
        case ast.ClassDef():
            return _class(node)
        case ast.BinOp(op=op) | ast.UnaryOp(op=op) | ast.AugAssign(op=op) if type(op) not in ALLOWED:
            return "refused", *REFUSED[type(op).__name__]
        case ast.Compare(ops=ops):
            return next((("refused", *REFUSED[type(op).__name__]) for op in ops if type(op) not in ALLOWED), None)
        case ast.Attribute(attr=attr):
            return None if attr in own.attributes else _attribute(attr)
        case ast.Import(names=names):
            return _import([alias.name for alias in names])
        case ast.alias(name=name, asname=alias) if name.startswith("_") or (alias or "").startswith("__"):
            return "refused", *_DUNDER
        case ast.ImportFrom(module=module, level=level):
            return _import(["." if level else module or ""])
        case ast.Constant(value=value):
            return None if node in own.ellipses else _constant(value)
        case ast.comprehension(is_async=1):
            return "refused", "async loops are not offered", "Write a plain for."
        case ast.keyword(arg=str(arg)) if arg.startswith("__"):
            return "refused", _DUNDER[0], _DUNDER[1]
        case ast.Assign(targets=targets):
            return next(filter(None, (_target(target, own) for target in targets)), None)
        case ast.AnnAssign(target=ast.Subscript(value=ast.Name(id="In" | "Out" as prompt))):
            return "syntax", f"{prompt} [...]: is a prompt, not part of the program", "Delete the prompts."
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target) | ast.For(target=target):
            return _target(target, own)
    return None


def _function(node: ast.FunctionDef, own: _Names) -> tuple[Kind, str, str] | None:
    if node.name.startswith("__") and not (node.name == "__init__" and node in own.methods):
        return "refused", *_DUNDER
    for decorator in node.decorator_list:
        words = ast.unparse(decorator) if isinstance(decorator, ast.Call | ast.Attribute) else ""
        if words not in ("torch.no_grad()", "torch.inference_mode()"):
            return "refused", "decorators are not offered", "Delete the line with @."
    return None


_BUILT_IN = {"Value": "Value(2.0)", "Neuron": "Neuron(2)", "Layer": "Layer(2, 3)", "MLP": "MLP(3, [4, 4, 1])"}


def _class(node: ast.ClassDef) -> tuple[Kind, str, str] | None:
    name = cut(node.name, 40)
    if len(node.bases) == 1 and _is_network(node.bases[0]) and not node.keywords and node.name not in _BUILT_IN:
        if node.decorator_list:
            return "refused", "decorators are not offered", "Delete the line with @."
        strange = next((s for s in node.body if not isinstance(s, _IN_CLASSES)), None)
        if strange is None:
            return None
        return "refused", f"in class {name} stand functions alone", "Write def __init__ and def forward."
    if node.name in _BUILT_IN:
        hint = f"{node.name} is built in: delete the class and use {_BUILT_IN[node.name]}"
        return "refused", "class definitions are not offered", hint
    message = f"class definitions are not offered; {name} does not derive from nn.Module"
    return "refused", message, f"Write functions, or class {name}(nn.Module): with forward."


_IN_CLASSES = (ast.FunctionDef, ast.Pass, ast.Assign, ast.AnnAssign, ast.Expr)


def _is_network(base: ast.expr) -> bool:
    return (base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")) == "Module"


_INNOCENT = {
    ast.Module,
    ast.Expr,
    ast.Call,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.Subscript,
    ast.Slice,
    ast.Return,
}
_DUNDER = ("names that begin with two underscores are not offered", "Choose another name.")


def _name(name: str, called: bool) -> tuple[Kind, str, str] | None:
    if "·" in name:  # Python takes it for a letter
        return "syntax", "· (U+00B7) is not Python", "Write * to multiply."
    if name.startswith("__") and name not in _REACHING:
        return "refused", *_DUNDER
    if name in FORBIDDEN or (called and name in FORBIDDEN_CALLS - CALLABLE):
        hint = _REACHING.get(name) or _CALLED.get(name, "Delete it: numbers, operators and functions are offered.")
        return "refused", f"{name} is not offered here", hint
    if name in SINGLETONS:
        return "name", f"{name} is not Python", f"Write {SINGLETONS[name]}."
    return None


def _attribute(attr: str) -> tuple[Kind, str, str] | None:
    if attr in _MICROGRAD_INSIDE:
        return None
    if attr.startswith("_") or attr in _FRAMES:
        hint = 'Write f"{x:.3f}".' if attr.startswith("format") else "Read .data or .grad."
        return "refused", f"the attribute {cut(attr)} is not offered here", hint
    if attr in ATTRIBUTES:
        return None
    near = MEANT.get(attr) or nearest(attr, ATTRIBUTES, loose=False)
    hint = (
        f"Did you mean .{near}?"
        if near
        else "Read .data or .grad, or call a function such as x.tanh(); /docs/language lists all words."
    )
    return "name", f"there is no .{cut(attr)} here", hint


def _import(modules: list[str]) -> tuple[Kind, str, str] | None:
    for module in modules:
        if module not in MODULES:
            near = nearest(module, MODULES) if len(module) > 3 else None
            hint = f"Did you mean {near}?" if near else f"Delete this line: {_OFFERED}."
            return "refused", f"{cut(module)} cannot be imported here", hint
    return None


def _constant(value: object) -> tuple[Kind, str, str] | None:
    if isinstance(value, complex):
        return "refused", "complex numbers are not offered", "Write real numbers: gradients here are of real functions."
    if isinstance(value, bytes):
        return "refused", "bytes are not offered", "Delete the b before the quote."
    if value is Ellipsis:
        return "refused", "... is not offered", "Write what it stands for."
    return None


def _target(target: ast.expr, own: _Names) -> tuple[Kind, str, str] | None:
    match target:
        case ast.Name():
            return None
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            return next(filter(None, (_target(each, own) for each in targets)), None)
        case ast.Attribute(attr="data" | "grad" | "label" | "requires_grad"):
            return None
        case ast.Attribute(value=ast.Name(id="self")):
            return None
        case ast.Attribute(attr=attr):
            if attr in _FIXED or _attribute(attr):
                return _attribute(attr) or ("refused", f".{attr} cannot be assigned to", "Assign to .data or to .grad.")
    return None  # other kinds are refused by themselves


_FIXED = frozenset({"item", "backward", "shape", "T", "tanh", "relu", "exp", "pi", "e", "inf", "nan"}) | CALLABLE
