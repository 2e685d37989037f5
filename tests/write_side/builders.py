"""Reports and facts with good defaults, and what stands on a topic."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from register.doses.facts import DoseRecorded
from register.ids import new_id
from register.settings import Settings
from schemas import decode, schema

REPORTED = datetime(2021, 5, 1, 8, tzinfo=UTC)


def a_person_number(n: int, year: int = 1950) -> str:
    """A well-formed personal identity number out of a range that is never given out (birth number 98x)."""
    day_of_year, birth = divmod(n, 19)
    month, day = day_of_year // 28 % 12 + 1, day_of_year % 28 + 1
    digits = f"{year + day_of_year // 336:04d}{month:02d}{day:02d}{980 + birth:03d}"
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(digits[2:]))
    return f"{digits}{-total % 10}"


def a_dose_report(number: int = 1, **said: Any) -> bytes:
    """One dose for the person with this running number, under a reference of its own."""
    return schema("DoseReport.v1").encode(
        {
            "system_name": "Journal",
            "unique_reference": f"ref-{number}",
            "reported_at": REPORTED,
            "identity_root": "1.2.752.129.2.1.3.1",
            "identity_value": a_person_number(number),
            "given_on": "2021-04-20",
            "disease": "covid-19",
            "npl_id": "",
            "product_name": "Comirnaty",
            "batch": "EX1",
            "dose_number": "1",
            "care_provider": "232100-0131",
            "care_unit": "SE2321000131-E000000000001",
            "care_unit_municipality": "1480",
            "setting": "",
            "campaign": "",
            "nullified": False,
            "nullified_reason": "",
            "upload": None,
            "upload_name": None,
            "row": None,
            **said,
        }
    )


def a_registration_report(number: int = 1, **said: Any) -> bytes:
    """Region Västerbotten has issued the reserve number of this running number, under a reference of its own."""
    return schema("ReserveNumberReport.v1").encode(
        {
            "system_name": "Numbers",
            "unique_reference": f"ref-{number}",
            "reported_at": REPORTED,
            "identity_root": "2.25.4711",
            "identity_value": f"R-{number:04d}",
            "region": "24",
            "birth_date": "1984-02-29",
            "birth_year": "",
            "sex": "F",
            "evidence": "passport seen",
            "registered_by": "desk 3",
            "registered_on": "2021-04-01",
            "nullified": False,
            "nullified_reason": "",
            "upload": None,
            "upload_name": None,
            "row": None,
            **said,
        }
    )


def a_link_report(kept: int, absorbed: int, hours: int = 1, **said: Any) -> bytes:
    """The people with these two running numbers are one, found so many hours after the doses were reported."""
    return schema("IdentityLinkReport.v1").encode(
        {
            "system_name": "Numbers",
            "unique_reference": "",
            "reported_at": REPORTED + timedelta(hours=hours),
            "event": "linked",
            "identity_root": "1.2.752.129.2.1.3.1",
            "identity_value": a_person_number(kept),
            "absorbed_root": "1.2.752.129.2.1.3.1",
            "absorbed_value": a_person_number(absorbed),
            "reason": "",
            "evidence": "passport seen",
            "decided_by": "registrar",
            "upload": None,
            "upload_name": None,
            "row": None,
            **said,
        }
    )


def a_delivery_report(number: int = 1, **said: Any) -> bytes:
    """One delivery under a reference of its own."""
    return schema("DeliveryReport.v1").encode(
        {
            "system_name": "Stock",
            "unique_reference": f"ref-{number}",
            "reported_at": REPORTED,
            "event": "received",
            "on": "2021-04-01",
            "region": "14",
            "unit": "SE2321000131-E000000000001",
            "product": "Comirnaty",
            "batch": "EX1",
            "doses": "100",
            "best_before": "",
            "nullified": False,
            "nullified_reason": "",
            "upload": None,
            "upload_name": None,
            "row": None,
            **said,
        }
    )


def a_dose_fact(person_id: int, version: int = 1, **said: Any) -> DoseRecorded:
    fields: dict[str, Any] = {
        "person_id": person_id,
        "version": version,
        "recorded_at": REPORTED,
        "receipt": f"clinic-0-{version}",
        "dose_id": new_id(),
        "cause": "reported",
        "record": bytes(16),
        "reported_at": REPORTED,
        "system_name": "Journal",
        "sender": "clinic",
        "given_on": date(2021, 4, 20),
        "disease": "covid-19",
        "product": "Comirnaty",
        "batch": "EX1",
        "dose_number": 1,
        "care_provider": "",
        "care_unit": "",
        "care_unit_municipality": "",
        "setting": "",
        "campaign": "",
        "suspected_duplicate_of": None,
        "flags": (),
    }
    return DoseRecorded(**{**fields, **said})


def send(settings: Settings, topic: str, *values: bytes) -> None:
    producer = KafkaProducer(**settings.kafka("sender"), allow_auto_create_topics=False)
    for place, value in enumerate(values):
        producer.send(topic, key=place.to_bytes(8, "big"), value=value)
    producer.flush()
    producer.close()


def on_topic(settings: Settings, topic: str) -> list[tuple[TopicPartition, bytes, dict[str, Any]]]:
    """Everything on a topic now: where, key and content, partition by partition in its order."""
    consumer = KafkaConsumer(**settings.kafka("reader"))
    try:
        places = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(places)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(places)
        found: list[tuple[TopicPartition, bytes, dict[str, Any]]] = []
        while any(consumer.position(place) < ends[place] for place in places):
            for place, records in consumer.poll(1000).items():
                found += [(place, record.key, decode(record.value)[1]) for record in records]
        return sorted(found, key=lambda one: one[0])
    finally:
        consumer.close()


def until(question: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait for a true answer."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return answer
