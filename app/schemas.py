"""Schemas: turns JSON requests into checked values, and describes requests and answers for /docs and OpenAPI.

Only requests are used to read something. Answers come from the engine as they are; tests hold them to the models.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.errors import MEDIA_TYPE, Problem, cut, input_problem
from app.reader import Doubled, Unreadable, loads

SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_HINT = "/docs shows a request that works"


def number_of(value: object) -> float:
    """Return a number of a request; raise what is wrong with it."""
    if isinstance(value, str) and value in SPECIAL:
        return SPECIAL[value]
    if not isinstance(value, float):
        raise PydanticCustomError("number", "must be a number")
    if math.isinf(value):
        raise PydanticCustomError("range", 'is too large for a double; for infinity write "Infinity"')
    return value


def _text(value: object) -> str:
    """Any text at all: what is wrong with its characters is said by the engine, at their place."""
    if not isinstance(value, str):
        raise PydanticCustomError("text", "must be a text")
    return value


_NUMBER_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "enum": [*SPECIAL]}]}
Number = Annotated[float, PlainValidator(number_of), WithJsonSchema(_NUMBER_SCHEMA)]
Text = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]
Name = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]


def _whole(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and float(value).is_integer():
        return int(value)
    raise PydanticCustomError("whole", "must be a whole number from 0 on")


def _needed(value: object) -> int:
    found = _whole(value)
    if found is None:
        raise PydanticCustomError("whole", "must be a whole number from 0 on")
    return found


def _keys(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, list) and len(value) <= MOST_KEYS and all(isinstance(key, str) for key in value):
        return tuple(value)
    raise PydanticCustomError("keys", _KEYS)


def _names(value: object) -> tuple[str, ...]:
    keys = _keys(value)
    if keys is None:
        raise PydanticCustomError("keys", _KEYS)
    return keys


def _stretch(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 2:
        first, last = (_whole(each) for each in value)
        if first is not None and last is not None and first <= last:
            return first, last
    raise PydanticCustomError("stretch", "must be two whole numbers, the first not larger than the second")


MOST_KEYS = 1000
_KEYS = f"must be a list of at most {MOST_KEYS:,} texts"
NAMES_SCHEMA: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "maxItems": MOST_KEYS}
LeafNames = Annotated[tuple[str, ...], PlainValidator(_names), WithJsonSchema(NAMES_SCHEMA)]
_KEYS_SCHEMA = {"anyOf": [NAMES_SCHEMA, {"type": "null"}]}
Keys = Annotated[tuple[str, ...] | None, PlainValidator(_keys), WithJsonSchema(_KEYS_SCHEMA)]
_STRETCH_SCHEMA = {
    "anyOf": [
        {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2},
        {"type": "null"},
    ]
}
Stretch = Annotated[tuple[int, int] | None, PlainValidator(_stretch), WithJsonSchema(_STRETCH_SCHEMA)]
_WHOLE_SCHEMA = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}
Place = Annotated[int | None, PlainValidator(_whole), WithJsonSchema(_WHOLE_SCHEMA)]
Whole = Annotated[int, PlainValidator(_needed), WithJsonSchema({"type": "integer", "minimum": 0})]


Topology = Annotated[
    str | None,
    PlainValidator(lambda value: None if value is None else _text(value)),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}]}),
]


class Question(BaseModel):
    """What can be asked for: known fields alone, strictly read."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Program(Question):
    """What decides a run."""

    source: Text = Field(description="The program.")
    inputs: dict[Name, Number] = Field(
        default={},
        description="Values of names that the program does not bind, and of its leaves; 1.0 where none is given.",
    )
    fixed: LeafNames = Field(
        default=(),
        description="Names of leaves that are held fixed: they get no gradient, as data do. Those are the leaves that "
        "`inputs` can set; other names change nothing.",
    )
    partial: bool = Field(
        default=False, description="Answer 200 with `problem` where the program fails or cannot be asked this."
    )


