"""The laboratory's addresses: `bench` says how an experiment becomes one; each module beside it holds a few of them."""

from app.lab import (  # noqa: F401 - each makes its addresses
    broken,
    check,
    compare,
    derive,
    descend,
    exercises,
    landscape,
    lens,
    nudge,
    origin,
    paths,
    predict,
    tables,
    tree,
)
from app.lab.bench import ANSWERS, answer_examples, describe, router

__all__ = ["ANSWERS", "answer_examples", "describe", "router"]
