"""The list of series that pages offer, and which of a chosen and a typed one is meant."""

import pytest

from connectors.cli.output import Format, write_rows
from connectors.cli.person_asked import COLUMNS, candidate_rows
from connectors.outgoing.series_asked import OTHER, offered, own_series, root_meant
from connectors.outgoing.words import Words
from connectors.registrar.candidates import Candidate, Who
from connectors.registrar.order import longest_first
from register.areas import region_names
from register.identities.number import COORDINATION_ROOT, PERSONAL_ROOT, Identity
from register.identities.series import series_by_root

STOCKHOLM = "1.2.752.97.3.1.3"


@pytest.mark.parametrize(
    ("listed", "typed", "meant"),
    [
        (PERSONAL_ROOT, "", PERSONAL_ROOT),
        (PERSONAL_ROOT, STOCKHOLM, None),
        (PERSONAL_ROOT, f" {PERSONAL_ROOT} ", PERSONAL_ROOT),
        (OTHER, STOCKHOLM, STOCKHOLM),
        ("", STOCKHOLM, STOCKHOLM),
        ("", "", ""),
        (OTHER, " ", ""),
    ],
)
def test_a_typed_series_is_never_passed_over_for_the_one_that_the_list_shows(
    listed: str, typed: str, meant: str | None
) -> None:
    assert root_meant(listed, typed) == meant


def test_every_series_is_offered_once_and_has_a_name_of_its_own() -> None:
    for language in ("sv", "en"):
        names = dict(offered(Words(language), ("personal", "coordination", "reserve")))  # type: ignore[arg-type]
        assert len(set(names.values())) == len(names) > 15
        assert list(names)[:2] == [PERSONAL_ROOT, COORDINATION_ROOT]
    inera = [name for _, name in offered(Words("sv"), ("reserve",)) if "Inera" in name]
    assert inera == [
        "Inera, nationellt (1.2.752.74.9.1)",
        "flera serier: Inera (Carelink), Inera, Region Stockholm (1.2.752.129.2.1.3.2)",
    ]


def test_the_region_of_who_asks_comes_first_and_has_the_series_that_is_its_alone() -> None:
    assert offered(Words("sv"), ("reserve",), "01")[0][0] == own_series("01") == STOCKHOLM
    assert offered(Words("sv"), ("personal", "reserve"), "24")[1][0] == own_series("24")
    for region in region_names():
        assert not (root := own_series(region)) or {row.region for row in series_by_root()[root]} == {region}
    assert own_series("03") == own_series("") == ""


def test_of_a_pair_the_number_that_holds_longer_comes_first_whichever_was_found_first() -> None:
    personal = Identity(PERSONAL_ROOT, "a", "personal", None, None, "unknown")
    coordination = Identity(COORDINATION_ROOT, "b", "coordination", None, None, "unknown")
    known = Identity(STOCKHOLM, "c", "reserve", None, None, "unknown")
    unknown = Identity("2.25.4711", "d", "reserve", None, None, "unknown")
    in_order = [personal, coordination, known, unknown]
    for place, first in enumerate(in_order):
        for second in in_order[place + 1 :]:
            assert longest_first(first, second) == longest_first(second, first) == (first, second)


def test_pairs_on_the_command_line_have_the_series_of_both_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    one = Who(root=PERSONAL_ROOT, value="one", issuer="Skatteverket")
    other = Who(root=STOCKHOLM, value="other", issuer="Region Stockholm")
    pair = Candidate(one=one, other=other, born="1984-02-29", year_only=False, doses=["2021-05-03 Comirnaty EX1"])
    write_rows(COLUMNS, candidate_rows([pair]), Format.CSV)
    heads, row = (line.split(";") for line in capsys.readouterr().out.splitlines())
    told = dict(zip(heads, row, strict=True))
    assert (told["one_root"], told["one"], told["other_root"], told["other"]) == (
        PERSONAL_ROOT,
        "one",
        STOCKHOLM,
        "other",
    )