class RunRequest(Program):
    """A program and what is wanted of it."""

    svg: bool = Field(default=True, description="Whether the answer holds the picture.")
    partial: bool = Field(
        default=False, description="Answer 200 with `problem` and the graph of what ran, where the program fails."
    )
    display: bool = Field(
        default=False, description="Add what a page shows: short numbers, formulas in MathML, sentences."
    )
    direction: Literal["LR", "TB"] = Field(default="LR", description="Where the picture leads: right or down.")
    style: Literal["compact", "micrograd"] = Field(
        default="compact", description="One box a node, or micrograd's pairs of value and operator."
    )
    constants: Literal["inline", "nodes"] = Field(
        default="inline", description="Constants inside the boxes that use them, or each in a box of its own."
    )
    step: Place = Field(
        default_factory=lambda: None, description="Draw the moment after so many steps; all of them if absent."
    )
    chosen: Place = Field(
        default_factory=lambda: None,
        alias="pass",
        description="Answer with the steps, nodes and picture of this pass alone, from 0; not together with `step`.",
    )
    opened: Keys = Field(
        default_factory=lambda: None,
        alias="open",
        description="Keys of the groups that are open in the picture, `*` for all of them; without it a picture of up "
        "to 300 nodes is open, and a larger one begins folded.",
    )
    first_node: Place = Field(
        default_factory=lambda: None, description="Of a big run, describe a page of the nodes, from this one on."
    )
    known: Topology = Field(
        default_factory=lambda: None,
        description="The `topology` of an answer that the client has: if that of the run is the same, the answer holds "
        "numbers alone, at their places in that answer; of steps also `text`.",
    )
    texts: Stretch = Field(
        default_factory=lambda: None,
        description="With `display`: answer with the texts of the steps [first, last) alone, 200 entries at most; with "
        "`known`, tell these in words too.",
    )


class NodeRequest(Program):
    """A program and one of its nodes."""

    node: Text = Field(description="The node, by its `id`.")
    partial: bool = Field(default=False, description="Speak of what ran, where the program fails.")
    step: Place = Field(
        default_factory=lambda: None,
        description="Speak of the pass that this moment, after so many steps, belongs to; the last one if absent.",
    )
    chosen: Place = Field(
        default_factory=lambda: None,
        alias="pass",
        description="Speak of this pass, from 0; not together with `step`.",
    )


_Model = TypeVar("_Model", bound=Question)


def read(model: type[_Model], body: bytes) -> _Model:
    """Return the request that `body` holds; raise `Problem` with the JSON pointer of what is wrong."""
    try:
        value = loads(body)
    except Unreadable as error:
        raise Problem("body", f"the body must be JSON: {error}") from None
    if not isinstance(value, dict):
        raise input_problem(("", f"the body must be an object, as in {_EXAMPLE}"), hint=_HINT)
    for pointer, each in (("", value), ("/inputs", value.get("inputs"))):
        if isinstance(each, Doubled):
            raise input_problem((f"{pointer}/{_quoted(each.key)}", "stands twice"), hint="Delete one of the two.")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True, include_input=False)
        raise input_problem(*map(_wrong, details[:20]), hint=_HINT) from None


_EXAMPLE = '{"source": "relu(a*b + d)"}'
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this request",
    "string_unicode": "holds half a character, a lone surrogate",
    "bool_type": "must be true or false",
    "dict_type": "must be an object of numbers by name",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def _wrong(error: Any) -> tuple[str, str]:
    pointer = "".join(f"/{_quoted(str(part))}" for part in error["loc"] if part != "[key]")
    if error["type"] == "literal_error":
        return pointer, f"must be {error['ctx']['expected']}"
    return pointer, _WORDS.get(error["type"], error["msg"])


