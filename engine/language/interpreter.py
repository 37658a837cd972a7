"""Runs a checked program over a tape: each piece of the tree has a handler that turns it into a value.

A handler of a compound piece is a generator: it *yields* the pieces it needs and is sent their values, while one loop
(`Interpreter.evaluate`) keeps the stack. So depth is never the host's recursion, every piece is charged to the budget
in one place, and every error knows the piece that was running. Start at `evaluate`; `engine.language.run` calls it.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Generator, Mapping
from types import GeneratorType
from typing import Any

from engine import numbers
from engine.language.calls import bind
from engine.language.dialects import ALIASES, CONSTANTS, FUNCTIONS, LATER, MEANT, METHODS, MODULES, PROPERTIES
from engine.language.errors import ProgramError, cut
from engine.language.machine import Machine
from engine.language.names import nearest
from engine.language.texts import formatted
from engine.language.values import (
    NO_GRAD,
    Anything,
    Function,
    Method,
    Missing,
    Module,
    Number,
    Ref,
    Tensor,
    as_double,
    compute,
    describe,
)
from engine.ops import OPS, Op

Steps = Generator[Any, Any, Any]
Handler = Callable[["Interpreter", Any], Any]

_ARITHMETIC: Mapping[type[ast.operator], tuple[str, Op]] = {
    ast.Add: ("+", OPS["add"]),
    ast.Sub: ("-", OPS["sub"]),
    ast.Mult: ("*", OPS["mul"]),
    ast.Div: ("/", OPS["div"]),
    ast.Pow: ("**", OPS["pow"]),
}
_DIVISIONS: Mapping[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
}
_ORDER: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_NEG = OPS["neg"]
BREAK, CONTINUE = object(), object()
_WAYS_OUT = (BREAK, CONTINUE)


class Interpreter(Machine):
    """Walks a checked program; what it does there, it does as a `Machine`."""

    # -- the loop -----------------------------------------------------------------------------------------------------

    def evaluate(self, root: ast.AST) -> Anything:
        """Return the value of `root`. The stack of unfinished pieces is kept here."""
        stack: list[Steps] = []
        task: Any = root
        while True:
            if type(task) is not GeneratorType:
                self.current = task
                self.meter.charge()
                task = _HANDLERS[type(task)](self, task)
            value = None
            if type(task) is GeneratorType:
                stack.append(task)
            else:
                value = task
            while stack:
                try:
                    task = stack[-1].send(value)
                    break
                except StopIteration as done:
                    stack.pop()
                    value = done.value
            else:
                return value

    # -- statements ---------------------------------------------------------------------------------------------------

    def _module(self, node: ast.Module) -> Steps:
        yield from self._block(node.body)

    def _block(self, statements: list[ast.stmt]) -> Steps:
        """Evaluate statements, up to one that leaves a loop; return what leads out: `break`, `continue`, or nothing."""
        for statement in statements:
            way_out = yield statement
            if way_out in _WAYS_OUT:
                return way_out
        return None

    def _expression(self, node: ast.Expr) -> Steps:
        self._remember((yield node.value))

    def _remember(self, value: Anything) -> None:
        """Keep the value of a statement: the last one is the output."""
        while isinstance(value, tuple) and value:
            value = value[-1]
        if isinstance(value, Number | Ref | Tensor):
            self.last = value

    def _assign(self, node: ast.Assign) -> Steps:
        value = yield from self._assigned(node.targets, node.value)
        for target in node.targets:
            value = yield from self._store(target, value, node)

    def _annotated(self, node: ast.AnnAssign) -> Steps:
        if node.value is not None:
            value = yield from self._assigned([node.target], node.value)
            yield from self._store(node.target, value, node)

    def _assigned(self, targets: list[ast.expr], value: ast.expr) -> Steps:
        """Evaluate what is assigned. What only goes into `.data` or `.grad` is no part of the graph."""
        self.recording = not self.quiet and not any(isinstance(target, ast.Attribute) for target in targets)
        result = yield value
        self.recording = not self.quiet
        return result

    def _store(self, target: ast.expr, value: Anything, statement: ast.AST) -> Steps:
        match target:
            case ast.Name(id=name):
                value = self.bind(name, value)
                self._remember(value)
            case ast.Attribute(value=owner, attr=attribute):
                self.write((yield owner), attribute, value, statement)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                parts = self._unpacked(value, len(targets), statement)
                stored = []
                for each, part in zip(targets, parts, strict=True):
                    stored.append((yield from self._store(each, part, statement)))
                value = tuple(stored)
        return value

    def _unpacked(self, value: Anything, count: int, node: ast.AST) -> tuple[Anything, ...]:
        hint = "Write one value for each name: a, b = 2.0, 3.0."
        if not isinstance(value, tuple):
            raise self.fail("type", f"{describe(value)} cannot be shared among {count} names", node, hint)
        if len(value) != count:
            raise self.fail("value", f"{count} names stand on the left, {len(value)} values on the right", node, hint)
        self.meter.charge(count)
        return value

    def _augmented(self, node: ast.AugAssign) -> Steps:
        target = node.target
        if isinstance(target, ast.Attribute):
            self.recording = False
            owner = yield target.value
            before = self._read(owner, target.attr, target)
            value = self._binary_value(node.op, before, (yield node.value), node)
            self.recording = not self.quiet
            self.write(owner, target.attr, value, node)
        elif isinstance(target, ast.Name):
            before = self.look_up(ast.copy_location(ast.Name(target.id, ast.Load()), target))
            in_place = self.quiet and isinstance(before, Tensor) and isinstance(before.cells[0], Ref)
            if not in_place:
                self._forbid_in_place(before, target)
            value = self._binary_value(node.op, before, (yield node.value), node)
            if in_place:
                self.write(before, "data", value, node)
            else:
                self._remember(self.bind(target.id, value))

    def _forbid_in_place(self, value: Anything, target: ast.Name) -> None:
        cells = value.cells if isinstance(value, Tensor) else ()
        if any(isinstance(c, Ref) and self.tape.ops[c.node] is None and self.tape.needs_grad[c.node] for c in cells):
            name = cut(target.id, 40)
            message = f"{name} requires a gradient, so it cannot be changed in place"
            raise self.fail("value", message, target, f"Write {name}.data -= ..., which the graph does not see.")

    def _if(self, node: ast.If) -> Steps:
        return (yield from self._block(node.body if self.truth((yield node.test)) else node.orelse))

    def _with(self, node: ast.With) -> Steps:
        for item in node.items:
            if (yield item.context_expr) is not NO_GRAD or item.optional_vars is not None:
                hint = "Write with torch.no_grad():"
                raise self.fail("refused", "a with block stands under torch.no_grad() alone", item.context_expr, hint)
        self.quiet += 1
        self.recording = False
        way_out = yield from self._block(node.body)
        self.quiet -= 1
        self.recording = not self.quiet
        return way_out

    def _while(self, node: ast.While) -> Steps:
        while self.truth((yield node.test)):
            if (yield from self._block(node.body)) is BREAK:
                return None
        return (yield from self._block(node.orelse))

    def _for(self, node: ast.For) -> Steps:
        for value in self.elements((yield node.iter), node.iter):
            self.meter.charge()
            self._count(node.target, value, node)
            if (yield from self._block(node.body)) is BREAK:
                return None
        return (yield from self._block(node.orelse))

    def _count(self, target: ast.expr, value: Anything, loop: ast.For) -> None:
        """Give the names of a loop their next values. A number stays a number: nobody differentiates by a counter."""
        match target:
            case ast.Name(id=name):
                self.environment[name] = value
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                for each, part in zip(targets, self._unpacked(value, len(targets), loop.iter), strict=True):
                    self._count(each, part, loop)
            case _:
                raise self.fail("refused", "a loop counts in names", target, "Write for i in range(3).")

    def _way_out(self, node: ast.AST) -> object:
        return BREAK if isinstance(node, ast.Break) else CONTINUE

    def _assert(self, node: ast.Assert) -> Steps:
        if not self.truth((yield node.test)):
            said = "" if node.msg is None else f": {cut(self.text((yield node.msg)), 200)}"
            raise self.fail(
                "value", f"this assertion does not hold{said}", node, "Look at the numbers with print(...)."
            )

    def _nothing(self, node: ast.AST) -> None:
        return None

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            path = alias.name if alias.asname else alias.name.partition(".")[0]
            self.environment[alias.asname or path] = Module(path)

    def _import_from(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self.environment[alias.asname or alias.name] = self._imported(node.module or "", alias)

    def _imported(self, module: str, alias: ast.alias) -> Anything:
        member = self._member(module, alias.name, alias)
        return Missing(f"{module}.{alias.name}") if member is None else member

    # -- expressions --------------------------------------------------------------------------------------------------

    def _constant(self, node: ast.Constant) -> Anything:
        value = node.value
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.bounded_text(value)
        assert isinstance(value, int | float), "the allow-list lets no other constant through"
        return Number(as_double(value), self.program.span(node), cut(self.program.text(node), 40))

    def _tuple(self, node: ast.Tuple | ast.List) -> Steps:
        values = []
        for element in node.elts:
            values.append((yield element))
        return tuple(values)

    def _binary(self, node: ast.BinOp) -> Steps:
        spine = [node]
        while isinstance(spine[-1].left, ast.BinOp):  # a long sum is a list, not a depth
            spine.append(spine[-1].left)
        value = yield spine[-1].left
        for part in reversed(spine):
            right = yield part.right
            self.current = part
            self.meter.charge()
            value = self._binary_value(part.op, value, right, part)
        return value

    def _binary_value(self, symbol: ast.operator, left: Anything, right: Anything, node: ast.AST) -> Anything:
        if isinstance(left, str) or isinstance(right, str):
            return self._text_arithmetic(symbol, left, right, node)
        if type(symbol) in _DIVISIONS:
            return self._division(symbol, left, right, node)
        name, op = _ARITHMETIC[type(symbol)]
        return self.operate(op, (self.operand(left, node, name), self.operand(right, node, name)), node)

    def _text_arithmetic(self, symbol: ast.operator, left: Anything, right: Anything, node: ast.AST) -> str:
        if isinstance(symbol, ast.Add) and isinstance(left, str) and isinstance(right, str):
            self.meter.limit("string", len(left) + len(right))
            return self.bounded_text(left + right)
        text, count = (left, right) if isinstance(left, str) else (right, left)
        times = self.number(count)
        if isinstance(symbol, ast.Mult) and isinstance(times, int):
            self.meter.limit("string", len(text) * max(times, 0))
            return self.bounded_text(str(text) * times)
        raise self.fail("type", "a text and a number cannot be combined", node, 'Write f"{x}" to put x into a text.')

    def _division(self, symbol: ast.operator, left: Anything, right: Anything, node: ast.AST) -> Number:
        """`//` and `%`: for counting. They are flat between their jumps, so no gradient could pass through them."""
        name, divide = _DIVISIONS[type(symbol)]
        operands = [self.operand(value, node, name) for value in (left, right)]
        x, y = (self.needed_number(value, node, name) for value in operands)
        if any(
            not isinstance(value, Number) and isinstance(n, float) for value, n in zip(operands, (x, y), strict=True)
        ):
            message = f"{name} jumps, so it has no useful derivative"
            raise self.fail("refused", message, node, "Write / for a division, or int(x) for a plain number.")
        span = self.program.span(node)
        if y == 0:
            self.notice("domain", f"division by 0; here x = {numbers.short(x)}, y = 0.", span)
            return Number(math.nan if isinstance(symbol, ast.Mod) else compute(OPS["div"], (x, y)), span)
        return Number(as_double(divide(x, y)), span)

    def _unary(self, node: ast.UnaryOp) -> Steps:
        value = yield node.operand
        if isinstance(node.op, ast.Not):
            return not self.truth(value)
        x = self.operand(value, node, "a sign")
        if isinstance(node.op, ast.UAdd):
            return x
        if isinstance(x, Number) and x.op is None and x.text is not None:
            return Number(-x.data, self.program.span(node), f"-{x.text}")
        return self.operate(_NEG, (x,), node)

    def _bool(self, node: ast.BoolOp) -> Steps:
        value: Anything = None
        for part in node.values:
            value = yield part
            if self.truth(value) is isinstance(node.op, ast.Or):
                break
        return value

    def _compare(self, node: ast.Compare) -> Steps:
        left = yield node.left
        for symbol, piece in zip(node.ops, node.comparators, strict=True):
            right = yield piece
            if not self._holds(symbol, left, right, node):
                return False
            left = right
        return True

    def _holds(self, symbol: ast.cmpop, left: Anything, right: Anything, node: ast.AST) -> bool:
        if isinstance(symbol, ast.Is | ast.IsNot):
            return (left is right) is isinstance(symbol, ast.Is)
        x, y = self.number(left), self.number(right)
        if x is not None and y is not None:
            return _ORDER[type(symbol)](x, y)
        if isinstance(left, str) and isinstance(right, str):
            return _ORDER[type(symbol)](left, right)
        if isinstance(symbol, ast.Eq | ast.NotEq) and not isinstance(left, tuple) and not isinstance(right, tuple):
            return (left is right) is isinstance(symbol, ast.Eq)
        message = f"{describe(left)} and {describe(right)} cannot be compared"
        raise self.fail("type", message, node, "Compare numbers with numbers.")

    def _conditional(self, node: ast.IfExp) -> Steps:
        return (yield node.body if self.truth((yield node.test)) else node.orelse)

    def _joined(self, node: ast.JoinedStr) -> Steps:
        parts: list[str] = []
        length = 0
        for piece in node.values:
            parts.append((yield piece))
            length += len(parts[-1])
            self.meter.limit("string", length)
        return self.bounded_text("".join(parts))

    def _formatted(self, node: ast.FormattedValue) -> Steps:
        value = yield node.value
        spec = "" if node.format_spec is None else (yield node.format_spec)
        return self.bounded_text(formatted(self, value, node.conversion, spec, node))

    def look_up(self, node: ast.Name) -> Anything:
        """Return what a name holds; an unbound one becomes an input."""
        name = node.id
        if name in self.environment:
            value = self.environment[name]
            if type(value) is Missing:
                raise self._not_offered(value.path, node)
            return value
        if name not in self.inputs:
            if name in CONSTANTS:
                return Number(CONSTANTS[name], self.program.span(node), name)
            if name in FUNCTIONS:
                return FUNCTIONS[name]
        return self.new_input(name, self.program.span(node))

    # -- attributes and calls -----------------------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute) -> Steps:
        return self._read((yield from self._owner(node.value)), node.attr, node)

    def _owner(self, node: ast.expr) -> Steps:
        """Evaluate what stands before a dot; there, and only there, `F` can be a module instead of an input."""
        if isinstance(node, ast.Name) and node.id not in self.environment and node.id in ALIASES:
            return Module(ALIASES[node.id])
        return (yield node)

    def _read(self, owner: Anything, name: str, node: ast.AST) -> Anything:
        """Return `owner.name`."""
        match owner:
            case Module(path=path):
                member = self._member(path, name, node)
                if member is None:
                    raise self._not_in_module(path, name, node)
                return member
            case Missing(path=path):
                raise self._not_offered(path, node)
            case Number() | Ref() | Tensor():
                if name in PROPERTIES:
                    return PROPERTIES[name](self, owner, node)
                if name in METHODS:
                    return Method(owner, METHODS[name])
        message = f"{describe(owner)} has no .{cut(name)}"
        raise self.fail("name", message, node, "Numbers have .data, .grad and functions such as .tanh().")

    def _member(self, path: str, name: str, node: ast.AST) -> Anything:
        if f"{path}.{name}" in MODULES:
            return Module(f"{path}.{name}")
        member = MODULES[path].get(name)
        return Number(member, self.program.span(node), name) if isinstance(member, float) else member

    def _not_in_module(self, path: str, name: str, node: ast.AST) -> ProgramError:
        near = MEANT.get(name) or nearest(name, MODULES[path])
        hint = f"Did you mean {path}.{near}?" if near else "See the list of operations."
        return self.fail("name", f"{path}.{cut(name)} is not offered here", node, hint)

    def _not_offered(self, path: str, node: ast.AST) -> ProgramError:
        hint = LATER.get(path.rpartition(".")[2], "See the list of operations.")
        return self.fail("name", f"{cut(path, 100)} is not offered here", node, hint)

    def _call(self, node: ast.Call) -> Steps:
        callee = self._named_function(node.func) if isinstance(node.func, ast.Name) else (yield node.func)
        arguments: list[Anything] = []
        for argument in node.args:
            arguments.append((yield argument))
        keywords: dict[str, Anything] = {}
        for keyword in node.keywords:
            assert keyword.arg is not None, "the allow-list lets no ** through"
            keywords[keyword.arg] = yield keyword.value
        self.current = node
        if isinstance(callee, Method):
            arguments.insert(0, callee.receiver)
            callee = callee.function
        if not isinstance(callee, Function):
            raise self._not_callable(callee, node)
        return callee.body(self, bind(self, callee, arguments, keywords, node), node)

    def _named_function(self, node: ast.Name) -> Anything:
        name = node.id
        if name in self.environment:
            return self.environment[name]
        if name in FUNCTIONS:
            return FUNCTIONS[name]
        if name in CONSTANTS or name in self.inputs:
            return self.look_up(node)
        if name in ALIASES:
            return Module(ALIASES[name])
        candidates = [*FUNCTIONS, *(n for n, value in self.environment.items() if isinstance(value, Function))]
        near = MEANT.get(name) or nearest(name, candidates)
        hint = f"Did you mean {near}?" if near else f"To multiply, write {cut(name, 40)} * (...)."
        raise self.fail("name", f"there is no function {cut(name)}", node, hint)

    def _not_callable(self, value: Anything, node: ast.Call) -> ProgramError:
        if isinstance(value, Missing):
            return self._not_offered(value.path, node.func)
        if isinstance(value, Number | Ref | Tensor):
            before = cut(self.program.text(node.func), 40)
            return self.fail("type", f"{before} is no function", node.func, f"To multiply, write {before} * (...).")
        return self.fail("type", f"{describe(value)} cannot be called", node.func, "Call a function, as in tanh(x).")


_HANDLERS: Mapping[type[ast.AST], Handler] = {
    ast.Module: Interpreter._module,
    ast.Expr: Interpreter._expression,
    ast.Assign: Interpreter._assign,
    ast.AnnAssign: Interpreter._annotated,
    ast.AugAssign: Interpreter._augmented,
    ast.If: Interpreter._if,
    ast.With: Interpreter._with,
    ast.While: Interpreter._while,
    ast.For: Interpreter._for,
    ast.Break: Interpreter._way_out,
    ast.Continue: Interpreter._way_out,
    ast.Assert: Interpreter._assert,
    ast.Pass: Interpreter._nothing,
    ast.Import: Interpreter._import,
    ast.ImportFrom: Interpreter._import_from,
    ast.Constant: Interpreter._constant,
    ast.Name: Interpreter.look_up,
    ast.Tuple: Interpreter._tuple,
    ast.List: Interpreter._tuple,
    ast.BinOp: Interpreter._binary,
    ast.UnaryOp: Interpreter._unary,
    ast.BoolOp: Interpreter._bool,
    ast.Compare: Interpreter._compare,
    ast.IfExp: Interpreter._conditional,
    ast.JoinedStr: Interpreter._joined,
    ast.FormattedValue: Interpreter._formatted,
    ast.Attribute: Interpreter._attribute,
    ast.Call: Interpreter._call,
}
