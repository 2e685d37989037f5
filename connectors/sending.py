"""A file's rows on their way to the register, and the receipts that answer them.

Memory stays bounded however long a file is: no more than `IN_FLIGHT` rows lie between the oldest row without an
answer and the newest one sent. Sent again after an interruption nothing is doubled, because the register knows a
record by its system and reference, or by its content.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from kafka import KafkaAdminClient
from kafka.errors import GroupAuthorizationFailedError, KafkaError

from connectors.channel import Answer, Channel
from connectors.incoming.rows import BrokenRow, Report
from register.intake import GROUP
from register.settings import Settings

IN_FLIGHT = 20_000  # rows
_AT_ONCE = 2_000  # rows sent between two looks at the receipts
_PATIENCE = 0.2  # seconds that a look waits when nothing else is to be done


class NoAnswer(Exception):
    """The time that the caller gave for receipts is over; the rows sent are safe and will be decided."""


def _silent(*_: float) -> None:
    """Nobody watches."""


def refused_here(broken: BrokenRow) -> Answer:
    """The answer for a row that could not become a report."""
    return Answer(broken.row, "refused", (broken.code,), field=broken.field or None)


def send(
    rows: Iterable[Report | BrokenRow], channel: Channel, progress: Callable[[int], None] = _silent
) -> Iterator[Answer]:
    """Hand all rows to Kafka and return when it has them; only rows that are no reports are answered, at once."""
    remaining = iter(rows)
    sent = 0
    while some := list(islice(remaining, _AT_ONCE)):
        channel.send(some)
        yield from (refused_here(item) for item in some if isinstance(item, BrokenRow))
        sent += len(some)
        progress(sent)
    channel.flush()


def send_and_wait(
    rows: Iterable[Report | BrokenRow],
    channel: Channel,
    *,
    timeout: float | None = None,
    progress: Callable[[int, float], None] = _silent,
) -> Iterator[Answer]:
    """One answer per row, in the order of the rows, which are numbered from 1 without gaps.

    `progress` hears how many rows were handed over and for how many seconds no receipt has come; after `timeout`
    seconds of that NoAnswer is raised.
    """
    remaining, exhausted = iter(rows), False
    held: dict[int, Answer] = {}
    broken: dict[int, str] = {}
    last_sent, next_row = 0, 1
    heard = time.monotonic()
    while not (exhausted and next_row > last_sent):
        room = min(_AT_ONCE, IN_FLIGHT - (last_sent - next_row + 1))
        some = [] if exhausted else list(islice(remaining, room))
        exhausted = exhausted or len(some) < room
        channel.send(some)
        broken.update((item.row, item.field) for item in some if isinstance(item, BrokenRow))
        last_sent = some[-1].row if some else last_sent
        if exhausted:
            channel.flush()
        for answer in channel.answers(0 if some else _PATIENCE):
            heard = time.monotonic()
            # The relay may say a thing twice; the first answer stands.
            if answer.row >= next_row:
                held.setdefault(answer.row, answer)
        while next_row in held:
            field = broken.pop(next_row, None)
            yield held.pop(next_row)._replace(field=field or None)
            next_row += 1
        if next_row > last_sent:
            heard = time.monotonic()
        silence = time.monotonic() - heard
        progress(last_sent, silence)
        if timeout is not None and silence > timeout:
            raise NoAnswer(f"no receipt for {timeout:g} s; rows {next_row} to {last_sent} have no answer yet")


def intake_runs(settings: Settings) -> bool | None:
    """Whether any intake reads reports now, as Kafka knows its members; None if Kafka does not tell us."""
    admin = KafkaAdminClient(**settings.kafka("vaxreg-lag"))
    try:
        return bool(admin.describe_groups([GROUP])[GROUP]["members"])
    except GroupAuthorizationFailedError:
        return None
    except KafkaError:  # a broker that never had a group has nobody to ask about it
        return False
    finally:
        admin.close()
