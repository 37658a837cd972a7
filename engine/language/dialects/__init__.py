"""The dialects: tables that say what the names of Python, NumPy, micrograd and PyTorch stand for.

Nothing else in the project knows these names. `python` holds what every program has, `micrograd` adds `Value`,
`pytorch` adds tensors; here they are laid together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.language import containers
from engine.language.dialects import data, micrograd, nn, numpy, optim, python, pytorch

FUNCTIONS: Mapping[str, Any] = MappingProxyType({**python.FUNCTIONS, **micrograd.FUNCTIONS})
"""What can be called by a bare name."""

CONSTANTS: Mapping[str, float] = python.CONSTANTS

MODULES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        **python.MODULES,
        **numpy.MODULES,
        **micrograd.MODULES,
        **pytorch.MODULES,
        **nn.MODULES,
        **optim.MODULES,
        **data.MODULES,
        "typing": {},
        "__future__": {},
    }
)
"""What can be imported, with what each module holds: functions, classes, numbers, words that stand for settings."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {**python.ALIASES, **numpy.ALIASES, **micrograd.ALIASES, **pytorch.ALIASES}
)
"""Names under which modules can be used without an import."""

METHODS: Mapping[str, Any] = MappingProxyType({**python.METHODS, **pytorch.METHODS, **numpy.METHODS})
"""Methods of numbers, values and tensors; the receiver is the first argument."""

PROPERTIES: Mapping[str, Any] = MappingProxyType({**python.PROPERTIES, **micrograd.PROPERTIES, **pytorch.PROPERTIES})
"""What is read without a call, as `x.grad`: functions of machine, receiver and place."""

LATER, MEANT, PERHAPS = python.LATER, python.MEANT, python.PERHAPS
CALLABLE = frozenset(FUNCTIONS)
ATTRIBUTES: frozenset[str] = frozenset(
    {*METHODS, *PROPERTIES, "values", "indices"}
    | containers.ATTRIBUTES
    | nn.ATTRIBUTES
    | optim.ATTRIBUTES
    | micrograd.ATTRIBUTES
    | {name for members in MODULES.values() for name in members}
    | {part for path in MODULES for part in path.split(".")}
)
"""Everything that may stand behind a dot."""
