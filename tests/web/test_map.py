"""The map: an outline for every region, and classes with round limits that hold every share."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connectors.outgoing.map import NO_FIGURE, SCALE, classes, colour, outlines
from register.areas import region_names

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=21)


def test_every_region_has_an_outline() -> None:
    assert set(outlines()) == set(region_names())
    assert all(outline.lower().startswith("m") for outline in outlines().values())


@given(SHARES)
def test_every_share_lies_in_a_class(shares: list[float]) -> None:
    scale = classes(shares)
    for share in shares:
        shade = colour(share, scale)
        [one] = [one for one in scale if one.colour == shade]
        assert one.low - 1e-6 <= share <= one.high + 1e-6


@given(SHARES)
def test_there_are_no_more_classes_than_colours_and_they_join(shares: list[float]) -> None:
    scale = classes(shares)
    assert 1 <= len(scale) <= len(SCALE)
    assert all(left.high == right.low for left, right in pairwise(scale))
    assert len({one.colour for one in scale}) == len(scale)


def test_a_higher_share_is_never_lighter() -> None:
    scale = classes([0.181, 0.231, 0.2])
    shades = [SCALE.index(colour(share, scale)) for share in (0.181, 0.2, 0.231)]
    assert shades == sorted(shades)


def test_a_region_without_a_figure_is_grey() -> None:
    assert colour(None, classes([0.2])) == NO_FIGURE
    assert classes([]) == []
    assert colour(0.3, []) == NO_FIGURE