def _quoted(key: str) -> str:
    """Return `key` as a part of a JSON pointer, cut to a readable length."""
    return cut(key.replace("~", "~0").replace("/", "~1"), 60)


# -- answers, for documentation and tests ------------------------------------------------------------------------------


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


NodeId = Annotated[str, Field(pattern=r"^n\d+$")]
Value = float | Literal["NaN", "Infinity", "-Infinity"]
Shown = Annotated[
    list[str], Field(min_length=3, max_length=3, description='Short form, all digits, and "=" or "≈" between the two.')
]


class Span(Answer):
    """A piece of the source. Lines count from 1, columns from 0 in Unicode code points; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class ShownNode(Answer):
    """The numbers of a node as texts."""

    data: Shown
    grad: Shown
    partials: list[Shown | None]


class Carried(Answer):
    """What a node shows before the first step that is told; null for numbers that were not known then."""

    data: Shown | None
    grad: Shown | None
    sign: Literal["pos", "neg", "zero", "nan", "none"]
    magnitude: int


class Node(Answer):
    """A node of the graph."""

    id: NodeId
    name: str | None = Field(description="The variable, `x@2` from its second version on.")
    label: str = Field(description="What pictures and sentences call it.")
    role: Literal["input", "constant", "operation"]
    op: str | None
    operands: list[NodeId] = Field(description="By slot; `x*x` has the same one twice.")
    data: Value
    grad: Value
    partials: list[Value | None] = Field(description="The local derivative by each operand.")
    expression: str | None
    trainable: bool
    fixed: bool | None = Field(default=None, description="True where the request holds the leaf fixed, else absent.")
    defaulted: bool = Field(description="Nobody gave a value, so it is 1.0.")
    span: Span | None
    scope: str = Field(description="Calls and turns of loops it was made in: `train#3/layer#0/neuron#2`.")
    calls: list[Span] = Field(description="Where these calls stand, the outermost first; `span` is inside the last.")
    symbol: str | None = Field(default=None, description="With `display`.")
    group: str | None = Field(default=None, description="With `display`: the folded group that hides it, if one does.")
    adjustable: bool | None = Field(default=None, description="With `display`: whether `inputs` can set it.")
    literal: str | None = Field(default=None, description="With `display`: the number that the program gives it.")
    shown: ShownNode | None = Field(default=None, description="With `display`.")
    carried: Carried | None = Field(
        default=None, description="With `display`, where `first_step` is not 0: what it showed before that step."
    )


class Output(Answer):
    """The node that everything is differentiated by."""

    node: NodeId
    name: str
    data: Value
    shown: dict[str, Shown] | None = Field(default=None, description="With `display`.")


class Change(Answer):
    """What a box on screen shows after a step: a node's number, or the largest |grad| in a folded group."""

    node: NodeId | None = None
    group: str | None = None
    field: Literal["data", "grad"]
    shown: Shown | None
    sign: Literal["pos", "neg", "zero", "nan", "none", "abs"] | None = None
    magnitude: int | None = None
    nans: int | None = Field(default=None, description="Of a group: how many of its numbers are not a number.")


class _Step(Answer):
    node: NodeId
    text: str | None = Field(
        default=None, description="What happens, as code with its numbers. Absent with `display` in long lists."
    )
    shown: dict[str, Shown] | None = Field(default=None, description="With `display`.")
    math: str | None = Field(default=None, description="With `display`: a formula in MathML.")
    sentence: str | None = Field(default=None, description="With `display`: the same in words.")
    ledger: str | None = Field(default=None, description="With `display`: how the number came about, `3 + 1 = 4`.")
    sign: Literal["pos", "neg", "zero", "nan"] | None = Field(
        default=None, description="With `display`: of the gradient after this step."
    )
    magnitude: int | None = Field(
        default=None, description="With `display`: its size, 0 to 3, beside the largest of the run, on a log scale."
    )
    changes: list[Change] | None = Field(
        default=None, description="With `display`, where the operand is hidden in a folded group: what that shows."
    )


