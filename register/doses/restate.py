"""From what was told of a person's doses to what is true now: the difference, as facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from register.decision import Context
from register.doses.facts import (
    Cause,
    DoseCorrected,
    DoseFact,
    DoseRecorded,
    DoseReinstated,
    DoseSourceAdded,
    DoseSourceChanged,
    DoseSourceWithdrawn,
    DoseWithdrawn,
)
from register.doses.history import SAME_SYSTEM_TWICE, DoseHistory, Record, SaysADose
from register.doses.rules import AMONG_OTHERS, DoseAmongOthers
from register.doses.true_doses import Dose, Source, true_doses
from register.rules import codes_of

# Joins its dose after every record that is there already.
JOINS_LAST = 1 << 62


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest report of one record: what it says from now on, nothing if it is taken back or goes elsewhere."""

    key: bytes
    reported_at: datetime
    source: Source | None
    cause: Cause
    reason: str = ""

    @property
    def cause_for_others(self) -> Cause:
        """Why other doses are told anew: one that was only reported corrects them."""
        return "corrected" if self.cause == "reported" else self.cause


@dataclass(slots=True)
class Writer:
    """Writes facts into one person's history, one version after the other."""

    person_id: int
    version: int
    ctx: Context
    facts: list[DoseFact] = field(default_factory=list)

    def says(self, kind: type[SaysADose], dose: Dose, source: Source, cause: Cause, flags: tuple[str, ...]) -> None:
        """A fact that carries all that a source says."""
        record, content = source.record, source.content
        self.version += 1
        self.facts.append(
            kind(
                self.person_id,
                self.version,
                self.ctx.now,
                self.ctx.receipt,
                dose.dose_id,
                cause,
                record.key,
                record.reported_at,
                content.system_name,
                record.sender,
                content.given_on,
                content.disease,
                content.product,
                content.batch,
                content.dose_number,
                content.care_provider,
                content.care_unit,
                content.care_unit_municipality,
                content.setting,
                content.campaign,
                dose.repeats.dose_id if dose.repeats else None,
                flags,
            )
        )

    def takes_back(self, kind: type[DoseWithdrawn | DoseSourceWithdrawn], dose_id: int, latest: Latest) -> None:
        """A fact that says no more than that a record is no source of a dose any longer."""
        self.version += 1
        self.facts.append(
            kind(
                self.person_id,
                self.version,
                self.ctx.now,
                self.ctx.receipt,
                dose_id,
                latest.cause,
                latest.key,
                latest.reported_at,
                latest.reason,
            )
        )


def restate(history: DoseHistory, latest: Latest, write: Writer) -> tuple[Dose | None, tuple[str, ...]]:
    """Write what a record's latest report changes; the dose that it is a source of then, and its flags there."""
    before = [record for record in history.records.values() if record.live]
    now = [
        Source(record, record.content) for record in before if record.key != latest.key and record.content is not None
    ]
    if latest.source is not None:
        now.append(latest.source)
    doses = true_doses(now)
    _name(doses, history, latest, write.ctx.new_id)
    if before:
        _leave(before, doses, latest, write)
    own: Dose | None = None
    flags: tuple[str, ...] = ()
    for dose in doses:
        leading_flags = dose.leading.record.flags + _among_others(dose, doses, write.ctx)
        _stand(dose, leading_flags, history, latest, write)
        if latest.source in dose.sources:
            own = dose
            flags = leading_flags if dose.leading is latest.source else _as_source(dose, latest.source)
    return own, flags


def _name(doses: Sequence[Dose], history: DoseHistory, latest: Latest, new_id: Callable[[], int]) -> None:
    """A dose keeps the id that its earliest source was told under; what nobody was told of gets a new one."""
    taken: set[int] = set()
    # Those who stayed claim before the one that moves.
    for dose in sorted(doses, key=lambda dose: dose.leading.record.joined) if len(doses) > 1 else doses:
        for source in dose.sources:
            dose_id = source.record.dose_id
            if dose_id in history.told and dose_id not in taken and _stood(source, history):
                dose.dose_id = dose_id
                taken.add(dose_id)
                break
    for dose in doses:
        if not dose.dose_id:
            # A record that was taken back and comes again finds its own dose again.
            before = latest.source.record.dose_id if latest.source and latest.source in dose.sources else 0
            free = before and before not in taken and before not in history.told
            dose.dose_id = before if free else new_id()


def _stood(source: Source, history: DoseHistory) -> bool:
    known = history.records.get(source.record.key)
    return known is not None and known.live


def _leave(before: Sequence[Record], doses: Sequence[Dose], latest: Latest, write: Writer) -> None:
    """Take records out of the doses that they are no source of any longer."""
    now = {source.record.key: dose.dose_id for dose in doses for source in dose.sources}
    standing = set(now.values())
    leaving = [record for record in before if now.get(record.key) != record.dose_id]
    for place, record in enumerate(leaving):
        stays = record.dose_id in standing or any(later.dose_id == record.dose_id for later in leaving[place + 1 :])
        kind = DoseSourceWithdrawn if stays else DoseWithdrawn
        if record.key == latest.key:
            write.takes_back(kind, record.dose_id, latest)
        else:
            goes = Latest(record.key, record.reported_at, None, latest.cause_for_others)
            write.takes_back(kind, record.dose_id, goes)


def _stand(dose: Dose, flags: tuple[str, ...], history: DoseHistory, latest: Latest, write: Writer) -> None:
    """Tell what is new about a dose that is true."""
    told = history.told.get(dose.dose_id)
    leading = dose.leading
    for source in dose.sources:
        known = history.records.get(source.record.key)
        cause = latest.cause if source is latest.source else latest.cause_for_others
        if told is None and source is leading:
            write.says(DoseReinstated if _was_true(dose, known) else DoseRecorded, dose, source, cause, flags)
        elif known is None or not known.live or known.dose_id != dose.dose_id:
            write.says(DoseSourceAdded, dose, source, cause, _as_source(dose, source))
    corrected = told is not None and (
        told.content != leading.content
        or told.flags != flags
        or told.suspected_duplicate_of != (dose.repeats.dose_id if dose.repeats else None)
    )
    if corrected:
        write.says(DoseCorrected, dose, leading, latest.cause_for_others, flags)
    _say_again(dose, history, latest, write, told_already=corrected)


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
    system = source.content.system_name
    earlier = dose.sources[: dose.sources.index(source)]
    twice = any(other.content.system_name == system for other in earlier)
    return (*source.record.flags, SAME_SYSTEM_TWICE) if twice else source.record.flags


def _among_others(dose: Dose, doses: Sequence[Dose], ctx: Context) -> tuple[str, ...]:
    """Flags that come of the person's other counted doses of the disease."""
    content = dose.leading.content
    if len(doses) == 1 or dose.repeats is not None:
        return ()
    others = [
        other.leading.content.given_on
        for other in doses
        if other is not dose and other.repeats is None and other.leading.content.disease == content.disease
    ]
    if not others:
        return ()
    among = DoseAmongOthers(content, ctx.definitions.product_named(content.product), others)
    return codes_of(AMONG_OTHERS, among, ctx.today)
