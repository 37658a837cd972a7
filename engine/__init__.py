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
from engine.lab.subject import Unfit
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
    "GALLERY",
    "GLOSSARY",
    "OPS",
    "PAGE",
    "REFUSALS",
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
    "card",
    "changes",
    "document",
    "in_ranks",
    "named",
    "names",
    "operations",
    "program",
    "read_layout",
    "run",
    "texts",
    "vocabulary",
    "window_of",
]
