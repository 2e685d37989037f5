"""Every pair of colours that the pages set on each other can be told apart (WCAG 2.2, level AA)."""

import re
from importlib import resources

import pytest

from connectors.outgoing import curve, map

STYLE = resources.files("connectors.outgoing").joinpath("static/dashboard.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", STYLE))
TEXT, SHAPE = 4.5, 3.0


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it, 0 (black) to 1 (white)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_wcags_own() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("ground", ["ground", "paper", "chosen"])
@pytest.mark.parametrize("text", ["ink", "quiet", "link"])
def test_text_can_be_read(text: str, ground: str) -> None:
    assert contrast(COLOURS[text], COLOURS[ground]) >= TEXT


@pytest.mark.parametrize("ground", ["band", "link"])
def test_white_text_can_be_read(ground: str) -> None:
    assert contrast(COLOURS["on-band"], COLOURS[ground]) >= TEXT


@pytest.mark.parametrize("shape", ["edge", "dose-1", "dose-2", "focus"])
@pytest.mark.parametrize("ground", ["ground", "paper"])
def test_shapes_and_the_mark_of_focus_can_be_seen(shape: str, ground: str) -> None:
    assert contrast(COLOURS[shape], COLOURS[ground]) >= SHAPE


@pytest.mark.parametrize("line", curve.COLOURS)
def test_the_curves_lines_can_be_seen(line: str) -> None:
    assert contrast(line, COLOURS["paper"]) >= SHAPE


def test_the_curve_and_the_page_use_the_same_colours() -> None:
    assert (COLOURS["dose-1"], COLOURS["dose-2"]) == curve.COLOURS


def test_the_maps_outlines_stand_out_from_the_page_and_its_lighter_half() -> None:
    for light in (COLOURS["paper"], map.NO_FIGURE, *map.SCALE[:3]):
        assert contrast(map.OUTLINE, light) >= SHAPE


def test_the_maps_classes_get_darker_and_the_ends_are_far_apart() -> None:
    steps = [luminance(shade) for shade in map.SCALE]
    assert steps == sorted(steps, reverse=True)
    assert contrast(map.SCALE[0], map.SCALE[-1]) >= TEXT


def test_the_styles_name_no_other_colour_than_the_maps_outline() -> None:
    after_tokens = STYLE[STYLE.index("}") :]
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", after_tokens)) == {map.OUTLINE}
