"""The frame for somebody else's page: the graph, a small stepper, a link, and nothing that is the whole page's."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode

import pytest

from tests.api.conftest import Service

QUERY = {"source": "relu(a*b + d)", "a": "2", "b": "-3", "d": "10", "step": "5"}


def test_any_page_may_frame_it(service: Service) -> None:
    answer = service.client.get("/embed", params=QUERY)
    assert answer.status_code == 200
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers
    assert "'unsafe" not in answer.headers["content-security-policy"]


def test_it_holds_the_picture_of_the_moment_and_no_editor(service: Service) -> None:
    html = service.client.get("/embed", params=QUERY).text
    assert '<g id="n0"' in html
    assert re.search(r'<span id="cursor">5</span> / </span><span id="total">9</span>', html)
    assert not re.search(r"<textarea|theme\.js|autofocus|<header|<dialog", html)


def test_its_link_leads_to_the_same_place_of_the_whole_page(service: Service) -> None:
    html = service.client.get("/embed", params=QUERY).text
    found = re.search(r'<a id="whole" href="/\?([^"]*)" target="_blank" rel="noopener">', html)
    assert found
    assert {name: [value] for name, value in QUERY.items()} == parse_qs(found[1].replace("&amp;", "&"))


def test_steps_without_scripts_keep_inputs_and_what_is_held_fixed(service: Service) -> None:
    html = service.client.get("/embed", params={**QUERY, "fixed": "d", "theme": "dark"}).text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', html))
    assert fields == {"source": QUERY["source"], "a": "2.0", "b": "-3.0", "d": "10.0", "fixed": "d", "theme": "dark"}
    assert 'data-theme="dark"' in html


@pytest.mark.parametrize("source", ["a = tnah(1)", "<script>alert(1)</script>", '"><b>'])
def test_a_mistake_is_told_in_the_frame(service: Service, source: str) -> None:
    answer = service.client.get("/embed?" + urlencode({"source": source}))
    assert answer.status_code in (200, 422)
    assert '<p class="mistake">' in answer.text
    assert "<script>alert" not in answer.text
    assert '"><b>' not in answer.text


def test_the_theme_is_worn_before_the_first_paint(service: Service) -> None:
    html = service.client.get("/", params=QUERY).text
    assert html.index('<script src="/static/js/theme.js"></script>') < html.index('rel="stylesheet"')
