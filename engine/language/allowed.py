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
from engine.language.dialects import ATTRIBUTES, CALLABLE, LATER, LATER_MEMBERS, MODULES
from engine.language.errors import TEXT_LIMIT, Diagnostic, Kind, ProgramError, cut
from engine.language.names import nearest
from engine.tape import Span

if TYPE_CHECKING:
    from engine.language.parser import Program

ALLOWED: frozenset[type[ast.AST]] = frozenset(
    {
        ast.Module, ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Pass, ast.If, ast.Assert,
        ast.For, ast.While, ast.Break, ast.Continue, ast.With, ast.withitem,
        ast.Import, ast.ImportFrom, ast.alias,
        ast.Constant, ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Call, ast.keyword, ast.Tuple,
        ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow,
        ast.UnaryOp, ast.USub, ast.UAdd, ast.Not,
        ast.BoolOp, ast.And, ast.Or, ast.IfExp, ast.Compare,
        ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot,
        ast.JoinedStr, ast.FormattedValue,
        ast.List,  # only in torch.tensor([3.0]) and as a target
    }
)  # fmt: skip

_ONE_BY_ONE = "Write the statements out one after another."
_NAME_EACH = "Give each number a name of its own."
_IN_PLACE = "Write the expression where it is used."
REFUSED: dict[str, tuple[str, str]] = {
    "ClassDef": ("class definitions are not offered", "Value is built in: delete the class and use Value(2.0)"),
    "FunctionDef": ("function definitions are not offered yet", _IN_PLACE),
    "AsyncFunctionDef": ("async functions are not offered", _IN_PLACE),
    "Lambda": ("lambda is not offered yet", _IN_PLACE),
    "AsyncFor": ("async loops are not offered", _ONE_BY_ONE),
    "AsyncWith": ("async blocks are not offered", "Delete it."),
    "Try": ("try is not offered", "Numbers never raise here: 1/0 is inf, log(-1) is nan. Write the lines alone."),
    "TryStar": ("try is not offered", "Numbers never raise here: 1/0 is inf, log(-1) is nan. Write the lines alone."),
    "Raise": ("raise is not offered", "Delete this line."),
    "Delete": ("del is not offered", "Delete this line."),
    "Global": ("global is not offered", "Delete this line: all names are global here."),
    "Nonlocal": ("nonlocal is not offered", "Delete this line."),
    "Return": ("return stands outside a function", "Write the expression alone, on the last line."),
    "Break": ("break stands outside a loop", "Delete this line."),
    "Continue": ("continue stands outside a loop", "Delete this line."),
    "Match": ("match is not offered", "Write a conditional expression: a if x > 0 else b."),
    "TypeAlias": ("type aliases are not offered", "Delete this line."),
    "NamedExpr": (":= is not offered", "Write the assignment on a line of its own, with =."),
    "Await": ("await is not offered", "Delete the word await."),
    "Yield": ("yield is not offered", "Write the expression alone."),
    "YieldFrom": ("yield is not offered", "Write the expression alone."),
    "ListComp": ("comprehensions are not offered yet", _ONE_BY_ONE),
    "SetComp": ("comprehensions are not offered yet", _ONE_BY_ONE),
    "DictComp": ("comprehensions are not offered yet", _ONE_BY_ONE),
    "GeneratorExp": ("generators are not offered yet", "Write the terms out: a + b + c."),
    "Set": ("sets are not offered", "Write a tuple: (a, b)."),
    "Dict": ("dictionaries are not offered yet", _NAME_EACH),
    "Subscript": ("indexing is not offered yet", _NAME_EACH),
    "Slice": ("slices are not offered yet", _NAME_EACH),
    "Starred": ("* before an argument is not offered yet", "Write the arguments out."),
    "TemplateStr": ("t-strings are not offered", 'Write f"{x}".'),
    "In": ("in is not offered yet", "Compare with ==."),
    "NotIn": ("in is not offered yet", "Compare with !=."),
    "MatMult": ("@ multiplies matrices, which are not offered yet", "Write the products and sums out."),
    "BitXor": ("^ is not a power in Python", "Write x**2 for the square of x."),
    "BitAnd": ("& works on bits, not on numbers", "Write and."),
    "BitOr": ("| works on bits, not on numbers", "Write or; write abs(x) for bars."),
    "LShift": ("<< works on bits, not on numbers", "Write x * 2**n."),
    "RShift": (">> works on bits, not on numbers", "Write x / 2**n."),
    "Invert": ("~ works on bits, not on numbers", "Write -x, or not x."),
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
    "map": "Write the terms out.",
    "filter": "Write the terms out.",
    "repr": 'Write print(x) or f"{x}".',
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
        "co_names", "mro", "format", "format_map",
    }
)  # fmt: skip
_MICROGRAD_INSIDE = {"_prev", "_op", "_backward", "_children", "_local_grads"}
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
    bound, lists, strays = _bound(inside), _tensor_lists(inside), _strays(program.tree, inside)
    for node, called in _walk(program.tree, inside):
        refused = _refusal(node, bound, called)
        if isinstance(node, ast.List) and isinstance(node.ctx, ast.Load) and node not in lists:
            refused = "refused", "lists are not offered yet", _NAME_EACH
        if node in strays:
            refused = "syntax", *REFUSED[type(node).__name__]
        if refused:
            kind, message, hint = refused
            yield kind, Diagnostic(cut(message, TEXT_LIMIT), _headline(program, node), hint)


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


