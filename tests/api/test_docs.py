"""The documentation: what it shows works, and what works is in it."""

from __future__ import annotations

import ast
import json
import re
import shlex
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.routing import APIRoute
from markupsafe import escape
from pydantic import BaseModel

from app import api, docs, graph, lab
from app.docs import ADDRESS, Example, operations
from app.main import create
from app.schemas import NodeCard, NodeRequest, Operations, ProblemDocument, RunAnswer, RunRequest, Vocabulary
from app.settings import Settings
from engine import REFUSALS, vocabulary
from tests.api.conftest import Service

APP = create(Settings())
DOCUMENT: dict[str, Any] = json.loads(json.dumps(APP.openapi()))
OPERATIONS = list(operations(DOCUMENT))
EXAMPLES = [(each, example) for each in OPERATIONS for example in each.examples]


def _model_of(route: APIRoute) -> str:
    """Return the name of the model that a route answers with."""
    return str(route.responses[200]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2])


ANSWERS: dict[str, type[BaseModel]] = {
    "/api/v1/run": RunAnswer,
    "/api/v1/node": NodeCard,
    **{each.path: lab.ANSWERS[_model_of(each)] for each in lab.router.routes if isinstance(each, APIRoute)},
}
UNLISTED = {"/docs", "/docs/language", "/docs/glossary", "/openapi.json"}


