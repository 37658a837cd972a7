"""The house: who may import whom, and what no file of ours may call."""

import ast
import doctest
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINE = sorted((ROOT / "engine").rglob("*.py"))
APP = sorted(p for p in (ROOT / "app").rglob("*.py") if "assets" not in p.parts)
STANDARD_LIBRARY_ONLY = [p for p in ENGINE if p.name != "layout.py"]
LAYERS = ["markup", "notation", "ops", "numbers", "tape", "backward", "trace", "forward", "formula", "explain"]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


@pytest.mark.parametrize("path", STANDARD_LIBRARY_ONLY, ids=name_of)
def test_the_engine_needs_the_standard_library_alone(path: Path) -> None:
    import sys

    foreign = {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names) - {"engine"}
    assert not foreign


@pytest.mark.parametrize("path", ENGINE, ids=name_of)
def test_the_engine_knows_no_web(path: Path) -> None:
    assert not any(name.split(".")[0] in {"app", "fastapi", "starlette", "jinja2"} for name in imports(path))


@pytest.mark.parametrize("path", [p for p in ENGINE if p.parent.name == "language"], ids=name_of)
def test_the_language_does_not_know_how_it_is_shown(path: Path) -> None:
    assert not any(name.startswith("engine.export") for name in imports(path))


@pytest.mark.parametrize("layer", range(len(LAYERS)))
def test_arrows_between_the_engines_modules_point_down(layer: int) -> None:
    above = {f"engine.{name}" for name in LAYERS[layer + 1 :]}
    assert not above.intersection(imports(ROOT / "engine" / f"{LAYERS[layer]}.py"))


@pytest.mark.parametrize("path", APP, ids=name_of)
def test_the_service_uses_the_front_door_of_the_engine(path: Path) -> None:
    inner = {name for name in imports(path) if name.startswith("engine.")}
    worker = {"engine.export.layout"} if path.name.startswith("layout_worker") else set()
    assert inner <= worker


@pytest.mark.parametrize("path", ENGINE + APP, ids=name_of)
def test_nothing_is_handed_to_python_for_execution(path: Path) -> None:
    """`ast.parse` only reads; none of these calls may stand in our source."""
    forbidden = {"eval", "exec", "compile", "__import__", "getattr_static"}
    modules = {"pickle", "marshal", "shelve", "code", "codeop"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in forbidden, f"{name_of(path)}:{node.lineno}"
    assert not modules.intersection(name.split(".")[0] for name in imports(path))


def test_pythons_parser_reads_nothing_that_was_not_guarded() -> None:
    """It can be made to work for minutes by a short text: what a user sends reaches it behind guards alone.
    `rewrites` reads what it has written itself."""
    readers = {name_of(path) for path in ENGINE + APP if "ast.parse(" in path.read_text()}
    assert readers == {"engine/language/parser.py", "engine/lab/rewrites.py"}


@pytest.mark.parametrize(
    "path", [p for p in ENGINE + APP if re.search(r"^ *>>> ", p.read_text(), re.MULTILINE)], ids=name_of
)
def test_examples_in_docstrings_are_true(path: Path) -> None:
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    result = doctest.testmod(module)
    assert (result.failed, result.attempted > 0) == (0, True)
