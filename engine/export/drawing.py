"""A run at one moment, ready to be drawn: turns a run and a step into a picture, SVG and DOT. Start at `Drawing`."""

from __future__ import annotations

from collections.abc import Collection

from engine.export.dot import dot
from engine.export.fold import Outline, View
from engine.export.frame import frame_at
from engine.export.layout import Layout
from engine.export.picture import Direction, Picture, Style, inlined, plan
from engine.export.svg import Theme, svg
from engine.run import Run
from engine.trace import Pass


class Drawing:
    """The graph of one pass as it stands after `step` steps (all of them if None).

    `opened` are the keys of the groups that are open, `*` for all; None leaves the choice to us; `less_than` a view
    asks for far fewer boxes than that. Raises ValueError if the run has not so many steps.
    """

    def __init__(
        self,
        run: Run,
        *,
        step: int | None = None,
        direction: Direction = "LR",
        style: Style = "compact",
        opened: Collection[str] | None = None,
        less_than: View | None = None,
    ) -> None:
        self.run = run
        self.frame = frame_at(run, step)
        shown = self.frame.shown
        output = shown.output if shown else run.output
        self.explainer = run.explainer
        self.outline = outline_of(run, shown, style)
        self.view = self.outline.harder(less_than) if less_than else self.outline.view(opened)
        self.output = -1 if output is None else output
        self.direction, self.style = direction, style
        self.picture: Picture = plan(self.outline, self.view, self.output, direction=direction, style=style)

    def folded_harder(self) -> Drawing:
        """Return the same graph with much less in the picture; from now on the run is not drawn as a whole."""
        self.run.kept["fold"] = True
        return Drawing(self.run, step=self.frame.step, direction=self.direction, style=self.style, less_than=self.view)

    def svg(self, layout: Layout, theme: Theme | None = None) -> str:
        """Return the picture; `theme="auto"` follows the reader's light or dark scheme."""
        return svg(self.run.tape, self.explainer, self.picture, layout, self.frame, theme=theme)

    def dot(self) -> str:
        """Return the picture as labelled DOT text."""
        return dot(self.picture, self.explainer, self.frame)


def outline_of(run: Run, shown: Pass | None, style: Style) -> Outline:
    """Return the groups of a pass; they are kept with the run."""
    fold = "fold" in run.kept
    key = "outline", shown and shown.first, style == "compact", fold
    if key not in run.kept:
        order = shown.order if shown else ()
        inside = inlined(run.tape, order, style)
        base = shown.scope if shown else None
        run.kept[key] = Outline(run.tape, run.explainer, run.source, order, inside, base, fold=fold)
    outline: Outline = run.kept[key]
    return outline
