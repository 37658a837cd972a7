"""What a program does to the tape: turns operations, names, gradients and prints into the state of one run.

The interpreter walks the program and the dialects know the names; both act through `Machine` alone. Start at `operate`.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from engine import numbers
from engine.backward import dependencies, gradients, with_operands
from engine.language.budgets import Budgets, Meter, exceeded
from engine.language.dialects import ALIASES, CONSTANTS, FUNCTIONS, data
from engine.language.dialects.micrograd import LABEL_LIMIT, slope_is_whole
from engine.language.errors import Kind, ProgramError, cut
from engine.language.names import near_miss
from engine.language.parser import EXAMPLE, Program
from engine.language.randomness import Randomness
from engine.language.shapes import joined_shape, size, stretched, subscripts
from engine.language.texts import repr_of, text_of
from engine.language.values import (
    Anything,
    Dict,
    Flavour,
    Frame,
    Function,
    Instance,
    List,
    Number,
    Range,
    Ref,
    Row,
    Scalar,
    Set,
    Stream,
    Tensor,
    as_double,
    compute,
    describe,
    stays_whole,
)
from engine.looks import Looks
from engine.notices import Notices, Said, outside_domain
from engine.ops import OPS, Op
from engine.run import Notice, NoticeKind
from engine.tape import Role, Scope, Span, Tape
from engine.trace import Backward, Recorder

Style = Literal["number", "value"]
_RELU, _ADD, _MUL = OPS["relu"], OPS["add"], OPS["mul"]
_SAVES_NOTHING = frozenset({"add", "sub", "neg"})  # PyTorch can go backwards through these as often as one likes
_RESERVED = frozenset({*CONSTANTS, *FUNCTIONS, *ALIASES})
_NAMED_ITEMS = 1024  # of a list, a tensor or a network; more are not told apart by name
_NAMED_DEPTH = 4
_FEW_NAMES = 100  # a program with more was not typed by hand, and comparing takes time
_STATEMENT_LIMIT = 200  # characters of a statement that the trace quotes


class Machine:
    """The state of one run. Nothing of it outlives the run, and no program can reach it."""

    def __init__(
        self, program: Program, inputs: Mapping[str, float], budgets: Budgets, fixed: Collection[str] = ()
    ) -> None:
        self.program = program
        self.inputs = inputs
        self.held: set[int] = set()
        """Leaves that the request holds fixed: they get no gradient."""
        self.tape = Tape()
        self.recorder = Recorder(self.tape)
        self.environment: dict[str, Anything] = {}
        """The names of the program's top level."""
        self.frame = Frame(self.environment)
        self.notices = Notices()
        self.looks = Looks()
        self.settled = True
        """No number and no gradient was written, and no leaf changed its kind after a pass."""
        self.printed: list[str] = []
        self.last: Number | Ref | Tensor | None = None
        """The value of the last statement that had one."""
        self.printed_last: Number | Ref | Tensor | None = None
        self.meter = Meter(budgets, self._where)
        self.current: ast.AST = program.tree
        """The piece that is running: the place of an error that has no better one."""
        self.random: Randomness = Randomness()
        self.quiet = 0
        """How many things forbid to record what is evaluated: `with torch.no_grad():`, a write to `.data`."""
        self.recording = True
        self._unrecorded: set[Span] = set()
        """Pieces of the program that were computed from nodes while nothing was recorded."""
        self._printed_length = 0
        self._fixed = frozenset(fixed)
        self._passed: set[int] = set()
        """Leaves held fixed that a pass has come by."""
        self._versions: dict[str, int] = {}
        self._used_inputs: set[str] = set()
        self._adjustable: set[int] = set()
        """Leaves that stand in the program as literals: an input of their name takes the place of the literal."""
        self._whole: set[int] = set()
        """Nodes where Python would hold an int."""
        self._float_grads: set[int] = set()
        self._cleared_grads: set[int] = set()
        self._freed: set[int] = set()
        """Operations whose graph PyTorch has thrown away after a backward pass."""
        self._retained: set[int] = set()
        self._titles: dict[Number, str] = {}
        """Plain numbers that a name was given to: cells of a tensor of data."""
        self._homes: dict[Number, int] = {}
        """The leaves that these have become, once something was computed from them that needs a gradient."""
        self._counts: dict[str, int] = {}
        self._sites: dict[tuple[Scope | None, str], list[ast.AST]] = {}

    def _where(self) -> Span:
        return self.program.span(self.current)

    def fail(self, kind: Kind, message: str, node: ast.AST | None, hint: str) -> ProgramError:
        """Return an error at the place of `node`."""
        return ProgramError.at(self.program.span(node or self.current), kind, message, hint)

    def fit(self, work: Any, *arguments: Any) -> Any:
        """Return what `work` of `engine.language.shapes` returns; its complaint becomes an error at this place."""
        try:
            return work(*arguments)
        except (ValueError, IndexError) as fault:
            hint = "Look at the shapes with print(x.shape)."
            raise self.fail("value", str(fault), None, hint) from None

    def notice(self, kind: NoticeKind, message: str, span: Span, node: int | None = None) -> None:
        """Warn, once a place."""
        self.notices.add(Said(len(self.tape), Notice(kind, cut(message, 500), span, node)))

    def forget(self) -> None:
        """Let go of everything: parts of a machine refer to it, and would keep the run in memory after its end."""
        self.__dict__.clear()

    # -- numbers ------------------------------------------------------------------------------------------------------

    def read(self, node: int) -> float:
        """Return the data of a node for something beyond the tape: whatever comes of it depends on that number."""
        self.looks.nodes.add(node)
        return self.tape.data[node]

    def read_gradient(self, node: int) -> float:
        """Return the gradient of a node for something beyond the tape: it depends on what the passes went through."""
        self.looks.passes = len(self.recorder.passes)
        return self.recorder.grad(node)

    def number(self, value: Anything) -> int | float | None:
        """Return the plain number behind `value`, an int where Python would hold one; None if it is no number."""
        match value:
            case Number() | Ref():
                return self._plain(value)
            case bool():
                return int(value)
            case Tensor() if len(value) == 1:
                return self.number(value.cells[0])
        return None

    def whole(self, value: Anything, node: ast.AST | None, what: str) -> int:
        """Return the whole number behind `value`, or raise."""
        number = self.number(value)
        if not isinstance(number, int):
            shown = describe(value) if number is None else f"{number:g}"
            raise self.fail("type", f"{what} needs a whole number, not {shown}", node, "Write a number such as 3.")
        return int(number)

    def needed_number(self, value: Anything, node: ast.AST | None, what: str) -> int | float:
        """Return the plain number behind `value`, or raise."""
        number = self.number(value)
        if number is None:
            raise self.fail("type", f"{what} needs a number, not {describe(value)}", node, "Write a number here.")
        return number

    def elements(self, value: Anything, node: ast.AST | None, what: str = "a loop") -> tuple[Anything, ...]:
        """Return what a loop goes through, or raise. Streams are used up by it."""
        found = self.items(value)
        if found is None:
            hint = "Write range(3), or the values in brackets: [a, b]."
            raise self.fail("type", f"{what} cannot go through {describe(value)}", node, hint)
        self.meter.charge(len(found))
        return found

    def items(self, value: Anything) -> tuple[Anything, ...] | None:
        """Return the parts of what has parts; None if `value` has none."""
        match value:
            case tuple():
                return value
            case List(items=items):
                return tuple(items)
            case Row(parts=parts):
                return parts
            case Range(numbers=numbers, span=span):
                self.meter.charge(len(numbers))
                return tuple(Number(k, span, str(k)) for k in numbers)
            case Dict(items=items):
                return tuple(key for key, _ in items.values())
            case Set(items=items):
                return tuple(items.values())
            case str():
                return tuple(value)
            case Stream(ready=ready) if ready is not None:
                return tuple(ready)
            case Tensor(shape=shape) if shape:
                return self.rows(value)
            case Instance(attributes=attributes, inside=inside) if "layers" in inside:
                return tuple(attributes.values())
            case Instance() if data.is_data(value):
                return data.rows(self, value)
        return None

    def rows(self, tensor: Tensor) -> tuple[Anything, ...]:
        """Return the parts of a tensor along its first dimension, as views of it."""
        shape = tensor.shape[1:]
        width = size(shape)
        self.meter.charge(len(tensor))
        parts = (
            tensor.view(range(k * width, (k + 1) * width), shape, "UnbindBackward0") for k in range(tensor.shape[0])
        )
        return tuple(self.unwrapped(part) for part in parts)

    def unwrapped(self, tensor: Tensor) -> Anything:
        """Return a number instead of an array of no dimensions, as NumPy does; other tensors as they are."""
        return self.cells(tensor)[0] if tensor.flavour == "numpy" and not tensor.shape else tensor

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
        if value is None:
            hint = "A .grad is None before y.backward()." if what != "print" else hint
        raise self.fail("type", f"{what} needs a number, not {describe(value)}", node, hint)

    def is_constant(self, node: int) -> bool:
        """Return whether `node` is a literal of the program."""
        return self.tape.roles[node] is Role.CONSTANT

    # -- operations ---------------------------------------------------------------------------------------------------

    def operate(self, op: Op, values: tuple[Anything, ...], node: ast.AST, origin: str = "") -> Any:
        """Return `op` on numbers or tensors; recorded on the tape as soon as a node is among them."""
        operands = [self.operand(value, node, op.name) for value in values]
        tensors = [x for x in operands if isinstance(x, Tensor)]
        if not tensors:
            return self.scalar(op, tuple(operands), node)
        if any(x.flavour == "torch" for x in tensors):  # for PyTorch, a plain number is a constant
            operands = [self._cut_off(x, node) for x in operands]
        shape = self.fit(joined_shape, *(x.shape for x in tensors))
        count = size(shape)
        self.meter.limit("list", count)
        self.meter.charge(count)
        columns = [self._column(x, shape, count) for x in operands]
        flavour: Flavour = "torch" if any(x.flavour == "torch" for x in tensors) else "numpy"
        cells = [self.scalar(op, row, node) for row in zip(*columns, strict=True)]
        return self.unwrapped(Tensor(cells, shape, flavour=flavour, origin=origin))

    def _cut_off(self, x: Any, node: ast.AST) -> Any:
        if not isinstance(x, Ref) or x.style != "number":
            return x
        name = self.tape.names[x.node]
        return Number(self._plain(x), self.program.span(node), name and cut(name, 40))

    def _column(self, x: Scalar | Tensor, shape: tuple[int, ...], count: int) -> Sequence[Scalar]:
        if not isinstance(x, Tensor):
            return [x] * count
        cells = self.cells(x)
        return cells if x.shape == shape else [cells[k] for k in stretched(x.shape, shape)]

    def cells(self, tensor: Tensor) -> Sequence[Scalar]:
        """Return the cells of a tensor as something computes with them: cut off if it is detached."""
        if not tensor.detached:
            return tensor.cells
        span = self.program.span(self.current)
        return [Number(self._plain(cell), span) if isinstance(cell, Ref) else cell for cell in tensor.cells]

    def _plain(self, cell: Scalar) -> int | float:
        if isinstance(cell, Number):
            if cell.typed and cell in self._titles:
                self.looks.cells.add(self._titles[cell])
            return cell.data
        data = self.read(cell.node)
        return int(data) if cell.node in self._whole else data

    def _unread(self, cell: Scalar) -> int | float:
        """Return a number for an operation on the tape, which is done again whenever the number is another."""
        if isinstance(cell, Number):
            return cell.data
        data = self.tape.data[cell.node]
        return int(data) if cell.node in self._whole else data

    def kind(self, value: Scalar) -> type:
        """Return what Python would hold: an int, a float or a bool."""
        if isinstance(value, Ref):
            self.looks.kinds.add(value.node)
        return type(self._unread(value))

    def plain(self, tensor: Tensor) -> list[int | float]:
        """Return the numbers in a tensor, row by row."""
        return [self._plain(cell) for cell in tensor.cells]

    def total(self, cells: Sequence[Scalar], node: ast.AST) -> Scalar:
        """Return the sum of scalars, from the left; 0 if there are none."""
        if not cells:
            return self.literal(0.0, node)
        result = cells[0]
        for cell in cells[1:]:
            result = self.scalar(_ADD, (result, cell), node)
        return result

    def add(self, left: Anything, right: Anything, node: ast.AST) -> Anything:
        """Return `left + right`, whatever they are."""
        raise NotImplementedError

    def dot(
        self, left: Sequence[Scalar], right: Sequence[Scalar], node: ast.AST, start: Scalar | None = None
    ) -> Scalar:
        """Return the sum of products, added to `start` if there is one."""
        result = start
        for x, y in zip(left, right, strict=True):
            term = self.scalar(_MUL, (x, y), node)
            result = term if result is None else self.scalar(_ADD, (result, term), node)
        self.meter.charge(len(left))
        return self.literal(0.0, node) if result is None else result

    def floated(self, value: Any) -> Any:
        """Return the result of an operation as a float, where Python would hold an int."""
        if isinstance(value, Ref):
            self._whole.discard(value.node)
        if isinstance(value, Tensor):
            value.storage[:] = [self.floated(cell) for cell in value.storage]
        return replace(value, data=float(self._plain(value))) if isinstance(value, Number) else value

    def scalar(self, op: Op, operands: tuple[Scalar, ...], node: ast.AST) -> Scalar:
        """Return `op` on scalars."""
        span = self.program.span(node)
        plain = tuple([self._unread(x) for x in operands])
        if self.recording and any(isinstance(x, Ref) for x in operands):
            return self._record(op, operands, plain, span)
        result = compute(op, tuple([self._plain(x) for x in operands]))
        self._watch(op, plain, result, span, None)
        known = tuple(x for x in operands if isinstance(x, Number))
        if len(known) < len(operands):
            self._unrecorded.add(span)
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
            if result == 0:
                self.tape.data[index] = 0.0  # a whole number has no -0
        self._watch(op, plain, result, span, index)
        return Ref(index, style)

    def _room(self, count: int) -> None:
        if len(self.tape) + count >= self.meter.budgets.nodes:
            raise exceeded(self.meter.budgets, "nodes", self._where())

    def _constant_node(self, value: Number) -> int:
        node = self._homes.get(value)
        if node is not None:
            return node
        title = self._titles.get(value)
        if title is None:
            node = self.tape.constant(value.data, text=value.text, span=value.span)
        else:  # a number of a tensor that has a name: one leaf, however often it is used
            node = self._homes[value] = self.tape.input(value.data, name=title, span=value.span, trainable=False)
            if value.typed:
                self.tape.texts[node] = numbers.exact(value.data)
            if value.typed:
                self.looks.data[title].append(node)
                self._hold(title, node)
        if isinstance(value.data, int):
            self._whole.add(node)
            self.looks.whole.add(node)
        return node

    def _watch(self, op: Op, operands: tuple[int | float, ...], result: float, span: Span, node: int | None) -> None:
        """Warn where finite numbers gave inf or nan, in the operation's own words."""
        message = outside_domain(op, operands, result)
        if message:
            self.notice("domain", message, span, node)

    def _materialise(self, value: Number) -> int:
        """Record how a plain number was computed, operands first, and return its node."""
        nodes: dict[int, int] = {}
        stack: list[tuple[Number, bool]] = [(value, False)]
        while stack:
            number, ready = stack.pop()
            if id(number) in nodes:
                continue
            if number in self._homes:
                nodes[id(number)] = self._homes[number]
                continue
            self.meter.charge()
            self._room(1)
            if number.op is None:
                nodes[id(number)] = self._constant_node(number)
            elif ready:
                operands = tuple(nodes[id(x)] for x in number.operands)
                node = nodes[id(number)] = self.tape.record(number.op, operands, span=number.span)
                if number in self._titles:
                    self.tape.names[node] = self._titles[number]
                    self._homes[number] = node
                self._settle_notice(number.span, node)
            else:
                stack.append((number, True))
                stack.extend((x, False) for x in reversed(number.operands))
        return nodes[id(value)]

    def _settle_notice(self, span: Span, node: int) -> None:
        """Tell a warning about plain numbers which node they have become."""
        if not math.isfinite(self.tape.data[node]):
            self.notices.add(Said(len(self.tape), Notice("domain", "", span, node), settles=True))

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
            self.looks.whole.add(index)
        if literal:
            self._adjustable.add(index)
        return Ref(index, style)

    def bind(self, name: str, value: Anything) -> Anything:
        """Give `name` a value; a plain number becomes a leaf. Return what the name now holds."""
        value = self._named(name, value)
        self.frame.names[name] = value
        return value

    def _named(self, name: str, value: Anything, depth: int = 0) -> Anything:
        match value:
            case Number():
                value = self._leaf(self._plain(value), value.span, None, True, "number", _is_literal(value))
                self._name_node(value.node, name)
            case Ref(node=node) if self.tape.names[node] is None:
                self._name_node(node, name)
            case Tensor() if len(value) <= _NAMED_ITEMS:
                self._name_cells(name, value)
            case List(items=items) | tuple(items) if depth < _NAMED_DEPTH and len(items) <= _NAMED_ITEMS:
                named = [self._named_item(f"{name}[{k}]", item, depth) for k, item in enumerate(items)]
                if not isinstance(value, List):
                    return tuple(named)
                value.items[:] = named
            case Dict(items=items) if depth < _NAMED_DEPTH and len(items) <= _NAMED_ITEMS:
                for key, (written, item) in items.items():
                    shown = written if isinstance(written, str) else self.text(written)
                    items[key] = written, self._named_item(cut(f"{name}[{shown}]", LABEL_LIMIT), item, depth)
            case Instance(inside=inside) if not inside.get("named"):
                inside["named"] = True
                for path, part in self.parts(value):
                    self._named(f"{name}{path}", part)
                    if isinstance(part, Ref) and self.tape.labels[part.node] is None:
                        self.tape.labels[part.node] = cut(_short_way(f"{name}{path}"), LABEL_LIMIT)
        return value

    def _named_item(self, name: str, item: Anything, depth: int) -> Anything:
        """Numbers in a list are leaves where a program has no other means to say what those are."""
        self.meter.charge()
        if isinstance(item, Instance):
            return item
        if isinstance(item, Number) and (self.program.explicit or not item.typed):
            return item
        return self._named(name, item, depth + 1)

    def parts(self, owner: Instance) -> Iterator[tuple[str, Any]]:
        """Yield the numbers that a network holds, each with the way to it: `.layers[0].weight`."""
        return iter(())

    def _name_cells(self, name: str, tensor: Tensor) -> None:
        self.meter.charge(len(tensor))
        single = len(tensor) == 1
        for k, (subscript, place) in enumerate(
            zip(subscripts(tensor.shape), tensor.index or range(len(tensor)), strict=True)
        ):
            cell, full = tensor.storage[place], name if single else f"{name}{subscript}"
            if isinstance(cell, Ref):
                if self.tape.names[cell.node] is None and not tensor.detached:
                    self._name_node(cell.node, full)
            elif (
                tensor.flavour == "numpy" and not self.program.explicit and cell.typed and isinstance(cell.data, float)
            ):
                tensor.storage[place] = self._named(full, cell)
            elif cell not in self._titles and not (single and tensor.gradient_of):
                tensor.storage[place] = self._titled(cell, full)
            if k % 256 == 255:
                self.meter.charge(256)

    def _titled(self, cell: Number, name: str) -> Number:
        """Keep the name of a number that needs no gradient; it becomes a leaf when something that does meets it."""
        full = self._next_version(name)
        if cell.typed:
            self.looks.data.setdefault(full, [])
            if full in self.inputs:
                self._used_inputs.add(full)
                cell = replace(cell, data=float(self.inputs[full]))
        self._titles[cell] = full
        return cell

    def _next_version(self, name: str) -> str:
        version = self._versions[name] = self._versions.get(name, 0) + 1
        return name if version == 1 else f"{name}@{version}"

    def _name_node(self, node: int, name: str) -> None:
        full = self.tape.names[node] = self._next_version(name)
        if node not in self._adjustable or self._is_used(node):
            return
        literal = self.tape.data[node]
        self.tape.texts[node] = numbers.exact(literal)
        self._settable(full, node, literal)
        if full in self.inputs:
            self._used_inputs.add(full)
            given = float(self.inputs[full])
            self.tape.data[node] = given
            if not given.is_integer():
                self._whole.discard(node)

    def _settable(self, name: str, node: int, literal: float | None) -> None:
        """Keep that an input sets this leaf. Whoever looked before saw what the program gives it, in every run."""
        looks = self.looks
        looks.leaves.append((name, node, literal))
        looks.nodes.discard(node)
        looks.kinds.discard(node)
        self._hold(name, node)

    def _hold(self, name: str, node: int) -> None:
        """Let no gradient flow to a leaf whose name the request holds fixed."""
        if name in self._fixed:
            self.held.add(node)
            self.tape.needs_grad[node] = False

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
        self._settable(name, index, None if given else 1.0)
        few = not given and len(self.environment) <= _FEW_NAMES
        near = near_miss(name, [*self.environment, *FUNCTIONS]) if few else None
        if near:
            self.notice("name", f"{cut(name)} has no value, so it is an input. Did you mean {cut(near)}?", span, index)
        self._versions[name] = self._versions.get(name, 0) + 1
        reference = self.environment[name] = Ref(index)
        return reference

    # -- scopes -------------------------------------------------------------------------------------------------------

    def enter(self, name: str, call: ast.AST | None = None) -> Scope | None:
        """Step into a call or the first turn of a loop; return the scope to come back to."""
        before = self.tape.scope
        counts = self._counts if before is None else before.counts
        index = counts[name] = counts.get(name, -1) + 1
        span = None if call is None else self.program.span(call)
        self.tape.scope = Scope(name, index, before, span)
        return before

    def loop_name(self, name: str, loop: ast.AST) -> str:
        """Return what the turns of `loop` are called; a second loop of the same name here is another."""
        sites = self._sites.setdefault((self.tape.scope, name), [])
        if loop not in sites:
            sites.append(loop)
        return name if sites.index(loop) == 0 else f"{name}@{sites.index(loop) + 1}"

    def leave(self, before: Scope | None) -> None:
        """Step out, to what `enter` returned."""
        self.tape.scope = before

    # -- data and gradients -------------------------------------------------------------------------------------------

    def data_of(self, owner: Anything, node: ast.AST) -> Any:
        """Return `owner.data`: the number, cut off from the graph."""
        if isinstance(owner, Tensor):
            return self.detached(owner, node)
        return self.reading(self.needed_number(owner, node, ".data"), owner, node)

    def detached(self, value: Anything, node: ast.AST) -> Any:
        """Return the numbers of `value` without their history. A tensor shares them with the one it came from."""
        if isinstance(value, Tensor):
            shared = value.view(range(len(value)), value.shape, "")
            shared.detached = True
            return shared
        return self.reading(self.needed_number(value, node, "detach"), value, node)

    def copied(self, value: Tensor, cells: Sequence[Scalar] | None = None) -> Tensor:
        """Return a tensor of the same numbers, in a storage of its own."""
        return Tensor(list(self.cells(value) if cells is None else cells), value.shape, flavour=value.flavour)

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
        grad = self.read_gradient(owner.node)
        exact = owner.style == "value" and owner.node not in self._float_grads and grad.is_integer()
        return int(grad) if exact and abs(grad) < 2**53 else grad

    def _tensor_grad(self, owner: Tensor, node: ast.AST) -> Tensor | None:
        nodes = [cell.node if isinstance(cell, Ref) else None for cell in owner.cells]
        span = self.program.span(node)
        if any(n is not None and self.tape.ops[n] is not None and n not in self._retained for n in nodes):
            message = "this tensor was computed, and PyTorch keeps the gradients of leaves alone, so .grad is None"
            self.notice("domain", f"{message}. Write y.retain_grad() before y.backward().", span)
            return None
        if not any(n is not None and self._is_filled(n) for n in nodes):
            return None
        found: list[Scalar] = [Number(0.0 if n is None else self.read_gradient(n), span) for n in nodes]
        return Tensor(found, owner.shape, gradient_of=owner)

    def _is_filled(self, node: int) -> bool:
        """Return whether a program finds a gradient at a leaf; at one that is held fixed it is 0 after a pass."""
        return (node in self._passed or self.recorder.touched(node)) and node not in self._cleared_grads

    def has_grad(self, cell: Ref) -> bool:
        """Return whether a gradient has arrived at a node and was not emptied since."""
        node = cell.node
        return self.recorder.touched(node) and node not in self._cleared_grads and node not in self.held

    def retain(self, tensor: Tensor) -> None:
        """Keep the gradient of a computed tensor, as `retain_grad` does."""
        self._retained.update(cell.node for cell in tensor.cells if isinstance(cell, Ref))

    def requires_grad(self, value: Anything) -> bool:
        """Return whether gradients flow to `value`."""
        if isinstance(value, Tensor) and value.detached:
            return False
        cells = value.cells if isinstance(value, Tensor) else (value,)
        return any(isinstance(cell, Ref) and self.tape.needs_grad[cell.node] for cell in cells)

    def has_history(self, value: Anything) -> bool:
        """Return whether gradients flow to `value`, or would if no leaf were held fixed."""
        if self.requires_grad(value) or not self.held:
            return self.requires_grad(value)
        cells = value.cells if isinstance(value, Tensor) and not value.detached else (value,)
        nodes = [cell.node for cell in cells if isinstance(cell, Ref)]
        return not self.held.isdisjoint(with_operands(self.tape, nodes))

    def is_leaf(self, value: Anything) -> bool:
        """Return whether `value` was given, not computed."""
        if not isinstance(value, Tensor):
            value = Tensor([value])
        if value.detached or not self.requires_grad(value):
            return True
        return not value.origin and all(
            isinstance(cell, Number) or self.tape.ops[cell.node] is None for cell in value.cells
        )

    def set_requires_grad(self, value: Anything, wanted: bool, node: ast.AST) -> None:
        """Decide whether a leaf receives gradients."""
        if isinstance(value, Ref) or not isinstance(value, Tensor):
            value = Tensor([value])
        for place in value.index or range(len(value)):
            cell = value.storage[place]
            if isinstance(cell, Number) and wanted:
                cell = value.storage[place] = self._trainable(cell, node)
            if not isinstance(cell, Ref):
                continue
            if self.tape.ops[cell.node] is None:
                needs = wanted and cell.node not in self.held
                self.settled &= needs is self.tape.needs_grad[cell.node] or not self.recorder.passes
                self.tape.needs_grad[cell.node] = needs
            elif not wanted:
                raise self.fail("value", "a computed tensor keeps its gradient", node, "Write y.detach().")
        if wanted:
            value.detached = False

    def _trainable(self, cell: Scalar, node: ast.AST) -> Ref:
        """Return a leaf that needs a gradient, in place of a plain number."""
        typed = isinstance(cell, Number) and cell.typed
        number = self._unread(cell) if typed else self._plain(cell)
        if isinstance(number, int):
            raise self.fail("type", "a tensor of whole numbers has no gradient", node, f"Write {number}.0.")
        span = cell.span if isinstance(cell, Number) else self.program.span(node)
        leaf = self._leaf(number, span, None, True, "number", typed)
        if isinstance(cell, Number) and cell in self._titles:
            self.tape.names[leaf.node] = self._titles[cell]
            if typed:
                self.tape.texts[leaf.node] = numbers.exact(number)
                self.looks.data[self._titles[cell]].append(leaf.node)
                self._hold(self._titles[cell], leaf.node)
        return leaf

    def trainable(self, tensor: Tensor, node: ast.AST) -> Tensor:
        """Return a tensor of leaves that need gradients, with the numbers of `tensor`."""
        self.meter.charge(len(tensor))
        cells: list[Scalar] = [self._trainable(cell, node) for cell in self.cells(tensor)]
        return Tensor(cells, tensor.shape)

    def backward(self, receiver: Anything, node: ast.AST, gradient: Anything = None, retain: bool = False) -> None:
        """Run a backward pass from `receiver`; from its product with `gradient`, if that is given."""
        if gradient is not None or (isinstance(receiver, Tensor) and len(receiver) != 1):
            receiver = self._weighted(receiver, gradient, node)
        cell = receiver.cells[0] if isinstance(receiver, Tensor) else receiver
        if not isinstance(cell, Ref) or (isinstance(receiver, Tensor) and receiver.detached):
            if isinstance(receiver, Tensor):
                raise self._nothing_required(node)
            hint = "Give it a name first: y = ...; y.backward()"
            raise self.fail(
                "type",
                f"{describe(receiver)} has no graph to go backwards through".replace("a number", "a plain number"),
                node,
                hint,
            )
        if not self.has_history(cell):
            raise self._nothing_required(node)
        order = dependencies(self.tape, cell.node)
        self.meter.charge(len(order))
        passed = self.held.intersection(order)
        self._passed |= passed
        self._cleared_grads -= passed
        if isinstance(receiver, Tensor):
            self._throw_away(order, retain, node)
        self.recorder.backward(cell.node, self.program.span(node), order)
        done = self.recorder.passes[-1]
        self.meter.charge(done.last - done.first)
        for step in self.recorder.steps[done.first : done.last]:
            self._cleared_grads.discard(step.node)
            if isinstance(step, Backward):
                self._cleared_grads.discard(step.operand)
                if step.node in self._float_grads or not self._slope_is_whole(step):
                    self._float_grads.add(step.operand)

    def gradients_of(
        self, output: Anything, wanted: list[Anything], seeds: Anything, node: ast.AST
    ) -> tuple[Tensor, ...]:
        """Return the gradients of `output` by each of `wanted`, without adding them to anything."""
        if seeds is not None or (isinstance(output, Tensor) and len(output) != 1):
            output = self._weighted(output, seeds, node)
        cell = output.cells[0] if isinstance(output, Tensor) else output
        if not isinstance(cell, Ref) or not self.has_history(cell):
            raise self._nothing_required(node)
        self.meter.charge(len(self.tape))
        self.read(cell.node)
        grads, span = dict(enumerate(gradients(self.tape, cell.node))), self.program.span(node)
        found = []
        for value in wanted:
            tensor = value if isinstance(value, Tensor) else Tensor([value])
            numbers = [grads.get(x.node, 0.0) if isinstance(x, Ref) else 0.0 for x in tensor.cells]
            found.append(Tensor([Number(x, span) for x in numbers], tensor.shape))
        return tuple(found)

    def is_fixed(self, tensor: Tensor) -> bool:
        """Return whether a tensor must not change now: it has leaves that require a gradient, and the graph looks."""
        if tensor.flavour != "torch" or tensor.detached or not self.recording:
            return False
        ops, needs = self.tape.ops, self.tape.needs_grad
        return any(isinstance(c, Ref) and ops[c.node] is None and needs[c.node] for c in tensor.cells)

    def _nothing_required(self, node: ast.AST) -> ProgramError:
        hint = "Write torch.tensor(2.0, requires_grad=True) for what you want the gradient of."
        return self.fail("value", "nothing here requires a gradient", node, hint)

    def _weighted(self, receiver: Anything, gradient: Anything, node: ast.AST) -> Anything:
        """A pass from several numbers is one from their sum, each times what arrives at it from outside."""
        if gradient is None:
            count = len(receiver)
            message = f"a backward pass begins at one number, and this tensor has {count}"
            raise self.fail("value", message, node, "Write y.sum().backward() or y.mean().backward().")
        if not isinstance(gradient, Tensor) or not isinstance(receiver, Tensor) or gradient.shape != receiver.shape:
            hint = "Write y.backward(torch.ones_like(y))."
            raise self.fail("value", "gradient needs a tensor of the same shape", node, hint)
        seeds = self.plain(gradient)
        if len(seeds) == 1 and seeds[0] == 1:
            return receiver
        weights = [self.literal(x, node) for x in seeds]
        return Tensor([self.dot(weights, self.cells(receiver), node)])

    def _throw_away(self, order: list[int], retain: bool, node: ast.AST) -> None:
        """PyTorch frees what a graph has saved once it went backwards through it; so a second time is an error."""
        ops, needs = self.tape.ops, self.tape.needs_grad
        saved = {n for n in order if (op := ops[n]) is not None and needs[n] and op.name not in _SAVES_NOTHING}
        if saved & self._freed:
            message = "this graph was gone through backwards already, and PyTorch has freed it"
            hint = (
                "Compute the loss again before each backward, or write loss.backward(retain_graph=True) the first time."
            )
            raise self.fail("value", message, node, hint)
        if not retain:
            self._freed |= saved

    def _slope_is_whole(self, step: Backward) -> bool:
        op, operands = self.tape.ops[step.node], self.tape.operands[step.node]
        return op is not None and slope_is_whole(op, tuple(n in self._whole for n in operands), step.slot)

    def write(self, receiver: Anything, attribute: str, value: Anything, node: ast.AST) -> None:
        """Write `.data`, `.grad`, `.label` or `.requires_grad`."""
        if attribute == "requires_grad" and isinstance(receiver, Ref | Tensor | Number):
            return self.set_requires_grad(receiver, self.truth(value), node)
        if isinstance(receiver, Tensor):
            return self._write_tensor(receiver, attribute, value, node)
        if not isinstance(receiver, Ref):
            hint = "Give it a name first: x = 2.0; then x.data = 3.0."
            raise self.fail("type", f"{describe(receiver)} has no .{attribute} to write to", node, hint)
        if attribute == "label":
            return self._write_label(receiver, value, node)
        number = 0.0 if value is None and attribute == "grad" else self.needed_number(value, node, f".{attribute}")
        self.meter.charge()
        if attribute == "data":
            return self.set_data(receiver.node, number, node)
        return self.set_grad(receiver.node, None if value is None else number, node)

    def set_data(self, node: int, number: int | float, place: ast.AST) -> None:
        """Write the number of a node, as `a.data = 2.0` does."""
        text = cut(self.program.text(place), _STATEMENT_LIMIT)
        self.settled = False
        self.recorder.set_data(node, float(number), text, self.program.span(place))
        (self._whole.add if isinstance(number, int) else self._whole.discard)(node)

    def set_grad(self, node: int, number: int | float | None, place: ast.AST) -> None:
        """Write the gradient of a node; None empties it, which for a number is 0."""
        text = cut(self.program.text(place), _STATEMENT_LIMIT)
        self.settled = False
        self.recorder.set_grad(node, float(number or 0.0), text, self.program.span(place))
        (self._float_grads.discard if isinstance(number, int) else self._float_grads.add)(node)
        (self._cleared_grads.add if number is None else self._cleared_grads.discard)(node)

    def clear_grad(self, value: Anything, place: ast.AST, to: int | float | None) -> None:
        """Empty the gradient of a parameter, as `zero_grad` does. What never got one needs no step."""
        for cell in value.cells if isinstance(value, Tensor) else (value,):
            if isinstance(cell, Ref) and cell.node in self.held and to is None:
                self._cleared_grads.add(cell.node)
            if isinstance(cell, Ref) and self.has_grad(cell):
                self.meter.charge()
                self.set_grad(cell.node, to, place)

    def _write_tensor(self, receiver: Tensor, attribute: str, value: Anything, node: ast.AST) -> None:
        if attribute == "data":
            shared = receiver.view(range(len(receiver)), receiver.shape, "")
            shared.detached = True
            return self.write_cells(shared, value, node)
        if attribute != "grad":
            raise self.fail("type", f"{describe(receiver)} has no .{attribute} to write to", node, "Write w.data.")
        if value is None:
            return self.clear_grad(receiver, node, None)
        grads = self._column(self.operand(value, node, ".grad"), receiver.shape, len(receiver))
        for cell, grad in zip(receiver.cells, grads, strict=True):
            if isinstance(cell, Ref):
                self.meter.charge()
                self.set_grad(cell.node, float(self._plain(grad)), node)
        return None

    def write_cells(self, target: Tensor, value: Anything, node: ast.AST) -> None:
        """Write into a tensor in place: the numbers of leaves, gradients, or the cells of data."""
        new = self.operand(value, node, "a tensor")
        if isinstance(new, Tensor) and self.fit(joined_shape, new.shape, target.shape) != target.shape:
            message = f"numbers of shape {list(new.shape)} do not fit into {list(target.shape)}"
            raise self.fail("value", message, node, "Look at the shapes with print(x.shape).")
        below = not self.recording or target.detached
        column = self._column(new, target.shape, len(target))
        owners = target.gradient_of.cells if target.gradient_of is not None else ()
        self.meter.charge(len(target) + len(target.storage) // 4)
        column = self._as_kind(self._kind(target), column, node)
        for place, cell in zip(target.index or range(len(target)), column, strict=True):
            old = target.storage[place]
            if owners:
                owner = owners[place]
                target.storage[place] = Number(float(self._plain(cell)), self.program.span(node))
                if isinstance(owner, Ref):
                    self.set_grad(owner.node, float(self._plain(cell)), node)
            elif isinstance(old, Ref) and below and (target.detached or self.tape.ops[old.node] is None):
                self.set_data(old.node, float(self._plain(cell)), node)
            else:
                target.storage[place] = cell

    def _kind(self, target: Tensor) -> type:
        """Return what the numbers of a tensor are; writing into it does not change that."""
        kinds = {self.kind(cell) for cell in target.storage}
        return float if float in kinds or not kinds else int if int in kinds else bool

    def _as_kind(self, kind: type, cells: Sequence[Scalar], node: ast.AST) -> Sequence[Scalar]:
        span = self.program.span(node)
        found: list[Scalar] = []
        for cell in cells:
            if self.kind(cell) is kind:
                found.append(cell)
            elif kind is float:
                found.append(Number(float(self._plain(cell)), span) if isinstance(cell, Number) else self.floated(cell))
            else:
                x = self._plain(cell)
                whole = int(x) if math.isfinite(x) and abs(x) < 2**53 else 0
                found.append(Number(bool(x) if kind is bool else whole, span))
        return found

    def _write_label(self, cell: Ref, value: Anything, node: ast.AST) -> None:
        if not isinstance(value, str):
            raise self.fail("type", f"a label is a text, not {describe(value)}", node, "Write a.label = 'a'.")
        self.tape.labels[cell.node] = cut(value, LABEL_LIMIT) or None

    def ask(self, callee: Anything, *arguments: Anything, node: ast.AST) -> Any:
        """Call something of the program's: work for the interpreter, which a function of ours yields to it."""
        raise NotImplementedError

    def take(self, value: Stream, node: ast.AST) -> Any:
        """Ask a stream for its next value: work for the interpreter."""
        raise NotImplementedError

    def sequence(self, kind: Any, layers: Sequence[Anything]) -> Instance:
        """Return layers as a network of their own."""
        return Instance(kind, {str(k): layer for k, layer in enumerate(layers)}, {"layers": True})

    def shown(self, value: Anything) -> str:
        """Return a value for a message."""
        return cut(self.text(value) if not isinstance(value, str) else repr(value), 60)

    # -- texts --------------------------------------------------------------------------------------------------------

    def text(self, value: Anything) -> str:
        """Return what `print` shows of `value`."""
        return text_of(self, value)

    def repr(self, value: Anything) -> str:
        """Return what `value` looks like inside a list."""
        return repr_of(self, value)

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
        if isinstance(value, Tensor) and len(value) != 1:
            message = f"{describe(value)} of {len(value)} numbers is neither true nor false"
            raise self.fail("value", message, None, "Write x.sum() > 0, or compare its numbers one by one.")
        match value:
            case str() | tuple():
                return bool(value)
            case List(items=items) | Dict(items=items) | Set(items=items) | Row(parts=items):
                return bool(items)
            case Range(numbers=found):
                return bool(found)
        return value is not None

    # -- the result ---------------------------------------------------------------------------------------------------

    def seen(self) -> Looks | None:
        """Return what the program looked at; None if it wrote numbers, which no tape at its end can tell."""
        self.looks.said, self.looks.reserved = self.notices.said, _RESERVED
        return self.looks if self.settled else None

    def output(self) -> int | None:
        """Return the node that the program is about; None if it computed nothing."""
        if self.recorder.passes:
            return self.recorder.passes[-1].output
        last = self.last if self.last is not None else self.printed_last
        cell = (last.cells[-1] if len(last) else None) if isinstance(last, Tensor) else last
        return self._materialise(cell) if isinstance(cell, Number) else cell.node if isinstance(cell, Ref) else None

    def notice_unrecorded(self, output: int | None) -> None:
        """Warn where the output of a program that never goes back was computed without a graph."""
        if output is None or self.recorder.passes or self.tape.ops[output] is not None:
            return
        span = self.tape.spans[output]
        if span in self._unrecorded:
            name = cut(self.tape.names[output] or "the output", 40)
            message = f"{name} was computed under torch.no_grad(), without a graph: no gradient flows from it."
            self.notice("gradient", message, span, output)

    def nothing_computed(self) -> ProgramError:
        """Return the error for a program whose statements give no number."""
        return self.fail("empty", "the program computes no number", self.program.tree.body[-1], EXAMPLE)

    def variables(self) -> dict[str, int]:
        """Return every name's last node; of a tensor or a list, those of its numbers."""
        found: dict[str, int] = {}
        for name, value in self.environment.items():
            self._collect(found, name, value)
        return found

    def _collect(self, found: dict[str, int], name: str, value: Anything, depth: int = 0) -> None:
        if len(found) > _NAMED_ITEMS or depth > _NAMED_DEPTH:
            return
        match value:
            case Ref(node=node):
                found[name] = node
            case Tensor() if len(value) == 1:
                self._collect_cell(found, name, value.cells[0])
            case Tensor() if len(value) <= _NAMED_ITEMS:
                for subscript, cell in zip(subscripts(value.shape), value.cells, strict=True):
                    self._collect_cell(found, name + subscript, cell)
            case List(items=items) | tuple(items):
                for k, item in enumerate(items[:_NAMED_ITEMS]):
                    self._collect(found, f"{name}[{k}]", item, depth + 1)
            case Instance():
                for path, part in self.parts(value):
                    self._collect(found, f"{name}{path}", part, depth + 1)

    def _collect_cell(self, found: dict[str, int], name: str, cell: Scalar) -> None:
        if isinstance(cell, Ref):
            found[name] = cell.node
        elif cell in self._homes:
            found[name] = self._homes[cell]
        elif cell in self._titles and cell.op is None and len(self.tape) < self.meter.budgets.nodes - 1:
            found[name] = self._constant_node(cell)

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
        return (*self.notices.shown, *unused)


def _is_literal(value: Number) -> bool:
    """Return whether a number consists of literals of the program, and of nothing that was read off a node."""
    stack = [value]
    while stack:
        number = stack.pop()
        if number.op is None and number.text is None:
            return False
        stack.extend(number.operands)
    return True


def _short_way(path: str) -> str:
    """Return what a picture calls a number deep in a network of micrograd's: `n[0][2].w[1]`, layer 0, neuron 2."""
    return path.replace(".layers[", "[").replace(".neurons[", "[")


def _whole_relu(x: float) -> bool:
    return x < 0 or isinstance(x, int)
