"""The glossary: its words are told apart, lead to each other, and their programs show something."""

import pytest

from engine import GLOSSARY, Term, run
from engine.glossary import _TERMS

WANTED = """
forward-pass backward-pass topological-sort reverse-topological-order accumulation seed-gradient local-gradient
upstream-gradient contribution chain-rule total-derivative leaf input constant node edge operand slot
computation-graph tape gradient data reverse-mode forward-mode adjoint zero-grad requires-grad trainable fixed loss
learning-rate gradient-descent update pass broadcasting reduction saturation dead-relu vanishing-gradient
exploding-gradient nan finite-difference in-place-update version-of-a-name group fold
"""
PROGRAMS = [term for term in GLOSSARY.values() if term.program]


def test_every_word_that_the_product_uses_is_explained() -> None:
    assert set(WANTED.split()) <= set(GLOSSARY)


def test_slugs_and_words_are_unique() -> None:
    assert len(GLOSSARY) == len(_TERMS) == len({term.term for term in _TERMS})


def test_synonyms_are_words_of_one_term_only() -> None:
    words = [word for term in _TERMS for word in (term.term, *term.synonyms)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("term", GLOSSARY.values(), ids=lambda term: term.slug)
def test_a_word_has_a_definition_and_leads_to_words_that_exist(term: Term) -> None:
    assert term.about.endswith(".")
    assert 40 < len(term.about) < 400
    assert term.about.count(". ") <= 2
    assert term.see
    assert set(term.see) <= set(GLOSSARY) - {term.slug}


@pytest.mark.parametrize("term", PROGRAMS, ids=lambda term: term.slug)
def test_a_program_to_try_runs_and_is_differentiated(term: Term) -> None:
    result = run(term.program)
    assert result.problem is None
    assert result.output is not None
    assert result.trace.steps
    assert {notice.kind for notice in result.warnings} <= ({"domain", "nonfinite"} if term.slug == "nan" else set())


def test_most_words_come_with_a_program() -> None:
    assert len(PROGRAMS) > len(GLOSSARY) / 2
