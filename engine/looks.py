"""What a run has looked at: turns the reads of a program into the leaves that its course depends on. Start at `Looks`.

A number on the tape is computed by operations and known to nobody. Only where it is read does it leave the tape, and
only from there can it decide a branch, a text, or a number that the tape takes for a constant.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.notices import Said


@dataclass(slots=True)
class Looks:
    """What a program read off its tape, and which leaves an input can set. It is filled while the program runs."""

    nodes: set[int] = field(default_factory=set)
    """Their numbers were read."""
    kinds: set[int] = field(default_factory=set)
    """It was asked whether their numbers are whole ones of Python's, and no more."""
    passes: int = 0
    """Gradients were read after so many passes."""
    cells: set[str] = field(default_factory=set)
    """Named numbers of data whose values were read; they are on no tape before something is computed from them."""
    whole: set[int] = field(default_factory=set)
    """Leaves that were typed as whole numbers."""
    leaves: list[tuple[str, int, float | None]] = field(default_factory=list)
    """The leaves that an input of a name sets, each with its number where none does; None if only the program knows."""
    reserved: frozenset[str] = frozenset()
    """Names that mean something else in the program before they are leaves, unless there is an input of that name."""
    data: dict[str, list[int]] = field(default_factory=dict)
    """The leaves that numbers of data have become: their number is their literal too."""
    said: list[Said] = field(default_factory=list)
    """All warnings, in their order."""
