"""Leaves that are held fixed, and constants as nodes: by request, by address and on the page without scripts."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from app.errors import Problem
from app.graph import read_query
from app.schemas import RunAnswer
from tests.api.conftest import Service
from tests.api.test_problems import check
from tests.api.test_run import by_name

FIRST = "y = 2*a*b + d**3"
INPUTS = {"a": 2.0, "b": -3.0, "d": 10.0}
TABLE = "w = [2.0, 3.0]\nd = {'two words': 5.0}\ny = w[0]*w[1]*d['two words']*fixed"


def gradients(answer: Any) -> dict[str, float]:
    return {name: node["grad"] for name, node in by_name(answer).items() if node["role"] == "input"}


def constants(svg: str) -> list[tuple[str, str]]:
    """Return id and classes of each constant that is drawn."""
    shown = ((e.get("id") or "", e.get("class") or "") for e in ElementTree.fromstring(svg).iter())
    return [(name, classes) for name, classes in shown if "constant" in classes.split()]


# -- fixed -------------------------------------------------------------------------------------------------------------


def test_a_fixed_leaf_gets_no_gradient_and_says_so(service: Service) -> None:
    answer = service.run(FIRST, inputs=INPUTS, fixed=["a", "nowhere"], display=True).json()
    RunAnswer.model_validate(answer)
    nodes = by_name(answer)
    assert gradients(answer) == {"a": 0.0, "b": 4.0, "d": 300.0}
    assert [name for name, node in nodes.items() if node.get("fixed")] == ["a"]
    assert (nodes["a"]["trainable"], nodes["b"]["trainable"]) == (False, True)
    assert not any(step.get("operand") == nodes["a"]["id"] for step in answer["steps"])


def test_runs_with_other_fixed_leaves_are_not_mixed_up(service: Service) -> None:
    free = {"a": -6.0, "b": 4.0, "d": 300.0}
    for fixed in ([], ["a"], ["b"], ["a", "b"], ["a", "b", "d"], ["d"], ["a"], []):
        for factor in (1.0, 2.0):  # the second is made from the recording of the first
            inputs = {**INPUTS, "d": 10.0 * factor}
            expected = {**free, "d": 300.0 * factor**2} | dict.fromkeys(fixed, 0.0)
            assert gradients(service.run(FIRST, inputs=inputs, fixed=fixed, svg=False).json()) == expected


def test_a_topology_that_is_known_from_other_fixed_leaves_is_not_enough(service: Service) -> None:
    wish: dict[str, Any] = {"inputs": INPUTS, "display": True, "svg": False}
    known = service.run(FIRST, **wish).json()["topology"]
    held = service.run(FIRST, **wish, fixed=["a"], known=known).json()
    assert "unchanged" not in held
    moved = {**wish, "inputs": {**INPUTS, "a": 7.0}}
    assert service.run(FIRST, **moved, fixed=["a"], known=held["topology"]).json()["unchanged"] is True
    assert "unchanged" not in service.run(FIRST, **moved, known=held["topology"]).json()


def test_the_order_of_fixed_leaves_does_not_matter(service: Service) -> None:
    one, other = (service.run(FIRST, inputs=INPUTS, fixed=names).json() for names in (["a", "b"], ["b", "a", "b"]))
    assert one == other


@pytest.mark.parametrize("form", ["svg", "dot", "json"])
def test_an_address_holds_leaves_fixed_as_a_request_does(service: Service, form: str) -> None:
    free, held = (
        service.client.get(f"/graph.{form}", params={"source": FIRST, **INPUTS, **more}).text
        for more in ({}, {"fixed": "a d"})
    )
    assert free != held
    if form == "json":
        assert held == service.run(FIRST, inputs=INPUTS, fixed=["a", "d"], svg=False).text


def test_names_of_numbers_in_lists_and_an_input_called_fixed_have_a_place_in_an_address(service: Service) -> None:
    params = {"source": TABLE, "in.fixed": "2", "fixed": " w[1]  d[two words] "}
    answer = service.client.get("/graph.json", params=params).json()
    told = {node["name"]: (node["data"], node["grad"], "fixed" in node) for node in answer["nodes"] if node["name"]}
    assert told == {
        "w[0]": (2.0, 30.0, False),
        "w[1]": (3.0, 0.0, True),
        "d[two words]": (5.0, 0.0, True),
        "fixed": (2.0, 30.0, False),
        "y": (60.0, 1.0, False),
    }


def test_an_address_is_read_name_by_name() -> None:
    for text, names in {"": (), "a": ("a",), "a b@2": ("a", "b@2"), "w[0, 1] m.w": ("w[0, 1]", "m.w")}.items():
        assert read_query(urlencode({"fixed": text}).encode()).fixed == names


@pytest.mark.parametrize("text", ["3+4", "a,b", "a[0", "[", "a " * 1001, "<b>", "a" * 10_000])
def test_what_is_no_list_of_names_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="fixed: "):
        read_query(urlencode({"fixed": text}).encode())


@pytest.mark.parametrize("fixed", ["a", None, [1], {"a": True}, ["a"] * 1001])
def test_a_request_whose_fixed_leaves_are_no_list_is_refused(service: Service, fixed: Any) -> None:
    document = check(service.run(FIRST, fixed=fixed), 422, "input")
    assert document["detail"] == "/fixed: must be a list of at most 1,000 texts"


# -- constants ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["compact", "micrograd"])
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_constants_have_boxes_and_edges_of_their_own_on_demand(service: Service, style: str, direction: str) -> None:
    answer = service.run(FIRST, style=style, direction=direction, constants="nodes").json()
    expected = [node["id"] for node in answer["nodes"] if node["role"] == "constant"]
    assert [name for name, _ in constants(answer["svg"])] == expected
    assert not any("inline" in classes.split() for _, classes in constants(answer["svg"]))
    ids = re.findall(r'id="([^"]+)" class="edge"', answer["svg"])
    assert sorted(ids) == sorted(f"{n['id']}.{slot}" for n in answer["nodes"] for slot in range(len(n["operands"])))


def test_constants_change_the_picture_only(service: Service) -> None:
    inline, nodes = (service.run(FIRST, constants=how).json() for how in ("inline", "nodes"))
    assert inline == service.run(FIRST).json()
    assert nodes["picture"]["boxes"] == inline["picture"]["boxes"] + 2
    assert {key: value for key, value in nodes.items() if key not in ("svg", "picture")} == {
        key: value for key, value in inline.items() if key not in ("svg", "picture")
    }


def test_an_address_draws_constants_as_a_request_does(service: Service) -> None:
    params: dict[str, Any] = {"source": FIRST, **INPUTS, "constants": "nodes", "svg": "1"}
    answer = service.client.get("/graph.json", params=params).json()
    assert answer == service.run(FIRST, inputs=INPUTS, constants="nodes").json()
    assert service.client.get("/graph.svg", params=params).text == answer["svg"]
    dot = service.client.get("/graph.dot", params=params).text
    assert all(f"{name} [label=" in dot and f"{name} -> " in dot for name, _ in constants(answer["svg"]))


@pytest.mark.parametrize("wanted", ["open", "", None])
def test_large_graphs_with_constants_as_nodes_are_drawn(service: Service, wanted: str | None) -> None:
    source = "s = x\n" + "\n".join(f"s = s*{k}.5 + y" for k in range(300))
    opened = None if wanted is None else ["*"] if wanted else []
    answer = service.run(source, constants="nodes", open=opened).json()
    assert answer["svg"].startswith("<svg ")
    assert answer["picture"]["boxes"] <= 1200


# -- the page without scripts ------------------------------------------------------------------------------------------


def test_the_page_shows_and_keeps_what_is_fixed_and_how_constants_are_drawn(service: Service) -> None:
    page = service.client.get("/", params={"source": FIRST, "fixed": "a d[two words]", "constants": "nodes"}).text
    assert '<input type="hidden" name="fixed" value="a d[two words]">' in page
    assert '<option value="nodes" selected>' in page
    assert len(re.findall(r'class="node constant[ "]', page)) == 2
    assert "constant inline" not in page


def test_the_page_is_as_ever_without_them(service: Service) -> None:
    page = service.client.get("/", params={"source": FIRST}).text
    assert 'name="fixed"' not in page
    assert '<option value="inline" selected>' in page
    assert page.count("constant inline") == 2
