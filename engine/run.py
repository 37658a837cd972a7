"""The result of a program: its tape, its trace and what it said. `engine.language.run` makes one."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from engine.explain import Explainer
from engine.tape import Span, Tape
from engine.trace import Trace

if TYPE_CHECKING:
    from engine.language.errors import ProgramError
    from engine.looks import Looks

NoticeKind = Literal["domain", "gradient", "input", "name", "picture"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning: the program ran, but its author would want to know."""

    kind: NoticeKind
    message: str
    span: Span | None = None
    node: int | None = None


@dataclass(frozen=True)
class Run:
    """One program, run once. Nothing in it changes afterwards."""

    source: str
    tape: Tape
    trace: Trace
    output: int | None
    """The receiver of the last `.backward()`, else the value of the last statement; None if nothing was computed."""
    variables: dict[str, int]
    """Every name's last node."""
    printed: str = ""
    warnings: tuple[Notice, ...] = ()
    problem: ProgramError | None = None
    """Why the program stopped early; only where a partial run was asked for."""
    looks: Looks | None = None
    """What the program looked at; None if it cannot be told which of its leaves decided something."""

    fixed: frozenset[int] = frozenset()
    """Leaves that get no gradient because the request holds them fixed."""

    kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What exports work out of the structure of a run and need again; runs of one recording share it."""

    @cached_property
    def moments(self) -> dict[Any, Any]:
        """What exports have worked out of a moment of this run."""
        return {}

    @cached_property
    def explainer(self) -> Explainer:
        """What the nodes are called, and every step in words and formulas."""
        return Explainer(self.tape, self.trace, self.output, self.kept.setdefault("explained", {}))
