"""The history of a dose as people read it: one step for one report, however many facts it led to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

MOVED = "DoseMoved"
_LEFT, _CAME = ("DoseWithdrawn", "DoseSourceWithdrawn"), ("DoseRecorded", "DoseReinstated", "DoseSourceAdded")

Told = Mapping[str, Any]


class Step(NamedTuple):
    """What one report changed of a dose; `times` of the same without a change, the last of them at `recorded_at`."""

    recorded_at: str
    whats: tuple[str, ...]
    cause: str
    reason: str
    sender: str
    system_name: str
    receipt: str
    changes: tuple[Told, ...]
    times: int = 1


def steps(told: Sequence[Told]) -> list[Step]:
    """The steps of one dose, oldest first."""
    found: list[Step] = []
    for step in map(_step, _by_report(told)):
        if found and not step.changes and _same(found[-1], step):
            found[-1] = step._replace(changes=found[-1].changes, times=found[-1].times + 1)
        else:
            found.append(step)
    return found


def _by_report(told: Sequence[Told]) -> Iterator[list[Told]]:
    group: list[Told] = []
    for one in told:
        if group and _report(group[-1]) != _report(one):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _report(told: Told) -> tuple[Any, ...]:
    # Of a protected person the receipts are not told: then the moment says which facts are one report's.
    return told["receipt"], told["recorded_at"], told["cause"]


def _step(group: Sequence[Told]) -> Step:
    whats = tuple(dict.fromkeys(one["what"] for one in group))
    if not set(whats).isdisjoint(_LEFT) and not set(whats).isdisjoint(_CAME):
        whats = (MOVED,)
    first, last = group[0], group[-1]
    changes = {(one["field"], one["old"], one["new"]): one for told in group for one in told["changes"]}
    reason = next((one["reason"] for one in group if one["reason"]), "")
    source = first["sender"] or last["sender"], first["system_name"] or last["system_name"]
    return Step(last["recorded_at"], whats, last["cause"], reason, *source, last["receipt"], tuple(changes.values()))


def _same(one: Step, other: Step) -> bool:
    said = ("whats", "cause", "reason", "sender", "system_name")
    return (
        one.whats != (MOVED,) and not one.changes and all(getattr(one, name) == getattr(other, name) for name in said)
    )
