"""Square brackets: turns a container and a place into what stands there, or puts something there. Start at `item`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from engine.language.comparison import key
from engine.language.shapes import Pick, indexed
from engine.language.values import Anything, Dict, Instance, List, Number, Range, Row, Tensor, describe

if TYPE_CHECKING:
    from engine.language.machine import Machine


def item(m: Machine, owner: Anything, place: Any, node: ast.AST) -> Anything:
    """Return `owner[place]`."""
    match owner:
        case Tensor():
            return _part(m, owner, place, node)
        case Dict(items=items):
            found = items.get(key(m, place, node))
            if found is None:
                raise m.fail("value", f"there is no key {m.shown(place)} in this dictionary", node, _keys(m, owner))
            return found[1]
        case Range(numbers=numbers, span=span):
            if isinstance(place, slice):
                return Range(numbers[place], span)
            k = numbers[_place(m, len(numbers), place, node)]
            return Number(k, span, str(k))
        case Instance(kind=kind) if "layers" in owner.inside:
            layers = list(owner.attributes.values())
            if isinstance(place, slice):
                return m.sequence(kind, layers[place])
            return layers[_place(m, len(layers), place, node)]
    if isinstance(owner, Instance) and "columns" in owner.inside:
        return tuple(item(m, column, place, node) for column in owner.inside["columns"])
    parts = m.items(owner) if isinstance(owner, str | tuple | List | Row) else None
    if parts is None:
        before = describe(owner)
        hint = "Lists, tuples, texts, dictionaries and tensors have places: x[0]."
        raise m.fail("type", f"{before} has no places to ask for", node, hint)
    if isinstance(place, slice):
        m.meter.charge(len(parts))
        chosen = parts[place]
        return "".join(chosen) if isinstance(owner, str) else List(list(chosen)) if isinstance(owner, List) else chosen
    return parts[_place(m, len(parts), place, node)]


def _keys(m: Machine, owner: Dict) -> str:
    shown = ", ".join(m.shown(written) for written, _ in list(owner.items.values())[:5])
    return f"There are {shown}." if shown else "It is empty."


def _place(m: Machine, length: int, place: Any, node: ast.AST) -> int:
    k = m.whole(place, node, "a place in a list")
    if not -length <= k < length:
        there = f"there are {length}, from 0 to {length - 1}" if length else "it is empty"
        raise m.fail("value", f"there is no place {k}: {there}", node, "The first place is 0, the last -1.")
    return k


def set_item(m: Machine, owner: Anything, place: Any, value: Anything, node: ast.AST) -> None:
    """Do what `owner[place] = value` does."""
    m.meter.charge()
    match owner:
        case Tensor():
            part = _part(m, owner, place, node)
            if not isinstance(part, Tensor):  # a number out of an array
                part = _view(m, owner, place, node)
            _forbid(m, owner, node)
            m.write_cells(part, value, node)
            if m.recording and m.requires_grad(owner):
                owner.origin = "CopySlices"
        case List(items=items):
            if isinstance(place, slice):
                new = m.elements(value, node, "a slice")
                m.meter.limit("list", len(items) + len(new))
                try:
                    items[place] = new
                except ValueError:
                    message = f"{len(new)} values do not fit into this slice"
                    raise m.fail("value", message, node, "Give it as many values as it has places.") from None
            else:
                items[_place(m, len(items), place, node)] = value
        case Dict(items=entries):
            entries[key(m, place, node)] = place, value
            m.meter.limit("list", len(entries))
        case _:
            hint = (
                "Make a list of it: list(x)."
                if isinstance(owner, tuple)
                else "Assign to a list, a dictionary, a tensor."
            )
            raise m.fail("type", f"{describe(owner)} cannot be changed place by place", node, hint)


def _forbid(m: Machine, owner: Tensor, node: ast.AST) -> None:
    """A leaf that requires a gradient must not change under the graph's feet."""
    if m.is_fixed(owner):
        message = "a leaf that requires a gradient cannot be changed in place"
        raise m.fail("value", message, node, "Write it under with torch.no_grad():")


def _part(m: Machine, owner: Tensor, place: Any, node: ast.AST) -> Anything:
    return m.unwrapped(_view(m, owner, place, node))


def _view(m: Machine, owner: Tensor, place: Any, node: ast.AST) -> Tensor:
    m.meter.charge(len(owner) // 4)
    if isinstance(place, Tensor) and is_truth(place):
        return _masked(m, owner, place, node)
    picks = _picks(m, owner, place if isinstance(place, tuple) else (place,), node)
    places, shape = m.fit(indexed, owner.shape, tuple(picks))
    m.meter.limit("list", len(places))
    simple = len(picks) == 1 and isinstance(picks[0], int)
    advanced = any(isinstance(pick, tuple) for pick in picks)
    name = (
        "IndexBackward0"
        if advanced
        else "SelectBackward0"
        if simple or isinstance(picks[-1], int)
        else "SliceBackward0"
    )
    return owner.view(places, shape, name)


def is_truth(tensor: Tensor) -> bool:
    """Return whether a tensor holds truth values."""
    return bool(len(tensor)) and all(isinstance(x, Number) and isinstance(x.data, bool) for x in tensor.cells)


def _masked(m: Machine, owner: Tensor, mask: Tensor, node: ast.AST) -> Tensor:
    if mask.shape != owner.shape[: len(mask.shape)]:
        message = f"a mask of shape {list(mask.shape)} does not fit {list(owner.shape)}"
        raise m.fail("value", message, node, "Make the mask from the tensor itself: x[x > 0].")
    width = len(owner) // max(len(mask), 1)
    chosen = [k for k, cell in enumerate(mask.cells) if m.truth(cell)]
    places = [k * width + j for k in chosen for j in range(width)]
    return owner.view(places, (len(chosen), *owner.shape[len(mask.shape) :]), "IndexBackward0")


def _picks(m: Machine, owner: Tensor, places: tuple[Any, ...], node: ast.AST) -> list[Pick]:
    picks: list[Pick] = []
    for place in places:
        if place is Ellipsis:
            given = sum(p is not None and p is not Ellipsis for p in places)
            picks += [slice(None)] * (len(owner.shape) - given)
        elif isinstance(place, slice) or place is None:
            if isinstance(place, slice) and owner.flavour == "torch" and (place.step or 1) < 0:
                raise m.fail("value", "the step of a tensor's slice must be above 0", node, "Write x.tolist()[::-1].")
            picks.append(place)
        elif isinstance(place, List | tuple | Range) or (isinstance(place, Tensor) and place.shape):
            picks.append(_many(m, place, node))
        else:
            picks.append(m.whole(place, node, "a place in a tensor"))
    return picks


def _many(m: Machine, place: Any, node: ast.AST) -> Pick:
    if isinstance(place, Tensor):
        if is_truth(place):
            chosen = tuple(k for k, cell in enumerate(place.cells) if m.truth(cell))
            return chosen, (len(chosen),)
        return tuple(m.whole(cell, node, "a place in a tensor") for cell in place.cells), place.shape
    numbers = tuple(m.whole(x, node, "a place in a tensor") for x in m.elements(place, node))
    return numbers, (len(numbers),)
