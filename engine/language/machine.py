"""What a program does to the tape: turns operations, names, gradients and prints into the state of one run.

The interpreter walks the program and the dialects know the names; both act through `Machine` alone. Start at `operate`.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from engine import numbers
from engine.language.budgets import Budgets, Meter, exceeded
from engine.language.dialects import FUNCTIONS
from engine.language.dialects.micrograd import LABEL_LIMIT, slope_is_whole
from engine.language.errors import Kind, ProgramError, cut
from engine.language.names import near_miss
from engine.language.parser import EXAMPLE, Program
from engine.language.texts import text_of
from engine.language.values import (
    Anything,
    Function,
    Number,
    Ref,
    Scalar,
    Tensor,
    as_double,
    compute,
    describe,
    stays_whole,
)
from engine.ops import OPS, Op
from engine.run import Notice, NoticeKind
from engine.tape import Role, Span, Tape
from engine.trace import Backward, Recorder

Style = Literal["number", "value"]
_RELU = OPS["relu"]
_FEW_NAMES = 100  # a program with more was not typed by hand, and comparing takes time
_STATEMENT_LIMIT = 200  # characters of a statement that the trace quotes


class Machine:
    """The state of one run. Nothing of it outlives the run, and no program can reach it."""

    def __init__(self, program: Program, inputs: Mapping[str, float], budgets: Budgets) -> None:
        self.program = program
        self.inputs = inputs
        self.tape = Tape()
        self.recorder = Recorder(self.tape)
        self.environment: dict[str, Anything] = {}
        self.notices: dict[tuple[NoticeKind, Span], Notice] = {}
        self.printed: list[str] = []
        self.last: Number | Ref | Tensor | None = None
        """The value of the last statement that had one."""
        self.printed_last: Number | Ref | Tensor | None = None
        self.meter = Meter(budgets, self._where)
        self.current: ast.AST = program.tree
        """The piece that is running: the place of an error that has no better one."""
        self.quiet = 0
        """How many `with torch.no_grad():` stand around what is evaluated."""
        self.recording = True
        """Off while something is evaluated that is no part of the graph."""
        self._printed_length = 0
        self._versions: dict[str, int] = {}
        self._used_inputs: set[str] = set()
        self._adjustable: set[int] = set()
        """Leaves that stand in the program as literals: an input of their name takes the place of the literal."""
        self._whole: set[int] = set()
        """Nodes where Python would hold an int."""
        self._float_grads: set[int] = set()
        self._cleared_grads: set[int] = set()

    def _where(self) -> Span:
        return self.program.span(self.current)

    def fail(self, kind: Kind, message: str, node: ast.AST | None, hint: str) -> ProgramError:
        """Return an error at the place of `node`."""
        return ProgramError.at(self.program.span(node or self.current), kind, message, hint)

    def notice(self, kind: NoticeKind, message: str, span: Span, node: int | None = None) -> None:
        """Warn, once a place."""
        self.notices.setdefault((kind, span), Notice(kind, cut(message, 500), span, node))

    # -- numbers ------------------------------------------------------------------------------------------------------

    def number(self, value: Anything) -> int | float | None:
        """Return the plain number behind `value`, an int where Python would hold one; None if it is no number."""
        match value:
            case Number(data=data):
                return data
            case Ref(node=node):
                data = self.tape.data[node]
                return int(data) if node in self._whole else data
            case bool():
                return int(value)
            case Tensor(cells=(cell,)):
                return self.number(cell)
        return None

    def needed_number(self, value: Anything, node: ast.AST | None, what: str) -> int | float:
        """Return the plain number behind `value`, or raise."""
        number = self.number(value)
        if number is None:
            raise self.fail("type", f"{what} needs a number, not {describe(value)}", node, "Write a number here.")
        return number

    def elements(self, value: Anything, node: ast.AST) -> tuple[Anything, ...]:
        """Return what a loop goes through, or raise."""
        if not isinstance(value, tuple):
            hint = "Write range(3), or the values in parentheses: (a, b)."
            raise self.fail("type", f"a loop cannot go through {describe(value)}", node, hint)
        return value

    def literal(self, x: float, node: ast.AST) -> Number:
        """Return a number that the program means at `node` without having typed it."""
        text = repr(int(x)) if math.isfinite(x) and x == int(x) else repr(x)
        return Number(x, self.program.span(node), text)

    def reading(self, x: float, source: Anything, node: ast.AST) -> Number:
        """Return a number that was read off `source`: cut off from the graph."""
        literal = isinstance(source, str) or (isinstance(source, Number) and _is_literal(source))
        text = cut(self.program.text(node), 40) if literal else None
        return Number(as_double(x), self.program.span(node), text)

    def operand(self, value: Anything, node: ast.AST | None, what: str) -> Any:
        """Return `value` if it can be computed with, or raise."""
        if isinstance(value, Number | Ref | Tensor):
            return value
        if isinstance(value, bool):
            return Number(int(value), self.program.span(node or self.current), str(value))
        hint = f"Write {value.name}(x)." if isinstance(value, Function) else "Compute with numbers."
        raise self.fail("type", f"{what} needs a number, not {describe(value)}", node, hint)

    def is_constant(self, node: int) -> bool:
        """Return whether `node` is a literal of the program."""
        return self.tape.roles[node] is Role.CONSTANT

    # -- operations ---------------------------------------------------------------------------------------------------

    def operate(self, op: Op, values: tuple[Anything, ...], node: ast.AST) -> Any:
        """Return `op` on numbers or tensors; recorded on the tape as soon as a node is among them."""
        operands = [self.operand(value, node, op.name) for value in values]
        tensors = [x for x in operands if isinstance(x, Tensor)]
        if not tensors:
            return self._scalar(op, tuple(operands), node)
        # all tensors hold one number so far; the shape with the most brackets wins, as in broadcasting
        shape = max((x.shape for x in tensors), key=len)
        cells = tuple(x.cells[0] if isinstance(x, Tensor) else x for x in operands)
        return Tensor((self._scalar(op, cells, node),), shape)

    def floated(self, value: Any) -> Any:
        """Return the result of an operation as a float, where Python would hold an int."""
        if isinstance(value, Ref):
            self._whole.discard(value.node)
        return replace(value, data=float(value.data)) if isinstance(value, Number) else value

    def _scalar(self, op: Op, operands: tuple[Scalar, ...], node: ast.AST) -> Scalar:
        span = self.program.span(node)
        plain = tuple(x.data if isinstance(x, Number) else self.needed_number(x, node, "") for x in operands)
        if self.recording and any(isinstance(x, Ref) for x in operands):
            return self._record(op, operands, plain, span)
        result = compute(op, plain)
        self._watch(op, plain, result, span, None)
        known = tuple(x for x in operands if isinstance(x, Number))
        if len(known) < len(operands):
            return Number(result, span)
        return Number(result, span, None, op, known)

    def _record(self, op: Op, operands: tuple[Scalar, ...], plain: tuple[int | float, ...], span: Span) -> Ref:
        self._room(len(operands))
        nodes = tuple(x.node if isinstance(x, Ref) else self._constant_node(x) for x in operands)
        index = self.tape.record(op, nodes, span=span)
        result = self.tape.data[index]
        style: Style = "number"
        if any(isinstance(x, Ref) and x.style == "value" for x in operands):
            style = "value"
        # micrograd's relu is `0 if x < 0 else x`
        if stays_whole(op, plain, result) or (op is _RELU and style == "value" and _whole_relu(plain[0])):
            self._whole.add(index)
        self._watch(op, plain, result, span, index)
        return Ref(index, style)

    def _room(self, count: int) -> None:
        if len(self.tape) + count >= self.meter.budgets.nodes:
            raise exceeded(self.meter.budgets, "nodes", self._where())

    def _constant_node(self, value: Number) -> int:
        node = self.tape.constant(value.data, text=value.text, span=value.span)
        if isinstance(value.data, int):
            self._whole.add(node)
        return node

    def _watch(self, op: Op, operands: tuple[int | float, ...], result: float, span: Span, node: int | None) -> None:
        """Warn where finite numbers gave inf or nan, in the operation's own words."""
        if math.isfinite(result) or not all(map(math.isfinite, operands)):
            return
        here = ", ".join(f"{p} = {numbers.short(x)}" for p, x in zip(op.parameters, operands, strict=True))
        what = op.domain or f"{op.name} has no finite value"
        self.notice("domain", f"{what}; here {here}. {op.advice}".rstrip(), span, node)

    def _materialise(self, value: Number) -> int:
        """Record how a plain number was computed, operands first, and return its node."""
        nodes: dict[int, int] = {}
        stack: list[tuple[Number, bool]] = [(value, False)]
        while stack:
            number, ready = stack.pop()
            if id(number) in nodes:
                continue
            self.meter.charge()
            self._room(1)
            if number.op is None:
                nodes[id(number)] = self._constant_node(number)
            elif ready:
                operands = tuple(nodes[id(x)] for x in number.operands)
                node = nodes[id(number)] = self.tape.record(number.op, operands, span=number.span)
                self._settle_notice(number.span, node)
            else:
                stack.append((number, True))
                stack.extend((x, False) for x in reversed(number.operands))
        return nodes[id(value)]

    def _settle_notice(self, span: Span, node: int) -> None:
        """Tell a warning about plain numbers which node they have become."""
        found = self.notices.get(("domain", span))
        if found is not None and found.node is None and not math.isfinite(self.tape.data[node]):
            self.notices["domain", span] = Notice(found.kind, found.message, span, node)

    # -- leaves and names ---------------------------------------------------------------------------------------------

    def leaf(
        self,
        value: Anything,
        node: ast.AST,
        *,
        label: str | None = None,
        trainable: bool = True,
        style: Style = "number",
    ) -> Ref:
        """Record a leaf with the number of `value`, as `Value(2.0)` does."""
        data, literal = self.needed_number(value, node, "this"), isinstance(value, Number) and _is_literal(value)
        return self._leaf(data, self.program.span(node), label, trainable, style, literal)

    def _leaf(
        self,
        data: float,
        span: Span,
        label: str | None,
        trainable: bool,
        style: Style,
        literal: bool,
    ) -> Ref:
        self._room(1)
        index = self.tape.input(float(data), label=label, span=span, trainable=trainable)
        if isinstance(data, int):
            self._whole.add(index)
        if literal:
            self._adjustable.add(index)
        return Ref(index, style)

    def bind(self, name: str, value: Anything) -> Anything:
        """Give `name` a value; a plain number becomes a leaf. Return what the name now holds."""
        if isinstance(value, Number):
            value = self._leaf(value.data, value.span, None, True, "number", _is_literal(value))
        elif isinstance(value, Tensor):
            value = Tensor(tuple(self._tensor_cell(cell) for cell in value.cells), value.shape, value.gradient_of)
        for cell in value.cells if isinstance(value, Tensor) else (value,):
            if isinstance(cell, Ref) and self.tape.names[cell.node] is None:
                self._name_node(cell.node, name)
        self.environment[name] = value
        return value

    def _tensor_cell(self, cell: Scalar) -> Ref:
        """A tensor made of plain numbers gets leaves that need no gradient."""
        return cell if isinstance(cell, Ref) else self._leaf(cell.data, cell.span, None, False, "number", False)

    def _name_node(self, node: int, name: str) -> None:
        version = self._versions[name] = self._versions.get(name, 0) + 1
        full = self.tape.names[node] = name if version == 1 else f"{name}@{version}"
        if node not in self._adjustable or self._is_used(node):
            return
        self.tape.texts[node] = numbers.exact(self.tape.data[node])
        if full in self.inputs:
            self._used_inputs.add(full)
            given = float(self.inputs[full])
            self.tape.data[node] = given
            if not given.is_integer():
                self._whole.discard(node)

    def _is_used(self, node: int) -> bool:
        self.meter.charge((len(self.tape) - node) // 16)
        return any(node in operands for operands in self.tape.operands[node + 1 :])

    def new_input(self, name: str, span: Span) -> Ref:
        """Record an input for a name that has no value."""
        self._room(1)
        self._used_inputs.add(name)
        given = name in self.inputs
        index = self.tape.input(float(self.inputs.get(name, 1.0)), name=name, span=span, defaulted=not given)
        self.tape.texts[index] = ""
        few = not given and len(self.environment) <= _FEW_NAMES
        near = near_miss(name, [*self.environment, *FUNCTIONS]) if few else None
        if near:
            self.notice("name", f"{cut(name)} has no value, so it is an input. Did you mean {cut(near)}?", span, index)
        self._versions[name] = self._versions.get(name, 0) + 1
        reference = self.environment[name] = Ref(index)
        return reference

    # -- data and gradients -------------------------------------------------------------------------------------------

    def data_of(self, owner: Anything, node: ast.AST) -> Any:
        """Return `owner.data`: the number, cut off from the graph."""
        if isinstance(owner, Tensor):
            return self.detached(owner, node)
        return self.reading(self.needed_number(owner, node, ".data"), owner, node)

    def detached(self, value: Anything, node: ast.AST) -> Any:
        """Return the number of `value` without its history, in the same shape."""
        if isinstance(value, Tensor):
            cells = tuple(self.reading(self.needed_number(cell, node, ""), cell, node) for cell in value.cells)
            return Tensor(cells, value.shape)
        return self.reading(self.needed_number(value, node, "detach"), value, node)

    def grad_of(self, owner: Anything, node: ast.AST) -> Any:
        """Return `owner.grad`: 0 before a backward pass, or None if `owner` is a tensor."""
        if isinstance(owner, Tensor):
            return self._tensor_grad(owner, node)
        if not isinstance(owner, Ref):
            hint = "Give it a name first: x = 2.0; after y.backward() read x.grad."
            raise self.fail("type", "a plain number has no gradient", node, hint)
        return Number(self.gradient_number(owner), self.program.span(node))

    def gradient_number(self, owner: Ref) -> int | float:
        """Return the gradient, an int where micrograd would hold one."""
        grad = self.recorder.grad(owner.node)
        exact = owner.style == "value" and owner.node not in self._float_grads and grad.is_integer()
        return int(grad) if exact and abs(grad) < 2**53 else grad

    def _tensor_grad(self, owner: Tensor, node: ast.AST) -> Tensor | None:
        nodes = [cell.node for cell in owner.cells if isinstance(cell, Ref)]
        reached = [n for n in nodes if self.recorder.touched(n) and n not in self._cleared_grads]
        if len(reached) < len(owner.cells) or any(self.tape.ops[n] is not None for n in nodes):
            return None  # PyTorch keeps the gradients of leaves only
        span = self.program.span(node)
        return Tensor(tuple(Number(self.recorder.grad(n), span) for n in nodes), owner.shape, owner)

    def set_requires_grad(self, value: Anything, wanted: bool, node: ast.AST) -> None:
        """Decide whether a leaf receives gradients."""
        cells = value.cells if isinstance(value, Tensor) else (value,)
        for cell in cells:
            if not isinstance(cell, Ref):
                hint = "Write torch.tensor(2.0, requires_grad=True)."
                raise self.fail("type", "only a tensor with a name can require a gradient", node, hint)
            if self.tape.ops[cell.node] is None:
                self.tape.needs_grad[cell.node] = wanted
            elif not wanted:
                raise self.fail("value", "a computed tensor keeps its gradient", node, "Write y.detach().")

    def backward(self, receiver: Anything, node: ast.AST) -> None:
        """Run a backward pass from `receiver`."""
        cell = receiver.cells[0] if isinstance(receiver, Tensor) else receiver
        if not isinstance(cell, Ref):
            hint = "Give it a name first: y = ...; y.backward()"
            raise self.fail("type", "a plain number has no graph to go backwards through", node, hint)
        if not self.tape.needs_grad[cell.node]:
            hint = "Write torch.tensor(2.0, requires_grad=True) for what you want the gradient of."
            raise self.fail("value", "nothing here requires a gradient", node, hint)
        self.meter.charge(len(self.tape) // 8)
        self.recorder.backward(cell.node)
        done = self.recorder.passes[-1]
        self.meter.charge(done.last - done.first)
        for step in self.recorder.steps[done.first : done.last]:
            self._cleared_grads.discard(step.node)
            if isinstance(step, Backward):
                self._cleared_grads.discard(step.operand)
                if step.node in self._float_grads or not self._slope_is_whole(step):
                    self._float_grads.add(step.operand)

    def _slope_is_whole(self, step: Backward) -> bool:
        op, operands = self.tape.ops[step.node], self.tape.operands[step.node]
        return op is not None and slope_is_whole(op, tuple(n in self._whole for n in operands), step.slot)

    def write(self, receiver: Anything, attribute: str, value: Anything, node: ast.AST) -> None:
        """Write `.data`, `.grad`, `.label` or `.requires_grad`."""
        cell = receiver.cells[0] if isinstance(receiver, Tensor) else receiver
        if not isinstance(cell, Ref):
            hint = "Give it a name first: x = 2.0; then x.data = 3.0."
            raise self.fail("type", f"{describe(receiver)} has no .{attribute} to write to", node, hint)
        if attribute == "label":
            return self._write_label(cell, value, node)
        if attribute == "requires_grad":
            return self.set_requires_grad(receiver, self.truth(value), node)
        number = 0.0 if value is None and attribute == "grad" else self.needed_number(value, node, f".{attribute}")
        text, span = cut(self.program.text(node), _STATEMENT_LIMIT), self.program.span(node)
        self.meter.charge()
        if attribute == "data":
            self.recorder.set_data(cell.node, float(number), text, span)
            (self._whole.add if isinstance(number, int) else self._whole.discard)(cell.node)
            return None
        self.recorder.set_grad(cell.node, float(number), text, span)
        (self._float_grads.discard if isinstance(number, int) else self._float_grads.add)(cell.node)
        (self._cleared_grads.add if value is None else self._cleared_grads.discard)(cell.node)
        return None

    def _write_label(self, cell: Ref, value: Anything, node: ast.AST) -> None:
        if not isinstance(value, str):
            raise self.fail("type", f"a label is a text, not {describe(value)}", node, "Write a.label = 'a'.")
        self.tape.labels[cell.node] = cut(value, LABEL_LIMIT) or None

    # -- texts --------------------------------------------------------------------------------------------------------

    def text(self, value: Anything) -> str:
        """Return what `print` shows of `value`."""
        return text_of(self, value)

    def bounded_text(self, text: str) -> str:
        """Return `text`, charged and within the budget of a string."""
        self.meter.limit("string", len(text))
        self.meter.charge(len(text) // 16)
        return text

    def write_out(self, text: str) -> None:
        """Add `text` to what the program printed."""
        self._printed_length += len(text)
        self.meter.limit("printed", self._printed_length)
        self.meter.charge(len(text) // 16)
        self.printed.append(text)

    def truth(self, value: Anything) -> bool:
        """Return whether `value` counts as true."""
        number = self.number(value)
        if number is not None:
            return number != 0
        return bool(value) if isinstance(value, str | tuple) or value is None else True

    # -- the result ---------------------------------------------------------------------------------------------------

    def output(self) -> int | None:
        """Return the node that the program is about; None if it computed nothing."""
        if self.recorder.passes:
            return self.recorder.passes[-1].output
        last = self.last if self.last is not None else self.printed_last
        cell = last.cells[-1] if isinstance(last, Tensor) else last
        return self._materialise(cell) if isinstance(cell, Number) else cell.node if isinstance(cell, Ref) else None

    def nothing_computed(self) -> ProgramError:
        """Return the error for a program whose statements give no number."""
        return self.fail("empty", "the program computes no number", self.program.tree.body[-1], EXAMPLE)

    def variables(self) -> dict[str, int]:
        """Return every name's last node."""
        cells = {
            name: value.cells[0] if isinstance(value, Tensor) else value for name, value in self.environment.items()
        }
        return {name: cell.node for name, cell in cells.items() if isinstance(cell, Ref)}

    def warnings(self) -> tuple[Notice, ...]:
        """Return all warnings, those about inputs that found no place included."""
        nodes, start = self.variables(), Span(1, 0, 1, 0)
        unused = []
        for name in self.inputs:
            if name not in self._used_inputs:
                node = nodes.get(name)
                why = "is computed by the program" if node is not None else "is not in the program"
                message = f"{cut(name)} {why}, so the value given for it changes nothing"
                unused.append(Notice("input", message, start if node is None else self.tape.spans[node], node))
        return (*self.notices.values(), *unused)


def _is_literal(value: Number) -> bool:
    """Return whether a number consists of literals of the program, and of nothing that was read off a node."""
    stack = [value]
    while stack:
        number = stack.pop()
        if number.op is None and number.text is None:
            return False
        stack.extend(number.operands)
    return True


def _whole_relu(x: float) -> bool:
    return x < 0 or isinstance(x, int)
