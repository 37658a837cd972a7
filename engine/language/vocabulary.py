"""The words of the language: turns the tables of the dialects into lists for people. Start at `vocabulary`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.language import containers
from engine.language.dialects import METHODS, MODULES, PROPERTIES, python
from engine.language.dialects.nn import METHODS as NETWORK_METHODS
from engine.language.values import Class, Dict, Function, List, Set
from engine.ops import OPS


def vocabulary() -> Mapping[str, list[str]]:
    """Return all names that a program can use, by where they belong; those of the operations once, at the top."""
    operations = {op.name for op in OPS.values() if op.public}
    return {
        "operations: bare, behind math. np. torch. F., and as methods": sorted(operations),
        "Python": sorted(set(python.FUNCTIONS) - set(python.OPERATIONS)),
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
