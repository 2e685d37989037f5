"""From what was told of a person's doses to what is true now: the difference, as facts."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from register.decision import Context
from register.doses.facts import (
    Cause,
    DoseCorrected,
    DoseRecorded,
    DoseReinstated,
    DoseSourceAdded,
    DoseSourceChanged,
    DoseSourceWithdrawn,
    DoseWithdrawn,
)
from register.doses.history import SAME_SYSTEM_TWICE, DoseContent, DoseHistory, Record
from register.doses.rules import AMONG_OTHERS, DoseAmongOthers
from register.doses.true_doses import Dose, Source, true_doses
from register.doses.writer import Latest, Writer
from register.rules import codes_of

# Standing records of one person up to which all of them are looked at anew: to find the days concerned takes as long.
FEW = 8


def restate(history: DoseHistory, latest: Latest, write: Writer) -> tuple[Dose | None, tuple[str, ...]]:
    """Write what a record's latest report changes; the dose that it is a source of then, and its flags there."""
    for dose, leading_flags in restate_all(history, {latest.key: latest}, write):
        if latest.source in dose.sources:
            return dose, leading_flags if dose.leading is latest.source else _as_source(dose, latest.source)
    return None, ()


def restate_all(
    history: DoseHistory, latest: Mapping[bytes, Latest], write: Writer
) -> list[tuple[Dose, tuple[str, ...]]]:
    """Write what the latest reports of some records (by key) change together; the doses then, and their flags.

    Together, because one after the other would lead through doses that were never true and lend out their ids.
    """
    before, days = concerned(history, latest)
    now = [
        Source(record, record.content) for record in before if record.key not in latest and record.content is not None
    ]
    now += [told.source for told in latest.values() if told.source is not None]
    doses = true_doses(now)
    _name(doses, history, latest, write.ctx.new_id)
    if before:
        _leave(before, doses, latest, write)
    for dose in doses:
        if dose.repeats is None:
            insort(days.setdefault(dose.leading.content.disease, []), dose.leading.content.given_on)
    flagged: list[tuple[Dose, tuple[str, ...]]] = []
    for dose in doses:
        flags = dose.leading.record.flags + _among_others(dose, days, write.ctx)
        _stand(dose, flags, history, latest, write)
        flagged.append((dose, flags))
    return flagged


def concerned(history: DoseHistory, latest: Mapping[bytes, Latest]) -> tuple[list[Record], dict[str, list[date]]]:
    """The standing records that could be told anew; per disease the days before theirs on which a dose counts.

    What is true of a day is said by the day's own records, and flagged by how long ago the counted dose before it was
    given: so a report concerns the day that it names, the day that it named before, and after each the next one.
    """
    live = [record for record in history.records.values() if record.live]
    if len(live) <= FEW:
        return live, {}
    now = [told.source.content for told in latest.values() if told.source is not None]
    was = [known.content for key in latest if (known := history.records.get(key)) is not None and known.live]
    changed = {_day(content) for content in (*now, *was) if content is not None}
    concerned, before = set(changed), {}
    for disease in {disease for disease, _ in changed}:
        stay = {
            content.given_on
            for record in live
            if (content := record.content) is not None and content.disease == disease and record.key not in latest
        }
        # On every day with a record one dose counts.
        days = sorted(stay | {content.given_on for content in now if content.disease == disease})
        for of, day in changed:
            if of == disease and (after := bisect_right(days, day)) < len(days):
                concerned.add((disease, days[after]))
        places = [bisect_left(days, day) for of, day in concerned if of == disease]
        earlier = {days[place - 1] for place in places if place}
        before[disease] = sorted(day for day in earlier if (disease, day) not in concerned)
    return [one for one in live if one.content is not None and _day(one.content) in concerned], before


def _day(content: DoseContent) -> tuple[str, date]:
    return content.disease, content.given_on


def _name(
    doses: Sequence[Dose], history: DoseHistory, latest: Mapping[bytes, Latest], new_id: Callable[[], int]
) -> None:
    """A dose keeps the id that its earliest source was told under; what nobody was told of gets a new one."""
    taken: set[int] = set()
    told = history.told
    # Those who stayed claim before the one that moves.
    claim = sorted(doses, key=lambda dose: dose.leading.record.joined) if len(doses) > 1 else doses
    for dose in claim if told else ():
        for source in dose.sources:
            dose_id = source.record.dose_id
            if dose_id in told and dose_id not in taken and _stood(source, history):
                dose.dose_id = dose_id
                taken.add(dose_id)
                break
    for dose in doses:
        if not dose.dose_id:
            for source in dose.sources:
                # A record that was taken back and comes again finds its own dose again.
                dose_id = source.record.dose_id
                if dose_id and source.record.key in latest and dose_id not in taken and dose_id not in told:
                    break
            else:
                dose_id = new_id()
            dose.dose_id = dose_id
            taken.add(dose_id)


