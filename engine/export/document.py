"""The run as a JSON document: turns a `Run` into the dictionary that the API answers with. Start at `document`."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine import numbers
from engine.backward import with_operands
from engine.export.fold import WHOLE, Group, View, nodes_of
from engine.export.frame import PileFace, face_of, largest_gradient, magnitude_of, node_id, pass_at, sign_of
from engine.export.topology import split
from engine.export.walk import Changed, Entry, Tally, entries, is_data, number, written
from engine.run import Notice, Run
from engine.tape import Role, Span
from engine.trace import Backward, Forward, Pass, Seed, Step, Update

VERSION = 1
Json = dict[str, Any]


LONG = 4000
"""Steps: a run of several passes and more steps than these is told pass by pass."""
PAGE = 1000
"""Steps, or nodes, of one page of a big run."""
BIG = 1_100_000
"""Bytes: a run whose document would be longer, with names of common length, is told in pages."""
TEXTS = 800_000
"""Bytes: where the texts of steps would be longer, they are left out, and asked for in stretches."""
_NODE_BYTES, _STEP_BYTES = 350, 220


@dataclass(frozen=True, slots=True)
class Window:
    """The steps [first, last) of a run, and the pass whose graph they belong to."""

    first: int
    last: int
    shown: int
    until: int
    """The steps after which nodes have the numbers that are told."""
    is_page: bool = False
    """There are more steps of the same pass."""


def window_of(run: Run, *, step: int | None = None, chosen: int | None = None, paged: bool = False) -> Window:
    """Return which steps a document of `run` holds: all of a short run; of a long one those of the pass that is
    `chosen`, that has step `step`, or the last one; `paged`: of a big pass, the page that has `step`, or the first one.
    Raises ValueError if there is no such pass."""
    passes, count = run.trace.passes, len(run.trace.steps)
    latest = len(passes) - 1
    if chosen is not None and not 0 <= chosen <= latest:
        raise ValueError(f"pass must be a whole number from 0 to {max(latest, 0)}")
    if chosen is None and (len(passes) < 2 or _is_told_at_once(run)):
        return _page(run, Window(0, count, latest, count), step, paged)
    if chosen is None:
        chosen = pass_at(passes, count if step is None else step) or 0
    first, last = passes[chosen - 1].last if chosen else 0, count if chosen == latest else passes[chosen].last
    return _page(run, Window(first, last, chosen, last), step, paged)


def _is_told_at_once(run: Run) -> bool:
    return len(run.trace.steps) <= LONG and all(len(p.order) <= WHOLE for p in run.trace.passes)


def _page(run: Run, whole: Window, step: int | None, paged: bool) -> Window:
    steps = whole.last - whole.first
    nodes = len(run.trace.passes[whole.shown].order) if run.trace.passes else len(run.tape)
    if not paged or nodes * _NODE_BYTES + steps * _STEP_BYTES <= BIG:
        return whole
    leads_here = whole.first if step is None else step - 1  # the step before the moment that is asked for
    wanted = min(max(leads_here - whole.first, 0), steps - 1)
    first = whole.first + wanted // PAGE * PAGE
    return Window(first, min(first + PAGE, whole.last), whole.shown, whole.until, is_page=True)


def document(
    run: Run,
    *,
    display: bool = False,
    window: Window | None = None,
    view: View | None = None,
    first_node: int | None = None,
) -> Json:
    """Return the JSON document of `run` (without picture). `display` adds all that a page shows: texts of numbers,
    formulas in MathML and sentences; what happens in groups that are folded in `view` is told as one step. With a
    `window`, steps are those of one pass or page. Of a big run, nodes are those that are drawn in `view` or that a
    step speaks of, or a page of all nodes from `first_node` on."""
    return _Document(run, display, window or window_of(run), view, first_node).build()


def changes(
    run: Run, window: Window, view: View, *, display: bool, known: str, told: tuple[int, int] = (0, 0)
) -> Json | None:
    """Return the numbers of a document, if `named` has called a document of another run of the same structure `known`;
    None if not, or if this one would speak of other nodes. Of steps there is the line of code, and other texts for
    those that are `told`, from the first to before the last."""
    topology, nodes = view.topologies.get((window, display), ("", ()))
    return _Document(run, display, window, view, None).changes(topology, nodes, told) if topology == known else None


def named(window: Window, view: View, *, display: bool, told: Json) -> tuple[str, Json]:
    """Return the topology of the document `told`, which is remembered, and its numbers alone."""
    topology, numbers_alone = split(told)
    view.topologies[window, display] = topology, tuple(int(node["id"][1:]) for node in told["nodes"])
    return topology, numbers_alone


def texts(run: Run, window: Window, view: View, first: int, last: int) -> list[Json]:
    """Return the entries of steps from `first` on and before `last`, with all their texts; 200 at most."""
    return _Document(run, True, window, view, None).entries_between(first, last)


class _Document:
    def __init__(self, run: Run, display: bool, window: Window, view: View | None, first_node: int | None) -> None:
        self.run = run
        self.window = window
        self.view = view
        self.hidden: Mapping[int, Group] = view.hidden if view and display else {}
        self.first_node = first_node
        self.steps = run.trace.steps[window.first : window.last]
        self.data, self.grads = _at(run, window.until)
        self.tape = run.tape
        self.display = display
        self.explainer = run.explainer
        self.locals = {} if self.hidden else {(s.node, s.slot): s.local for s in self.steps if isinstance(s, Backward)}
        earlier = run.trace.steps[: window.first]
        self.computed = {s.node for s in earlier if isinstance(s, Forward)}
        self.carried = frozenset(written(s) for s in earlier if not is_data(s))
        self.touched = set(self.carried)
        if window.first:
            self.data_before, self.grads_before = _at(run, window.first)
        self.largest = largest_gradient(run.trace.grads)
        self.pass_of = _pass_of_step(run.trace.passes, len(run.trace.steps)) if display else []
        self.brief = False
        self.bare = False
        """Only what numbers decide is told."""
        self.in_words: range | None = None
        """The steps that are told in words too; None for all."""
        self.tallies: dict[Group, Tally] = {}
        self.told: list[Entry] = []
        self.nodes: dict[int, None] = {}
        self.count = 0

    def build(self) -> Json:
        run, passes = self.run, self.run.trace.passes
        self._choose()
        order = (n for n in passes[self.window.shown].order if n in self.nodes) if passes else ()
        return {
            "version": VERSION,
            "source": run.source,
            "node_count": self.count,
            "order": [node_id(node) for node in order],
            "variables": {name: node_id(node) for name, node in run.variables.items()},
            "first_step": self.window.first,
            "step_count": len(run.trace.steps),
        } | self._changing()

    def changes(self, topology: str, nodes: tuple[int, ...], told: tuple[int, int]) -> Json | None:
        """Return numbers alone, with texts of the steps `told`; None if other nodes than `nodes` are described."""
        self._choose()
        if tuple(self.nodes) != nodes:
            return None
        self.in_words = range(*told)
        self.bare = True
        return {"version": VERSION, "topology": topology, "unchanged": True} | self._changing()

    def _changing(self) -> Json:
        """Return what numbers have a part in; `bare`, their part alone."""
        run, passes = self.run, self.run.trace.passes
        return {
            "output": self._output(passes[self.window.shown].output if passes else run.output),
            "nodes": [self._node(node) for node in self.nodes],
            "groups": [self._group(group) for group in self._groups()],
            "steps": [self._entry(entry) for entry in self.told],
            "passes": [self._pass(p, self.nodes) for p in passes],
            "printed": run.printed,
            "warnings": [_notice(notice) for notice in run.warnings],
        }

    def _choose(self) -> None:
        """Choose what is told."""
        self.told = list(self._entries())
        self.brief = self.display and len(self.told) * self._text_bytes() > TEXTS
        everything = self._everything()
        self.count = len(everything)
        self.nodes = dict.fromkeys(sorted(self._told_nodes(everything, self.told)))

    def _text_bytes(self) -> float:
        """Return about how long the texts of an entry are: formulas name every node several times."""
        names = self.explainer.names
        some = [len(names[entry.step.node]) for entry in self.told[:200]]
        return 600 + 30 * sum(some) / max(len(some), 1)

    # -- what is told -------------------------------------------------------------------------------------------------

    def _told_nodes(self, everything: set[int], told: list[Entry]) -> set[int]:
        """Return the nodes that are described: all of them, unless they are too many."""
        if self.first_node is not None:
            return set(sorted(n for n in everything if n >= self.first_node)[:PAGE])
        small = len(everything) * _NODE_BYTES + len(told) * _STEP_BYTES <= BIG
        if small and not self.hidden and not self.window.is_page:
            return everything
        drawn = {box for box in self.view.boxes if not isinstance(box, Group)} if self.view else set()
        drawn |= {o for n in drawn for o in self.tape.operands[n] if self.tape.roles[o] is Role.CONSTANT}
        spoken = {n for entry in told if not entry.group for n in (entry.step.node, written(entry.step))}
        named = [n.node for n in self.run.warnings if n.node is not None]
        named += [] if self.display else list(self.run.variables.values())[:PAGE]
        return (drawn | spoken | set(named)) & everything

    def _groups(self) -> Iterator[Group]:
        if self.view:
            yield from self.view.opened
            yield from self.view.folded

    def _entries(self) -> Iterator[Entry]:
        self.tallies = self._tallies()
        return entries(self.steps, self.window.first, self.hidden, self.tallies)

    def _tallies(self) -> dict[Group, Tally]:
        """Return what folded groups hold before the first step: leaves that are no numbers, gradients of before."""
        result = {group: Tally() for group in self.view.folded} if self.view and self.hidden else {}
        before = self.data_before if self.window.first else self.data
        for node, group in self.hidden.items():
            if node in self.computed or (self.tape.ops[node] is None and before(node) != before(node)):
                result[group].write(node, before(node), data=True)
            if node in self.carried:
                result[group].write(node, self.grads_before(node))
        return result

    def entries_between(self, first: int, last: int) -> list[Json]:
        """Return entries with all their texts."""
        found: list[Json] = []
        for entry in self._entries():
            if entry.first >= last or len(found) == _AT_ONCE:
                break
            described = self._entry(entry)  # whether a gradient has been written before is found out on the way
            if entry.first >= first:
                found.append(described)
        return found

    def _output(self, node: int | None) -> Json | None:
        if node is None:
            return None
        data = self.data(node)
        return {"node": node_id(node), "name": self.explainer.names[node], "data": numbers.to_json(data)} | (
            {"shown": {"data": numbers.shown(data)}} if self.display else {}
        )

    def _everything(self) -> set[int]:
        """Return the nodes that a pass, a variable, a step or a warning speaks of, and what these are computed from."""
        reached = set(self.run.variables.values()) | {n for p in self._passes() for n in p.order}
        reached |= {step.node for step in self.steps}
        reached |= {notice.node for notice in self.run.warnings if notice.node is not None}
        if self.run.output is not None:
            reached.add(self.run.output)
        return with_operands(self.tape, reached)

    def _passes(self) -> tuple[Pass, ...]:
        """Return the passes whose steps are told."""
        return tuple(p for p in self.run.trace.passes if self._is_told(p))

    def _is_told(self, p: Pass) -> bool:
        return self.window.first < p.last <= self.window.until

    def _node(self, node: int) -> Json:
        return self._numbers(node) if self.bare else self._facts(node) | self._numbers(node)

    def _facts(self, node: int) -> Json:
        """Return what numbers do not decide."""
        tape, explainer = self.tape, self.explainer
        op, scope = tape.ops[node], tape.scopes[node]
        result: Json = {
            "id": node_id(node),
            "name": tape.names[node],
            "label": explainer.label(node),
            "role": tape.roles[node].value,
            "op": op.name if op else None,
            "operands": [node_id(operand) for operand in tape.operands[node]],
            "expression": explainer.expression(node),
            "trainable": tape.needs_grad[node],
            "span": _span(tape.spans[node]),
            "scope": scope.path if scope else "",
            "calls": [_span(s.call) for s in reversed(list(scope.outwards())) if s.call] if scope else [],
        }
        if node in self.run.fixed:
            result["fixed"] = True
        if self.display:
            result["symbol"] = op.symbol if op else None
            result["adjustable"] = tape.roles[node] is Role.INPUT and tape.texts[node] is not None
            if node in self.hidden:
                result["group"] = self.hidden[node].key
        return result

    def _numbers(self, node: int) -> Json:
        data, grad, tape = self.data(node), self.grads(node), self.tape
        partials = [self._partial(node, slot) for slot in range(len(tape.operands[node]))]
        result: Json = {
            "data": numbers.to_json(data),
            "grad": numbers.to_json(grad),
            "partials": [None if p is None else numbers.to_json(p) for p in partials],
            "defaulted": tape.defaulted[node],
        }
        if self.display:
            result["literal"] = (tape.texts[node] or None) if tape.roles[node] is Role.INPUT else None
            shown = [None if p is None else numbers.shown(p) for p in partials]
            result["shown"] = {"data": numbers.shown(data), "grad": numbers.shown(grad), "partials": shown}
            if self.window.first:
                result["carried"] = self._carried(node)
        return result

    def _carried(self, node: int) -> Json:
        """Return what a node shows before the first step that is told; null for numbers that were not known then."""
        data = node in self.computed or self.tape.ops[node] is None
        grad = self.grads_before(node) if node in self.carried else None
        return {
            "data": numbers.shown(self.data_before(node)) if data else None,
            "grad": None if grad is None else numbers.shown(grad),
            "sign": sign_of(grad),
            "magnitude": magnitude_of(grad, self.largest),
        }

    def _partial(self, node: int, slot: int) -> float | None:
        """Return the local partial; None where a constant's has no finite value, for nothing is ever sent along it."""
        tape, operand = self.tape, self.tape.operands[node][slot]
        op = tape.ops[node]
        assert op is not None, "a leaf has no operands"
        local = self.locals.get((node, slot))
        if local is None:
            local = op.partial(slot, self.data(node), tuple(map(self.data, tape.operands[node])))
        return local if math.isfinite(local) or tape.needs_grad[operand] else None

    def _entry(self, entry: Entry) -> Json:
        result = {} if self.bare else self._place(entry)
        result |= self._folded(entry) if entry.group else self._step(entry.step, entry.first)
        hidden = self.display and not entry.group and written(entry.step) in self.hidden
        if entry.group or hidden:
            result["changes"] = [self._change(where, what) for where, what in entry.changes.items()]
        return result

    def _place(self, entry: Entry) -> Json:
        """Return which step an entry is: what numbers do not decide."""
        step, phase = entry.step, _phase(entry)
        if entry.group:
            return {"phase": phase, "group": entry.group.key, "first": entry.first, "last": entry.last}
        result: Json = {"phase": phase, "node": node_id(step.node)}
        if isinstance(step, Backward):
            result |= {"operand": node_id(step.operand), "slot": step.slot}
            if step.operand in self.hidden:
                result["operand_group"] = self.hidden[step.operand].key
        if isinstance(step, Update):
            result |= {"field": step.field, "span": _span(step.span)}
        return result

    def _folded(self, entry: Entry) -> Json:
        """Return what is said of all that happens in a row inside a folded group."""
        assert entry.group is not None, "told as one"
        if self.brief:
            return {}
        phase = _phase(entry)
        count, title = entry.last - entry.first, entry.group.title
        steps = f"{count:,} {'step' if count == 1 else 'steps'}"
        what = _DONE.get(phase, "pass their gradients on")
        face = entry.changes.get(entry.group)
        largest = face.largest if isinstance(face, PileFace) and phase != "forward" else None
        so_far = "" if largest is None else f" The largest gradient in it is {numbers.short(largest)} now."
        sentence = f"Inside {title}, which is folded, nodes {what}, in {steps}.{so_far}"
        return {"text": f"{title}: {steps}", "sentence": sentence, "math": "", "ledger": ""}

    def _change(self, where: Changed, what: PileFace | Step) -> Json:
        if isinstance(what, PileFace):
            assert isinstance(where, Group), "groups have such faces"
            return {"group": where.key, "field": "grad"} | self._pile(what)
        assert not isinstance(where, Group), "steps write to nodes"
        data, value = is_data(what), number(what)
        result: Json = {"node": node_id(where), "field": "data" if data else "grad", "shown": numbers.shown(value)}
        return result if data else result | {"sign": sign_of(value), "magnitude": magnitude_of(value, self.largest)}

    def _pile(self, face: PileFace) -> Json:
        """Return what a folded group shows."""
        shown = None if face.largest is None else numbers.shown(face.largest)
        depth = magnitude_of(face.largest, self.largest)
        return {"shown": shown, "sign": face.sign, "magnitude": depth, "nans": face.nans}

    def _group(self, group: Group) -> Json:
        assert self.view is not None, "groups are on screen"
        is_open = group in self.view.opened_set
        around = self.view.around.get(group)
        result: Json = {
            "key": group.key,
            "title": group.title,
            "parent": around.key if around else None,
            "open": is_open,
            "nodes": group.size,
            "span": _span(group.span),
        }
        result = {} if self.bare else result
        if is_open:
            return result
        face = self.tallies[group].face() if self.hidden else self._final(group)
        result["grad"] = None if face.largest is None else numbers.to_json(face.largest)
        result["nans"] = face.nans
        if self.display:
            result |= self._pile(face)
            if self.window.first:
                result["carried"] = self._pile(self._tallies_before[group].face())
        return result

    def _final(self, group: Group) -> PileFace:
        nodes = list(nodes_of(group))
        return face_of(list(map(self.grads, nodes)), list(map(self.data, nodes)))

    @cached_property
    def _tallies_before(self) -> dict[Group, Tally]:
        return self._tallies()

    def _step(self, step: Step, index: int) -> Json:
        """Return the numbers of a step, and what is said of them."""
        figures = _figures(step)
        result: Json = {} if self.brief else {name: numbers.to_json(x) for name, x in figures.items()}
        if isinstance(step, Forward):
            figures = {"data": step.data}
        if self.display:
            kept = ("data", "before", "after", "contribution") if self.brief else tuple(figures)
            result["shown"] = {name: numbers.shown(figures[name]) for name in kept if name in figures}
            if not is_data(step):
                value = number(step)
                result["sign"], result["magnitude"] = sign_of(value), magnitude_of(value, self.largest)
        return result if self.brief else result | self._texts(step, index)

    def _texts(self, step: Step, index: int) -> Json:
        """Return a step in words; what a gradient was before decides how it is told."""
        result = {"text": self.explainer.text(step)}
        if not self.display:
            return result
        node = written(step)
        if self.in_words is None or index in self.in_words:
            result["math"] = self.explainer.math(step, self.pass_of[index])
            result["sentence"] = self.explainer.sentence(step)
            result["ledger"] = self.explainer.ledger(step, node not in self.touched)
        if not is_data(step):
            self.touched.add(node)
        return result

    def _pass(self, p: Pass, nodes: Container[int]) -> Json:
        data = self.tape.data[p.output]
        result: Json = {"data": numbers.to_json(data)}
        if not self.bare:
            result |= {
                "output": node_id(p.output),
                "order": [node_id(node) for node in p.order if node in nodes] if self._is_told(p) else None,
                "first": p.first,
                "last": p.last,
                "scope": p.scope.path if p.scope else "",
                "span": _span(p.span),
            }
        if self.display:
            result["shown"] = {"data": numbers.shown(data)}
        return result


