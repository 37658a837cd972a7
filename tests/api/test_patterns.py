"""The page of patterns: every state of every panel can be reached by its address."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from app.patterns import PATTERNS, Pattern
from tests.api.conftest import Service


def name_of(pattern: Pattern) -> str:
    return f"{pattern.panel}: {pattern.title}"


@pytest.mark.parametrize("pattern", PATTERNS, ids=name_of)
def test_the_address_of_a_pattern_is_a_page_with_its_panel(service: Service, pattern: Pattern) -> None:
    address = urlsplit(pattern.address("dark"))
    answer = service.client.get(f"{address.path}?{address.query}")
    assert answer.status_code == 200 or "mistake" in pattern.title
    assert f'id="{pattern.panel}"' in answer.text
    assert 'data-theme="dark"' in answer.text


def test_the_page_of_patterns_frames_each_of_them(service: Service) -> None:
    answer = service.client.get("/patterns?theme=dark")
    assert answer.status_code == 200
    assert answer.text.count("<iframe") == len(PATTERNS)
    assert "frame-src 'self'" in answer.headers["content-security-policy"]


def test_titles_of_one_panel_are_different() -> None:
    names = [name_of(pattern) for pattern in PATTERNS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("query", ["theme=purple", "theme=auto", "nonsense==", "theme=light&theme=dark"])
def test_a_theme_that_there_is_not_is_the_systems(service: Service, query: str) -> None:
    answer = service.client.get(f"/patterns?{query}")
    assert answer.status_code == 200
    assert '<html lang="en">' in answer.text
