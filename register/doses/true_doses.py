"""Which doses are true, given the latest report of every record: a pure question, whatever the order of arrival."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter

from register.doses.history import DoseContent, Record
from register.last_word import in_writing


@dataclass(slots=True, eq=False)
class Source:
    """A standing record and what it says."""

    record: Record
    content: DoseContent


@dataclass(slots=True, eq=False)
class Dose:
    """A dose that was given: the records that say so, the leading one first, and the dose it probably repeats."""

    sources: list[Source]
    dose_id: int = 0
    repeats: "Dose | None" = None

    @property
    def leading(self) -> Source:
        """The source whose words the register takes."""
        return self.sources[0]


def true_doses(sources: Iterable[Source]) -> list[Dose]:
    """The doses that the standing records amount to."""
    days: dict[tuple[str, date], list[Source]] = {}
    for source in sources:
        days.setdefault((source.content.disease, source.content.given_on), []).append(source)
    doses: list[Dose] = []
    for day in days.values():
        doses += [Dose(day)] if len(day) == 1 else _of_one_day(day)
    return doses


def _of_one_day(sources: list[Source]) -> list[Dose]:
    """Doses of one person, disease and day.

    The same product is the same dose. A record without a reference that adds a dose to others, or repeats its own
    system's, is a suspected duplicate.
    """
    counted: dict[str, Dose] = {}
    repeated: list[Dose] = []
    first_repeat_of: dict[str, Dose] = {}
    nameless: list[Source] = []
    for source in sources:
        if not source.record.has_reference:
            nameless.append(source)
        elif (dose := counted.get(product := _product(source))) is not None:
            dose.sources.append(source)
        else:
            counted[product] = Dose([source])
    # In the order in which they were reported, so that the order in which they arrived does not matter.
    nameless.sort(key=lambda source: (source.record.reported_at, in_writing(source.content)))
    for source in nameless:
        product = _product(source)
        same = counted.get(product) or first_repeat_of.get(product)
        if same is not None and not _has_spoken(source, same):
            same.sources.append(source)
        elif counted:
            repeat = Dose([source])
            repeated.append(repeat)
            first_repeat_of.setdefault(product, repeat)
        else:
            counted[product] = Dose([source])
    doses = [*counted.values(), *repeated]
    for dose in doses:
        dose.sources.sort(key=_JOINED)
    for repeat in repeated:
        repeat.repeats = counted.get(_product(repeat.leading)) or min(
            counted.values(), key=lambda dose: dose.leading.record.joined
        )
    return doses


def _product(source: Source) -> str:
    """What says whether two reports name the same product: one that no list knows is written in many ways."""
    return _folded(source.content.product)


@lru_cache(maxsize=4096)
def _folded(product: str) -> str:
    return " ".join(product.split()).casefold()


_JOINED = attrgetter("record.joined")


def _has_spoken(source: Source, dose: Dose) -> bool:
    return any(other.content.system_name == source.content.system_name for other in dose.sources)
