"""The language: turns the text of a program into a `Run`. Start at `run`.

Reading order: `parser` (guards, then Python's own parser), `allowed` (the allow-list), `mistakes` (what is said of a
syntax error), `cures` and `repairs` (how it is mended where that is sure), `values` (what a program can hold),
`interpreter` (a handler for each piece of a program), `machine` (what a piece does to the tape), `dialects` (what the
names of Python, micrograd and PyTorch stand for), `budgets`, `errors`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.language.budgets import Budgets
from engine.language.errors import ProgramError
from engine.language.interpreter import Interpreter
from engine.language.parser import Program, parse, prefix
from engine.run import Run
from engine.tape import Tape
from engine.trace import Recorder

__all__ = ["run"]


def run(
    source: str,
    inputs: Mapping[str, float] | None = None,
    *,
    fixed: Collection[str] = (),
    budgets: Budgets | None = None,
    partial: bool = False,
) -> Run:
    """Run `source` once, with `inputs` for its unbound names and in place of the literals of its named leaves.

    Leaves whose names are `fixed`, of those that an input can set, get no gradient; other names say nothing.

    Raises `ProgramError`. With `partial` nothing is raised: the run carries the error as its `problem`, and the graph
    of what ran before it.
    """
    budgets = budgets or Budgets()
    program: Program | None
    problem: ProgramError | None = None
    try:
        program = parse(source, budgets)
    except ProgramError as error:
        if not partial:
            raise
        program, problem = prefix(source, error, budgets), error
    if program is None:
        return _nothing(source, problem)
    interpreter = Interpreter(program, inputs or {}, budgets, fixed)
    try:
        try:
            interpreter.evaluate(program.tree)
        except ProgramError as error:
            if not partial:
                raise
            problem = problem or error
        return _finish(source, interpreter, problem, partial)
    finally:
        interpreter.forget()


def _finish(source: str, interpreter: Interpreter, problem: ProgramError | None, partial: bool) -> Run:
    interpreter.leave(None)  # an error may have come from deep inside
    try:
        output = interpreter.output()
        if output is None and problem is None and not interpreter.printed:
            raise interpreter.nothing_computed()
    except ProgramError as error:
        if not partial:
            raise
        output, problem = None, problem or error
    variables = (
        interpreter.variables()
    )  # data that nothing was computed from becomes leaves here, before the trace ends
    interpreter.notice_unrecorded(output)
    return Run(
        source=source,
        tape=interpreter.tape,
        trace=interpreter.recorder.finish(output),
        output=output,
        variables=variables,
        printed="".join(interpreter.printed),
        warnings=interpreter.warnings(),
        problem=problem,
        looks=interpreter.seen() if problem is None else None,
        fixed=frozenset(interpreter.held),
    )


def _nothing(source: str, problem: ProgramError | None) -> Run:
    tape = Tape()
    return Run(source, tape, Recorder(tape).finish(None), None, {}, problem=problem)