def _stood(source: Source, history: DoseHistory) -> bool:
    known = history.records.get(source.record.key)
    return known is not None and known.live


def _leave(before: Sequence[Record], doses: Sequence[Dose], latest: Mapping[bytes, Latest], write: Writer) -> None:
    """Take records out of the doses that they are no source of any longer."""
    now = {source.record.key: dose.dose_id for dose in doses for source in dose.sources}
    standing = set(now.values())
    leaving = [record for record in before if now.get(record.key) != record.dose_id]
    # In the order in which they joined: who comes back finds their place again.
    leaving.sort(key=lambda record: record.joined)
    for place, record in enumerate(leaving):
        stays = record.dose_id in standing or any(later.dose_id == record.dose_id for later in leaving[place + 1 :])
        kind = DoseSourceWithdrawn if stays else DoseWithdrawn
        told = latest.get(record.key)
        if told is None:
            told = Latest(record.key, record.reported_at, None, _cause_for_others(latest))
        write.takes_back(kind, record.dose_id, told)


def _cause_for_others(latest: Mapping[bytes, Latest]) -> Cause:
    """Why doses are told anew of which no record changed: what is told together has one cause."""
    return next(iter(latest.values())).cause_for_others


def _cause(source: Source, latest: Mapping[bytes, Latest]) -> Cause:
    new = latest.get(source.record.key)
    return _cause_for_others(latest) if new is None else new.cause


def _stand(
    dose: Dose, flags: tuple[str, ...], history: DoseHistory, latest: Mapping[bytes, Latest], write: Writer
) -> None:
    """Tell what is new about a dose that is true."""
    told = history.told.get(dose.dose_id)
    leading = dose.leading
    for source in dose.sources:
        known = history.records.get(source.record.key)
        if told is None and source is leading:
            kind = DoseReinstated if _was_true(dose, known) else DoseRecorded
            write.says(kind, dose, source, _cause(source, latest), flags)
        elif known is None or not known.live or known.dose_id != dose.dose_id:
            write.says(DoseSourceAdded, dose, source, _cause(source, latest), _as_source(dose, source))
    corrected = told is not None and (
        told.content != leading.content
        or told.flags != flags
        or told.suspected_duplicate_of != (dose.repeats.dose_id if dose.repeats else None)
    )
    if corrected:
        write.says(DoseCorrected, dose, leading, _cause_for_others(latest), flags)
    for each in latest.values():
        _say_again(dose, history, each, write, told_already=corrected)


def _say_again(dose: Dose, history: DoseHistory, latest: Latest, write: Writer, *, told_already: bool) -> None:
    """Remember a report that leaves its dose as it is, so that an older one cannot overwrite it later."""
    source = latest.source
    if source is None or source not in dose.sources or (told_already and source is dose.leading):
        return
    known = history.records.get(latest.key)
    if known is None or not known.live or known.dose_id != dose.dose_id:
        return
    if known.content != source.content or known.reported_at != latest.reported_at:
        flags = source.record.flags if source is dose.leading else _as_source(dose, source)
        write.says(DoseSourceChanged, dose, source, latest.cause, flags)


def _was_true(dose: Dose, known: Record | None) -> bool:
    return known is not None and known.content is not None and known.dose_id == dose.dose_id


def _as_source(dose: Dose, source: Source) -> tuple[str, ...]:
    """Flags of a source that does not lead."""
    system = source.record.sender, source.content.system_name
    earlier = dose.sources[: dose.sources.index(source)]
    twice = any((other.record.sender, other.content.system_name) == system for other in earlier)
    return (*source.record.flags, SAME_SYSTEM_TWICE) if twice else source.record.flags


def _among_others(dose: Dose, counted_days: Mapping[str, Sequence[date]], ctx: Context) -> tuple[str, ...]:
    """Flags that come of the person's other counted doses of the disease."""
    content = dose.leading.content
    days = counted_days.get(content.disease, ())
    if len(days) < 2 or dose.repeats is not None:
        return ()
    # The day before in the list is the previous dose's, or this same day if two doses were given on it.
    place = bisect_right(days, content.given_on) - 1
    if not place:
        return ()
    since_previous = (content.given_on - days[place - 1]).days
    among = DoseAmongOthers(content, ctx.definitions.product_named(content.product), since_previous)
    return codes_of(AMONG_OTHERS, among, ctx.today)
