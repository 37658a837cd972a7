"""Folding: turns the nodes of a pass into a tree of groups, and a choice of open ones into what is drawn.

Groups are what the program is made of: calls of functions and layers, turns of loops; of a long row of these, or of
nodes that one piece of source made, the whole row, and of a row that is longer still, parts of it. The operations of a
group stand next to each other on the tape, so that folded groups never make a cycle. Start at `Outline`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush
from threading import Lock
from typing import Any

from engine.explain import Explainer
from engine.tape import Role, Scope, Span, Tape

WHOLE = 300  # boxes: a picture of so many is drawn as a whole, and nothing in it is folded at first
FIRST = 48  # boxes that a folded picture begins with
ROW = 48  # members of a group, before rows among them become groups
PART = 128  # alike members of a group, before they are divided
FEW = 24  # parts of a group whose members have nothing in common
LEAVES = 4  # leaves of one thing (a model, a matrix) that make a group
DRAWN = 1200  # boxes of the largest picture


@dataclass(slots=True, eq=False)
class Group:
    """Nodes that can be folded into one box."""

    key: str
    """What it is called in requests and addresses; the same in every pass of a loop."""
    title: str
    parent: Group | None
    span: Span | None = None
    """Where the program calls it, or the piece of source that made it."""
    scope: Scope | None = None
    members: list[Member] = field(default_factory=list)
    size: int = 0
    """Nodes in it, those of its groups included."""
    alike: bool = False
    """It is one row already."""
    of_leaves: bool = False
    items: list[Member] | None = None
    """Its members as they are drawn when it is open; None until somebody asks."""

    def first(self) -> int:
        """Return the first node in it."""
        member: Member = self
        while isinstance(member, Group):
            member = member.members[0]
        return member

    def outwards(self) -> Iterator[Group]:
        """Yield this group and those around it."""
        group: Group | None = self
        while group is not None:
            yield group
            group = group.parent


Member = int | Group


@dataclass(frozen=True, eq=False)
class View:
    """What is on screen: boxes, of nodes and of folded groups, and the open groups around them."""

    boxes: tuple[Member, ...]
    opened: tuple[Group, ...]
    """Outer groups before inner ones; the root is not among them."""
    around: dict[Member, Group]
    """The open group that a box or an open group stands in; nothing for those at the top."""
    hidden: dict[int, Group]
    """For nodes without a box of their own, the folded group they are in."""
    topologies: dict[Any, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    """What documents of it have been called, by what they tell, and the nodes in them."""

    @cached_property
    def folded(self) -> tuple[Group, ...]:
        """The folded groups."""
        return tuple(box for box in self.boxes if isinstance(box, Group))

    @cached_property
    def opened_set(self) -> frozenset[Group]:
        """The open groups, for lookups."""
        return frozenset(self.opened)


class Outline:
    """The tree of groups of a pass: `order` are its nodes, `inside` those that are drawn within others; with `fold`
    a small graph is folded like a large one."""

    def __init__(
        self,
        tape: Tape,
        explainer: Explainer,
        source: str,
        order: Sequence[int],
        inside: Collection[int],
        base: Scope | None = None,
        *,
        fold: bool = False,
    ) -> None:
        self.tape, self.explainer, self.source = tape, explainer, source
        self.order, self.inside = order, inside
        self.root = Group("", "", None, scope=base)
        self._groups = [self.root]
        self._keys: dict[str, int] = {}
        self._last_use = _last_uses(tape, order)
        self.is_large = fold or len(order) - len(inside) > WHOLE
        self._lock = Lock()
        self._grow()

    # -- growing the tree ----------------------------------------------------------------------------------------------

    def _grow(self) -> None:
        tape, inside = self.tape, self.inside
        scopes, roles, home = tape.scopes, tape.roles, dict[int, Group]()
        group = self.root
        leaves = []
        for node in self.order:
            if roles[node] is Role.INPUT:
                leaves.append(node)
            else:
                scope = scopes[node]
                if scope is not group.scope:
                    group = self._enter(group, scope)
                home[node] = group
                group.size += 1
                if node not in inside:
                    group.members.append(node)
        self._place(leaves, home)
        for group in reversed(self._groups):
            self._settle(group)

    def _enter(self, here: Group, scope: Scope | None) -> Group:
        """Return the group of `scope`: one around `here`, or a new one inside it or inside one around it."""
        base = self.root.scope
        ways = list(scope.outwards()) if scope else []
        ways = ways[: ways.index(base)] if base in ways else ways
        around = {group.scope: group for group in here.outwards() if group is not self.root}
        inner = next((k for k, each in enumerate(ways) if each in around), len(ways))
        group = around[ways[inner]] if inner < len(ways) else self.root
        for each in reversed(ways[:inner]):
            name = f"{each.name}#{each.index}"
            group = self._add(group, name, name, each.call, scope=each)
        return group

    def _add(
        self, parent: Group, name: str, title: str, span: Span | None = None, *, scope: Scope | None = None
    ) -> Group:
        """Return a new group at the end of `parent`. One that the program came back to gets a number after its name."""
        group = self._made(parent, name, title, span)
        group.scope = scope
        parent.members.append(group)
        self._groups.append(group)
        return group

    def _made(self, parent: Group, name: str, title: str, span: Span | None) -> Group:
        key = f"{parent.key}/{name}" if parent.key else name
        count = self._keys[key] = self._keys.get(key, 0) + 1
        return Group(key if count == 1 else f"{key}~{count}", title, parent, span)

    def _place(self, leaves: list[int], home: dict[int, Group]) -> None:
        """Put each leaf into the innermost group that it was made in and that holds all of its consumers."""
        for node, group in self._homes(leaves, home).items():
            group.size += 1
            group.members.append(node)
        for group in self._groups:
            group.members.sort(key=self._rank)

    def _homes(self, leaves: list[int], home: dict[int, Group]) -> dict[int, Group]:
        found = dict.fromkeys(leaves, self.root)
        by_scope = {group.scope: group for group in self._groups if group.scope}
        open_: dict[int, Group] = {}
        for leaf in leaves:
            scope = self.tape.scopes[leaf]
            while scope is not None and scope not in by_scope:
                scope = scope.parent
            is_part = bool(_NAME_PARTS.findall(self.tape.names[leaf] or "")[1:])  # of a model or of data: of no call
            if scope is not None and scope is not self.root.scope and not is_part:
                open_[leaf] = by_scope[scope]
        if open_:
            for node in self.order:
                for operand in self.tape.operands[node]:
                    if operand in open_:
                        open_[operand] = _common(open_[operand], home[node])
        return found | open_

    def _rank(self, member: Member) -> int:
        """Return the order of members: leaves before what is computed, and that as it was computed."""
        if isinstance(member, Group):
            return 0
        return -1 if self.tape.roles[member] is Role.INPUT else 0

    def _settle(self, group: Group) -> None:
        """Add up what is in `group`, whose groups are settled; those that hold a single box give way to it."""
        members: list[Member] = []
        for member in group.members:
            alone = isinstance(member, Group) and len(member.members) < 2
            members += member.members if isinstance(member, Group) and alone else [member]
            group.size += member.size if isinstance(member, Group) else 0
        if len(members) == 1 and isinstance(inner := members[0], Group) and group is not self.root:
            group.title += f" · {inner.title}"
            members = inner.members
        group.members = members
        _adopt(group)

    # -- what an open group shows --------------------------------------------------------------------------------------

    def items(self, group: Group) -> list[Member]:
        """Return what stands for `group` when it is open: its members, or groups of these if they are many."""
        if group.items is None:
            group.items = self._condensed(group) if self.is_large else group.members
        return group.items

    def _condensed(self, group: Group) -> list[Member]:
        count = sum(self._is_leaf(member) for member in group.members)  # leaves stand first
        leaves = self._bundled_leaves(group, group.members[:count]) if count else []
        rest = group.members[count:]
        if not group.alike and len(rest) > ROW:
            rest = self._rows(group, rest)
        elif group.alike and len(rest) > PART:
            rest = self._units(group, rest)
        return [part for each in (leaves, rest) for part in self._parted(group, each)]

    def _parted(self, group: Group, members: list[Member]) -> list[Member]:
        return self._parts(group, members) if len(members) > PART else members

    def _is_leaf(self, member: Member) -> bool:
        return not isinstance(member, Group) and self.tape.roles[member] is Role.INPUT

    # leaves of a model, of a matrix

    def _bundled_leaves(self, group: Group, leaves: list[Member]) -> list[Member]:
        ways = {n: _NAME_PARTS.findall(self.tape.names[n] or "") for n in leaves if not isinstance(n, Group)}
        shared = _shared(list(ways.values())) if group.of_leaves else 0
        owned: dict[str, list[int]] = {}
        for leaf, way in ways.items():
            owned.setdefault("".join(way[: shared + 1]) if len(way) > shared + 1 else f"\0{leaf}", []).append(leaf)
        result: list[Member] = []
        for name, found in owned.items():
            bundle = LEAVES <= len(found) < len(group.members)
            result += [self._leaf_group(group, name, found)] if bundle else found
        return result

    def _leaf_group(self, parent: Group, name: str, leaves: list[int]) -> Group:
        above = next(each for each in parent.outwards() if not each.of_leaves)
        group = self._made(above, name, name, self.tape.spans[leaves[0]])
        group.parent, group.of_leaves = parent, True
        return self._filled(group, leaves, alike=True)

    # rows: turns of a loop, what one piece of source made

    def _rows(self, group: Group, members: list[Member]) -> list[Member]:
        kinds = [self._kind(member) for member in members]
        result: list[Member] = []
        at = 0
        while at < len(members):
            length = _row(kinds, at)
            if length < 3:
                result.append(members[at])
                at += 1
                continue
            row = members[at : at + length]
            while result and kinds[at - 1] in kinds[at : at + length]:  # a sum's first term comes before its first +
                row.insert(0, result.pop())
                at -= 1
                length += 1
            if len(row) == len(members):
                group.alike = True
                return self._units(group, members) if length > PART else members
            result.append(self._bundle(group, row))
            at += length
        return result

    def _kind(self, member: Member) -> tuple[object, ...]:
        if isinstance(member, Group):
            return ("group", member.scope and member.scope.name, member.span)
        if self.tape.roles[member] is Role.INPUT:
            return ("leaf", member)
        return ("node", self.tape.spans[member])

    def _bundle(self, parent: Group, row: list[Member]) -> Group:
        groups = [m for m in row if isinstance(m, Group)]
        if len(groups) == len(row):
            name, title, span = *_range(groups[0], groups[-1]), groups[0].span
        else:
            span = max((self._span(m) for m in row), key=_extent)
            name = f"@{span.line}:{span.column}" if span else "@"
            title = self._text(span) or f"{len(row)} nodes"
        bundle = self._made(parent, name, title, span)
        return self._filled(bundle, row, alike=True)

    def _filled(self, group: Group, members: Sequence[Member], *, alike: bool) -> Group:
        group.members, group.alike = list(members), alike
        group.size = sum(m.size if isinstance(m, Group) else self._weight(m) for m in members)
        _adopt(group)
        return group

    def _weight(self, node: int) -> int:
        """Return how many nodes are in a box: constants are drawn inside their consumer."""
        return 1 + sum(operand in self.inside for operand in self.tape.operands[node])

    def _span(self, member: Member) -> Span | None:
        return member.span if isinstance(member, Group) else self.tape.spans[member]

    def _text(self, span: Span | None) -> str:
        if span is None:
            return ""
        line = self.source.split("\n")[span.line - 1]
        end = span.end_column if span.end_line == span.line else len(line)
        return " ".join(line[span.column : end].split())

    # units: the elements of a product of matrices; parts: so many of a row

    def _units(self, group: Group, members: list[Member]) -> list[Member]:
        """Return `members` in pieces, each ending where a number leaves the row."""
        if any(isinstance(m, Group) for m in members):
            return members
        last = max(m for m in members if not isinstance(m, Group))
        pieces: list[list[Member]] = [[]]
        for member in members:
            pieces[-1].append(member)
            if not isinstance(member, Group) and self._last_use[member] > last:
                pieces.append([])
        pieces = [piece for piece in pieces if piece]
        if len(pieces) < 2:
            return members
        return [piece[0] if len(piece) == 1 else self._unit(group, piece, k) for k, piece in enumerate(pieces)]

    def _unit(self, parent: Group, piece: list[Member], k: int) -> Group:
        end = piece[-1]
        title = self.explainer.label(end) if isinstance(end, int) else end.title
        return self._filled(self._made(parent, f"[{k}]", title, parent.span), piece, alike=True)

    def _parts(self, group: Group, members: list[Member]) -> list[Member]:
        """Return `members` in parts of equal length: of alike ones few large parts, of others more and smaller ones."""
        count = len(members)
        length = PART if group.alike else max(math.isqrt(count), -(-count // FEW))
        while -(-count // length) > PART:
            length *= PART
        pieces = -(-count // length)
        length = -(-count // pieces)
        return [self._part(group, members[at : at + length], at, count) for at in range(0, count, length)]

    def _part(self, parent: Group, piece: list[Member], at: int, count: int) -> Group:
        name = f"{at}-{at + len(piece) - 1}"
        title = self._stretch(parent, piece) or f"{at + 1:,}–{at + len(piece):,} of {count:,}"
        return self._filled(self._made(parent, name, title, None), piece, alike=True)

    def _stretch(self, group: Group, piece: list[Member]) -> str:
        """Return what a part of a row covers: turns of a loop, or lines; nothing if neither says it."""
        first, last = piece[0], piece[-1]
        turns = all(isinstance(m, Group) and m.scope for m in piece)
        if turns and isinstance(first, Group) and isinstance(last, Group):
            return _range(first, last)[1]
        spans = [self._span(m) for m in (first, last)]
        lines = [span.line for span in spans if span]
        if len(lines) < 2 or lines[0] > lines[1] or group.alike:
            return ""
        return f"lines {lines[0]}–{lines[1]}" if lines[0] < lines[1] else f"line {lines[0]}"

    # -- what is drawn -------------------------------------------------------------------------------------------------

    def view(self, opened: Collection[str] | None = None) -> View:
        """Return what is drawn if the groups with the keys `opened` are open (`*`: all, as far as they can be drawn).
        Without a choice, a small picture is open as a whole, and a large one begins folded."""
        with self._lock:  # groups are divided when somebody asks for their members
            everything = opened is not None and "*" in opened
            if not self.is_large and (opened is None or everything):
                return self._view(None)
            if opened is None or everything:
                return self._view(self._most(DRAWN) if everything else self._first())
            return self._view(self._fitting(set(opened)))

    def _first(self) -> set[Group]:
        """Return the groups that are open at first: one that holds most of what is hidden, while it fits."""
        chosen, shown = {self.root}, list(self.items(self.root))
        while True:
            folded = [item for item in shown if isinstance(item, Group)]
            largest = max(folded, key=lambda group: group.size, default=None)
            if largest is None or 2 * largest.size <= sum(group.size for group in folded):
                return chosen
            if len(shown) + len(self.items(largest)) > FIRST:
                return chosen
            chosen.add(largest)
            shown = [item for item in shown if item is not largest] + self.items(largest)

    def harder(self, than: View) -> View:
        """Return a view with far fewer boxes than `than`."""
        with self._lock:
            many = len(than.boxes) > 3 * FIRST
            return self._view(self._most(FIRST) if many else {self.root})

    def _most(self, boxes: int) -> set[Group]:
        """Return as many groups as `boxes` allow, the largest before others."""
        chosen, waiting, count, serial = {self.root}, [(0, 0, self.root)], 1, 0
        while waiting:
            _, _, group = heappop(waiting)
            items = self.items(group)
            if count - 1 + len(items) > boxes and group is not self.root:
                continue
            chosen.add(group)
            count += len(items) - 1
            for item in items:
                if isinstance(item, Group):
                    serial += 1
                    heappush(waiting, (-item.size, serial, item))
        return chosen

    def _fitting(self, keys: set[str]) -> set[Group]:
        """Return the groups called `keys` below open ones, as many as can be drawn."""
        chosen, waiting = {self.root}, [self.root]
        count = len(self.items(self.root))
        while waiting:
            for item in self.items(waiting.pop()):
                if isinstance(item, Group) and item.key in keys and count + len(self.items(item)) <= DRAWN:
                    count += len(self.items(item)) - 1
                    chosen.add(item)
                    waiting.append(item)
        return chosen

    def _view(self, chosen: Collection[Group] | None) -> View:
        boxes: list[Member] = []
        opened: list[Group] = []
        around: dict[Member, Group] = {}
        hidden: dict[int, Group] = {}
        stack: list[tuple[Member, Group | None]] = [(item, None) for item in reversed(self.items(self.root))]
        while stack:
            item, frame = stack.pop()
            if frame is not None:
                around[item] = frame
            if isinstance(item, Group) and (chosen is None or item in chosen):
                opened.append(item)
                stack += [(inner, item) for inner in reversed(self.items(item))]
            else:
                boxes.append(item)
                if isinstance(item, Group):
                    hidden.update(dict.fromkeys(nodes_of(item), item))
        if hidden and self.inside:
            self._hide_inside(hidden)
        return View(tuple(boxes), tuple(opened), around, hidden)

    def _hide_inside(self, hidden: dict[int, Group]) -> None:
        """Let constants that are drawn inside their consumers be hidden with them."""
        for node in self.order:
            if node in hidden:
                for operand in self.tape.operands[node]:
                    if operand in self.inside:
                        hidden[operand] = hidden[node]


def nodes_of(group: Group) -> Iterator[int]:
    """Yield the nodes in `group` that would have a box of their own."""
    stack: list[Member] = list(reversed(group.members))
    while stack:
        member = stack.pop()
        if isinstance(member, Group):
            stack += reversed(member.members)
        else:
            yield member


def _last_uses(tape: Tape, order: Iterable[int]) -> dict[int, int]:
    """Return the last consumer of each node; the output has one beyond all."""
    last: dict[int, int] = {}
    node = -1
    operands = tape.operands
    for node in order:
        for operand in operands[node]:
            last[operand] = node
    last[node] = node + 1
    return last


def _adopt(group: Group) -> None:
    for member in group.members:
        if isinstance(member, Group):
            member.parent = group


def _shared(ways: Sequence[list[str]]) -> int:
    """Return how many parts all ways begin with."""
    first, last = min(ways), max(ways)
    return next((k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def _common(one: Group, other: Group) -> Group:
    """Return the innermost group around both."""
    around = set(one.outwards())
    return next(group for group in other.outwards() if group in around)


def _row(kinds: Sequence[object], at: int) -> int:
    """Return how many kinds from `at` on repeat a pattern of up to six; 1 if they do not."""
    best = 1
    for period in range(1, 7):
        end = at + period
        while end < len(kinds) and kinds[end] == kinds[end - period]:
            end += 1
        if end - at >= 3 * period and end - at > best:
            best = end - at
    return best


def _range(first: Group, last: Group) -> tuple[str, str]:
    """Return key and title of the row from `first` to `last`: `x#0-99` and `x#0–99`."""
    name, _, start = first.key.rpartition("/")[2].partition("#")
    end = last.key.rpartition("#")[2]
    return f"{name}#{start}-{end}", f"{name}#{start}–{end}"


def _extent(span: Span | None) -> tuple[int, int]:
    if span is None:
        return (-1, -1)
    return (span.end_line - span.line, span.end_column - span.column)


_NAME_PARTS = re.compile(r"[^.\[]+|\.[^.\[]+|\[[^]]*\]")
