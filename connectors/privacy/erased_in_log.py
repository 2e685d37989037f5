"""Who was erased, as Kafka's log of facts tells: it goes on where a restored event store may end."""

from typing import Any

from projections import log_reader
from register.erasure.facts import PersonErased
from register.topics import PEOPLE
from schemas import decode, schema

AT_ONCE = 200_000  # records


def erased_in_log(kafka: dict[str, Any]) -> list[int]:
    """The ids of everybody whose erasure was published."""
    frame, found = schema(PersonErased.NAME).frame, set[int]()
    ends = log_reader.ends(kafka, [PEOPLE])
    for part in log_reader.read(kafka, {}, {place: end for place, end in ends.items() if end}, AT_ONCE):
        for batch in (batch for batches in part.values() for batch in batches):
            # One look at the whole batch: of ten million facts one is an erasure.
            if batch.records is not None and frame not in bytes(batch.records):
                continue
            for record in batch.stored:
                if record.value is not None and record.value.startswith(frame):
                    found.add(decode(record.value)[1]["person_id"])
    return sorted(found)