class Forward(_Step):
    """An operation gets its value."""

    phase: Literal["forward"]


class Seed(_Step):
    """A backward pass begins: the derivative of the output by itself is 1."""

    phase: Literal["seed"]
    contribution: Value | None = None
    before: Value | None = None
    after: Value | None = None


class Backward(_Step):
    """One edge carries `contribution = upstream * local` to the operand in `slot`."""

    phase: Literal["backward"]
    operand: NodeId
    operand_group: str | None = Field(default=None, description="With `display`: the folded group it is hidden in.")
    slot: int
    upstream: Value | None = None
    local: Value | None = None
    contribution: Value | None = None
    before: Value | None = None
    after: Value | None = None


class Update(_Step):
    """The program itself writes `.data` or `.grad`."""

    phase: Literal["update"]
    field: Literal["data", "grad"]
    before: Value | None = None
    after: Value | None = None
    span: Span | None = Field(description="The statement that writes.")


class Folded(Answer):
    """With `display`: the steps [first, last) of the run, which all happen inside one folded group."""

    phase: Literal["forward", "seed", "backward", "update"]
    group: str
    first: int
    last: int
    changes: list[Change] | None = Field(default=None, description="What boxes on screen show after them.")
    text: str | None = None
    sentence: str | None = None
    math: str | None = None
    ledger: str | None = None


Step = Annotated[Forward | Seed | Backward | Update, Field(discriminator="phase")]


class GroupCarried(Answer):
    """What a folded group shows before the first step that is told."""

    shown: Shown | None
    sign: Literal["none", "nan", "abs"]
    magnitude: int
    nans: int


class Group(Answer):
    """Nodes that the picture folds into one box, or draws inside a frame."""

    key: str = Field(description="What `open` calls it.")
    title: str
    parent: str | None = Field(description="The open group that it stands in.")
    open: bool
    nodes: int = Field(description="How many nodes it holds.")
    span: Span | None = Field(description="The call, or the piece of source that made it.")
    grad: Value | None = Field(default=None, description="Folded: the largest |grad| in it.")
    nans: int | None = Field(default=None, description="Folded: how many of its numbers are not a number.")
    shown: Shown | None = Field(default=None, description="Folded, with `display`: `grad` as texts.")
    sign: Literal["none", "nan", "abs"] | None = None
    magnitude: int | None = None
    carried: GroupCarried | None = None


class Drawn(Answer):
    """How the picture came about."""

    layout: Literal["dot", "dot, simpler", "folded", "levels"] | None = Field(description="Null: there is none.")
    boxes: int = Field(description="Nodes and folded groups in it.")
    folded: bool = Field(description="Whether some nodes are folded into groups.")


class Pass(Answer):
    """One `.backward()`; its steps are [first, last)."""

    output: NodeId
    order: list[NodeId] | None = Field(description="Null for passes that this answer does not tell.")
    first: int
    last: int
    data: Value = Field(description="The number that is differentiated, a loss perhaps.")
    scope: str = Field(description="Calls and turns of loops it was asked for in: `epoch#3`.")
    span: Span | None = Field(description="Where the program asks for it; null where it does not.")
    shown: dict[str, Shown] | None = Field(default=None, description="With `display`.")


class Warning(Answer):  # noqa: A001 - the contract's word for it
    """Something that the author of the program would want to know."""

    kind: str
    message: str
    node: NodeId | None
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None


class Edit(Answer):
    """A text that takes the place of a piece of the program."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class Fix(Answer):
    """A sure cure of a mistake: all of its edits together, none of which overlap."""

    title: str = Field(description="What it does, in a few words.")
    edits: list[Edit]


class Mistake(Answer):
    """One thing that is wrong, where, and what to write instead."""

    message: str
    line: int
    column: int
    end_line: int
    end_column: int
    hint: str | None
    fix: Fix | None = Field(default=None, description="Absent or null where the cure would be a guess.")


class ProblemDocument(Answer):
    """Why a request was not answered (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Mistake]


