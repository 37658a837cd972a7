r"""DOT with labels: turns a picture and the numbers of a moment into text for Graphviz users, and for PNG and PDF.

Labels are plain quoted strings, never Graphviz's HTML or record markup, so that no text of a user is ever interpreted.

>>> print(quoted('a\\b "c" <d> \\N'))
"a\\b \"c\" &lt;d&gt; \\N"
"""

from __future__ import annotations

from engine import numbers
from engine.explain import Explainer
from engine.export.frame import Frame, magnitude_of, node_id, pile_face, sign_of
from engine.export.picture import LARGEST, Box, Picture, Pile
from engine.export.svg import LIGHT
from engine.markup import legal

LARGEST_SIDE = 4000  # pixels: two sides of it make 16 million
DOTS_PER_INCH = 144


def quoted(text: str) -> str:
    r"""Return `text` as a DOT string that shows exactly `text`.

    Graphviz reads escapes in labels (`\N` is the node's name, a lone backslash crashes it) and decodes entities.

    >>> print(quoted("\\"))
    "\\"
    >>> quoted("<b>&lt;"), quoted('"'), quoted("a\nb\x00")
    ('"&lt;b&gt;&amp;lt;"', '"\\""', '"a b\ufffd"')
    """
    text = legal(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def dot(picture: Picture, explainer: Explainer, frame: Frame) -> str:
    """Return DOT text that shows the moment of `frame`: one box a node with label, data and grad, one edge a slot."""
    side = LARGEST_SIDE / DOTS_PER_INCH
    lines = [
        "digraph gradwalk {",
        f'  graph [rankdir={picture.direction} dpi={DOTS_PER_INCH} size="{side:.2f},{side:.2f}" pad=0.15 nodesep=0.25]',
        '  node [shape=box style="rounded,filled" fontname="DejaVu Sans Mono" fontsize=11 margin="0.12,0.07"]',
        f'  edge [color="{LIGHT.line}" arrowsize=0.7]',
    ]
    lines += [f"  {_node(box, explainer, frame)}" for box in picture.boxes]
    lines += [f"  {_pile(pile, explainer, frame)}" for pile in picture.piles]
    lines += [f'  {node_id(a.tail)} -> {node_id(a.head)} [id="{a.id}"]' for a in picture.arcs]
    lines += [f"  {quoted(b.tail)} -> {quoted(b.head)}" for b in picture.bundles]
    return "\n".join([*lines, "}", ""])


def _node(box: Box, explainer: Explainer, frame: Frame) -> str:
    grad = frame.grads.get(box.node)
    sign, depth = sign_of(grad), magnitude_of(grad, _largest(explainer))
    fill = {"pos": LIGHT.positive_fill[depth], "neg": LIGHT.negative_fill[depth]}.get(sign, LIGHT.card)
    line = {"pos": LIGHT.positive, "neg": LIGHT.negative}.get(sign, LIGHT.line)
    shape = ' style="rounded,filled,dashed"' if sign == "neg" else ""
    outline = " peripheries=2" if box.output else ""
    label = _label(box, frame)
    name = node_id(box.node)
    return f'{name} [label={label} id="{name}" fillcolor="{fill}" color="{line}"{shape}{outline}]'


def _pile(pile: Pile, explainer: Explainer, frame: Frame) -> str:
    """Return a folded group as one box."""
    face = pile_face(pile.group, frame)
    nans = f"{face.nans:,} not a number" if face.nans else ""
    rows = [pile.label, f"{pile.count:,} nodes", f"{LARGEST} {_short(face.largest)}", *filter(None, [nans])]
    label = '"' + "\\n".join(quoted(row)[1:-1] for row in rows) + '"'
    return f'{quoted(pile.key)} [label={label} fillcolor="{LIGHT.card}" color="{LIGHT.line}" peripheries=2]'


def _label(box: Box, frame: Frame) -> str:
    """Return label, operation and numbers as one string; `\\n` between them is ours and stays an escape."""
    if box.kind == "constant":
        return quoted(box.label)
    before = "".join(f"{c.text} " for c in box.inline if c.before)
    after = "".join(f" {c.text}" for c in box.inline if not c.before)
    head = box.label + (f"   {before}{box.symbol}{after}" if box.symbol else "")
    rows = [head] + [f"{key} {_short(value)}" for key, value in _numbers(box, frame)]
    return '"' + "\\n".join(quoted(row)[1:-1] for row in rows) + '"'


def _numbers(box: Box, frame: Frame) -> tuple[tuple[str, float | None], ...]:
    return ("data", frame.data.get(box.node)), ("grad", frame.grads.get(box.node))


def _short(x: float | None) -> str:
    return numbers.UNKNOWN if x is None else numbers.short(x)


def _largest(explainer: Explainer) -> float:
    finite = (abs(g) for g in explainer.trace.grads if abs(g) < float("inf"))
    return max(finite, default=0.0)