_AT_ONCE = 200  # entries whose texts are told in one answer
_DONE = {"forward": "get their data", "update": "are written by the program"}
_PHASES: dict[type[Step], str] = {Forward: "forward", Seed: "seed", Backward: "backward", Update: "update"}


def _phase(entry: Entry) -> str:
    """Return the phase of an entry; a seed and what follows it inside a group are backward steps together."""
    seeds = isinstance(entry.step, Seed) and entry.last - entry.first > 1
    return "backward" if seeds else _PHASES[type(entry.step)]


def _at(run: Run, last: int) -> tuple[Callable[[int], float], Callable[[int], float]]:
    """Return what the data and the gradient of a node are after `last` steps."""
    data: dict[int, float] = {}
    grads: dict[int, float] = {}
    for step in reversed(run.trace.steps[last:]):
        if isinstance(step, Update) and step.field == "data":
            data[step.node] = step.before
        elif not isinstance(step, Forward):
            grads[written(step)] = step.before
    final, totals = run.tape.data, run.trace.grads
    return lambda node: data.get(node, final[node]), lambda node: grads.get(node, totals[node])


def _figures(step: Step) -> dict[str, float]:
    match step:
        case Seed(before=before, after=after):
            return {"contribution": 1.0, "before": before, "after": after}
        case Backward():
            names = ("upstream", "local", "contribution", "before", "after")
            return {name: getattr(step, name) for name in names}
        case Update(before=before, after=after):
            return {"before": before, "after": after}
        case Forward():
            return {}


def _pass_of_step(passes: tuple[Pass, ...], count: int) -> list[int]:
    """Return, for each step, the output of the pass it belongs to (of the next pass, between two of them)."""
    outputs, k = [], 0
    for index in range(count):
        while k < len(passes) - 1 and index >= passes[k].last:
            k += 1
        outputs.append(passes[k].output if passes else 0)
    return outputs


def _span(span: Span | None) -> Json | None:
    return None if span is None else span.document()


def _notice(notice: Notice) -> Json:
    span = _span(notice.span) or dict.fromkeys(("line", "column", "end_line", "end_column"))
    node = None if notice.node is None else node_id(notice.node)
    return {"kind": notice.kind, "message": notice.message, "node": node} | span
