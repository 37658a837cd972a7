"""Runs a checked program over a tape: each piece of the tree has a handler that turns it into a value.

A handler of a compound piece is a generator: it *yields* the pieces it needs and is sent their values, while one loop
(`Interpreter.evaluate`) keeps the stack. So depth is never the host's recursion, every piece is charged to the budget
in one place, and every error knows the piece that was running. Start at `evaluate`; `engine.language.run` calls it.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from types import GeneratorType
from typing import Any

from engine import numbers
from engine.language import containers, indexing, tensors
from engine.language.allowed import begins_module, own_names
from engine.language.calls import bind, bind_closure
from engine.language.dialects import (
    ALIASES,
    CONSTANTS,
    FUNCTIONS,
    LATER,
    MEANT,
    METHODS,
    MODULES,
    PERHAPS,
    PROPERTIES,
    nn,
)
from engine.language.errors import ProgramError, cut
from engine.language.machine import Machine
from engine.language.names import nearest
from engine.language.repairs import called, product, renamed
from engine.language.texts import formatted
from engine.language.values import (
    Anything,
    Block,
    Class,
    Closure,
    Dict,
    Element,
    Frame,
    Function,
    Instance,
    List,
    Method,
    Missing,
    Module,
    Number,
    Range,
    Ref,
    Row,
    Set,
    Setting,
    Stream,
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
_PLUS = ast.Add()
BREAK, CONTINUE, END = object(), object(), object()
_CLAUSES = 8  # `for` inside one comprehension


class Returned:
    """The way out of a function, with what it gives back."""

    __slots__ = ("value",)

    def __init__(self, value: Anything) -> None:
        self.value = value


class Interpreter(Machine):
    """Walks a checked program; what it does there, it does as a `Machine`."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.depth = 0
        """Calls that have not ended."""

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
        """Evaluate statements, up to one that leads out of them; return what does: `break`, `continue`, a `return`."""
        for statement in statements:
            way_out = yield statement
            if way_out is not None:
                return way_out
        return None

    def _expression(self, node: ast.Expr) -> Steps:
        if begins_module(node.value):
            owner = next(iter(self.frame.names.values()), None)
            if isinstance(owner, Instance):
                owner.inside["begun"] = True
            return
        value = yield node.value
        if isinstance(value, Method):
            raise self._not_called(value, node.value)
        self._remember(value)

    def _not_called(self, method: Method, node: ast.AST) -> ProgramError:
        function, text = method.function, cut(self.program.text(node), 60)
        is_whole = len(function.parameters) - len(function.defaults) == 1 and isinstance(node, ast.Attribute)
        fix = called(self.program, node) if is_whole else None
        hint = f"Write {text}({'' if is_whole else '...'})."
        return ProgramError.at(self.program.span(node), "type", f"{text} is a method that is not called", hint, fix)

    def _forbid_uncalled(self, targets: list[ast.expr], value: Anything, node: ast.expr) -> None:
        """Refuse `y = x.tanh` of a number, unless the program calls `y` or passes it on."""
        if isinstance(value, Method) and isinstance(value.receiver, Number | Ref | Tensor):
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if names and names.isdisjoint(self._handed):
                raise self._not_called(value, node)

    @cached_property
    def _handed(self) -> frozenset[str]:
        """Names that the program calls, or passes on to a function, a list or a caller."""
        found: list[ast.AST | None] = []
        for node in ast.walk(self.program.tree):
            match node:
                case ast.Call(func=callee, args=arguments, keywords=keywords):
                    found += [callee, *arguments, *(each.value for each in keywords)]
                case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Dict(values=elements):
                    found += elements
                case ast.Return(value=value) | ast.Lambda(body=value) | ast.Assign(value=value) | ast.For(iter=value):
                    found.append(value)
        return frozenset(node.id for node in found if isinstance(node, ast.Name))

    def _remember(self, value: Anything) -> None:
        """Keep the value of a statement: the last one is the output."""
        depth = 0
        while depth < 8 and isinstance(value, tuple | List | Row):
            items = self.items(value)
            if not items:
                break
            value, depth = items[-1], depth + 1
        if isinstance(value, Number | Ref | Tensor) and not self.depth:
            self.last = value

    def _assign(self, node: ast.Assign) -> Steps:
        value = yield from self._assigned(node.targets, node.value)
        self._forbid_uncalled(node.targets, value, node.value)
        for target in node.targets:
            value = yield from self._store(target, value, node)

    def _annotated(self, node: ast.AnnAssign) -> Steps:
        if node.value is not None:
            value = yield from self._assigned([node.target], node.value)
            self._forbid_uncalled([node.target], value, node.value)
            yield from self._store(node.target, value, node)

    def _assigned(self, targets: list[ast.expr], value: ast.expr) -> Steps:
        """Evaluate what is assigned. What only goes into `.data` or `.grad` is no part of the graph."""
        cut_off = any(isinstance(target, ast.Attribute) and target.attr in _CUT_OFF for target in targets)
        self._hush(cut_off)
        result = yield value
        self._hush(-cut_off)
        return result

    def _hush(self, more: int) -> None:
        self.quiet += more
        self.recording = not self.quiet

    def _store(self, target: ast.expr, value: Anything, statement: ast.AST) -> Steps:
        match target:
            case ast.Name(id=name):
                value = self.bind(name, value)
                self._remember(value)
            case ast.Attribute(value=owner, attr=attribute):
                value = self._set_attribute((yield owner), attribute, value, statement)
            case ast.Subscript(value=owner, slice=place):
                container = yield owner
                self.current = statement
                indexing.set_item(self, container, (yield place), value, statement)
            case ast.Starred(value=inner):
                value = yield from self._store(inner, value, statement)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                parts = yield from self._unpacked(value, targets, statement)
                stored = []
                for each, part in zip(targets, parts, strict=True):
                    stored.append((yield from self._store(each, part, statement)))
                value = tuple(stored)
        return value

    def _set_attribute(self, owner: Anything, attribute: str, value: Anything, node: ast.AST) -> Anything:
        if not isinstance(owner, Instance):
            self.write(owner, attribute, value, node)
            return value
        if isinstance(value, Instance) and not owner.kind.path and not owner.inside.get("begun"):
            message = "a network has to begin before it can hold layers"
            raise self.fail("value", message, node, "Write super().__init__() at the top of __init__.")
        if isinstance(value, Number):
            value = self.bind_part(attribute, value)
        owner.attributes[attribute] = value
        self.meter.charge()
        return value

    def bind_part(self, name: str, value: Number) -> Anything:
        """Return a plain number as an object holds it: as the leaf that a name would make of it, if it was typed."""
        return self.leaf(value, self.current, label=name) if value.typed and isinstance(value.data, float) else value

    def _unpacked(self, value: Anything, targets: list[ast.expr], node: ast.AST) -> Steps:
        hint = "Write one value for each name: a, b = 2.0, 3.0."
        if isinstance(value, Stream):
            value = yield from self._drained(value)
        parts, count = self.items(value), len(targets)
        if parts is None:
            raise self.fail("type", f"{describe(value)} cannot be shared among {count} names", node, hint)
        starred = [k for k, target in enumerate(targets) if isinstance(target, ast.Starred)]
        if starred:
            k, after = starred[0], count - starred[0] - 1
            if len(starred) == 1 and len(parts) >= count - 1:
                middle = List(list(parts[k : len(parts) - after]))
                parts = (*parts[:k], middle, *parts[len(parts) - after :])
        if len(parts) != count:
            raise self.fail("value", f"{count} names stand on the left, {len(parts)} values on the right", node, hint)
        self.meter.charge(count)
        return parts

    def _augmented(self, node: ast.AugAssign) -> Steps:
        target = node.target
        if isinstance(target, ast.Name):
            before = self.look_up(ast.copy_location(ast.Name(target.id, ast.Load()), target))
            self._forbid_in_place(before, target)
            value = self._augment(node, before, (yield node.value))
            bound = self.bind(target.id, value)
            if self.recording:
                self._remember(bound)
        elif isinstance(target, ast.Attribute):
            cut_off = target.attr in _CUT_OFF
            self._hush(cut_off)
            owner = yield target.value
            before = self._read(owner, target.attr, target)
            value = self._augment(node, before, (yield node.value))
            self._hush(-cut_off)
            if value is not before or not isinstance(before, Tensor):
                self._set_attribute(owner, target.attr, value, node)
        elif isinstance(target, ast.Subscript):
            owner, place = (yield target.value), (yield target.slice)
            before = indexing.item(self, owner, place, target)
            self._forbid_in_place(before, target)
            value = self._augment(node, before, (yield node.value))
            if value is not before:
                indexing.set_item(self, owner, place, value, node)

    def _augment(self, node: ast.AugAssign, before: Anything, value: Anything) -> Anything:
        """Return what `before` becomes; lists and tensors change in place."""
        self.current = node
        if isinstance(before, List) and isinstance(node.op, ast.Add):
            containers.extend(self, before, value, node)
            return before
        result = self._binary_value(node.op, before, value, node)
        if not isinstance(before, Tensor) or not isinstance(result, Tensor):
            return result
        self.write_cells(before, result, node)
        if self.recording:
            before.origin = result.origin
        return before

    def _forbid_in_place(self, value: Anything, target: ast.AST) -> None:
        if isinstance(value, Tensor) and self.is_fixed(value):
            name = cut(self.program.text(target), 40)
            message = f"{name} requires a gradient, so it cannot be changed in place"
            hint = f"Write it under with torch.no_grad():, or {name}.data -= ..., which the graph does not see."
            raise self.fail("value", message, target, hint)

    def _if(self, node: ast.If) -> Steps:
        return (yield from self._block(node.body if self.truth((yield node.test)) else node.orelse))

    def _with(self, node: ast.With) -> Steps:
        before = self.quiet
        for item in node.items:
            block = yield item.context_expr
            if not isinstance(block, Block) or item.optional_vars is not None:
                hint = "Write with torch.no_grad():"
                raise self.fail("refused", "a with block stands under torch.no_grad() alone", item.context_expr, hint)
            self._hush(1 if block.quiet else -self.quiet)
        way_out = yield from self._block(node.body)
        self._hush(before - self.quiet)
        return way_out

    def _while(self, node: ast.While) -> Steps:
        name, before = self.loop_name("while", node), self.tape.scope
        while self.truth((yield node.test)):
            self.enter(name)
            way_out = yield from self._block(node.body)
            self.leave(before)
            if way_out is BREAK:
                return None
            if isinstance(way_out, Returned):
                return way_out
        return (yield from self._block(node.orelse))

    def _for(self, node: ast.For) -> Steps:
        stream = self._stream((yield node.iter), node.iter)
        name, before = self.loop_name(_title(node.target, "for"), node), self.tape.scope
        while (value := (yield from self._next(stream))) is not END:
            self.meter.charge()
            self.enter(name)
            yield from self._count(node.target, value, node)
            way_out = yield from self._block(node.body)
            self.leave(before)
            if way_out is BREAK:
                return None
            if isinstance(way_out, Returned):
                return way_out
        return (yield from self._block(node.orelse))

    def _stream(self, value: Anything, node: ast.AST) -> Stream:
        """Return what a loop goes through, one value after another. A list is followed as it grows."""
        match value:
            case Stream():
                return value
            case List(items=items):
                return Stream("list", iter(items))
            case Range(numbers=found, span=span):
                return Stream("range", (Number(k, span, str(k)) for k in found))
        return Stream("loop", iter(self.elements(value, node)))

    def _next(self, stream: Stream) -> Steps:
        """Return the next value of a stream, or END."""
        if stream.ready is not None:
            return next(stream.ready, END)
        if stream.running:
            raise self.fail("value", "this generator is asking itself for a value", None, "Use a list: [... for ...].")
        assert stream.steps is not None and stream.frame is not None
        frame, scope = self.frame, self.tape.scope
        self.frame, self.tape.scope, stream.running = stream.frame, stream.scope, True
        result, sent = END, None
        while True:
            try:
                task = stream.steps.send(sent)
            except StopIteration:
                break
            if type(task) is Element:
                result = task.value
                break
            sent = yield task
        stream.scope, stream.running = self.tape.scope, False
        self.frame, self.tape.scope = frame, scope
        return result

    def _drained(self, stream: Stream) -> Steps:
        """Return all that is left of a stream."""
        values: list[Anything] = []
        while (value := (yield from self._next(stream))) is not END:
            self.meter.charge()
            self.meter.limit("list", len(values))
            values.append(value)
        return tuple(values)

    def _count(self, target: ast.expr, value: Anything, loop: ast.For | ast.comprehension) -> Steps:
        """Give the names of a loop their next values. A number stays a number: nobody differentiates by a counter."""
        match target:
            case ast.Name(id=name):
                self.frame.names[name] = value
            case ast.Starred(value=ast.Name(id=name)):
                self.frame.names[name] = value
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                parts = yield from self._unpacked(value, targets, loop.iter)
                for each, part in zip(targets, parts, strict=True):
                    yield from self._count(each, part, loop)
            case _:
                raise self.fail("refused", "a loop counts in names", target, "Write for i in range(3).")

    def _way_out(self, node: ast.AST) -> object:
        return BREAK if isinstance(node, ast.Break) else CONTINUE

    # -- functions and classes ----------------------------------------------------------------------------------------

    def _define(self, node: ast.FunctionDef) -> Steps:
        closure = yield from self._closure(node.name, node)
        self.frame.names[node.name] = closure

    def _lambda(self, node: ast.Lambda) -> Steps:
        return (yield from self._closure("lambda", node))

    def _closure(self, name: str, node: ast.FunctionDef | ast.Lambda) -> Steps:
        """Return a function of the program's, with the values that its parameters have by default."""
        quiet = False
        for decorator in getattr(node, "decorator_list", ()):
            quiet = (yield decorator) is not None
        given = node.args
        positional = [*given.posonlyargs, *given.args]
        defaults: dict[str, Anything] = {}
        for parameter, default in zip(positional[len(positional) - len(given.defaults) :], given.defaults, strict=True):
            defaults[parameter.arg] = yield default
        for parameter, written in zip(given.kwonlyargs, given.kw_defaults, strict=True):
            if written is not None:
                defaults[parameter.arg] = yield written
        self.meter.charge(8)
        return Closure(name, node, self.frame, defaults, own_names(node), None, quiet)

    def _return(self, node: ast.Return) -> Steps:
        return Returned(None if node.value is None else (yield node.value))

    def _class(self, node: ast.ClassDef) -> Steps:
        """A network: a class that derives from `nn.Module`, with functions in it."""
        base = yield node.bases[0]
        if base is not nn.MODULE:
            raise self.fail(
                "refused",
                f"a class derives from nn.Module here, not from {describe(base)}",
                node.bases[0],
                "Write class Net(nn.Module):",
            )
        members: dict[str, Anything] = {}
        frame, self.frame = self.frame, Frame(members, self.frame)
        yield from self._block(node.body)
        self.frame = frame
        for name, member in members.items():
            if isinstance(member, Closure):
                members[name] = replace(member, frame=frame)
        frame.names[node.name] = Class(node.name, "", members=members, text=nn.text_of, scope=node.name)

    def called(self, callee: Anything, arguments: list[Anything], keywords: dict[str, Anything], node: ast.AST) -> Any:
        """Call something: return its answer, or work for the interpreter that ends in one."""
        self.current = node
        match callee:
            case Method(receiver=receiver, function=function):
                return self.called(function, [receiver, *arguments], keywords, node)
            case Function():
                waiting = [x for x in (*arguments, *keywords.values()) if isinstance(x, Stream) and x.ready is None]
                if waiting and not callee.lazy:
                    return self._after_draining(waiting, callee, arguments, keywords, node)
                return callee.body(self, bind(self, callee, arguments, keywords, node), node)
            case Closure():
                return self._invoke(callee, arguments, keywords, node)
            case Class():
                return self._make(callee, arguments, keywords, node)
            case Instance(kind=kind):
                return self._run(callee, kind, arguments, keywords, node)
        raise self._not_callable(callee, node)

    def ask(self, callee: Anything, *arguments: Anything, node: ast.AST) -> Steps:
        """Call something from inside a function of ours."""
        answer = self.called(callee, list(arguments), {}, node)
        return (yield answer) if type(answer) is GeneratorType else answer

    def take(self, value: Anything, node: ast.AST) -> Steps:
        """Return the next value of a stream of any kind, packed as an `Element`; None at its end."""
        result = yield from self._next(value)
        return None if result is END else Element(result)

    def _after_draining(self, waiting: list[Stream], callee: Function, *call: Any) -> Steps:
        for stream in waiting:
            stream.ready = iter((yield from self._drained(stream)))
        answer = self.called(callee, *call)
        return (yield answer) if type(answer) is GeneratorType else answer

    def _invoke(
        self, closure: Closure, arguments: list[Anything], keywords: dict[str, Anything], node: ast.AST
    ) -> Steps:
        """Run a function of the program's in a frame of its own."""
        if closure.receiver is not None:
            arguments = [closure.receiver, *arguments]
        names = bind_closure(self, closure, arguments, keywords, node)
        self.depth += 1
        if self.depth > self.meter.budgets.depth:
            message = f"the depth budget ran out here: calls may stand {self.meter.budgets.depth} deep in each other"
            raise self.fail("budget", message, node, f"Does {closure.name} ever end without calling itself?")
        caller, before = self.frame, self.enter(closure.name, node)
        self.frame = Frame(names, closure.frame, closure.own)
        for name, value in names.items():
            if isinstance(value, Number) and value.typed:
                self.bind(name, value)
        self._hush(closure.quiet)
        definition = closure.definition
        if isinstance(definition, ast.Lambda):
            result = yield definition.body
        else:
            way_out = yield from self._block(definition.body)
            result = way_out.value if isinstance(way_out, Returned) else None
        self._hush(-closure.quiet)
        self.frame = caller
        self.leave(before)
        self.depth -= 1
        return result

    def _make(self, kind: Class, arguments: list[Anything], keywords: dict[str, Anything], node: ast.AST) -> Steps:
        """Return a new object of a class."""
        self.meter.charge(8)
        instance = Instance(kind)
        if kind.make is not None:
            made = kind.make.body(self, bind(self, kind.make, [instance, *arguments], keywords, node), node)
            if type(made) is GeneratorType:
                yield made
            return instance
        begin = kind.members.get("__init__")
        instance.inside["begun"] = begin is None
        if isinstance(begin, Closure):
            yield self._invoke(replace(begin, receiver=instance, name=kind.name), arguments, keywords, node)
        elif arguments or keywords:
            raise self.fail("type", f"{kind.name} takes no arguments", node, f"Write {kind.name}().")
        return instance

    def _run(
        self, owner: Instance, kind: Class, arguments: list[Anything], keywords: dict[str, Anything], node: ast.AST
    ) -> Any:
        """Call an object: a network on its input, a loss on prediction and target."""
        if kind.call is not None:
            return self._inside(owner, kind, bind(self, kind.call, [owner, *arguments], keywords, node), node)
        forward = kind.members.get("forward")
        if not isinstance(forward, Closure):
            raise self.fail("type", f"{kind.name} has no forward", node, "Write def forward(self, x): in its class.")
        return self._invoke(replace(forward, receiver=owner, name=kind.scope), arguments, keywords, node)

    def _inside(self, owner: Instance, kind: Class, arguments: tuple[Any, ...], node: ast.AST) -> Steps:
        assert kind.call is not None
        self.depth += 1
        self.meter.limit("depth", self.depth)
        before = self.enter(kind.scope, node) if kind.scope else self.tape.scope
        answer = kind.call.body(self, arguments, node)
        if type(answer) is GeneratorType:
            answer = yield answer
        self.leave(before)
        self.depth -= 1
        return answer

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
            self.frame.names[alias.asname or path] = Module(path)

    def _import_from(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self.frame.names[alias.asname or alias.name] = self._imported(node.module or "", alias)

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
        if value is Ellipsis:
            return value
        assert isinstance(value, int | float), "the allow-list lets no other constant through"
        return Number(as_double(value), self.program.span(node), cut(self.program.text(node), 40), typed=True)

    def _tuple(self, node: ast.Tuple) -> Steps:
        return tuple((yield from self._elements_of(node)))

    def _list(self, node: ast.List) -> Steps:
        return List((yield from self._elements_of(node)))

    def _elements_of(self, node: ast.Tuple | ast.List | ast.Set) -> Steps:
        values: list[Anything] = []
        for element in node.elts:
            if isinstance(element, ast.Starred):
                values += yield from self._spread(element)
            else:
                values.append((yield element))
        self.meter.limit("list", len(values))
        return values

    def _star(self, node: ast.Starred) -> None:
        raise self.fail("syntax", "a star stands inside a list, a tuple or a call", node, "Write [*xs] or f(*xs).")

    def _spread(self, node: ast.Starred) -> Steps:
        """Return the values that stand behind a star."""
        return (yield from self._drained(self._stream((yield node.value), node.value)))

    def _dict(self, node: ast.Dict) -> Steps:
        result = Dict({})
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                merged = yield value
                if not isinstance(merged, Dict):
                    raise self.fail(
                        "type", f"** needs a dictionary, not {describe(merged)}", value, "Write **{'a': 1}."
                    )
                result.items.update(merged.items)
                self.meter.charge(len(merged.items))
            else:
                written = yield key
                result.items[containers.key(self, written, node)] = written, (yield value)
        return result

    def _list_comprehension(self, node: ast.ListComp) -> Steps:
        stream = self._generator((yield node.generators[0].iter), node)
        return List(list((yield from self._drained(stream))))

    def _set(self, node: ast.Set) -> Steps:
        return containers.make_set(self, (yield from self._elements_of(node)), node)

    def _set_comprehension(self, node: ast.SetComp) -> Steps:
        stream = self._generator((yield node.generators[0].iter), node)
        return containers.make_set(self, (yield from self._drained(stream)), node)

    def _dict_comprehension(self, node: ast.DictComp) -> Steps:
        stream = self._generator((yield node.generators[0].iter), node)
        pairs = yield from self._drained(stream)
        return Dict({containers.key(self, written, node): (written, value) for written, value in pairs})

    def _generator_expression(self, node: ast.GeneratorExp) -> Steps:
        return self._generator((yield node.generators[0].iter), node)

    def _generator(self, first: Anything, node: Any) -> Stream:
        """Return a comprehension as a stream; the first thing it goes through is there already, as in Python."""
        if len(node.generators) > _CLAUSES:
            raise self.fail("refused", f"a comprehension has at most {_CLAUSES} loops here", node, "Write loops.")
        frame = Frame({}, self.frame)
        turns = self._turns(node, 0, self._stream(first, node.generators[0].iter))
        return Stream("generator", None, turns, frame, self.tape.scope)

    def _turns(self, node: Any, k: int, stream: Stream) -> Steps:
        clause = node.generators[k]
        name, before = self.loop_name(_title(clause.target, "for"), clause), self.tape.scope
        while True:
            value = next(stream.ready, END) if stream.ready is not None else (yield self._next(stream))
            if value is END:
                break
            self.meter.charge()
            self.enter(name)
            yield from self._count(clause.target, value, clause)
            if (yield from self._all_hold(clause.ifs)):
                if k + 1 < len(node.generators):
                    inner = node.generators[k + 1].iter
                    yield from self._turns(node, k + 1, self._stream((yield inner), inner))
                elif isinstance(node, ast.DictComp):
                    yield Element(((yield node.key), (yield node.value)))
                else:
                    yield Element((yield node.elt))
            self.leave(before)

    def _all_hold(self, conditions: list[ast.expr]) -> Steps:
        for condition in conditions:
            if not self.truth((yield condition)):
                return False
        return True

    def _subscript(self, node: ast.Subscript) -> Steps:
        owner = yield node.value
        place = yield node.slice
        self.current = node
        return indexing.item(self, owner, place, node)

    def _slice(self, node: ast.Slice) -> Steps:
        bounds: list[int | None] = []
        for piece in (node.lower, node.upper, node.step):
            value = None if piece is None else (yield piece)
            bounds.append(None if value is None else self.whole(value, piece, "a slice"))
        if bounds[2] == 0:
            raise self.fail("value", "the step of a slice must not be 0", node, "Write x[::2].")
        return slice(*bounds)

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
        if isinstance(left, _PARTED) or isinstance(right, _PARTED):
            left, right = self._array(left, right), self._array(right, left)
            if not isinstance(left, Tensor) and not isinstance(right, Tensor):
                return containers.arithmetic(self, symbol, left, right, node)
        if isinstance(symbol, ast.MatMult):
            return tensors.matmul(self, left, right, node)
        if type(symbol) in _BITS:
            return tensors.bits(self, _BITS[type(symbol)], left, right, node)
        if type(symbol) in _DIVISIONS:
            return self._division(symbol, left, right, node)
        name, op = _ARITHMETIC[type(symbol)]
        left, right = self.operand(left, node, name), self.operand(right, node, name)
        return self.operate(op, (left, right), node)

    def add(self, left: Anything, right: Anything, node: ast.AST) -> Anything:
        """Return `left + right`, whatever they are."""
        return self._binary_value(_PLUS, left, right, node)

    def _array(self, value: Anything, other: Anything) -> Anything:
        """A list beside a NumPy array is an array."""
        if isinstance(value, List | tuple) and isinstance(other, Tensor) and other.flavour == "numpy":
            return tensors.array_of(self, value, self.current, "numpy")
        return value

    def _division(self, symbol: ast.operator, left: Anything, right: Anything, node: ast.AST) -> Any:
        """`//` and `%`: for counting. They are flat between their jumps, so no gradient could pass through them."""
        name, divide = _DIVISIONS[type(symbol)]
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            return tensors.division(self, divide, left, right, node)
        operands = [self.operand(value, node, name) for value in (left, right)]
        x, y = (self.needed_number(value, node, name) for value in operands)
        if any(
            not isinstance(value, Number) and isinstance(n, float) for value, n in zip(operands, (x, y), strict=True)
        ):
            message = f"{name} jumps, so it has no useful derivative: its result is cut off from the graph"
            self.notice("domain", message, self.program.span(node))
        span = self.program.span(node)
        if y == 0:
            self.notice("domain", f"the denominator is 0; here {numbers.short(x)} {name} 0.", span)
            return Number(math.nan if isinstance(symbol, ast.Mod) else compute(OPS["div"], (x, y)), span)
        return Number(as_double(divide(x, y)), span)

    def _unary(self, node: ast.UnaryOp) -> Steps:
        value = yield node.operand
        if isinstance(node.op, ast.Not):
            return not self.truth(value)
        if isinstance(node.op, ast.Invert):
            return tensors.inverted(self, value, node)
        x = self.operand(value, node, "a sign")
        if isinstance(node.op, ast.UAdd):
            return x
        if isinstance(x, Number) and x.op is None and x.text is not None:
            return Number(-self._plain(x), self.program.span(node), f"-{x.text}", typed=x.typed)
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
            result = self._holds(symbol, left, right, node)
            if len(node.ops) == 1:
                return result
            if not self.truth(result):
                return False
            left = right
        return True

    def _holds(self, symbol: ast.cmpop, left: Anything, right: Anything, node: ast.AST) -> Any:
        if isinstance(symbol, ast.Is | ast.IsNot):
            return self._same(left, right) is isinstance(symbol, ast.Is)
        if isinstance(symbol, ast.In | ast.NotIn):
            return containers.contains(self, right, left, node) is isinstance(symbol, ast.In)
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            left, right = self._array(left, right), self._array(right, left)
            if not isinstance(symbol, ast.Eq | ast.NotEq) or (left is not None and right is not None):
                return tensors.compared(self, _ORDER[type(symbol)], left, right, node)
        x, y = self.number(left), self.number(right)
        if isinstance(symbol, ast.Eq | ast.NotEq):
            return containers.equal(self, left, right) is isinstance(symbol, ast.Eq)
        if x is not None and y is not None:
            return _ORDER[type(symbol)](x, y)
        if isinstance(left, str) and isinstance(right, str):
            return _ORDER[type(symbol)](left, right)
        if isinstance(left, List | tuple | Row) and isinstance(right, List | tuple | Row):
            return containers.ordered(self, _ORDER[type(symbol)], left, right, node)
        message = f"{describe(left)} and {describe(right)} cannot be compared"
        raise self.fail("type", message, node, "Compare numbers with numbers.")

    def _same(self, left: Anything, right: Anything) -> bool:
        if isinstance(left, Ref) and isinstance(right, Ref):
            return left.node == right.node
        if isinstance(left, Module | Setting) and type(left) is type(right):
            return describe(left) == describe(right)
        return left is right

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
        frame: Frame | None = self.frame
        while frame is not None:
            if name in frame.names:
                value = frame.names[name]
                if type(value) is Missing:
                    raise self._not_offered(value.path, node)
                return value
            if name in frame.own:
                message = f"{cut(name, 40)} has no value here yet: it gets one later in this function"
                raise self.fail("name", message, node, "Give it a value first, or pass it as an argument.")
            frame = frame.outer
        if name not in self.inputs:
            if name in CONSTANTS:
                return Number(CONSTANTS[name], self.program.span(node), name)
            if name in FUNCTIONS:
                return FUNCTIONS[name]
            if name == "__name__":
                return "__main__"
        return self.new_input(name, self.program.span(node))

    def known(self, name: str) -> bool:
        """Return whether a name has a value that the program gave it."""
        frame: Frame | None = self.frame
        while frame is not None:
            if name in frame.names or name in frame.own:
                return True
            frame = frame.outer
        return False

    # -- attributes and calls -----------------------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute) -> Steps:
        return self._read((yield from self._owner(node.value)), node.attr, node)

    def _owner(self, node: ast.expr) -> Steps:
        """Evaluate what stands before a dot; there, and only there, `F` can be a module instead of an input."""
        if isinstance(node, ast.Name) and node.id in ALIASES and not self.known(node.id):
            return Module(ALIASES[node.id])
        if isinstance(node, ast.Name) and node.id.lower() in MODULES and not self._given(node.id):
            name = node.id.lower()
            raise self._unknown(f"there is no {node.id} here", node, f"Did you mean {name}?", node.id, [name])
        return (yield node)

    def _given(self, name: str) -> bool:
        """Return whether a name has a value, be it from outside."""
        return self.known(name) or name in self.inputs or name in FUNCTIONS or name in CONSTANTS

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
            case Tensor(flavour="numpy") if name == "size":
                return self.literal(len(owner), node)
            case Number() | Ref() | Tensor():
                if name in PROPERTIES:
                    return PROPERTIES[name](self, owner, node)
                if name in METHODS:
                    return Method(owner, METHODS[name])
            case Instance():
                found = self._part(owner, name)
                if found is not END:
                    return found
                raise self._no_part(owner, name, node)
            case Row(names=names, parts=parts) if name in names:
                return parts[names.index(name)]
            case bool():
                return self._read(self.operand(owner, node, name), name, node)
        methods = containers.METHODS.get(type(owner), {})
        if name in methods:
            return Method(owner, methods[name])
        message = f"{describe(owner)} has no .{cut(name)}"
        hint = "Numbers have .data, .grad and functions such as .tanh()."
        if owner is None:
            hint = "A tensor's .grad is None before y.backward(), and again after zero_grad()."
        elif methods:
            near = nearest(name, methods)
            hint = f"Did you mean .{near}?" if near else f"There are {', '.join(sorted(methods))}."
        raise self._unknown(message, node, hint, name, methods)

    def _part(self, owner: Instance, name: str) -> Anything:
        if name in owner.attributes:
            return owner.attributes[name]
        if name == "training" and nn.is_module(owner):
            return owner.inside.get("training", True)
        member = owner.kind.members.get(name, nn.METHODS.get(name, END) if nn.is_module(owner) else END)
        if isinstance(member, Function):
            return Method(owner, member)
        return replace(member, receiver=owner) if isinstance(member, Closure) else member

    def _no_part(self, owner: Instance, name: str, node: ast.AST) -> ProgramError:
        known = [*owner.attributes, *owner.kind.members, *(nn.METHODS if nn.is_module(owner) else ())]
        near = nearest(name, known)
        hint = f"Did you mean .{near}?" if near else f"Give it a value first: self.{cut(name, 40)} = ..."
        return self._unknown(f"{describe(owner)} has no .{cut(name)}", node, hint, name, known)

    def _unknown(self, message: str, node: ast.AST, hint: str, name: str, known: Collection[str]) -> ProgramError:
        """Return an error about a name that none of `known` is, with the one that was surely meant."""
        fix = renamed(self.program, node, name, known)
        return ProgramError.at(self.program.span(node), "name", message, hint, fix)

    def _member(self, path: str, name: str, node: ast.AST) -> Anything:
        if f"{path}.{name}" in MODULES:
            return Module(f"{path}.{name}")
        member = MODULES[path].get(name)
        return Number(member, self.program.span(node), name) if isinstance(member, float) else member

    def _not_in_module(self, path: str, name: str, node: ast.AST) -> ProgramError:
        near = MEANT.get(name) or PERHAPS.get(name) or nearest(name, MODULES[path])
        hint = f"Did you mean {path}.{near}?" if near else "See the list of operations."
        return self._unknown(f"{path}.{cut(name)} is not offered here", node, hint, name, MODULES[path])

    def _not_offered(self, path: str, node: ast.AST) -> ProgramError:
        hint = LATER.get(path.rpartition(".")[2], "See the list of operations.")
        return self.fail("name", f"{cut(path, 100)} is not offered here", node, hint)

    def _call(self, node: ast.Call) -> Steps:
        callee = self._named_function(node.func, node) if isinstance(node.func, ast.Name) else (yield node.func)
        arguments: list[Anything] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                arguments += yield from self._spread(argument)
            else:
                arguments.append((yield argument))
        keywords: dict[str, Anything] = {}
        for keyword in node.keywords:
            if keyword.arg is not None:
                keywords[keyword.arg] = yield keyword.value
                continue
            merged = yield keyword.value
            if not isinstance(merged, Dict):
                raise self.fail("type", f"** needs a dictionary, not {describe(merged)}", keyword.value, "Write names.")
            keywords |= {str(name): value for name, value in merged.items.values()}
        answer = self.called(callee, arguments, keywords, node)
        return (yield answer) if type(answer) is GeneratorType else answer

    def _named_function(self, node: ast.Name, call: ast.Call) -> Anything:
        name = node.id
        if self.known(name):
            return self.look_up(node)
        if name in FUNCTIONS:
            return FUNCTIONS[name]
        if name in CONSTANTS or name in self.inputs:
            return self.look_up(node)
        if name in ALIASES:
            return Module(ALIASES[name])
        callable_ = (
            n for n, value in self.environment.items() if isinstance(value, Function | Closure | Class | Instance)
        )
        known = [*FUNCTIONS, *callable_]
        near = MEANT.get(name) or PERHAPS.get(name) or nearest(name, known)
        hint = f"Did you mean {near}?" if near else f"To multiply, write {cut(name, 40)} * (...)."
        fix = product(self.program, call) or renamed(self.program, node, name, known)
        raise ProgramError.at(self.program.span(node), "name", f"there is no function {cut(name)}", hint, fix)

    def _not_callable(self, value: Anything, node: ast.AST) -> ProgramError:
        place = node.func if isinstance(node, ast.Call) else node
        if isinstance(value, Missing):
            return self._not_offered(value.path, place)
        if isinstance(value, Number | Ref | Tensor):
            before = cut(self.program.text(place), 40)
            message, hint = f"{before} is no function", f"To multiply, write {before} * (...)."
            return ProgramError.at(self.program.span(place), "type", message, hint, product(self.program, node))
        return self.fail("type", f"{describe(value)} cannot be called", place, "Call a function, as in tanh(x).")

    def parts(self, owner: Instance) -> Iterator[tuple[str, Any]]:
        """Yield the numbers that a network holds, each with the way to it: `.layers[0].weight`."""
        return nn.named_parts(self, owner)


_CUT_OFF = frozenset({"data", "grad"})
_PARTED = (str, List, tuple, Dict, Set, Row, Range)
_BITS: Mapping[type[ast.operator], str] = {ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor"}


def _title(target: ast.expr, otherwise: str) -> str:
    """Return what the turns of a loop are called: by what it counts."""
    names = [n.id for n in ast.walk(target) if isinstance(n, ast.Name)]
    return next((name for name in names if name.strip("_")), otherwise)


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
    ast.List: Interpreter._list,
    ast.Starred: Interpreter._star,
    ast.Dict: Interpreter._dict,
    ast.Set: Interpreter._set,
    ast.SetComp: Interpreter._set_comprehension,
    ast.ListComp: Interpreter._list_comprehension,
    ast.DictComp: Interpreter._dict_comprehension,
    ast.GeneratorExp: Interpreter._generator_expression,
    ast.Subscript: Interpreter._subscript,
    ast.Slice: Interpreter._slice,
    ast.FunctionDef: Interpreter._define,
    ast.Lambda: Interpreter._lambda,
    ast.Return: Interpreter._return,
    ast.ClassDef: Interpreter._class,
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
