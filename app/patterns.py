"""`GET /patterns`: every state of every panel, side by side, for who works on the look of the page.

The address is the state: each pattern is the page itself in a frame, at an address, with one panel shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.answers import CHECKED, cacheable
from app.errors import Problem
from app.graph import OPTIONS, read_query
from app.guard import POLICY
from app.templates import render
from engine import GALLERY

router = APIRouter()

HEADERS = {"Content-Security-Policy": POLICY.replace("default-src 'none';", "default-src 'none'; frame-src 'self';")}

SUM = "c = a*b\nd = c + a"
LONG = "the_first_layer_weight = 0.1234567890123\nout = tanh(the_first_layer_weight * 1e-7) * 1e12"
LEARNS = """\
w = 3.0
lr = 0.1
for k in range(2):
    loss = (w - 1)**2
    loss.backward()
    w.data -= lr * w.grad
    w.grad = 0"""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One state of one panel: the page at an address."""

    panel: str
    """The id of the element that is shown."""
    title: str
    source: str = SUM
    query: dict[str, str] = field(default_factory=dict)
    view: str = ""
    """The fragment: how one looks at it."""
    height: int = 260

    def address(self, theme: str) -> str:
        """Return the address of the page in this state, with nothing but the panel."""
        query = {"source": self.source, **self.query} | ({"theme": theme} if theme else {})
        fragment = "&".join([f"only={self.panel}", *filter(None, [self.view])])
        return f"/?{urlencode(query, quote_via=quote)}#{fragment}"


def _example(name: str) -> tuple[str, dict[str, str]]:
    example = GALLERY[name]
    return example.source.rstrip("\n"), {key: f"{value:g}" for key, value in example.inputs.items()}


def _graph(title: str, name: str, height: int = 340, **query: str) -> Pattern:
    source, inputs = _example(name)
    return Pattern("graph-panel", title, source, inputs | query, height=height)


_INPUTS = {"a": "2", "b": "3"}


def _at(panel: str, title: str, step: int | None, view: str = "", height: int = 330, source: str = SUM) -> Pattern:
    query = _INPUTS if source == SUM else {}
    return Pattern(panel, title, source, query | ({} if step is None else {"step": str(step)}), view, height)


EXPERIMENTS = {
    "nudge": "nudge&lab.node=a",
    "check": "check",
    "paths": "paths&lab.node=a&lab.path=1",
    "descend": "descend&lab.lr=0.05",
    "data": "data&lab.set=line",
    "where NaN comes from": "origin",
    "derive": "derive",
    "lens": "lens",
    "tree": "tree",
    "predict": "predict",
    "break it": "break&lab.fault=assign",
    "your engine": "compare",
}


def _lab(title: str, view: str, source: str = SUM, query: dict[str, str] | None = None) -> Pattern:
    return Pattern("lab", title, source, _INPUTS if query is None else query, f"lab={view}", 480)


PATTERNS: tuple[Pattern, ...] = (
    Pattern("program-panel", "a program", SUM, _INPUTS, height=200),
    Pattern("program-panel", "nothing typed yet", "", height=200),
    Pattern("program-panel", "a mistake with a cure", "y = x^2 + 1", height=280),
    Pattern("program-panel", "a mistake at run time", "y = [1, 2][5]", height=240),
    _at("program-panel", "the source of the current step", 6, height=200),
    Pattern("leaves", "sliders", SUM, _INPUTS, height=160),
    Pattern("leaves", "values by default", SUM, height=160),
    Pattern("leaves", "one is held fixed", SUM, _INPUTS | {"fixed": "b"}, height=160),
    Pattern("leaves", "long names, long numbers", LONG, height=160),
    Pattern("leaves", "no number", "y = x * 2", {"x": "nan"}, height=120),
    Pattern("printed", "what a program prints", 'print("hello")\nx = 2.0\ny = x*x\nprint(y.data)', height=140),
    Pattern("warnings", "a notice", "y = log(x)", {"x": "-1"}, height=120),
    Pattern("warnings", "an output without a graph", "x = 3.0\nwith torch.no_grad():\n    y = x * 2", height=120),
    _graph("signs and sizes", "micrograd", 420),
    _graph("micrograd's style", "twice", style="micrograd"),
    _graph("constants as nodes", "neuron", 420, constants="nodes"),
    _graph("top to bottom", "product", 420, direction="TB"),
    _graph("not a number", "not-a-number"),
    _graph("groups, folded and open", "mlp", 480),
    _at("graph-panel", "nothing computed yet", 0, height=340),
    _at("graph-panel", "a forward step", 2, height=340),
    _at("graph-panel", "the seed", 3, height=340),
    _at("graph-panel", "a contribution", 6, height=340),
    _at("graph-panel", "in the topological sort", 2, "sort=5", 340),
    _at("graph-panel", "a node's card", None, "node=n0", 420),
    _at("graph-panel", "a node to stop at, local derivatives", None, "stops=n0&labels=1", 340),
    Pattern("graph-panel", "no graph", "", height=200),
    _at("stepper", "before the first step", 0, height=130),
    _at("stepper", "in the middle, by node", 5, "by=node", 130),
    _at("stepper", "in the topological sort", 2, "sort=5", 130),
    _at("stepper", "at the end", None, height=130),
    Pattern("stepper", "several passes", GALLERY["passes"].source.rstrip("\n"), height=130),
    _at("explanation", "all done", None),
    _at("explanation", "forward", 2),
    _at("explanation", "the sort", 2, "sort=5"),
    _at("explanation", "seed", 3),
    _at("explanation", "the first contribution", 5),
    _at("explanation", "one more is added", 6),
    _at("explanation", "the last step, and what gradients consist of", 7),
    _at("explanation", "an update", 9, source=LEARNS),
    _at("side", "steps", 5),
    _at("side", "algorithm: closures", 6, "tab=algorithm", 460),
    _at("side", "algorithm: local gradients", 6, "tab=algorithm&spelling=partials", 460),
    _at("side", "algorithm: in the sort", 2, "tab=algorithm&sort=5", 460),
    _at("side", "table", 6, "tab=table", 300),
    *(_lab(title, view) for title, view in EXPERIMENTS.items()),
    _lab("a rate that is too large", "descend&lab.lr=1.1", "loss = (w*x - 3)**2", {"w": "1", "x": "1", "fixed": "x"}),
    _lab("the way over two leaves", "descend&lab.beside=contour&lab.lr=0.02", "loss = a**2 + 20*b**2", {"a": "4"}),
    _lab("not a number, and its cure", "origin", "y = log(1 + exp(x))", {"x": "800"}),
    _lab("saturated", "lens&lab.node=y", "h = w*x\ny = tanh(h)", {"w": "1.5", "x": "2"}),
    _lab("a program that fails", "nudge", "y = x +", {}),
)


@router.get("/patterns", include_in_schema=False)
async def patterns(request: Request) -> Response:
    theme = _theme(request.scope["query_string"])
    panels = [(panel, list(each)) for panel, each in groupby(PATTERNS, key=lambda pattern: pattern.panel)]
    html = render("patterns.html", panels=panels, theme=theme, themes=("", "light", "dark"))
    return cacheable(request, html.encode(), "text/html; charset=utf-8", CHECKED, HEADERS)


def _theme(query_string: bytes) -> str:
    try:
        theme = read_query(query_string).options.get("theme", "")
    except Problem:
        return ""
    return theme if theme in OPTIONS["theme"] and theme != "auto" else ""
