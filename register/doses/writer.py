"""Facts about doses, written into one person's history, one version after the other."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from register.decision import Context
from register.doses.facts import Cause, DoseFact, DoseReportedUnder, DoseSourceWithdrawn, DoseWithdrawn
from register.doses.history import SaysADose
from register.doses.true_doses import Dose, Source

# Joins its dose after every record that is there already.
JOINS_LAST = 1 << 62


class Latest(NamedTuple):
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

    def reported_under(self, record: bytes, identity: int) -> None:
        """A fact that says under which identity of the person a record was reported."""
        self.version += 1
        self.facts.append(
            DoseReportedUnder(self.person_id, self.version, self.ctx.now, self.ctx.receipt, record, identity)
        )

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
