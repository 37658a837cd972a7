"""The glossary over HTTP: as JSON, and as a page whose addresses lead to the words."""

from __future__ import annotations

import re

import pytest
from markupsafe import escape

from app.schemas import Glossary
from engine import GLOSSARY
from tests.api.conftest import Service
from tests.api.test_docs import Page


def test_the_json_has_every_word_in_the_documented_form(service: Service) -> None:
    response = service.client.get("/api/v1/glossary")
    Glossary.model_validate_json(response.content)
    terms = response.json()["terms"]
    assert [term["slug"] for term in terms] == list(GLOSSARY)
    assert all({"slug", "term", "about", "try", "see"} <= set(term) for term in terms)


def test_the_page_lists_each_word_under_its_slug(service: Service) -> None:
    text = service.client.get("/docs/glossary").text
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    for slug, term in GLOSSARY.items():
        assert slug in page.ids
        assert f"#{slug}" in page.addresses
        assert escape(term.about) in text


def test_the_page_refers_to_nothing_elsewhere(service: Service) -> None:
    page = Page(service.client.get("/docs/glossary").text)
    assert [address for address in page.addresses if not re.match(r"/(?!/)|#", address)] == []
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
    assert not page.tags & {"script", "iframe", "style", "form"}


def test_a_program_to_try_opens_in_the_page(service: Service) -> None:
    address = GLOSSARY["chain-rule"].address()
    assert address is not None
    text = service.client.get(address).text
    assert "u = x ** 2" in text
    assert 'class="node' in text


@pytest.mark.parametrize("path", ["/docs", "/docs/language"])
def test_the_other_pages_lead_to_the_glossary(service: Service, path: str) -> None:
    assert "/docs/glossary" in Page(service.client.get(path).text).addresses


@pytest.mark.parametrize("path", ["/docs/glossary", "/api/v1/glossary"])
def test_the_glossary_can_be_kept_and_asked_for_again(service: Service, path: str) -> None:
    first = service.client.get(path)
    again = service.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert first.headers["cache-control"] == "no-cache"
