"""A run at one moment, ready to be drawn: turns a run and a step into a picture, SVG and DOT. Start at `Drawing`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from engine.export.dot import dot
from engine.export.fold import WHOLE, Outline, View
from engine.export.frame import frame_at, largest_gradient, pile_face
from engine.export.layout import Layout
from engine.export.picture import Constants, Direction, Picture, Style, inlined, plan
from engine.export.svg import Draft, Numbers, Sheet, Theme, draft
from engine.run import Run
from engine.trace import Pass

T = TypeVar("T")
PLANS = 6  # kept with a run: of passes, of groups that are open
SHEETS = 3  # kept with a plan: of themes


@dataclass(slots=True, eq=False)
class Plan:
    """A picture without numbers; it is kept, for others of the same structure."""

    view: View
    picture: Picture
    sheets: dict[Any, Sheet] = field(default_factory=dict)
    """What has been written of it, by layout and theme."""


class Drawing:
    """The graph of one pass as it stands after `step` steps (all of them if None).

    `opened` are the keys of the groups that are open, `*` for all; None leaves the choice to us; `less_than` a view
    asks for far fewer boxes than that. With `constants="nodes"` each constant has a box of its own, as it always has
    in the style of micrograd. Raises ValueError if the run has not so many steps.
    """

    def __init__(
        self,
        run: Run,
        *,
        step: int | None = None,
        direction: Direction = "LR",
        style: Style = "compact",
        constants: Constants = "inline",
        opened: Collection[str] | None = None,
        less_than: View | None = None,
    ) -> None:
        self.run = run
        self.is_chosen = opened is not None
        """Somebody said which groups are open."""
        self.frame = frame_at(run, step)
        self.explainer = run.explainer
        self.direction, self.style, self.constants = direction, style, constants
        shown = self.frame.shown
        self.outline = outline_of(run, shown, style, constants)
        output = shown.output if shown else run.output
        groups = opened if opened is None else tuple(opened)
        key = shown and shown.first, direction, style, constants, groups, "fold" in run.kept
        if less_than is not None:
            self.plan = self._plan(self.outline.harder(less_than), output)
        else:
            self.plan = _kept(run, "plans", PLANS, key, lambda: self._plan(self.outline.view(opened), output))
        self.view, self.picture = self.plan.view, self.plan.picture
        self._drafts: dict[Any, Draft] = {}
        self._numbers: dict[Any, Numbers] = {}

    def _plan(self, view: View, output: int | None) -> Plan:
        picture = plan(self.outline, view, -1 if output is None else output, direction=self.direction, style=self.style)
        return Plan(view, picture)

    @cached_property
    def folded_harder(self) -> Drawing:
        """The same graph with much less in the picture; once asked for, the run is not drawn as a whole any more."""
        self.run.kept["fold"] = True
        return Drawing(
            self.run,
            step=self.frame.step,
            direction=self.direction,
            style=self.style,
            constants=self.constants,
            less_than=self.view,
        )

    def prepare(self, theme: Theme | None = None) -> None:
        """Write what needs no layout, while that is under way."""
        source = next((sheet.source for (_, each), sheet in self.plan.sheets.items() if each == theme), None)
        if source is None:
            written = self._drafts[theme] = draft(self.run.tape, self.explainer, self.picture, theme)
            source = written.source
        piles = [pile_face(pile.group, self.frame) for pile in self.picture.piles]
        largest = largest_gradient(self.run.trace.grads)
        self._numbers[theme] = source.numbers(self.run.tape, self.frame, largest, piles)

    def svg(self, layout: Layout, theme: Theme | None = None) -> str:
        """Return the picture; `theme="auto"` follows the reader's light or dark scheme."""
        if theme not in self._numbers:
            self.prepare(theme)
        sheet = self.plan.sheets.get((layout, theme))
        if sheet is None:
            written = self._drafts.get(theme) or draft(self.run.tape, self.explainer, self.picture, theme)
            sheet = written.placed(layout)
            if self.picture.size <= WHOLE and len(self.plan.sheets) < SHEETS:
                self.plan.sheets[layout, theme] = sheet
        return sheet.fill(self._numbers[theme])

    def dot(self) -> str:
        """Return the picture as labelled DOT text."""
        return dot(self.picture, self.explainer, self.frame)


def outline_of(run: Run, shown: Pass | None, style: Style, constants: Constants) -> Outline:
    """Return the groups of a pass."""

    def make() -> Outline:
        order = shown.order if shown else ()
        inside = inlined(run.tape, order) if inline else ()
        return Outline(run.tape, run.explainer, run.source, order, inside, shown.scope if shown else None, fold=fold)

    inline, fold = style == "compact" and constants == "inline", "fold" in run.kept
    return _kept(run, "outlines", PLANS, (shown and shown.first, inline, fold), make)


def _kept(run: Run, name: str, most: int, key: Hashable, make: Callable[[], T]) -> T:
    """Return what `make` makes, or has made for `key` before; the latest few are kept with the run."""
    found: OrderedDict[Hashable, T] = run.kept.setdefault(name, OrderedDict())
    result = found.pop(key, None)
    found[key] = result = make() if result is None else result
    if len(found) > most:
        found.popitem(last=False)
    return result
