"""Separators, decimal signs and rates of tables."""

import numpy as np
import pytest

from mariel.motion.io.tables.text_table import rate_of_times, table_of_head


@pytest.mark.parametrize("rate", [25, 29.97003, 30, 35, 59.94006, 100, 119.88012, 240])
@pytest.mark.parametrize("decimals", [3, 6])
def test_the_rate_of_rounded_times_is_the_usual_one(rate, decimals):
    times = np.round(np.arange(2000) / rate, decimals)
    assert rate_of_times(times) == pytest.approx(rate, abs=1e-5)


def test_an_unusual_rate_is_kept():
    assert rate_of_times(np.arange(500) / 12.5) == 12.5


@pytest.mark.parametrize("times", [[], [0.0], [0.0, 0.0, 0.0], [0, 1, 9, 10], [2, 1, 0], [0, np.nan, 2]])
def test_times_that_do_not_rise_evenly_have_no_rate(times):
    assert rate_of_times(np.array(times, float)) is None


@pytest.mark.parametrize(
    ("text", "separator", "decimal"),
    [
        ("a,b\n1.5,2.5\n", ",", "."),
        ("a;b;c\n1,5;2,5;3,5\n", ";", ","),
        ("a;b;c\n1.5;2.5;3.5\n", ";", "."),
        ("a\tb\tc\n1,5\t2,5\t3,5\n", "\t", ","),
        ("name\t1\n", "\t", "."),
    ],
)
def test_the_separator_and_the_decimal_sign_are_told_from_the_first_rows(tmp_path, text, separator, decimal):
    table = table_of_head(tmp_path / "a.csv", text.encode())
    assert (table.separator, table.decimal) == (separator, decimal)
