"""A run at one moment, ready to be drawn: turns a run and a step into a picture, SVG and DOT. Start at `Drawing`."""

from __future__ import annotations

from engine.export.dot import dot
from engine.export.frame import frame_at
from engine.export.layout import Layout
from engine.export.picture import Direction, Picture, Style, plan
from engine.export.svg import Theme, svg
from engine.run import Run


class Drawing:
    """The graph of one pass as it stands after `step` steps (all of them if None).

    Raises ValueError if the run has not so many steps.
    """

    def __init__(
        self, run: Run, *, step: int | None = None, direction: Direction = "LR", style: Style = "compact"
    ) -> None:
        self.run = run
        self.frame = frame_at(run, step)
        shown = self.frame.shown
        output = shown.output if shown else run.output
        self.explainer = run.explainer
        order = shown.order if shown else ()
        self.picture: Picture = plan(
            run.tape, self.explainer, order, -1 if output is None else output, direction=direction, style=style
        )

    def svg(self, layout: Layout, theme: Theme | None = None) -> str:
        """Return the picture; `theme="auto"` follows the reader's light or dark scheme."""
        return svg(self.run.tape, self.explainer, self.picture, layout, self.frame, theme=theme)

    def dot(self) -> str:
        """Return the picture as labelled DOT text."""
        return dot(self.picture, self.explainer, self.frame)
