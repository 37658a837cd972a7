"""Data: turns pasted text, or the name of a set that is built in, into a table of numbers. Start at `table_of`."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from engine import numbers
from engine.lab.subject import Unfit
from engine.lab.words import listed

ROWS, COLUMNS = 1000, 20
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", re.ASCII)
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns of numbers."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Fit:
    """A program that fits a table, and how its descent is best begun."""

    source: str
    inputs: Mapping[str, float]
    prediction: str
    """The variable that is the model's answer to a row."""
    threshold: float
    """Where a prediction changes sides."""
    optimizer: str
    settings: Mapping[str, Any]
    iterations: int


@dataclass(frozen=True, slots=True)
class Set:
    """A table that is built in."""

    name: str
    title: str
    columns: tuple[str, ...]
    make: Callable[[], Iterator[tuple[float, ...]]]
    fit: Fit

    @property
    def table(self) -> Table:
        """The rows, as they always are."""
        return Table(self.columns, [tuple(round(x, 3) for x in row) for row in self.make()])


@dataclass(slots=True)
class _Text:
    """Pasted text, cut into cells; each line with its number in the text."""

    lines: list[tuple[int, list[str]]] = field(default_factory=list)
    decimal_comma: bool = False


def table_of(data: Mapping[str, Any], at: str = "data") -> Table:
    """Return the table of `{"columns", "rows"}`, `{"csv"}` or `{"set"}`; raise `Unfit`."""
    given = [name for name in ("rows", "csv", "set") if data.get(name) is not None]
    if len(given) != 1:
        raise Unfit(at, "needs one of rows, csv and set")
    names = tuple(data.get("columns") or ())
    if given == ["set"]:
        return _built_in(data["set"], names, at)
    if given == ["csv"]:
        return read_csv(data["csv"], names, at=f"{at}/csv")
    return _checked(Table(names or _usual_names(data["rows"]), data["rows"]), at)


def read_csv(text: str, names: Sequence[str] = (), at: str = "csv") -> Table:
    """Return the table of a text: cells parted by tab, semicolon or comma, perhaps with a line of names above."""
    cut = _cut(text, at)
    if not cut.lines:
        raise Unfit(at, "holds no rows")
    head = _header(cut)
    body = cut.lines[1:] if head else cut.lines
    width = len(cut.lines[0][1])
    rows = [_row(line, cells, width, cut.decimal_comma, at) for line, cells in body[: ROWS + 1]]
    return _checked(Table(tuple(names) or head or _usual_names(rows), rows), at)


def _built_in(name: str, names: tuple[str, ...], at: str) -> Table:
    if name not in SETS:
        raise Unfit(f"{at}/set", f"must be one of {', '.join(SETS)}")
    found = SETS[name].table
    return _checked(Table(names or found.columns, found.rows), at)


def _usual_names(rows: Sequence[Sequence[float]]) -> tuple[str, ...]:
    width = len(rows[0]) if rows else 0
    return ("x", "y") if width == 2 else (*(f"x{k}" for k in range(width - 1)), "y")


def _checked(table: Table, at: str) -> Table:
    columns, rows = table.columns, table.rows
    if not 0 < len(rows) <= ROWS:
        raise Unfit(at, f"must have 1 to {ROWS:,} rows, not {len(rows):,}" if rows else "holds no rows")
    if not 0 < len(columns) <= COLUMNS:
        raise Unfit(at, f"must have 1 to {COLUMNS} columns, not {len(columns)}")
    doubled = [name for name in columns if columns.count(name) > 1]
    if doubled:
        raise Unfit(at, f"has two columns of the name {doubled[0][:60]}")
    for k, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise Unfit(at, f"row {k} has {_counted(len(row), 'number')} for {_counted(len(columns), 'column')}")
    return table


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


# -- text -------------------------------------------------------------------------------------------------------------


def _cut(text: str, at: str) -> _Text:
    lines = text.removeprefix("\ufeff").splitlines()
    first = _QUOTED.sub("", next((line for line in lines if line.strip()), ""))
    delimiter = next((mark for mark in "\t;," if mark in first), ",")
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, skipinitialspace=True)
    found = _Text(decimal_comma=delimiter != ",")
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.lines.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise Unfit(at, f"line {reader.line_num}: cannot be read as a table: {error}") from None
    return found


def _header(cut: _Text) -> tuple[str, ...] | None:
    """Return the first line if none of its cells is a number."""
    cells = cut.lines[0][1]
    return None if any(_number(cell, cut.decimal_comma) is not None for cell in cells) else tuple(cells)


def _row(line: int, cells: list[str], width: int, decimal_comma: bool, at: str) -> list[float]:
    if len(cells) != width:
        raise Unfit(at, f"line {line} has {_counted(len(cells), 'cell')}, the first one has {width}")
    found = []
    for column, cell in enumerate(cells, 1):
        number = _number(cell, decimal_comma)
        if number is None:
            what = f"“{cell[:40]}” is not a number" if cell else "the cell is empty"
            raise Unfit(at, f"line {line}, column {column}: {what}")
        found.append(number)
    return found


def _number(cell: str, decimal_comma: bool) -> float | None:
    text = cell.replace("−", "-")
    if decimal_comma:
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


