"""At the desk: reserve numbers registered and corrected, identities linked and parted, and who may not."""

import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from register import senders
from register.identities.number import PERSONAL_ROOT
from tests.registrar.conftest import Desk
from tests.write_side.builders import a_dose_report, a_person_number

SERIES = "2.25.4711"
STOCKHOLM = "1.2.752.97.3.1.3"


def a_registration(number: str, **said: Any) -> dict[str, Any]:
    return {
        "root": SERIES,
        "value": number,
        "region": "24",
        "birth_date": "1984-02-29",
        "sex": "F",
        "evidence": "passport seen",
    } | said


def a_link(kept: str, absorbed: str, event: str = "linked") -> dict[str, Any]:
    return {
        "event": event,
        "kept": {"root": PERSONAL_ROOT, "value": kept},
        "absorbed": {"root": SERIES, "value": absorbed},
        "evidence": "passport and notice of the tax agency",
    }


def test_a_reserve_number_is_registered_corrected_and_taken_back(desk: Desk) -> None:
    first = desk.post("/api/registrations", a_registration("R-1")).json()
    assert (first["outcome"], first["codes"]) == ("recorded", [])
    again = a_registration("R-1", birth_date="1984-03-01", reference=first["reference"])
    assert desk.post("/api/registrations", again).json()["outcome"] == "corrected"
    told = desk.post("/api/extract", {"root": SERIES, "value": "R-1"}).json()["told"]
    changes = {"field": "stated_birth_date", "old": "1984-02-29", "new": "1984-03-01"}
    assert [one["changes"] for one in told] == [[], [changes]]
    page = desk.form("/person?lang=sv", {"root": SERIES, "value": "R-1"}).text
    assert "Uppgivet födelsedatum: 1984-02-29 → 1984-03-01" in page
    back = again | {"nullified": True, "nullified_reason": "wrong person"}
    assert desk.post("/api/registrations", back).json()["outcome"] == "withdrawn"


def test_a_receipt_is_found_again_by_its_sender_alone(desk: Desk) -> None:
    receipt = desk.post("/api/registrations", a_registration("R-2")).json()["receipt"]
    assert desk.get(f"/api/receipts/{receipt}", role="region").json()["outcome"] == "recorded"
    assert desk.get(f"/api/receipts/{receipt}", role="region", sender="region-25").status_code == 403
    assert desk.get("/api/receipts/region-24-0-99999", role="region").status_code == 404


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"region": "25"}, 403),
        ({"role": "statistician"}, 403),
        ({"role": "coordinator"}, 403),
        ({"sender": None}, 403),
        ({"sender": "nobody"}, 403),
    ],
)
def test_who_may_not_register_in_the_region_registers_nothing(desk: Desk, claims: dict[str, Any], status: int) -> None:
    assert desk.post("/api/registrations", a_registration("R-3"), **claims).status_code == status


def test_a_sender_that_was_shut_out_registers_nothing_until_it_is_let_in_again(desk: Desk) -> None:
    senders.add(desk.settings, "region-24-old")
    senders.shut_out(desk.settings, "region-24-old")
    assert desk.post("/api/registrations", a_registration("R-3"), sender="region-24-old").status_code == 403
    senders.add(desk.settings, "region-24-old")
    answer = desk.post("/api/registrations", a_registration("R-3"), sender="region-24-old")
    assert answer.json()["outcome"] == "recorded"


def test_a_broken_registration_is_answered_with_every_rule(desk: Desk) -> None:
    answer = desk.post("/api/registrations", a_registration(a_person_number(3), root=PERSONAL_ROOT)).json()
    assert answer["outcome"] == "refused"
    assert [code["code"] for code in answer["codes"]] == ["NOT-A-RESERVE-NUMBER"]
    assert desk.post("/api/registrations", a_registration("R-4", birth_date="1984-02-30")).status_code == 422


def test_a_link_makes_one_person_of_two_and_its_end_two_again(desk: Desk) -> None:
    number = a_person_number(11)
    desk.post("/api/registrations", a_registration("R-11"))
    assert desk.post("/api/links", a_link(number, "R-11")).json()["outcome"] == "recorded"
    extract = desk.post("/api/extract", {"value": number}, role="registrar")
    assert extract.status_code == 200, extract.text
    assert {one["value"] for one in extract.json()["identities"]} == {number, "R-11"}
    assert extract.json()["links"][-1]["by"] == "ros-lund, registrar, Desk 3"
    parted = desk.post("/api/links", a_link(number, "R-11", "unlinked"))
    assert parted.json()["outcome"] == "withdrawn"
    alone = desk.post("/api/extract", {"root": SERIES, "value": "R-11"}).json()
    assert [one["value"] for one in alone["identities"]] == ["R-11"]
    assert alone["identities"][0]["born"] == ["1984-02-29"]