def _bound(everything: Iterable[ast.AST]) -> frozenset[str]:
    """Return the names that the program itself gives a value."""
    return frozenset(n.id for n in everything if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def _tensor_lists(everything: Iterable[ast.AST]) -> set[ast.List]:
    """Return the lists that say what is in a tensor: `[3.0]` in `torch.tensor([3.0])`."""
    found: set[ast.List] = set()
    for node in everything:
        if isinstance(node, ast.Call) and "tensor" in (getattr(node.func, "attr", ""), getattr(node.func, "id", "")):
            inside: list[ast.AST] = list(node.args[:1])
            while inside:
                part = inside.pop()
                if isinstance(part, ast.List) and part not in found:
                    found.add(part)
                    inside.extend(part.elts)
    return found


def _strays(tree: ast.AST, inside: Inside) -> set[ast.AST]:
    """Return what leads out of a loop, but stands in none."""
    found: set[ast.AST] = set()
    stack: list[tuple[ast.AST, bool]] = [(tree, False)]
    while stack:
        node, looped = stack.pop()
        if isinstance(node, ast.Break | ast.Continue) and not looped:
            found.add(node)
        body = node.body if isinstance(node, ast.For | ast.While) else ()
        stack.extend((child, looped or child in body) for child in inside[node] if isinstance(child, ast.stmt))
    return found


def _walk(tree: ast.AST, inside: Inside) -> Iterator[tuple[ast.AST, bool]]:
    """Yield each node, from the top of the text down, and whether it is what a call calls; nothing inside a refused
    node, nor inside annotations."""
    stack: list[tuple[ast.AST, bool]] = [(tree, False)]
    while stack:
        node, called = stack.pop()
        yield node, called
        if type(node) in ALLOWED:
            callee = node.func if isinstance(node, ast.Call) else None
            unread = node.annotation if isinstance(node, ast.AnnAssign) else None
            stack.extend([(child, child is callee) for child in reversed(inside[node]) if child is not unread])


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


def _refusal(node: ast.AST, bound: frozenset[str], called: bool) -> tuple[Kind, str, str] | None:
    if type(node) not in ALLOWED:
        fallback = ("this part of Python is not offered", "Write assignments and expressions.")
        return None if isinstance(node, _OPERATORS) else ("refused", *REFUSED.get(type(node).__name__, fallback))
    if type(node) in _INNOCENT:
        return None
    match node:
        case ast.Name(id=name):
            return _name(name, called) if name not in bound or name.startswith("__") or "·" in name else None
        case ast.BinOp(op=op) | ast.UnaryOp(op=op) | ast.AugAssign(op=op) if type(op) not in ALLOWED:
            return "refused", *REFUSED[type(op).__name__]
        case ast.BinOp(op=ast.Mod(), left=ast.JoinedStr() | ast.Constant(value=str())):
            return "refused", "% does not format texts here", 'Write f"{x:.3f}".'
        case ast.Compare(ops=ops):
            return next((("refused", *REFUSED[type(op).__name__]) for op in ops if type(op) not in ALLOWED), None)
        case ast.Attribute(attr=attr):
            return _attribute(attr)
        case ast.Import(names=names):
            return _import([alias.name for alias in names])
        case ast.alias(name=name, asname=alias) if name.startswith("_") or (alias or "").startswith("__"):
            return "refused", *_DUNDER
        case ast.ImportFrom(module=module, level=level):
            return _import(["." if level else module or ""])
        case ast.Constant(value=value):
            return _constant(value)
        case ast.keyword(arg=None):
            return "refused", "** before an argument is not offered", "Write the arguments out."
        case ast.keyword(arg=str(arg)) if arg.startswith("__"):
            return "refused", _DUNDER[0], _DUNDER[1]
        case ast.Assign(targets=targets):
            return next(filter(None, map(_target, targets)), None)
        case ast.AnnAssign(target=ast.Subscript(value=ast.Name(id="In" | "Out" as prompt))):
            return "syntax", f"{prompt} [...]: is a prompt, not part of the program", "Delete the prompts."
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target) | ast.For(target=target):
            return _target(target)
    return None


