"""A link of two people and its undoing as facts, as the register would write them, whatever was known before."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from tests.coverage.histories import Fact, fact
from tests.coverage.oracle import Person, people_after
from tests.links_read_side.facts import copies


class Writer:
    """Facts on one day after others, each the next one of its person's history."""

    def __init__(self, log: Sequence[Fact], day: date, cause: str) -> None:
        self.people, self.day, self.cause = people_after(log), day, cause
        self.facts: list[Fact] = []

    def write(self, name: str, person: int, **said: Any) -> None:
        """One fact."""
        self.people[person].version += 1
        self.facts.append(fact(name, person, self.people[person].version, self.day, **{"cause": self.cause} | said))

    def move(self, dose: dict[str, Any], here: int, there: int, name: str) -> None:
        """A dose from one person to another."""
        self.write("DoseWithdrawn.v1", here, dose_id=dose["dose_id"])
        said = {
            key: value for key, value in dose.items() if key not in ("person_id", "version", "recorded_at", "cause")
        }
        self.write(name, there, **said)

    def restate(self, person: int, *said_of: Person) -> None:
        """Who a person is: as the first says, and what that one does not say, the others do."""
        homes = {day: place for one in reversed(said_of) for day, place in one.homes.items()}
        protected = next((one for one in said_of if one.grade), said_of[0])
        self.write(
            "PersonRestated.v1",
            person,
            birth_year=next((one.birth_year for one in said_of if one.birth_year), None),
            sex=next((one.sex for one in said_of if one.sex != "unknown"), "unknown"),
            died_on=next((one.died_on for one in said_of if one.died_on), None),
            protected_on=protected.protected_on,
            protection=protected.grade,
            residence_days=sorted(homes),
            residence_municipalities=[homes[day][0] for day in sorted(homes)],
            residence_desos=[homes[day][1] for day in sorted(homes)],
        )

    def say(self, state: str, kept: int, absorbed: int) -> None:
        """The fact about the pair, in both histories."""
        for person in (kept, absorbed):
            self.people[person].version += 1
        low = min(kept, absorbed)
        self.facts += copies(state, kept, absorbed, self.people[low].version)


def linked(log: Sequence[Fact], kept: int, absorbed: int, day: date) -> list[Fact]:
    """The facts of a link."""
    writer, people = Writer(log, day, "linked"), people_after(log)
    writer.say("linked", kept, absorbed)
    for dose in people[absorbed].doses.values():
        writer.move(dict(dose), absorbed, kept, "DoseRecorded.v1")
    writer.restate(kept, people[kept], people[absorbed])
    return writer.facts


def unlinked(log: Sequence[Fact], known: Sequence[Fact], kept: int, absorbed: int, day: date) -> list[Fact]:
    """The facts that undo a link; `log` is all that was known before it, `known` all that is known now."""
    writer, people = Writer(known, day, "unlinked"), people_after(log)
    writer.say("unlinked", kept, absorbed)
    for dose in people[absorbed].doses.values():
        writer.move(dict(dose), kept, absorbed, "DoseReinstated.v1")
    for person in (kept, absorbed):
        writer.restate(person, people[person])
    return writer.facts
