"""Rows on standard output."""

import pytest

from connectors.cli.output import Format, write_rows


def test_no_cell_of_a_csv_file_is_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(["file", "rows"], [["=HYPERLINK(1).csv", -5], ["@x", 0], ["2021-04.csv", 2]], Format.CSV)
    assert capsys.readouterr().out.splitlines() == ["file;rows", "'=HYPERLINK(1).csv;-5", "'@x;0", "2021-04.csv;2"]
