"""Settings from the environment."""

from dataclasses import fields

import pytest

from app.settings import ABOUT, Settings, rows, settings
from engine import Budgets


def test_nothing_in_the_environment_gives_the_defaults() -> None:
    assert settings({}) == Settings()


def test_every_setting_has_a_variable_and_a_word_about_it() -> None:
    names = [each.name for owner in (Settings, Budgets) for each in fields(owner) if each.name != "budgets"]
    assert set(names) == set(ABOUT)
    assert len(list(rows(Settings()))) == len(names)


@pytest.mark.parametrize("name", [name for name, value, _ in rows(Settings()) if type(value) in (int, float)])
def test_every_variable_is_read(name: str) -> None:
    assert {row[0]: row[1] for row in rows(settings({name: "7"}))}[name] == 7


def test_host_port_and_access_log() -> None:
    chosen = settings({"HOST": "0.0.0.0", "PORT": "80", "GRADWALK_ACCESS_LOG": "1"})
    assert (chosen.host, chosen.port, chosen.access_log) == ("0.0.0.0", 80, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "-1"),
        ("GRADWALK_SECONDS", "soon"),
        ("GRADWALK_SECONDS", "nan"),
        ("GRADWALK_ACCESS_LOG", "yes"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(name: str, value: str) -> None:
    with pytest.raises(SystemExit, match=name):
        settings({name: value})
