"""How a number is shown."""

import math

import pytest

from engine import numbers, run

TABLE = [
    (0.30000000000000004, "0.3", "0.30000000000000004", "≈"),
    (1e-7, "1e−7", "1e-07", "="),
    (-0.0, "0", "-0.0", "="),
    (0.0, "0", "0.0", "="),
    (math.inf, "∞", "inf", "="),
    (-math.inf, "−∞", "-inf", "="),
    (math.nan, "nan", "nan", "="),
    (2.0, "2", "2.0", "="),
    (1234.5678, "1235", "1234.5678", "≈"),
    (123456.0, "1.235e5", "123456.0", "≈"),
    (99999.6, "1e5", "99999.6", "≈"),
    (0.00099999, "0.001", "0.00099999", "≈"),
    (1e16, "1e16", "1e+16", "="),
    (1 / 3, "0.3333", "0.3333333333333333", "≈"),
    (5e-324, "4.941e−324", "5e-324", "="),
    (1.7976931348623157e308, "1.798e308", "1.7976931348623157e+308", "≈"),
    (0.0001, "1e−4", "0.0001", "="),
    (0.001, "0.001", "0.001", "="),
    (1000.5, "1000", "1000.5", "≈"),
    (100.25, "100.2", "100.25", "≈"),
]


@pytest.mark.parametrize(("x", "short", "exact", "relation"), TABLE)
def test_a_number_has_one_look(x: float, short: str, exact: str, relation: str) -> None:
    assert numbers.shown(x) == [short, exact, relation]


def test_no_short_number_is_longer_than_the_cell_that_pictures_reserve() -> None:
    numbers_ = [m * 10.0**e for m in (-1.2345678, 9.99951, -9.99949) for e in range(-307, 308)]
    assert max(len(numbers.short(x)) for x in numbers_) <= 11


def test_zero_is_shown_without_a_sign_unless_that_is_asked_for() -> None:
    assert [numbers.short(-0.0), numbers.spoken(-0.0), numbers.signed(-0.0)] == ["0", "zero", "−0"]
    assert run("y = 1/(-0.0*x)").warnings[0].message.startswith("the denominator is 0; here 1/−0.")


def test_equality_is_said_where_all_that_is_written_is_exact() -> None:
    assert [numbers.relation(1 / 3), numbers.relation(1.0, 1 / 3, 2.0), numbers.relation(2.0, 0.5)] == ["≈", "≈", "="]
