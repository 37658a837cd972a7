"""What `torch.utils.data` stands for: data sets of tensors, and their batches."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.language import tensors
from engine.language.dialects import pytorch
from engine.language.indexing import item
from engine.language.randomness import Torch
from engine.language.values import Class, Function, Instance, Tensor, describe

if TYPE_CHECKING:
    from engine.language.machine import Machine

Arguments = tuple[Any, ...]


def _make_dataset(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    self, columns = arguments
    parts = [pytorch.needed(m, column, node, "TensorDataset") for column in columns]
    if not parts or len({part.shape[:1] for part in parts}) != 1 or not parts[0].shape:
        message = "a TensorDataset needs tensors of one length"
        raise m.fail("value", message, node, "Look at the shapes with print(x.shape).")
    self.inside |= {"columns": parts, "count": parts[0].shape[0]}


def rows(m: Machine, owner: Instance) -> tuple[Any, ...]:
    """Return the samples of a data set, or the batches of a loader, in their order."""
    if "columns" in owner.inside:
        return tuple(zip(*(m.rows(column) for column in owner.inside["columns"]), strict=True))
    return tuple(_batches(m, owner, m.current))


def _make_loader(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    self, dataset, size, shuffle, drop_last, _workers = arguments
    if not isinstance(dataset, Instance) or "columns" not in dataset.inside:
        message = f"a DataLoader needs a TensorDataset, not {describe(dataset)}"
        raise m.fail("type", message, node, "Write DataLoader(TensorDataset(x, y), batch_size=4).")
    length = m.whole(size, node, "batch_size")
    if length < 1:
        raise m.fail("value", "a batch has at least 1 sample", node, "Write batch_size=4.")
    total, last = dataset.inside["count"], m.truth(drop_last)
    self.inside |= {"dataset": dataset, "size": length, "shuffle": m.truth(shuffle), "drop_last": last}
    self.inside["count"] = total // length if last else -(-total // length)


def _batches(m: Machine, owner: Instance, node: ast.AST) -> list[tuple[Tensor, ...]]:
    """Return the batches of one round; PyTorch draws a seed for the loader, and one for the order if it shuffles."""
    columns, size = owner.inside["dataset"].inside["columns"], owner.inside["size"]
    total = columns[0].shape[0]
    m.random.torch.long()
    order = list(range(total))
    if owner.inside["shuffle"]:
        order = Torch(m.random.torch.long() % 2**63 & 0xFFFFFFFF).permutation(total)
    found = []
    for start in range(0, total, size):
        places = order[start : start + size]
        if len(places) < size and owner.inside["drop_last"]:
            break
        picked = tensors.plain_tensor(m, places, (len(places),), node)
        found.append(tuple(m.copied(item(m, column, picked, node)) for column in columns))
    return found


_DATASET = Class(
    "TensorDataset",
    "torch.utils.data",
    Function("TensorDataset", ("self",), _make_dataset, rest="tensors"),
)
_LOADER = Class(
    "DataLoader",
    "torch.utils.data",
    Function(
        "DataLoader",
        ("self", "dataset", "batch_size", "shuffle", "drop_last", "num_workers"),
        _make_loader,
        (1, False, False, 0),
    ),
)

MODULES: Mapping[str, Mapping[str, Any]] = {"torch.utils.data": {"TensorDataset": _DATASET, "DataLoader": _LOADER}}


def is_data(owner: Any) -> bool:
    """Return whether `owner` is a data set or a loader."""
    return isinstance(owner, Instance) and owner.kind.path == "torch.utils.data"
