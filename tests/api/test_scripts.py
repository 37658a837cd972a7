"""Which scripts the page begins with: one file, as long as it is made of the modules that are there."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from app import scripts

BUNDLE, MODULES = "/static/vendor/page.js", "/static/js/main.js"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One module, and the record of what the one file was made of."""
    module, record = tmp_path / "js" / "main.js", tmp_path / "page.json"
    module.parent.mkdir()
    module.write_text("export {};", encoding="utf-8")
    record.write_text(json.dumps({"main.js": sha256(module.read_bytes()).hexdigest()}), encoding="ascii")
    monkeypatch.setattr(scripts, "MODULES", module.parent)
    monkeypatch.setattr(scripts, "RECORD", record)
    return module


def test_one_file_stands_for_the_modules_that_it_was_made_of(module: Path) -> None:
    assert scripts.entry() == BUNDLE


def test_who_edits_a_module_gets_the_modules(module: Path) -> None:
    assert scripts.entry() == BUNDLE
    module.write_text("export const changed = true;", encoding="utf-8")
    assert scripts.entry() == MODULES


@pytest.mark.parametrize("record", [None, "", "{", '{"gone.js": "00"}'])
def test_without_a_record_that_holds_the_page_has_its_modules(module: Path, record: str | None) -> None:
    scripts.RECORD.unlink()
    if record is not None:
        scripts.RECORD.write_text(record, encoding="ascii")
    assert scripts.entry() == MODULES
