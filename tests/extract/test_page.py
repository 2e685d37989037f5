"""An extract as people read and keep it: a dose's history in steps beneath it, and nothing that leads nowhere."""

import re
from dataclasses import asdict
from typing import Any

import pytest
from playwright.sync_api import Browser

from connectors.outgoing.words import Words
from connectors.person.page import extract_page, printed
from connectors.person.steps import steps
from register.identities.number import Identity
from tests.doses.sentences import ANNA, CLEO, Register, a_change, a_dose, a_link, a_registration, an_unlink, given
from tests.extract.test_extract import extract_of


def found(register: Register) -> dict[str, Any]:
    """Anna's extract as the page is given it."""
    return found_of(register, ANNA)


def found_of(register: Register, who: Identity) -> dict[str, Any]:
    """An extract as the page is given it."""

    def plain(value: Any) -> Any:
        match value:
            case dict():
                return {key: plain(one) for key, one in value.items()}
            case list() | tuple():
                return [plain(one) for one in value]
        return value.isoformat() if hasattr(value, "isoformat") else value

    told: dict[str, Any] = plain(asdict(extract_of(register, who)))
    return told | {"identities": [], "read_by": []}


def told_many_times() -> Register:
    register = given(a_registration(), a_dose(CLEO, system_name="Journal B"), a_link(hour=2))
    register.when(a_dose(CLEO, system_name="Journal B", batch="EX9", hour=3))
    register.when(*(a_dose(CLEO, system_name="Journal B", batch="EX9", hour=hour) for hour in (4, 5, 6)))
    return register


def test_a_move_by_a_link_is_one_step_and_confirmations_are_counted_together() -> None:
    [dose] = found(told_many_times())["doses"]
    assert [(step.whats, step.cause, step.times) for step in steps(dose["told"])] == [
        (("DoseRecorded",), "reported", 1),
        (("DoseMoved",), "linked", 1),
        (("DoseCorrected",), "corrected", 1),
        (("DoseSourceChanged",), "reported", 3),
    ]
    [change] = steps(dose["told"])[2].changes
    assert (change["field"], change["old"], change["new"]) == ("batch", "EW2239", "EX9")


@pytest.mark.parametrize(
    ("language", "moved"), [("sv", "flyttades mellan personens nummer"), ("en", "was moved between")]
)
def test_the_history_of_a_dose_is_folded_beneath_it_with_old_and_new_and_the_cause_in_words(
    language: Any, moved: str
) -> None:
    page = extract_page(Words(language), found(told_many_times()))
    [history] = re.findall(r'<details class="history">.*?</details>', page, re.DOTALL)
    assert "(4)</summary>" in history
    assert "EW2239 → EX9" in history
    assert moved in history
    assert "× 3" in history


@pytest.mark.parametrize("language", ["sv", "en"])
def test_on_a_telephone_nothing_of_the_extract_is_cut_off_and_each_word_has_its_heading(
    browser: Browser, language: Any
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    told = found(told_many_times().when(an_unlink(hour=7), a_change(), a_link(hour=8)))
    page.set_content(printed(Words(language), told))
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    cut = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
    assert page.evaluate(cut) == 0
    headings = "[...document.querySelectorAll('td')].map(e => getComputedStyle(e, '::before').content)"
    shown = page.evaluate(headings)
    assert shown
    assert "none" not in shown
    page.close()


def test_a_change_says_what_became_what_in_words() -> None:
    register = given(a_registration(), a_registration(sex="", hour=2))
    assert "kvinna → okänt" in extract_page(Words("sv"), found_of(register, CLEO))
    assert "woman → unknown" in extract_page(Words("en"), found_of(register, CLEO))


def test_what_is_kept_shows_the_whole_history_and_leads_nowhere() -> None:
    page = printed(Words("sv"), found(told_many_times().when(an_unlink(hour=7), a_change())))
    assert '<details class="history">' not in page
    assert set(re.findall(r'href="([^"]*)"', page)) <= {"data:,", "#content"}
    assert 'hreflang="en"' in extract_page(Words("sv"), found(told_many_times()))
