"""The other side of differential tests: the same program in the host's own Python, with PyTorch and micrograd."""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine import Run

SNIPPETS = Path(__file__).parent / "snippets"
DOUBLE = "torch.set_default_dtype(torch.float64)\n"
"""PyTorch draws other numbers for float32; with this line at the top both sides speak of doubles."""


def snippets() -> dict[str, str]:
    """Return the programs of all styles, by style and title."""
    found: dict[str, str] = {}
    for file in sorted(SNIPPETS.glob("*.txt")):
        for part in file.read_text().split("# ---- ")[1:]:
            title, _, source = part.partition("\n")
            own = source.rstrip() + "\n"
            found[f"{file.stem}: {title}"] = (
                own if file.stem in ("micrograd", "plain") else f"import torch\n{DOUBLE}{own}"
            )
    return found


def host_run(source: str, names: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
    """Run `source`, which stands in this repository and is no visitor's, in CPython: its prints and its names."""
    import numpy
    import torch

    names = {
        "torch": torch,
        "nn": torch.nn,
        "F": torch.nn.functional,
        "optim": torch.optim,
        "np": numpy,
        **(names or {}),
    }
    names["__name__"] = "__main__"
    out = io.StringIO()
    before = torch.get_default_dtype()
    try:
        random.seed(0)
        with contextlib.redirect_stdout(out):
            exec(compile(source, "<snippet>", "exec"), names)
    finally:
        torch.set_default_dtype(before)
    return out.getvalue(), names


def host_gradients(names: dict[str, Any]) -> dict[str, float]:
    """Return the gradient of every number that the names of a program hold, by the way to it."""
    found: dict[str, float] = {}
    for name, value in names.items():
        if not name.startswith("_") and name not in ("torch", "nn", "F", "optim", "np"):
            found |= dict(_gradients(name, value))
    return found


def _gradients(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, float]]:
    import torch
    from micrograd.engine import Value
    from micrograd.nn import Module

    if depth > 5:
        return
    if isinstance(value, torch.Tensor):
        if value.requires_grad and value.is_leaf and value.grad is not None:
            flat = value.grad.flatten().tolist()
            if len(flat) == 1:
                yield name, flat[0]
            else:
                for place, grad in zip(_places(tuple(value.shape)), flat, strict=True):
                    yield f"{name}{place}", grad
    elif isinstance(value, torch.nn.Module):
        for part, tensor in value.named_parameters():
            path = "".join(f"[{word}]" if word.isdecimal() else f".{word}" for word in part.split("."))
            yield from _gradients(name + path, tensor, depth + 1)
    elif isinstance(value, Value):
        yield name, float(value.grad)
    elif isinstance(value, Module):
        for word in ("layers", "neurons", "w", "b"):
            if hasattr(value, word):
                yield from _gradients(f"{name}.{word}", getattr(value, word), depth + 1)
    elif isinstance(value, list | tuple):
        for k, part in enumerate(value):
            yield from _gradients(f"{name}[{k}]", part, depth + 1)


def _places(shape: tuple[int, ...]) -> list[str]:
    from itertools import product

    return [f"[{','.join(map(str, place))}]" for place in product(*map(range, shape))]


def our_gradients(run: Run) -> dict[str, float]:
    """Return the gradients of all that the names of a run hold."""
    return {name: run.trace.grads[node] for name, node in run.variables.items()}