# -- sets that are built in -------------------------------------------------------------------------------------------


def _line() -> Iterator[tuple[float, ...]]:
    for k in range(12):
        x = k / 2 - 2.5
        yield x, 0.8 * x + 0.5 + 0.3 * math.sin(5 * k)


def _logistic() -> Iterator[tuple[float, ...]]:
    late = {5, 8}
    for k in range(14):
        yield k / 2 - 3, float(k > 6) if k not in late else float(k <= 6)


def _xor() -> Iterator[tuple[float, ...]]:
    yield from ((0.0, 0.0, 0.0), (0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 0.0))


def _moons() -> Iterator[tuple[float, ...]]:
    """Two half-circles that reach into each other, 25 points each, a little uneven."""
    for k in range(25):
        angle, uneven = math.pi * k / 24, 1 + 0.1 * math.sin(7 * k)
        yield uneven * math.cos(angle), uneven * math.sin(angle), 1.0
        yield 1 - uneven * math.cos(angle), 0.5 - uneven * math.sin(angle), -1.0


def _circles() -> Iterator[tuple[float, ...]]:
    """A circle around another, 20 points each, a little uneven."""
    for k in range(20):
        angle, uneven = 2 * math.pi * k / 20, 1 + 0.1 * math.sin(7 * k)
        yield 0.4 * uneven * math.cos(angle), 0.4 * uneven * math.sin(angle), 1.0
        yield uneven * math.cos(angle), uneven * math.sin(angle), -1.0


_LINE_SOURCE = """
prediction = w*x + b
loss = (prediction - y)**2
"""
_LOGISTIC_SOURCE = """
score = w*x + b
probability = sigmoid(score)
loss = softplus(score) - y*score
"""
_XOR_SOURCE = """
h0 = tanh(a0*x0 + b0*x1 + c0)
h1 = tanh(a1*x0 + b1*x1 + c1)
prediction = v0*h0 + v1*h1 + d
loss = (prediction - y)**2
"""
_NETWORK_SOURCE = """
random.seed({seed})
model = MLP(2, [{layers}, 1])
score = model([x0, x1])
loss = relu(1 - y*score)
"""


def _network(seed: int, layers: str) -> str:
    return _NETWORK_SOURCE.format(seed=seed, layers=layers)


def _fit(
    source: str, prediction: str, threshold: float, optimizer: str, lr: float, iterations: int, **inputs: float
) -> Fit:
    return Fit(source.strip() + "\n", inputs, prediction, threshold, optimizer, {"lr": lr}, iterations)


SETS: Mapping[str, Set] = MappingProxyType(
    {
        s.name: s
        for s in (
            Set(
                "line", "Points near a line", ("x", "y"), _line,
                _fit(_LINE_SOURCE, "prediction", 0.0, "SGD", 0.05, 200, w=0.0, b=0.0),
            ),
            Set(
                "logistic", "Two classes along a line", ("x", "y"), _logistic,
                _fit(_LOGISTIC_SOURCE, "probability", 0.5, "SGD", 0.5, 200, w=0.0, b=0.0),
            ),
            Set(
                "xor", "XOR: no line parts the classes", ("x0", "x1", "y"), _xor,
                _fit(
                    _XOR_SOURCE, "prediction", 0.5, "Adam", 0.05, 300,
                    a0=1.0, b0=0.8, c0=-0.4, a1=0.7, b1=1.1, c1=-1.2, v0=0.6, v1=-0.9, d=0.1,
                ),
            ),
            Set(
                "moons", "Two moons", ("x0", "x1", "y"), _moons,
                _fit(_network(1337, "8, 8"), "score", 0.0, "Adam", 0.02, 200),
            ),
            Set(
                "circles", "A circle around another", ("x0", "x1", "y"), _circles,
                _fit(_network(7, "8, 8"), "score", 0.0, "Adam", 0.02, 200),
            ),
        )
    }
)  # fmt: skip


# -- documents --------------------------------------------------------------------------------------------------------


def data(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of a request as a document; raise `Unfit`."""
    found, name = table_of(request, at=""), request.get("set")
    return {
        "set": name,
        "title": SETS[name].title if name else "Pasted data",
        "columns": list(found.columns),
        "rows": [[numbers.to_json(x) for x in row] for row in found.rows],
        "shown": [[numbers.short(x) for x in row] for row in found.rows],
        "program": _program(SETS[name].fit) if name else None,
        "sentence": f"{_counted(len(found.rows), 'row')} of {listed(found.columns)}.",
    }


def data_sets() -> dict[str, Any]:
    """Return what is built in."""
    return {
        "sets": [
            {
                "name": each.name,
                "title": each.title,
                "columns": list(each.columns),
                "rows": len(each.table.rows),
                "program": _program(each.fit),
            }
            for each in SETS.values()
        ]
    }


def _program(fit: Fit) -> dict[str, Any]:
    return {
        "source": fit.source,
        "inputs": dict(fit.inputs),
        "prediction": fit.prediction,
        "threshold": fit.threshold,
        "optimizer": fit.optimizer,
        "settings": dict(fit.settings),
        "iterations": fit.iterations,
    }