def problem_response(description: str, example: Any = None) -> dict[str, Any]:
    """Return how OpenAPI describes an answer that is a problem."""
    content = {"schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}}
    if example:
        content["example"] = example
    return {"description": description, "content": {MEDIA_TYPE: content}}


class RunAnswer(Answer):
    """A run: its graph, its numbers, its steps and its picture."""

    version: Literal[1]
    source: str
    output: Output | None
    nodes: list[Node] = Field(
        description="All of them; of a big run, those that are drawn or that a step or variable speaks of, or a page "
        "from `first_node` on. With `display` and folded groups, those that are drawn or that a step speaks of."
    )
    node_count: int = Field(description="Nodes of the whole run.")
    order: list[NodeId] = Field(description="What the output depends on, operands first, as far as `nodes` has it.")
    variables: dict[str, NodeId] = Field(description="Every name's last node.")
    groups: list[Group] = Field(description="Open and folded groups on screen, outer ones before inner ones.")
    steps: list[Step | Folded] = Field(
        description="All of them; of a long run with several passes, those of the pass that `pass` or `step` chooses, "
        "the last one if neither is given; of a big pass, the 1,000 of the page that has `step`, the first page if it "
        "is not given. With `display`, all steps in a row inside one folded group are one."
    )
    first_step: int = Field(description="The place of the first of `steps` in the whole run.")
    step_count: int = Field(description="Steps of the whole run.")
    passes: list[Pass]
    printed: str
    warnings: list[Warning]
    svg: str | None = Field(
        default=None, description="Absent where it was not asked for, null where none can be drawn."
    )
    picture: Drawn | None = Field(default=None, description="With `svg`.")
    topology: str | None = Field(
        default=None,
        description="With `display` or `known`: equal for answers that differ in numbers and their texts alone.",
    )
    problem: ProblemDocument | None = Field(default=None, description="With `partial`: why the program stopped.")


class ChangedNode(Answer):
    """The numbers of a node; what is absent has not changed."""

    data: Value | None = None
    grad: Value | None = None
    partials: list[Value | None] | None = None
    defaulted: bool | None = None
    literal: str | None = None
    shown: ShownNode | None = None
    carried: Carried | None = None


class ChangedGroup(Answer):
    """What a folded group shows."""

    grad: Value | None = None
    nans: int | None = None
    shown: Shown | None = None
    sign: str | None = None
    magnitude: int | None = None
    carried: GroupCarried | None = None


class ChangedStep(Answer):
    """The numbers and texts of a step."""

    upstream: Value | None = None
    local: Value | None = None
    contribution: Value | None = None
    before: Value | None = None
    after: Value | None = None
    shown: dict[str, Shown] | None = None
    sign: str | None = None
    magnitude: int | None = None
    changes: list[Change] | None = None
    text: str | None = None
    sentence: str | None = None
    math: str | None = None
    ledger: str | None = None


class ChangedPass(Answer):
    """The number that a pass differentiates."""

    data: Value
    shown: dict[str, Shown] | None = None


class Unchanged(Answer):
    """The answer to a request whose `known` is the topology of its run: each element stands where the full answer has
    it, and holds what numbers decide; everything else, the picture's places included, is as it was."""

    version: Literal[1]
    topology: str
    unchanged: Literal[True]
    output: Output | None
    nodes: list[ChangedNode]
    groups: list[ChangedGroup]
    steps: list[ChangedStep]
    passes: list[ChangedPass]
    printed: str
    warnings: list[Warning]
    problem: ProblemDocument | None = None


class Texts(Answer):
    """The answer to a request for `texts`."""

    version: Literal[1]
    steps: list[Step | Folded]


class Now(Answer):
    """What the node shows at the moment that was asked for; null for numbers that are not known then."""

    data: Shown | None
    grad: Shown | None


class CardOperand(Answer):
    """What the node is computed from."""

    node: NodeId
    label: str
    slot: int
    data: Shown
    partial: Shown | None = Field(description="The local derivative; null where a constant's has no finite value.")
    rule: str = Field(description="Its rule, as a formula in MathML.")
    rule_code: str = Field(description="The rule, as code.")


class CardUser(Answer):
    """An edge to a node that is computed from this one; `x*x` has two."""

    node: NodeId
    label: str
    slot: int
    partial: Shown | None
    upstream: Shown | None
    contribution: Shown | None
    counts: bool = Field(description="Whether a step of the pass brought the contribution; if not, there is none.")


class Arrival(Answer):
    """One change of the gradient."""

    step: int = Field(description="How many steps of the run are done after it.")
    text: str
    source: str = Field(alias="from", description="A user's label, `seed`, `the program` or `earlier passes`.")
    node: NodeId | None = Field(description="The user.")
    contribution: Shown | None
    after: Shown


class NodeCard(Answer):
    """All that there is to know of one node, in one backward pass. Formulas are MathML."""

    node: NodeId
    label: str
    name: str | None
    role: Literal["input", "constant", "operation"]
    op: str | None
    symbol: str | None
    about: str | None = Field(description="What the operation does.")
    convention: str | None = Field(description="What is chosen where its derivative is not unique.")
    expression: str | None
    math: str = Field(description="What the operation computes; empty for a leaf.")
    span: Span | None
    scope: str
    trainable: bool
    fixed: bool = Field(description="Whether the request holds it fixed.")
    defaulted: bool
    chosen: int | None = Field(alias="pass", description="The pass that the card speaks of; null if there is none.")
    data: Shown
    grad: Shown = Field(description="After the pass; if that is the last one, also after what the program wrote since.")
    now: Now
    operands: list[CardOperand]
    users: list[CardUser] = Field(description="In the order of their steps, those without one last; 200 at most.")
    user_count: int
    ledger: list[Arrival] = Field(
        description="How the gradient came about, from what earlier passes left; of more than 200, the first and last."
    )
    ledger_count: int
    total: str = Field(description="The derivative of the output by the node: a sum over the edges that leave it.")
    total_text: str
    sentence: str = Field(description="What the derivative says.")


class Operation(BaseModel):
    """A row of the table of operations."""

    model_config = ConfigDict(extra="allow")  # rows may grow

    name: str
    symbol: str
    arity: int
    signature: str
    about: str
    convention: str = Field(description="What is chosen where the derivative is not unique.")
    domain: str
    partials: list[str] = Field(description="The derivative by each operand.")
    mathml: list[str]


class Term(Answer):
    """A word of the field."""

    slug: str = Field(description="Its place in `/docs/glossary`.")
    term: str
    about: str
    synonyms: list[str]
    try_: str | None = Field(alias="try", description="An address of the page with a program that shows it.")
    see: list[str] = Field(description="Slugs of words beside it.")


class Glossary(Answer):
    """The words of the field."""

    terms: list[Term]


class Operations(BaseModel):
    """The table of operations."""

    operations: list[Operation]


class Word(Answer):
    """A name that a program can use."""

    name: str
    of: list[str] = Field(
        description='Where it stands: a module, "value", "network", "optimizer" or "list" if behind a dot; "" if bare.'
    )
    kind: Literal["operation", "function", "class", "constant", "module", "keyword", "property", "method", "setting"]
    about: str
    op: str | None = Field(default=None, description="The operation that it stands for.")
    signature: str | None = None


class Vocabulary(Answer):
    """Every name of the language."""

    names: list[Word]
    modules: dict[str, str] = Field(description="Modules that need no import, by the names that they go by.")
    signs: dict[str, str] = Field(description="The operations of the signs between operands.")
