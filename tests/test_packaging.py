"""What is installed, shipped and said about it: pins, locks, the wheel, the commands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.assets import hatch_build

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "app" / "assets"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RECIPES = (
    "Makefile",
    "Dockerfile",
    "pyproject.toml",
    "requirements.txt",
    "requirements-test.txt",
    ".ci/run",
    "app/assets/package.json",
    "app/assets/package-lock.json",
    "app/assets/.npmrc",
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, set[str]]:
    """Return the versions that a requirements file may install, by package: several where Pythons differ."""
    versions: dict[str, set[str]] = {}
    for line in re.findall(r"^[a-zA-Z][^;\\\n]*", read(name), re.MULTILINE):
        package, _, version = line.strip().partition("==")
        assert version, f"{name}: {line} is not pinned"
        versions.setdefault(canonicalize_name(package), set()).add(version)
    return versions


@pytest.mark.parametrize(
    ("names", "file"),
    [
        (PROJECT["project"]["dependencies"], "requirements.txt"),
        (PROJECT["dependency-groups"]["test"], "requirements-test.txt"),
    ],
    ids=["run", "test"],
)
def test_every_dependency_is_pinned_within_its_range(names: list[str], file: str) -> None:
    pinned = pins(file)
    for requirement in map(Requirement, names):
        versions = pinned[canonicalize_name(requirement.name)]
        assert all(map(requirement.specifier.contains, versions)), f"make lock: {requirement}, but {versions}"


def test_checks_run_with_the_versions_that_serve() -> None:
    run, test = pins("requirements.txt"), pins("requirements-test.txt")
    assert {name: run[name] for name in run.keys() & test} == {name: test[name] for name in run.keys() & test}


def test_every_package_that_serves_is_installed_by_its_hash() -> None:
    entries = re.split(r"\n(?=[a-z])", read("requirements.txt"))[1:]
    assert len(entries) == len(pins("requirements.txt"))
    assert all("--hash=sha256:" in entry for entry in entries)


def test_npm_packages_are_pinned_and_locked_by_their_hash() -> None:
    manifest, lock = json.loads(read("app/assets/package.json")), json.loads(read("app/assets/package-lock.json"))
    for name, version in {**manifest["dependencies"], **manifest["devDependencies"]}.items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    assert all("integrity" in package for path, package in lock["packages"].items() if path)


def test_locks_name_every_platform() -> None:
    locked = json.loads(read("app/assets/package-lock.json"))["packages"]
    for package in list(locked.values()):
        for name in package.get("optionalDependencies", {}):
            assert f"node_modules/{name}" in locked


@pytest.mark.parametrize("name", RECIPES)
def test_who_serves_packages_is_left_to_the_machine(name: str) -> None:
    """pip and npm know where to ask: a mirror, a company's index, the public one."""
    assert not re.search(r"pypi|npmjs|index-url|find-links|registry\s*=|\"resolved\"", read(name))


def test_npm_lock_holds_no_address() -> None:
    assert "http" not in read("app/assets/package-lock.json")


def test_wheel_holds_the_page_and_no_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSETS", "skip")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    for folder in ("templates", "static"):
        ours = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert {f"app/_web/{path.relative_to(ROOT).as_posix()}" for path in ours} <= held
    modules = [path for folder in ("app", "engine") for path in (ROOT / folder).rglob("*.py")]
    assert {path.relative_to(ROOT).as_posix() for path in modules if ASSETS not in path.parents} <= held
    assert not [name for name in held if re.search(r"app/assets|node_modules|^tests|^benchmarks", name)]
    assert any(name.endswith("licenses/LICENSE") for name in held)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of which npm will not install anything: its lock lacks what it asks for."""
    assets = tmp_path / "app" / "assets"
    assets.mkdir(parents=True)
    for name in ("package.json", ".npmrc", "bundle.mjs", "editor.js"):
        shutil.copy(ASSETS / name, assets)
    (assets / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {}}', encoding="utf-8")
    return tmp_path


def test_failed_asset_build_says_why_in_one_line_and_leaves_the_last_one(checkout: Path) -> None:
    last = checkout / "static" / "vendor" / "editor.js"
    last.parent.mkdir(parents=True)
    last.write_text("export {};", encoding="utf-8")
    with pytest.raises(hatch_build.AssetError, match=r"npm-cli failed: .*npm ci") as caught:
        hatch_build.build(checkout)
    assert "\n" not in str(caught.value)
    assert [path.name for path in (checkout / "static").rglob("*")] == ["vendor", "editor.js"]


def test_every_command_that_the_readme_tells_exists() -> None:
    targets = set(re.findall(r"^\.PHONY: (.*)", read("Makefile"), re.MULTILINE)[0].split())
    told = set(re.findall(r"\bmake ([a-z]+)", read("README.md")))
    assert told
    assert told <= targets
    assert told <= set(re.findall(r"@echo 'make ([a-z]+)", read("Makefile")))


def test_container_listens_where_the_readme_says() -> None:
    port = re.search(r"docker run -p (\d+):(\d+)", read("README.md"))
    exposed = re.search(r"^EXPOSE (\d+)", read("Dockerfile"), re.MULTILINE)
    assert port
    assert exposed
    assert port[2] == exposed[1]
