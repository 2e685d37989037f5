"""Files as they come: every row is answered, and a broken one costs no other."""

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO, TextIOWrapper
from itertools import count, islice
from pathlib import Path

import pytest

from connectors.cli.files import opened
from connectors.incoming import agency_csv, deliveries_csv, links_csv, population_feed_csv, reserve_numbers_csv
from connectors.incoming.rows import BrokenRow, Report, UnreadableFile
from register.codes import meanings
from register.identities.number import PERSONAL_ROOT
from schemas import schema

AGENCY = "systemName;dateTimeCreated;uniqueReference;patientId;patientIdType;NPLId;vaccinationDate;nullified"
RIGHT = "SYS;2021-03-01T09:30:00;ref-1;19900101-2395;0;20210309000017;2021-02-28;"


def lines(*rows: str) -> list[str]:
    return [f"{row}\n" for row in rows]


def doses(*rows: str) -> list[Report | BrokenRow]:
    return list(agency_csv.reports(lines(AGENCY, *rows)).rows)


def only(items: Iterable[Report | BrokenRow]) -> Report:
    [item] = items
    assert isinstance(item, Report)
    return item


def test_a_row_of_the_agencys_file_becomes_a_dose_report() -> None:
    report = only(doses(RIGHT))
    assert report.schema == "DoseReport.v1"
    assert report.fields["given_on"] == "2021-02-28"
    assert report.fields["identity_root"] == "1.2.752.129.2.1.3.1"
    assert report.fields["batch"] == ""
    assert report.fields["disease"] == "COVID19"  # the agency's file has no column for it


def test_a_time_without_a_zone_is_swedish_time() -> None:
    assert only(doses(RIGHT)).fields["reported_at"] == datetime(2021, 3, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("id_type", "root", "told"),
    [("0", "", "1.2.752.129.2.1.3.1"), ("1", "", "1.2.752.129.2.1.3.3"), ("2", "1.2.752.99.1", "1.2.752.99.1")],
)
def test_the_type_of_a_number_says_whose_series_it_is_of(id_type: str, root: str, told: str) -> None:
    row = f"SYS;2021-03-01;r;X;{id_type};;2021-02-28;{root}"
    [report] = agency_csv.reports(lines(AGENCY.replace("nullified", "patientIdRoot"), row)).rows
    assert isinstance(report, Report)
    assert report.fields["identity_root"] == told


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (RIGHT.replace("2021-03-01T09:30:00", "yesterday"), "dateTimeCreated", "REPORTED-AT"),
        (RIGHT.replace("2021-03-01T09:30:00", "0001-01-01T00:00:00"), "dateTimeCreated", "REPORTED-AT"),
        (RIGHT.replace(";0;", ";7;"), "patientIdType", "PATIENT-ID-TYPE"),
        (RIGHT.replace(";0;", ";;"), "patientIdType", "PATIENT-ID-TYPE"),
        (RIGHT + "perhaps", "nullified", "NULLIFIED"),
        (RIGHT + ";one too many", "", "ROW-CELLS"),
        ("SYS;2021-03-01", "", "ROW-CELLS"),
        (RIGHT.replace("ref-1", "r\0"), "uniqueReference", "ROW-NOT-TEXT"),
        (RIGHT.replace("ref-1", "r" * 4_001), "uniqueReference", "TEXT-TOO-LONG"),
        (RIGHT.replace("ref-1", "r" * 101_000), "", "ROW-TOO-LONG"),
        (RIGHT.replace("ref-1", "r" * 200_000), "", "ROW-TOO-LONG"),
    ],
)
def test_a_row_that_says_nothing_is_answered_with_its_field_and_rule(row: str, field: str, code: str) -> None:
    first, broken, last = doses(RIGHT, row, RIGHT)
    assert broken == BrokenRow(2, field, code)
    assert code in meanings()
    assert isinstance(first, Report)
    assert isinstance(last, Report)
    assert last.row == 3


def test_what_the_register_can_decide_is_left_to_it() -> None:
    report = only(doses("SYS;2021-03-01;r;not-a-number;0;;on a Monday;"))
    assert (report.fields["identity_value"], report.fields["given_on"]) == ("not-a-number", "on a Monday")


def test_a_record_that_is_taken_back_says_so() -> None:
    said = [only(doses(RIGHT + cell)).fields["nullified"] for cell in ("", "true", "1", "FALSE")]
    assert said == [False, True, True, False]


def test_an_open_quote_costs_one_row_and_not_the_rest_of_the_file() -> None:
    answers = doses(RIGHT, RIGHT.replace("ref-1", '"ref'), *[RIGHT] * 50)
    assert [type(answer) for answer in answers] == [Report, BrokenRow, *[Report] * 50]
    assert [answer.row for answer in answers] == list(range(1, 53))


def test_a_quoted_cell_may_hold_line_breaks_semicolons_and_quotes() -> None:
    report = only(agency_csv.reports(lines(AGENCY, RIGHT.replace("ref-1", '"a;""b""\nc"'))).rows)
    assert report.fields["unique_reference"] == 'a;"b"\nc'


def test_empty_lines_are_no_rows() -> None:
    assert [report.row for report in doses("", RIGHT, "", RIGHT, "")] == [1, 2]