class Page(HTMLParser):
    """Collects what a page refers to, its elements, and its ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "src", "action"):
                self.addresses.append(value or "")
            if name == "id":
                self.ids.append(value or "")


@pytest.fixture(scope="module")
def page(service: Service) -> Page:
    return Page(service.client.get("/docs").text)


@pytest.mark.parametrize(("operation", "example"), EXAMPLES, ids=lambda each: getattr(each, "summary", "") or "get")
def test_every_example_works_as_it_stands(service: Service, operation: Any, example: Example) -> None:
    words = shlex.split(example.curl.replace("\\\n", ""))
    url = next(word for word in words if word.startswith(ADDRESS)).removeprefix(ADDRESS)
    if operation.method == "POST":
        body = words[words.index("--data") + 1]
        response = service.client.post(url, content=body, headers={"Content-Type": "application/json"})
        ANSWERS[url].model_validate(response.json())
    else:
        response = service.client.get(url)
    assert response.status_code == 200
    assert url in example.python


@pytest.mark.parametrize("example", [example for _, example in EXAMPLES], ids=lambda example: example.summary or "get")
def test_python_examples_are_python(example: Example) -> None:
    names = {node.id for node in ast.walk(ast.parse(example.python)) if isinstance(node, ast.Name)}
    assert {"httpx", "answer", "print"} <= names


def test_example_answer_is_the_answer(service: Service) -> None:
    run = DOCUMENT["paths"]["/api/v1/run"]["post"]
    request = run["requestBody"]["content"]["application/json"]["examples"]["expression"]["value"]
    told = run["responses"]["200"]["content"]["application/json"]["example"]
    assert {**service.run(**request).json(), "svg": told["svg"]} == told


def test_example_card_is_the_card(service: Service) -> None:
    node = DOCUMENT["paths"]["/api/v1/node"]["post"]
    request = node["requestBody"]["content"]["application/json"]["examples"]["sum"]["value"]
    told = node["responses"]["200"]["content"]["application/json"]["example"]
    assert service.client.post("/api/v1/node", json=request).json() == told


def test_example_problem_is_a_problem_of_ours(service: Service) -> None:
    run = DOCUMENT["paths"]["/api/v1/run"]["post"]
    told = run["responses"]["422"]["content"]["application/problem+json"]["example"]
    assert service.run("rleu(a*b + d)").json() == told
    ProblemDocument.model_validate(told)


def test_table_of_operations_has_the_documented_form(service: Service) -> None:
    assert Operations.model_validate_json(service.client.get("/api/v1/ops").content).operations


def test_list_of_names_has_the_documented_form(service: Service) -> None:
    assert Vocabulary.model_validate_json(service.client.get("/api/v1/names").content).names


def test_request_schema_is_that_of_the_reader() -> None:
    for path, model in (("run", RunRequest), ("node", NodeRequest)):
        operation = DOCUMENT["paths"][f"/api/v1/{path}"]["post"]
        assert operation["requestBody"]["content"]["application/json"]["schema"] == model.model_json_schema()


def test_every_route_is_described() -> None:
    routers = (graph.router, api.router, lab.router, docs.router)
    routes = {route.path for router in routers for route in router.routes if isinstance(route, APIRoute)}
    assert routes - UNLISTED == set(DOCUMENT["paths"])
    for each in OPERATIONS:
        assert each.summary
        assert each.about[0].endswith(".")
        assert each.examples
        assert all(field.about.endswith(".") for field in each.fields)


def test_openapi_is_served_as_it_is_made(service: Service) -> None:
    assert service.client.get("/openapi.json").json() == DOCUMENT


def test_page_refers_to_nothing_elsewhere(page: Page) -> None:
    assert page.addresses
    assert [address for address in page.addresses if not re.match(r"/(?!/)|#|data:,$", address)] == []
    assert not page.tags & {"script", "iframe", "object", "embed", "style", "form"}
    assert not {name for name in page.attributes if name.startswith("on") or name == "style"}


def test_links_within_the_page_lead_somewhere(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)


def test_pictures_in_the_page_are_drawn(service: Service, page: Page) -> None:
    [picture] = [address for address in page.addresses if address.startswith("/graph")]
    assert service.client.get(picture).headers["content-type"].startswith("image/svg+xml")


def test_every_deliberate_refusal_is_documented_with_its_reason(service: Service) -> None:
    text = service.client.get("/docs/language").text
    for refusal in REFUSALS:
        assert escape(refusal.program) in text
        assert escape(refusal.why) in text


def test_every_word_of_the_language_is_documented(service: Service) -> None:
    text = service.client.get("/docs/language").text
    for names in vocabulary().values():
        assert names
        assert all(f"<code>{escape(name)}</code>" in text for name in names)


def test_the_page_of_the_language_refers_to_nothing_elsewhere(service: Service) -> None:
    page = Page(service.client.get("/docs/language").text)
    assert [address for address in page.addresses if not re.match(r"/(?!/)|#", address)] == []
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
    assert not page.tags & {"script", "iframe", "style", "form"}


def test_page_can_be_kept_and_asked_for_again(service: Service) -> None:
    first = service.client.get("/docs")
    again = service.client.get("/docs", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert first.headers["cache-control"] == "no-cache"


def test_static_files_are_kept_for_ever_only_under_a_version(service: Service) -> None:
    assert service.client.get("/static/css/docs.css").headers["cache-control"] == "no-cache"
    assert "immutable" in service.client.get("/static/css/docs.css?v=1").headers["cache-control"]


@pytest.mark.parametrize("part", ["bytes=0-9", "bytes=9-0", "bytes=99999999-", "nonsense", "bytes=" + "0-," * 500])
def test_static_files_come_whole(service: Service, part: str) -> None:
    whole = service.client.get("/static/css/docs.css")
    answer = service.client.get("/static/css/docs.css", headers={"Range": part})
    assert (answer.status_code, answer.content) == (200, whole.content)
    assert answer.headers["accept-ranges"] == "none"


def test_texts_are_escaped(service: Service) -> None:
    assert "embedded in an &lt;img&gt;" in service.client.get("/docs").text


def test_no_backtick_of_a_description_is_left_on_the_page(service: Service) -> None:
    text = service.client.get("/docs").text
    assert "<code>inputs</code> can set" in text
    assert "`" not in re.sub(r"(?s)<pre.*?</pre>", "", text)