def test_only_a_registrar_links_and_every_look_is_in_the_extract(desk: Desk) -> None:
    number = a_person_number(12)
    desk.post("/api/registrations", a_registration("R-12"))
    for role in ("care-professional", "statistician", "region", "certificate-issuer"):
        assert desk.post("/api/links", a_link(number, "R-12"), role=role).status_code == 403
    desk.post("/api/links", a_link(number, "R-12"))
    read_by = desk.post("/api/extract", {"value": number}, role="registrar").json()["read_by"]
    assert [access["action"] for access in read_by][-1] == "extract"
    assert {"link"} <= {access["action"] for access in read_by}


def test_somebody_unknown_has_no_extract_and_a_broken_number_is_told_with_its_rule(desk: Desk) -> None:
    assert desk.post("/api/extract", {"value": a_person_number(900)}).status_code == 404
    answer = desk.post("/api/extract", {"value": "198001019999"})
    assert answer.status_code == 422
    assert "IDENTITY-CHECK-DIGIT" in answer.text
    assert "198001019999" not in answer.text


def test_of_a_reserve_number_without_an_oid_it_is_told_that_the_series_is_missing(desk: Desk) -> None:
    number = "991981000010"  # Stockholm's published example
    link = {"event": "linked", "kept": {"value": a_person_number(13)}, "absorbed": {"value": number}, "evidence": "id"}
    for answer in (desk.post("/api/extract", {"value": number}), desk.post("/api/links", link)):
        assert answer.status_code == 422
        assert "IDENTITY-ROOT-UNKNOWN" in answer.text
        assert "IDENTITY-CHECK-DIGIT" not in answer.text
        assert number not in answer.text


def test_the_page_registers_and_says_what_became_of_it(desk: Desk) -> None:
    fields = {"series": "other", "root": SERIES, "value": "R-21", "region": "24", "birth_year": "1990", "sex": "M"}
    shown = desk.form("/desk/registrations?lang=en", fields | {"evidence": "id card seen"})
    assert shown.status_code == 200
    assert "Recorded." in shown.text
    broken = desk.form("/desk/registrations?lang=en", fields | {"birth_year": "nineteen"})
    assert broken.status_code == 422
    assert "birth_year" in broken.text
    assert 'value="R-21"' in broken.text, "what was typed is kept"


def test_the_page_links_by_a_form_and_refuses_without_evidence(desk: Desk) -> None:
    fields = {
        "event": "linked",
        "kept_series": PERSONAL_ROOT,
        "kept_value": a_person_number(22),
        "absorbed_series": "other",
        "absorbed_root": SERIES,
        "absorbed_value": "R-22",
        "reason": "same-person",
    }
    refused = desk.form("/desk/links?lang=sv", fields)
    assert "LINK-EVIDENCE-MISSING" in refused.text
    taken = desk.form("/desk/links?lang=sv", fields | {"evidence": "pass visat"})
    assert "Registrerat." in taken.text


@pytest.mark.parametrize(("language", "told"), [("sv", "en serie är vald i listan"), ("en", "a series is chosen")])
def test_a_typed_series_beside_another_in_the_list_links_and_registers_nobody(
    desk: Desk, language: str, told: str
) -> None:
    number = a_person_number(24)
    link = {"event": "linked", "kept_series": PERSONAL_ROOT, "kept_root": STOCKHOLM, "kept_value": number}
    absorbed = {"absorbed_series": "other", "absorbed_root": SERIES, "absorbed_value": "R-24", "evidence": "pass"}
    refused = desk.form(f"/desk/links?lang={language}", link | absorbed)
    registration = {"series": "1.2.752.74.9.1", "root": "1.2.752.74.9.7", "value": "19890715R910", "region": "24"}
    registered = desk.form(f"/desk/registrations?lang={language}", registration)
    asked = desk.form(f"/person?lang={language}", {"root": PERSONAL_ROOT, "typed_root": SERIES, "value": number})
    for page in (refused, registered, asked):
        assert page.status_code == 422
        assert told in page.text
    for root, value in ((SERIES, "R-24"), ("1.2.752.74.9.1", "19890715R910"), ("1.2.752.74.9.7", "19890715R910")):
        assert desk.post("/api/extract", {"root": root, "value": value}).status_code == 404


