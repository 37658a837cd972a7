"""gradwalk's engine: turns the text of a program into every number of its computation graph.

Reading order: `ops` (the table of operations), `tape` (what a run records), `backward` (the reverse sweep),
`trace` (the sweep as steps), `formula` and `explain` (the same rules as text), `language` (source text to a run),
`export` (a run as JSON, SVG, DOT), `lab` (experiments on a run). `value.Value` is micrograd's class for Python users.
"""

from engine.export.card import card
from engine.export.document import PAGE, VERSION, Window, changes, document, named, texts, window_of
from engine.export.drawing import Drawing
from engine.export.layout import Layout
from engine.export.layout import read as read_layout
from engine.export.levels import in_ranks
from engine.export.operations import operations
from engine.export.picture import Picture
from engine.export.program import Written, program
from engine.gallery import GALLERY, Example
from engine.glossary import GLOSSARY, Term
from engine.lab.broken import broken
from engine.lab.check import check_run
from engine.lab.compare import compare
from engine.lab.data import data, data_sets
from engine.lab.derive import derive
from engine.lab.descend import descend
from engine.lab.exercises import exercise
from engine.lab.faults import FAULTS
from engine.lab.foreign import SNIPPETS
from engine.lab.hessian import hessian
from engine.lab.landscape import boundary, contour, slice_
from engine.lab.lens import lens
from engine.lab.nudge import nudge
from engine.lab.origin import origin
from engine.lab.paths import paths
from engine.lab.predict import predict, question
from engine.lab.predictions import predictions
from engine.lab.smallest import smallest
from engine.lab.subject import Unfit
from engine.lab.tree import tree
from engine.language import run
from engine.language.budgets import Budgets
from engine.language.errors import Diagnostic, Fix, ProgramError, applied
from engine.language.refusals import REFUSALS, Refusal
from engine.language.vocabulary import names, vocabulary
from engine.ops import OPS, Op
from engine.rerun import Recording, alike
from engine.run import Notice, Run
from engine.value import Value

__all__ = [
    "FAULTS",
    "GALLERY",
    "GLOSSARY",
    "OPS",
    "PAGE",
    "REFUSALS",
    "SNIPPETS",
    "VERSION",
    "Budgets",
    "Diagnostic",
    "Drawing",
    "Example",
    "Fix",
    "Layout",
    "Notice",
    "Op",
    "Picture",
    "ProgramError",
    "Recording",
    "Refusal",
    "Run",
    "Term",
    "Unfit",
    "Value",
    "Window",
    "Written",
    "alike",
    "applied",
    "boundary",
    "broken",
    "card",
    "changes",
    "check_run",
    "compare",
    "contour",
    "data",
    "data_sets",
    "derive",
    "descend",
    "document",
    "exercise",
    "hessian",
    "in_ranks",
    "lens",
    "named",
    "names",
    "nudge",
    "operations",
    "origin",
    "paths",
    "predict",
    "predictions",
    "program",
    "question",
    "read_layout",
    "run",
    "slice_",
    "smallest",
    "texts",
    "tree",
    "vocabulary",
    "window_of",
]
