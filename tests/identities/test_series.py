"""The table of series: every row can be read, names its source, and claims no more than its form can give."""

from typing import get_args

import pytest

from register.areas import region_names
from register.identities.number import COORDINATION_ROOT, PERSONAL_ROOT
from register.identities.reserve import read_as
from register.identities.series import Birth, Series, SeriesKind, all_series, series_by_root
from tests.identities.made_up import TODAY, named

ROWS = all_series()
WITH_FORM = [series for series in ROWS if series.form]


def test_the_twelve_regions_with_a_public_source_are_there() -> None:
    names = region_names()
    regions = {names[series.region] for series in ROWS if series.region}
    assert regions == {
        "Stockholm",
        "Västra Götaland",
        "Skåne",
        "Värmland",
        "Örebro",
        "Blekinge",
        "Västernorrland",
        "Södermanland",
        "Västerbotten",
        "Halland",
        "Gävleborg",
        "Dalarna",
    }


def test_every_row_names_its_source_and_uses_the_words_of_the_table() -> None:
    for series in ROWS:
        assert series.source
        assert series.issuer or series.kind == "opaque"
        assert series.kind in get_args(SeriesKind)
        assert series.birth in get_args(Birth)


def test_all_rows_of_an_oid_are_of_one_kind_and_what_sources_dispute_is_explained() -> None:
    for rows in series_by_root().values():
        assert len({series.kind for series in rows}) == 1
        assert all(series.note for series in rows if series.flags)


def test_the_two_national_oids_are_configuration() -> None:
    assert (PERSONAL_ROOT, COORDINATION_ROOT) == ("1.2.752.129.2.1.3.1", "1.2.752.129.2.1.3.3")


@pytest.mark.parametrize("series", WITH_FORM, ids=named)
def test_a_form_fits_its_published_examples_and_says_where_birth_and_sex_stand(series: Series) -> None:
    assert series.form is not None
    assert series.examples
    for example in series.examples:
        reading = read_as(series, example, TODAY)
        assert reading is not None
        assert reading.faults == ()
    assert ("born" in series.form.groupindex) == (series.birth != "no")
    assert ("sex" in series.form.groupindex) == bool(series.sexes)


@pytest.mark.parametrize("series", [series for series in WITH_FORM if series.check_digit], ids=named)
def test_one_wrong_check_digit_is_told(series: Series) -> None:
    for example in series.examples:
        for off_by in range(1, 10):
            wrong = example[:-1] + str((int(example[-1]) + off_by) % 10)
            reading = read_as(series, wrong, TODAY)
            assert reading is not None
            assert "IDENTITY-CHECK-DIGIT" in reading.faults