def test_every_reason_is_told_at_once_of_the_identity_and_field_that_it_is_about(desk: Desk) -> None:
    wrong = "198001019999"
    said = desk.post("/api/links", a_link(wrong, "R-25") | {"evidence": ""})
    assert said.status_code == 422
    assert [part.partition(" (")[0] for part in said.json()["detail"].split("; ")] == [
        "kept.value: IDENTITY-CHECK-DIGIT",
        "evidence: LINK-EVIDENCE-MISSING",
    ]
    other_way = a_link(a_person_number(25), "") | {"evidence": "id"}
    assert desk.post("/api/links", other_way).json()["detail"].startswith("absorbed.value: IDENTITY-MISSING")
    refused = desk.post("/api/links", a_link(a_person_number(25), "R-25") | {"evidence": ""}).json()
    assert [(code["code"], code["fields"]) for code in refused["codes"]] == [("LINK-EVIDENCE-MISSING", ["evidence"])]
    form = {"event": "linked", "kept_series": "other", "kept_root": SERIES, "kept_value": "R-25"}
    form |= {"absorbed_series": PERSONAL_ROOT, "absorbed_value": wrong}
    page = desk.form("/desk/links?lang=sv", form).text
    assert "Identiteten som går upp i den: kontrollsiffran stämmer inte" in page
    assert set(re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', page)) == {"absorbed_value", "evidence"}
    for described in re.findall(r'aria-describedby="([\w-]+)"', page):
        assert f'id="{described}"' in page
    broken = {"series": "other", "root": PERSONAL_ROOT, "value": wrong, "birth_date": "1984-02-30", "region": "24"}
    page = desk.form("/desk/registrations?lang=en", broken).text
    assert set(re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', page)) == {"birth_date", "value"}


def test_a_pair_goes_into_the_form_with_its_series_chosen_and_the_list_stays_where_it_was(desk: Desk) -> None:
    at = "2020-01-01/1/9/9/EY7"
    pair = {"kept_series": "other", "kept_root": PERSONAL_ROOT, "kept_value": a_person_number(26)}
    pair |= {
        "absorbed_series": "other",
        "absorbed_root": SERIES,
        "absorbed_value": "R-26",
        "listed": "yes",
        "after": at,
    }
    page = desk.form("/desk/pair?lang=en", pair)
    assert page.status_code == 200
    form = page.text[page.text.index('action="/desk/links') :]
    assert f'<option value="{PERSONAL_ROOT}" selected' in form
    assert 'name="kept_root" id="link-kept-root" value=""' in form
    assert f'name="absorbed_root" id="link-absorbed-root" value="{SERIES}"' in form
    assert f'name="after" value="{at}"' in form
    assert "have been looked at" in page.text
    sent = desk.form("/desk/links?lang=en", pair | {"evidence": "passport"})
    assert "Recorded." in sent.text
    assert "have been looked at" in sent.text
    assert f'name="after" value="{at}"' in sent.text


def test_the_page_refuses_in_swedish_and_offers_the_readers_own_region_alone(desk: Desk) -> None:
    form = desk.get("/desk?lang=sv").text
    assert 'value="24"' in form
    assert 'value="25"' not in form
    fields = {"series": "other", "root": SERIES, "value": "R-23", "region": "25"}
    refused = desk.form("/desk/registrations?lang=sv", fields)
    assert refused.status_code == 403
    assert "bara om sin egen region" in refused.text


def test_nobody_without_a_token_sees_the_desk_or_a_person(desk: Desk) -> None:
    for path in ("/desk", "/person", "/me", "/api/candidates"):
        assert httpx.get(desk.address + path).status_code == 401, path


def test_who_has_a_reserve_number_may_have_a_certificate_for_the_doses_on_both_numbers(desk: Desk) -> None:
    number = a_person_number(31)
    desk.post("/api/registrations", a_registration("R-31"))
    desk.post("/api/links", a_link(number, "R-31"))
    asked = {"root": SERIES, "value": "R-31", "on": "2021-07-08"}
    desk.says(a_dose_report(700, identity_value=number, given_on="2021-03-01"))
    desk.says(a_dose_report(701, identity_root=SERIES, identity_value="R-31", given_on="2021-04-20"))

    def counted() -> int:
        answer = desk.post("/api/eligibility", asked, role="certificate-issuer", region=None)
        return int(answer.json()["doses_counted"]) if answer.status_code == 200 else 0

    until(lambda: counted() == 2)


def test_two_with_the_same_birth_date_and_dose_are_proposed_until_somebody_decides(desk: Desk) -> None:
    number = a_person_number(0, 1975)  # born on 1 January 1975, a woman
    for value, born in (("R-51", "1975-01-01"), ("R-52", "1975-06-01")):
        desk.post("/api/registrations", a_registration(value, birth_date=born))
    desk.post("/api/registrations", a_registration("R-53", birth_date=None, birth_year=1975))
    shared = [(SERIES, "R-51"), (SERIES, "R-52"), (SERIES, "R-53"), (PERSONAL_ROOT, number)]
    for reference, (root, value) in enumerate(shared):
        desk.says(a_dose_report(600 + reference, identity_root=root, identity_value=value, batch="EY7"))

    def pairs() -> list[set[str]]:
        found = desk.get("/api/candidates").json()["candidates"]
        return [{pair["one"]["value"], pair["other"]["value"]} for pair in found]

    until(lambda: pairs() == [{number, "R-51"}])
    page = desk.get("/api/candidates").json()
    assert (page["looked_at"], page["next"]) == (page["of"], None)
    assert desk.get("/api/candidates?after=2020-01-01/1/9/9/EY7").json()["candidates"] == []
    assert desk.get("/api/candidates?after=nothing").status_code == 422
    assert "R-51" in desk.form("/desk/candidates?lang=en", {}).text
    # Of whom only the year is known is proposed when a second dose is shared as well.
    for reference, (root, value) in enumerate(shared[2:]):
        dose = a_dose_report(
            610 + reference, identity_root=root, identity_value=value, batch="EY8", given_on="2021-06-01"
        )
        desk.says(dose)
    until(lambda: {number, "R-53"} in pairs())
    for value in ("R-51", "R-53"):
        desk.post("/api/links", a_link(number, value, "different"))
    until(lambda: pairs() == [])
    read_by = desk.post("/api/extract", {"value": number}).json()["read_by"]
    assert "candidates" in {access["action"] for access in read_by}


def test_looking_at_pairs_is_a_form_so_that_a_link_elsewhere_writes_no_reading_in_anybodys_name(desk: Desk) -> None:
    assert desk.get("/desk/candidates?lang=en").status_code == 405
    elsewhere = desk.headers() | {"Sec-Fetch-Site": "cross-site"}
    assert httpx.post(f"{desk.address}/desk/candidates", headers=elsewhere).status_code == 403
    assert "May be the same person" in desk.form("/desk/candidates?lang=en", {}).text


def until(seen: Callable[[], bool], seconds: float = 20) -> None:
    last = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < last, "not seen"
        time.sleep(0.1)


@pytest.mark.parametrize("told", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_on_another_sites_page_changes_nothing(desk: Desk, told: dict[str, str]) -> None:
    fields = {"series": "other", "root": SERIES, "value": "R-90", "region": "24"}
    sent = httpx.post(f"{desk.address}/desk/registrations", data=fields, headers=desk.headers() | told)
    assert sent.status_code == 403
    own = {"Origin": desk.address, "Sec-Fetch-Site": "same-origin"}
    assert (
        httpx.post(f"{desk.address}/desk/registrations", data=fields, headers=desk.headers() | own).status_code == 200
    )


def test_reading_on_a_page_is_told_as_such(desk: Desk) -> None:
    desk.post("/api/registrations", a_registration("R-91"))
    desk.form("/person?lang=en", {"root": SERIES, "value": "R-91"})
    read_by = desk.post("/api/extract", {"root": SERIES, "value": "R-91"}).json()["read_by"]
    assert [access["channel"] for access in read_by] == ["page", "api"]


def test_who_gives_care_sees_every_dose_with_its_flags_and_a_region_its_own_without_what_others_told(
    desk: Desk,
) -> None:
    number = a_person_number(41)
    desk.says(a_dose_report(740, identity_value=number, given_on="2021-03-01", care_unit_municipality="0180"))
    desk.says(a_dose_report(741, identity_value=number, given_on="2021-03-04", care_unit_municipality="2480"))
    asked = {"root": PERSONAL_ROOT, "value": number}

    def doses(path: str, **claims: Any) -> list[tuple[str, bool]]:
        answer = desk.post(path, asked, role="care-professional", **claims)
        if answer.status_code != 200:
            return []
        return [(dose["given_on"], "INTERVAL-SHORT" in dose["flags"]) for dose in answer.json()["doses"]]

    until(lambda: len(doses("/api/doses")) == 2)
    assert doses("/api/doses") == [("2021-03-01", False), ("2021-03-04", True)]
    # The region's own by its sender, or by where the unit lies.
    assert doses("/api/region/doses") == [("2021-03-01", False), ("2021-03-04", False)]
    assert doses("/api/region/doses", sender="another") == [("2021-03-04", False)]
    assert doses("/api/region/doses", region="01", sender="another") == [("2021-03-01", False)]
