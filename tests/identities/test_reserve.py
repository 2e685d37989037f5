"""Reserve numbers at intake: no dose is lost because what is public of their forms is thin. Published examples only."""

from datetime import date

import pytest

from register.identities.number import BrokenIdentity, Identity, parse_identity
from register.identities.series import Series, all_series
from tests.identities.made_up import TODAY, a_number, named

STOCKHOLM, GOTHENBURG, NATIONAL = "1.2.752.97.3.1.3", "1.2.752.113.11.0.2.1.1.1", "1.2.752.74.9.1"
OREBRO, GAVLEBORG, HALLAND, CARELINK = "1.2.752.74.9.3", "1.2.752.74.9.9", "1.2.752.74.9.6", "1.2.752.129.2.1.3.2"
PUBLISHED = [(series, example) for series in all_series() for example in series.examples]


def taken(value: str, root: str) -> Identity:
    found = parse_identity(root, value, today=TODAY)
    assert isinstance(found, Identity), f"refused: {found}"
    assert (found.kind, found.root) == ("reserve", root)
    return found


def refused(value: str, root: str) -> tuple[str, ...]:
    found = parse_identity(root, value, today=TODAY)
    assert isinstance(found, BrokenIdentity), "was taken"
    return found.codes


@pytest.mark.parametrize(("series", "example"), PUBLISHED, ids=named)
def test_every_published_example_is_taken_and_only_a_disputed_oid_is_flagged(series: Series, example: str) -> None:
    assert taken(example, series.root).flags == series.flags


def test_no_birth_and_no_sex_is_taken_from_a_reserve_number_its_registration_says_them() -> None:
    for value, root in (("19810829M071", GOTHENBURG), ("22950606FH20", NATIONAL)):
        found = taken(value, root)
        assert (found.birth_date, found.birth_year, found.sex) == (None, None, "unknown")


def test_with_and_without_its_hyphen_it_is_the_same_number() -> None:
    assert taken("22950606-FH20", NATIONAL) == taken("22950606FH20", NATIONAL)
    assert taken("19651207-01M1", GAVLEBORG) == taken("1965120701M1", GAVLEBORG)
    # In a series of which nothing is known a hyphen may mean something.
    assert taken("22950606-FH20", "2.25.1") != taken("22950606FH20", "2.25.1")


@pytest.mark.parametrize(
    ("value", "root"),
    [
        ("R-0017", STOCKHOLM),
        ("991981000011", STOCKHOLM),  # check digit
        ("19810829M072", GOTHENBURG),  # check digit
        ("19810230M070", GOTHENBURG),  # 30 February
        ("22950606FH21", NATIONAL),
        ("810829DA1B", OREBRO),  # the form of Skåne's
        ("2021002817", OREBRO),  # ten digits of any kind may be a serial number
    ],
    ids=named,
)
def test_an_unpublished_form_is_flagged_and_never_refused(value: str, root: str) -> None:
    found = taken(value, root)
    assert (found.value, found.flags) == (value, ("RESERVE-NUMBER-FORM",))


def test_beyond_doubt_another_kinds_number_is_refused() -> None:
    born = date(1984, 2, 29)
    for number in (a_number(born, 238), a_number(born, 238, coordination=True), "22950606FH20"):
        for root in (STOCKHOLM, OREBRO, HALLAND):
            assert refused(number, root) == refused(f"{number[:8]}-{number[8:]}", root) == ("IDENTITY-OTHER-SERIES",)
    assert refused(a_number(born, 238), NATIONAL) == ("IDENTITY-OTHER-SERIES",)


def test_under_an_organisations_oid_stands_no_person() -> None:
    for root in ("2.5.4.97", "1.3.7"):
        assert refused("2021002817", root) == refused("R-0017", root) == ("IDENTITY-NOT-A-PERSON",)


def test_one_oid_that_sources_give_to_several_series_is_read_by_the_form() -> None:
    assert taken("198108320014", CARELINK).flags == ()
    for value in ("22950606FH20", "991981000010"):
        assert taken(value, CARELINK).flags == ("IDENTITY-OID-DISPUTED",)
    assert taken("22950606FH20", CARELINK) != taken("22950606FH20", NATIONAL)