def test_bytes_that_are_no_utf8_cost_one_row() -> None:
    text = TextIOWrapper(
        BytesIO("\n".join([AGENCY, RIGHT.replace("ref-1", "Umeå"), RIGHT]).encode("latin-1")),
        encoding="utf-8-sig",
        errors="surrogateescape",
        newline="",
    )
    first, second = agency_csv.reports(text).rows
    assert first == BrokenRow(1, "uniqueReference", "ROW-NOT-TEXT")
    assert isinstance(second, Report)


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert only(agency_csv.reports(lines("\ufeff" + AGENCY, RIGHT)).rows).fields["system_name"] == "SYS"


def test_columns_nobody_knows_are_named() -> None:
    table = agency_csv.reports(lines(AGENCY + ";colour;shape", RIGHT + ";red;round"))
    assert table.unknown_columns == ("colour", "shape")
    assert isinstance(next(table.rows), Report)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ([], "empty"),
        (["systemName;patientId"], "lacks dateTimeCreated, uniqueReference, patientIdType, NPLId, vaccinationDate"),
        ([AGENCY.replace(";", ",")], "separated by ';'"),
        ([AGENCY + ";patientId"], "patientId more than once"),
        ([AGENCY.encode("utf-16").decode("utf-8", "surrogateescape")], "not UTF-8"),
        ([f"{AGENCY};sk\udcf6vde"], "not UTF-8"),
    ],
)
def test_a_file_that_is_not_of_the_format_fails_at_once(header: list[str], told: str) -> None:
    with pytest.raises(UnreadableFile, match=told):
        agency_csv.reports(lines(*header))


def test_a_line_without_end_costs_one_row_and_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(f"{AGENCY}\n{'x' * 1_000_000}\n{RIGHT}\n")
    with opened(str(path)) as (lines_of_it, _):
        [broken, right] = agency_csv.reports(lines_of_it).rows
    assert isinstance(broken, BrokenRow)
    assert isinstance(right, Report)


def test_a_broken_row_never_shows_what_stood_in_it() -> None:
    [broken] = doses("SYS;now;r;199001012395;0;;2021-02-28;")
    assert "19900101" not in repr(broken)


def test_a_file_without_end_is_read_as_it_comes() -> None:
    endless = (f"{AGENCY}\n" if n == 0 else f"{RIGHT}\n" for n in count())
    assert [report.row for report in islice(agency_csv.reports(endless).rows, 3)] == [1, 2, 3]


def test_a_reserve_number_is_told_with_what_it_rests_on() -> None:
    header = "systemName;dateTimeCreated;uniqueReference;patientIdRoot;patientId;region;birthYear;sex;evidence"
    report = only(reserve_numbers_csv.reports(lines(header, "S;2021-03-01;r;1.2.3;R-1;24;1950;f;passport seen")).rows)
    assert (report.fields["identity_root"], report.fields["sex"], report.fields["evidence"]) == (
        "1.2.3",
        "F",
        "passport seen",
    )


LINKS = "systemName;dateTimeCreated;event;patientIdType;patientId;absorbedIdType;absorbedId;absorbedIdRoot"


def test_a_link_names_both_identities_each_with_its_own_series() -> None:
    report = only(links_csv.reports(lines(LINKS, "S;2021-03-01;linked;0;X;2;R-1;1.2.3")).rows)
    assert (report.fields["identity_root"], report.fields["identity_value"]) == (PERSONAL_ROOT, "X")
    assert (report.fields["absorbed_root"], report.fields["absorbed_value"]) == ("1.2.3", "R-1")


def test_a_link_with_an_unknown_type_of_identity_names_the_column() -> None:
    [broken] = links_csv.reports(lines(LINKS, "S;2021-03-01;linked;0;X;7;R-1;1.2.3")).rows
    assert broken == BrokenRow(1, "absorbedIdType", "PATIENT-ID-TYPE")


def test_a_change_in_the_population_counts_as_reported_when_it_is_sent() -> None:
    sent = datetime(2021, 3, 1, tzinfo=UTC)
    header = "patientIdType;patientIdRoot;patientId;event;date;birthYear;sex;municipality;deso;protection"
    table = population_feed_csv.reports(lines(header, "0;;X;moved;2021-02-01;;;2480;2480C1010;"), sent)
    report = only(table.rows)
    assert (report.fields["reported_at"], report.fields["deso"]) == (sent, "2480C1010")


def test_every_report_of_a_row_fits_its_schema() -> None:
    deliveries = "systemName;dateTimeCreated;uniqueReference;event;date;region;unit;product;batch;doses"
    identities = "systemName;dateTimeCreated;uniqueReference;patientIdRoot;patientId;region"
    persons = "patientIdType;patientId;event;date"
    for report in (
        only(doses(RIGHT)),
        only(deliveries_csv.reports(lines(deliveries, "S;2021-03-01;r;received;2021-03-01;24;;P;;100")).rows),
        only(links_csv.reports(lines(LINKS, "S;2021-03-01;linked;0;X;2;R-1;1.2.3")).rows),
        only(reserve_numbers_csv.reports(lines(identities, "S;2021-03-01;r;1.2.3;R-1;24")).rows),
        only(population_feed_csv.reports(lines(persons, "0;X;died;2021-02-01"), datetime.now(UTC)).rows),
    ):
        about = {"upload": "u", "upload_name": "f.csv", "row": report.row}
        assert schema(report.schema).encode(report.fields | about)
