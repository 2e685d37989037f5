"""A log of facts about made-up people, as a register would have written it, straight onto `events.people`.

Everyone is identified, most are registered with a residence (four in five with a DeSO) before the first dose; nine in
ten of those with one dose have a second; one dose in a hundred is corrected or withdrawn within the month.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import accumulate
from multiprocessing import get_context
from typing import Any

from register import record_batches, topics
from register.areas import municipalities
from register.clock import clock_from
from register.ids import event_key
from register.settings import Settings, settings_from
from schemas import schema

FACTS_PER_PERSON = 3.87  # 1 identified, 0.95 registered, 1 + 0.9 doses, 0.02 corrected or withdrawn
AT_ONCE = 2_000  # records in a batch, about as many as the relay puts into one
MAKERS = 2

_FIRST_DAY = date(2020, 12, 27)
_LOADED = datetime(2020, 12, 20, 8, tzinfo=UTC)
_PRODUCTS = ("Comirnaty",) * 7 + ("Spikevax", "Vaxzevria", "Jcovden")
_UNITS = [f"SE2321000131-E{number:012d}" for number in range(400)]

Fact = tuple[datetime, str, dict[str, Any]]


def fill(settings: Settings, env: dict[str, str], facts: int) -> int:
    """Put about so many facts on `events.people`, in the order in which they became known; returns how many."""
    topics.create(settings, topics.events())
    people = max(MAKERS, round(facts / FACTS_PER_PERSON)) // MAKERS
    with ProcessPoolExecutor(MAKERS, mp_context=get_context("spawn")) as makers:
        return sum(makers.map(partial(_produce, env, people), range(MAKERS)))


def _produce(env: dict[str, str], people: int, maker: int) -> int:
    settings = settings_from(env)
    producer = record_batches.connect(settings, "bench-maker")
    told = sorted(_facts(random.Random(maker), people), key=lambda fact: fact[0])
    waiting: dict[int, list[record_batches.Record]] = defaultdict(list)

    def send(partition: int) -> None:
        now = int(clock_from({})().timestamp() * 1000)
        sent = record_batches.send(producer, topics.PEOPLE, partition, waiting.pop(partition), now)
        record_batches.acknowledged(sent)

    for _, name, fields in told:
        key = event_key(fields["person_id"])
        partition = record_batches.partition_of(key, settings.partitions)
        waiting[partition].append((key, schema(name).encode(fields)))
        if len(waiting[partition]) >= AT_ONCE:
            send(partition)
    for partition in list(waiting):
        send(partition)
    producer.close()
    return len(told)


def _facts(chance: random.Random, people: int) -> Iterator[Fact]:
    areas = sorted(municipalities())
    # Some are large, most are small.
    sizes = list(accumulate(1 / (place + 3) for place in range(len(areas))))
    for _ in range(people):
        yield from _of_person(chance, chance.choices(areas, cum_weights=sizes)[0])


def _of_person(chance: random.Random, area: str) -> Iterator[Fact]:
    person, version = chance.getrandbits(62), 0
    described = {"birth_year": chance.randint(1925, 2005), "sex": chance.choice(("F", "M"))}

    def fact(name: str, at: datetime, **said: Any) -> Fact:
        nonlocal version
        version += 1
        common = {"person_id": person, "version": version, "recorded_at": at, "receipt": f"bench-0-{version}"}
        return at, name, common | said

    loaded = _LOADED + timedelta(seconds=chance.randrange(3600))
    yield fact("PersonIdentified.v1", loaded, identity_kind="personal", **described)
    if chance.random() < 0.95:
        deso = f"{area}{chance.choice('ABC')}{chance.randrange(1, 13) * 10 + 1000:04d}" if chance.random() < 0.8 else ""
        home = {"on": date(2020, 12, 1), "municipality": area, "deso": deso}
        stated = {f"stated_{word}": said for word, said in described.items()}
        yield fact("PersonRegistered.v1", loaded, reported_at=loaded, **home, **stated, **described)
    given_on, product = _FIRST_DAY + timedelta(days=int(180 * chance.random() ** 0.5)), chance.choice(_PRODUCTS)
    for number in (1, 2):
        if number == 2 and chance.random() > 0.9:
            return
        dose = _dose(chance, given_on, product, number, area)
        late = timedelta(days=chance.randrange(8, 40)) if chance.random() < 0.03 else timedelta()
        known = datetime(given_on.year, given_on.month, given_on.day, 9, tzinfo=UTC) + late
        known += timedelta(seconds=chance.randrange(30_000))
        yield fact("DoseRecorded.v1", known, cause="reported", reported_at=known, **dose)
        given_on += timedelta(days=chance.randrange(38, 46))
        if chance.random() < 0.01:
            # Before a second dose, so that versions follow the order of time.
            changed = min(known + timedelta(days=chance.randrange(30)), known + timedelta(days=20))
            if chance.random() < 0.5:
                said = {key: dose[key] for key in ("dose_id", "record")}
                yield fact("DoseWithdrawn.v1", changed, cause="withdrawn", reported_at=changed, reason="test", **said)
            else:
                yield fact(
                    "DoseCorrected.v1", changed, cause="corrected", reported_at=changed, **dose | {"batch": "EX2"}
                )
        if late and number == 1:
            given_on += timedelta(days=40)  # known after the first, whatever the delay


def _dose(chance: random.Random, given_on: date, product: str, number: int, area: str) -> dict[str, Any]:
    return {
        "dose_id": chance.getrandbits(62),
        "record": chance.randbytes(16),
        "system_name": "Journal",
        "sender": "bench",
        "given_on": given_on,
        "disease": "COVID19",
        "product": product,
        "batch": f"EX{chance.randrange(900):04d}",
        "dose_number": number,
        "care_provider": "232100-0131",
        "care_unit": chance.choice(_UNITS),
        "care_unit_municipality": area,
        "setting": "",
        "campaign": "",
        "suspected_duplicate_of": None,
        "flags": [],
    }