_INNOCENT = {ast.Module, ast.Expr, ast.Call, ast.Tuple, ast.List}
_DUNDER = ("names that begin with two underscores are not offered", "Choose another name.")


def _name(name: str, called: bool) -> tuple[Kind, str, str] | None:
    if "·" in name:  # Python takes it for a letter
        return "syntax", "· (U+00B7) is not Python", "Write * to multiply."
    if name.startswith("__") and name not in _REACHING:
        return "refused", *_DUNDER
    if name in FORBIDDEN or (called and name in FORBIDDEN_CALLS - CALLABLE):
        hint = _REACHING.get(name) or _CALLED.get(name, "Delete it: numbers, operators and functions are offered.")
        return "refused", f"{name} is not offered here", hint
    if called and name in LATER:
        return "refused", f"{name} is not offered yet", LATER[name]
    return None


def _attribute(attr: str) -> tuple[Kind, str, str] | None:
    if attr in _MICROGRAD_INSIDE:
        return "refused", f".{attr} is inside micrograd's Value", "Read .data and .grad; the picture shows the rest."
    if attr.startswith("_") or attr in _FRAMES:
        hint = 'Write f"{x:.3f}".' if attr.startswith("format") else "Read .data or .grad."
        return "refused", f"the attribute {cut(attr)} is not offered here", hint
    if attr in ATTRIBUTES:
        return None
    if attr in LATER_MEMBERS:
        return "refused", f".{attr} is not offered yet", "Write the arithmetic out, as in w1*x1 + w2*x2 + b."
    near = nearest(attr, ATTRIBUTES)
    hint = f"Did you mean .{near}?" if near else "Read .data or .grad, or call a function such as x.tanh()."
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


def _target(target: ast.expr) -> tuple[Kind, str, str] | None:
    match target:
        case ast.Name():
            return None
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            return next(filter(None, map(_target, targets)), None)
        case ast.Attribute(attr="data" | "grad" | "label" | "requires_grad"):
            return None
        case ast.Attribute(attr=attr):
            if _attribute(attr) is None:
                return "refused", f".{attr} cannot be assigned to", "Assign to a name, to .data or to .grad."
    return None  # other kinds are refused by themselves
