"""Deliveries: reported, corrected, moved between stocks and withdrawn like doses."""

from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from register.deliveries.facts import (
    DeliveryCorrected,
    DeliveryRecorded,
    DeliveryReinstated,
    DeliveryWithdrawn,
)
from register.deliveries.history import history_of
from register.ids import stock_id
from tests.doses.sentences import Register, Report, a_delivery, given, nullified


def on_hand(register: Register) -> dict[int, int]:
    """Doses received per stock, by the facts alone."""
    return {
        stock: total
        for stock, history in register.stocks.items()
        if (total := sum(one.content.doses for one in history.deliveries.values() if one.live and one.content))
    }


STOCK = stock_id("24", "", "Comirnaty", "EW2239")


def test_a_delivery_enters_the_stock_of_its_region_unit_product_and_batch() -> None:
    register = given().when(a_delivery(product="pfizer")).then(DeliveryRecorded, outcome="recorded")
    assert register.last.product == "Comirnaty"
    assert on_hand(register) == {STOCK: 1170}


def test_the_same_delivery_again_is_already_known() -> None:
    given(a_delivery()).when(a_delivery()).then_nothing()


def test_another_number_of_doses_corrects_the_delivery() -> None:
    register = given(a_delivery()).when(a_delivery(hour=2, doses="975"))
    register.then(DeliveryCorrected, outcome="corrected")
    assert on_hand(register) == {STOCK: 975}


def test_a_delivery_written_earlier_never_overwrites_a_later_one() -> None:
    given(a_delivery(hour=2)).when(a_delivery(hour=1, doses="1")).then_nothing("OLDER-THAN-KNOWN")
    register = given(a_delivery(hour=1)).when(a_delivery(hour=3)).then(DeliveryCorrected, outcome="already-known")
    register.when(a_delivery(hour=2, doses="1")).then_nothing("OLDER-THAN-KNOWN")


def test_a_delivery_corrected_to_another_batch_moves_to_another_stock_and_keeps_its_id() -> None:
    register = given(a_delivery())
    first = register.last.delivery_id
    register.when(a_delivery(hour=2, batch="EX1")).then(DeliveryWithdrawn, DeliveryRecorded, outcome="corrected")
    assert register.last.cause == "corrected"
    assert register.last.delivery_id == first
    assert on_hand(register) == {stock_id("24", "", "Comirnaty", "EX1"): 1170}
    register.when(a_delivery(hour=3)).then(DeliveryWithdrawn, DeliveryRecorded)
    assert on_hand(register) == {STOCK: 1170}


def test_a_nullified_delivery_is_withdrawn_and_may_come_again() -> None:
    register = given(a_delivery()).when(nullified(a_delivery())).then(DeliveryWithdrawn, outcome="withdrawn")
    assert on_hand(register) == {}
    register.when(nullified(a_delivery())).then_nothing()
    register.when(a_delivery(hour=3)).then(DeliveryReinstated, outcome="corrected", codes=("REINSTATED",))
    assert on_hand(register) == {STOCK: 1170}


def test_a_nullification_finds_its_delivery_whatever_stock_it_names() -> None:
    given(a_delivery()).when(nullified(a_delivery(batch="", region=""))).then(DeliveryWithdrawn, outcome="withdrawn")


def test_a_withdrawal_that_overtakes_its_delivery_is_remembered() -> None:
    register = given().when(nullified(a_delivery(), hour=2))
    register.then(DeliveryWithdrawn, outcome="withdrawn", codes=("WITHDRAWAL-BEFORE-REPORT",))
    register.when(a_delivery(hour=1)).then_nothing("OLDER-THAN-KNOWN")
    register.when(a_delivery(hour=3)).then(DeliveryRecorded, outcome="recorded")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"event": "lost"}, "EVENT-UNKNOWN"),
        ({"on": "w18"}, "DATE-MALFORMED"),
        ({"on": "2021-07-02"}, "DATE-IN-FUTURE"),
        ({"region": "02"}, "REGION-UNKNOWN"),
        ({"doses": "a box"}, "DOSES-MALFORMED"),
        ({"doses": "-5"}, "DOSES-MALFORMED"),
        ({"doses": "9" * 30}, "DOSES-MALFORMED"),
    ],
)
def test_a_delivery_that_cannot_be_understood_is_refused(changes: dict[str, Any], code: str) -> None:
    given().when(a_delivery(**changes)).then_refused(code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"product": "Sputnik"}, "PRODUCT-UNKNOWN"),
        ({"batch": ""}, "BATCH-MISSING"),
        ({"best_before": "soon"}, "BEST-BEFORE-MALFORMED"),
        ({"best_before": "2021-05-02"}, "BEST-BEFORE-PASSED"),
        ({"unit": "19121212" + "1212"}, "TEXT-HOLDS-IDENTITY"),
    ],
)
def test_what_is_remarkable_is_recorded_with_a_flag(changes: dict[str, Any], code: str) -> None:
    assert given().when(a_delivery(**changes)).then(DeliveryRecorded).last.flags == (code,)


@st.composite
def deliveries(draw: st.DrawFn) -> list[Report]:
    """Reports of two records that wander between stocks, each written at a time of its own."""
    said = st.tuples(
        st.sampled_from(["1", "2"]), st.sampled_from(["X1", "X2"]), st.sampled_from(["5", "7"]), st.booleans()
    )
    written = []
    for hour, (reference, batch, doses, taken_back) in enumerate(draw(st.lists(said, max_size=8))):
        report = a_delivery(hour, unique_reference=reference, batch=batch, doses=doses)
        written.append(nullified(report, hour) if taken_back else report)
    return written


@for_all(deliveries(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_what_is_on_hand_does_not_depend_on_the_order_of_arrival(said: list[Report], chance: Any) -> None:
    latest = {report.fields["unique_reference"]: report.fields for report in said}
    expected: dict[int, int] = {}
    for fields in latest.values():
        if not fields["nullified"]:
            stock = stock_id("24", "", "Comirnaty", fields["batch"])
            expected[stock] = expected.get(stock, 0) + int(fields["doses"])
    chance.shuffle(said)
    register = given(*said)
    assert on_hand(register) == expected
    for stock, history in register.stocks.items():
        facts = [fact for fact in register.facts if fact.stock_id == stock]  # type: ignore[union-attr]
        assert history_of(stock, facts) == history  # type: ignore[arg-type]


@for_all(st.permutations([{"doses": "975"}, {"doses": "1170"}, {"batch": "EX1"}, {"unit": "SE1"}, {"nullified": True}]))
def test_of_deliveries_written_at_the_same_time_the_same_one_holds_whichever_arrives_first(said: list[Any]) -> None:
    assert on_hand(given(*(a_delivery(**words) for words in said))) == {}
    content = [words for words in said if "nullified" not in words]
    assert on_hand(given(*(a_delivery(**words) for words in content))) == {
        stock_id("24", "SE1", "Comirnaty", "EW2239"): 1170
    }
