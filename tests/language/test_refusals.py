"""What is refused on purpose: each row of the table that the documentation shows, at its place, with its cure."""

import pytest

from engine import REFUSALS, ProgramError, Refusal, run


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.program)
def test_a_deliberate_refusal_is_at_its_place_and_says_what_to_write(refusal: Refusal) -> None:
    with pytest.raises(ProgramError) as caught:
        run(refusal.program)
    first = caught.value.diagnostics[0]
    said = (caught.value.kind, first.span.line, first.span.column)
    assert said == (refusal.kind, refusal.line, refusal.column), first.message
    assert refusal.message in first.message
    assert refusal.hint in (first.hint or "")


def test_every_refusal_has_a_reason() -> None:
    assert all(len(refusal.why) > 20 for refusal in REFUSALS)
    assert len({refusal.program for refusal in REFUSALS}) == len(REFUSALS)
