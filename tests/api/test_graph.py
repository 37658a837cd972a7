"""`GET /graph.*`: addresses of pictures."""

from __future__ import annotations

import json
import math
import re
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Problem
from app.graph import MEDIA_TYPES, OPTIONS, PARAMETERS, prefers_image, read_query
from tests.api.conftest import Service
from tests.api.test_problems import check

FIRST = {"source": "relu(a*b + d)", "a": "2", "b": "-3", "d": "10"}
SIGNATURES = {"svg": b"<svg ", "png": b"\x89PNG\r\n", "pdf": b"%PDF-", "dot": b"digraph ", "json": b'{"version":1,'}
AS_IMAGE = {"Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}
AS_PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"}


def texts(svg: str, kind: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return ["".join(element.itertext()) for element in root.iter() if kind in (element.get("class") or "").split()]


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_every_form_has_its_type_and_can_be_cached(service: Service, form: str) -> None:
    first = service.client.get(f"/graph.{form}", params=FIRST)
    assert first.status_code == 200
    assert first.headers["content-type"] == MEDIA_TYPES[form]
    assert first.content.startswith(SIGNATURES[form])
    assert first.headers["cache-control"] == "public, max-age=3600"
    again = service.client.get(
        f"/graph.{form}", params=FIRST, headers={"If-None-Match": f'"x", {first.headers["etag"]}'}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = service.client.get(f"/graph.{form}", params={**FIRST, "a": "4"})
    assert other.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_head_is_get_without_its_body(service: Service, form: str) -> None:
    whole, head = (service.client.request(method, f"/graph.{form}", params=FIRST) for method in ("GET", "HEAD"))
    assert head.status_code == 200
    assert head.content == b""
    assert dict(head.headers) == dict(whole.headers)


def test_tag_names_the_coding_too(service: Service) -> None:
    tags = {
        service.client.get("/graph.svg", params=FIRST, headers={"Accept-Encoding": coding}).headers["etag"]
        for coding in ("gzip", "identity")
    }
    assert len(tags) == 2


def test_document_is_that_of_the_api(service: Service) -> None:
    inputs = {name: float(value) for name, value in FIRST.items() if name != "source"}
    for svg in (False, True):
        posted = service.run(FIRST["source"], inputs=inputs, svg=svg).json()
        assert service.client.get("/graph.json", params={**FIRST, "svg": str(int(svg))}).json() == posted


def test_gradients_arrive_step_by_step(service: Service) -> None:
    def grads(step: int) -> list[str]:
        svg = service.client.get("/graph.svg", params={**FIRST, "step": str(step)}).text
        return [text for text in texts(svg, "grad") if text != "grad"]

    known = [sum("–" not in text for text in grads(step)) for step in range(10)]
    assert known == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6]


def test_step_beyond_the_last_is_told_the_range(service: Service) -> None:
    for step, said in {"10": "to 9", "-1": "on", "1.5": "on", "last": "on", "": "on", "1e3": "on", "٣": "on"}.items():
        for form in MEDIA_TYPES:
            document = check(service.client.get(f"/graph.{form}", params={**FIRST, "step": step}), 422, "input")
            assert document["detail"] == f"step: must be a whole number from 0 {said}"


def test_input_named_like_a_parameter_has_a_spelling_of_its_own(service: Service) -> None:
    answer = service.client.get(
        "/graph.json", params={"source": "step * style", "in.step": "2", "in.style": "5"}
    ).json()
    assert answer["output"]["data"] == 10.0


def test_direction_style_and_theme_change_the_picture(service: Service) -> None:
    looks = [{}, {"direction": "TB"}, {"style": "micrograd"}, {"theme": "dark"}, {"theme": "auto"}]
    assert len({service.client.get("/graph.svg", params={**FIRST, **look}).text for look in looks}) == len(looks)
    assert (
        service.client.get("/graph.svg", params={**FIRST, "theme": "light"}).text
        == service.client.get("/graph.svg", params=FIRST).text
    )


WRONG = {
    "source=x&a=1&a=2": "a: stands twice",
    "source=x&source=y": "source: stands twice",
    "source=x&a=1&in.a=1": "in.a: is a again",
    "source=x&a=one": "a: must be a number",
    "source=x&a=": "a: must be a number",
    "source=x&a=1_000": "a: must be a number",
    "source=x&a=%D9%A3": "a: must be a number",
    "source=x&a=0x10": "a: must be a number",
    "source=x&a=1e999": "a: is too large",
    "source=x&a-b=1": "a-b: is neither",
    "source=x&in.=1": "in.: is neither",
    "source=x&2=1": "2: is neither",
    "source=x&direction=UP": "direction: must be LR or TB",
    "source=x&style=": "style: must be",
    "source=x&theme=pink": "theme: must be",
    "source=x&svg=yes": "svg: must be",
    "source=%FF": "UTF-8",
    "source=x" + "&a" * 1001: "1,000",
}


@pytest.mark.parametrize("query", WRONG, ids=lambda query: query[:30])
def test_address_that_is_wrong_is_a_problem_that_names_the_parameter(service: Service, query: str) -> None:
    assert WRONG[query] in check(service.client.get(f"/graph.svg?{query}"), 422, "input")["detail"]


@pytest.mark.parametrize("query", ["", "source=", "source=%20", "a=1"])
def test_address_without_program_is_empty(service: Service, query: str) -> None:
    check(service.client.get(f"/graph.svg?{query}"), 422, "empty")


def test_error_is_a_picture_for_those_who_want_pictures(service: Service) -> None:
    for form in ("svg", "png"):
        response = service.client.get(f"/graph.{form}?source=rleu(x)", headers=AS_IMAGE)
        assert response.status_code == 422
        assert response.headers["content-type"] == "image/svg+xml; charset=utf-8"
        assert "there is no function rleu" in "".join(ElementTree.fromstring(response.text).itertext())
        assert response.headers["cache-control"] == "no-store"
        check(service.client.get(f"/graph.{form}?source=rleu(x)", headers=AS_PAGE), 422, "name")


def test_large_graph_is_drawn_in_every_form(service: Service) -> None:
    source = "s = x\n" + "\n".join("s=s*x+y" for _ in range(1001))
    for form in ("svg", "png", "pdf", "dot", "json"):
        assert service.client.get(f"/graph.{form}", params={"source": source}).status_code == 200


def test_an_address_opens_groups(service: Service) -> None:
    source = "def f(x):\n    return tanh(x*2)\n\ny = f(a) + f(b)"

    def keys(**more: str) -> list[tuple[str, str]]:
        svg = service.client.get("/graph.svg", params={"source": source, **more}).text
        return re.findall(r'<g class="group (open|folded)" data-group="([^"]+)"', svg)

    assert keys() == keys(open="*") == keys(open="f#0 f#1") == [("open", "f#0"), ("open", "f#1")]
    assert keys(open="f#1") == [("open", "f#1"), ("folded", "f#0")]
    assert keys(open="") == [("folded", "f#0"), ("folded", "f#1")]
    answer = service.client.get("/graph.json", params={"source": source, "open": "f#0"}).json()
    assert [(each["key"], each["open"]) for each in answer["groups"]] == [("f#0", True), ("f#1", False)]


def test_nothing_can_be_drawn_of_a_program_without_numbers(service: Service) -> None:
    check(service.client.get("/graph.svg", params={"source": "print('hi')"}), 422, "budget")


def test_pictures_may_be_embedded_anywhere_and_can_do_nothing(service: Service) -> None:
    headers = service.client.get("/graph.svg", params=FIRST).headers
    assert headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["x-content-type-options"] == "nosniff"


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z_0-9]{0,8}", fullmatch=True)


@given(st.text(), st.dictionaries(NAMES, st.floats(allow_nan=False)), st.none() | st.integers(0, 10**6))
def test_addresses_say_exactly_what_was_written_into_them(
    source: str, inputs: dict[str, float], step: int | None
) -> None:
    source = source.encode("utf-8", "replace").decode()
    pairs = {"source": source, **{f"in.{name}" if name in PARAMETERS else name: repr(x) for name, x in inputs.items()}}
    query = read_query(urlencode(pairs if step is None else {**pairs, "step": step}).encode())
    assert query.source == source
    assert query.inputs == inputs
    assert query.step == step


@given(st.binary(max_size=60))
def test_any_query_is_read_or_refused(query: bytes) -> None:
    try:
        read = read_query(query.replace(b"#", b""))
    except Problem as problem:
        assert json.dumps(problem.document())
    else:
        assert all(name.partition("@")[0].isidentifier() for name in read.inputs)


def test_special_numbers_are_read() -> None:
    read = dict(read_query(b"a=NaN&b=-Infinity&c=inf&d=+3&e=-.5e-3").inputs)
    assert math.isnan(read.pop("a"))
    assert read == {"b": -math.inf, "c": math.inf, "d": 3.0, "e": -0.0005}


def test_options_default_to_their_first_choice() -> None:
    assert {name: read_query(b"").option(name) for name in OPTIONS} == {n: each[0] for n, each in OPTIONS.items()}


@pytest.mark.parametrize(
    ("accept", "image"),
    [
        (AS_IMAGE["Accept"], True),
        ("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", True),
        ("image/*", True),
        (AS_PAGE["Accept"], False),
        ("*/*", False),
        ("", False),
        ("application/json", False),
        ("image/*;q=0.1, application/json", False),
        ("image/svg+xml;q=nonsense", False),
        (";;;,,,=", False),
    ],
)
def test_who_wants_a_picture(accept: str, image: bool) -> None:
    assert prefers_image(accept) is image


@pytest.mark.parametrize(("text", "number"), [("inf", "Infinity"), ("-inf", "-Infinity"), ("nan", "NaN")])
def test_an_address_may_hold_what_json_has_no_number_for(service: Service, text: str, number: str) -> None:
    parameters = {"source": "y = a*b", "a": text, "b": "2"}
    answer = service.client.get("/graph.json", params=parameters)
    assert (answer.status_code, answer.json()["nodes"][0]["data"]) == (200, number)
    for path in ("/", "/embed", "/graph.svg"):
        assert service.client.get(path, params=parameters).status_code == 200
