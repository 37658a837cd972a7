"""The table of operations as a document: turns `OPS` into what `GET /api/v1/ops` answers."""

from __future__ import annotations

from typing import Any

from engine.formula import Symbol, code, mathml, partial_formula
from engine.ops import OPS, Op


def operations() -> list[dict[str, Any]]:
    """Return one row an operation that a program can use, in the order of the table."""
    return [_row(op) for op in OPS.values() if op.public]


def _row(op: Op) -> dict[str, Any]:
    z, operands = Symbol("z"), tuple(map(Symbol, op.parameters))
    formulas = [partial_formula(op, slot, z, operands) for slot in range(op.arity)]
    return {
        "name": op.name,
        "symbol": op.symbol,
        "arity": op.arity,
        "signature": f"{op.name}({', '.join(_parameter(op, k) for k in range(op.arity))})",
        "about": op.about,
        "convention": op.convention,
        "domain": op.domain,
        "partials": [f"∂z/∂{name} = {code(e)}" for name, e in zip(op.parameters, formulas, strict=True)],
        "mathml": [f"<math>{mathml(e)}</math>" for e in formulas],
    }


def _parameter(op: Op, index: int) -> str:
    first = op.arity - len(op.defaults)
    return op.parameters[index] if index < first else f"{op.parameters[index]}={op.defaults[index - first]:g}"
