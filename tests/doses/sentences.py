"""given(a_dose()).when(a_dose(batch="X1")).then(...): reports, decided one after the other without any server."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from itertools import count
from typing import Any

from register import definitions
from register.clock import day_in_sweden
from register.decision import Context, Decision, Refused
from register.deliveries.decide import decide_delivery
from register.deliveries.history import StockHistory, empty_stock
from register.deliveries.history import evolve as evolve_stock
from register.deliveries.understand import understand_delivery
from register.doses.decide import decide_dose
from register.doses.understand import understand_dose
from register.facts import AnyFact, fact_from, to_record
from register.identities.number import COORDINATION_ROOT, PERSONAL_ROOT, BrokenIdentity, Identity
from register.links.decide import Counterpart, decide_link
from register.links.restating import decide_change_of_person, decide_registration_of_person
from register.links.understand import understand_link
from register.people import History, Person, evolve, unknown_person
from register.persons.understand import understand_change, understand_registration
from register.record_content import record_content
from register.words import read_day
from schemas import decode, schema

NOW = datetime(2021, 7, 1, 10, tzinfo=UTC)
RESERVE_ROOT = "1.2.752.74.9.1"

ANNA = Identity(PERSONAL_ROOT, "anna", "personal", date(1950, 3, 4), 1950, "F")
BO = Identity(PERSONAL_ROOT, "bo", "personal", date(1961, 5, 6), 1961, "M")
CLEO = Identity(RESERVE_ROOT, "cleo", "reserve", None, None, "unknown")
DAN = Identity(COORDINATION_ROOT, "dan", "coordination", None, 1999, "M")
NOBODY = BrokenIdentity(("IDENTITY-CHECK-DIGIT",))


@dataclass(frozen=True)
class Report:
    """What a sender says, with the person it is about already read; `hour` is when it was written, from 8 o'clock."""

    kind: str
    fields: dict[str, Any]
    who: Identity | BrokenIdentity = ANNA
    absorbed: Identity | BrokenIdentity | None = None
    sender: str = "sender"


def at_hour(hour: int) -> datetime:
    """When a report of that hour was written: hours on, from 1 June 2021."""
    return datetime(2021, 6, 1, tzinfo=UTC) + timedelta(hours=hour)


def a_dose(who: Identity | BrokenIdentity = ANNA, hour: int = 1, **changes: Any) -> Report:
    """Anna's Comirnaty of 3 May, reported by journal system A under the reference 1."""
    fields: dict[str, Any] = {
        "system_name": "Journal A",
        "unique_reference": "1",
        "reported_at": at_hour(hour),
        "identity_root": PERSONAL_ROOT,
        "identity_value": getattr(who, "value", "broken"),
        "given_on": "2021-05-03",
        "disease": "COVID19",
        "npl_id": "",
        "product_name": "Comirnaty",
        "batch": "EW2239",
        "dose_number": "1",
        "care_provider": "232100-0016",
        "care_unit": "SE2321000016-1003",
        "care_unit_municipality": "0180",
        "setting": "",
        "campaign": "",
        "nullified": False,
        "nullified_reason": "",
        **_NO_UPLOAD,
    }
    return Report("DoseReport.v1", _changed(fields, changes), who)


def a_change(who: Identity | BrokenIdentity = ANNA, hour: int = 1, **changes: Any) -> Report:
    """The population register: Anna lives in Umeå from 1 January 2021."""
    fields: dict[str, Any] = {
        "system_name": "Population",
        "unique_reference": "",
        "reported_at": at_hour(hour),
        "identity_root": PERSONAL_ROOT,
        "identity_value": getattr(who, "value", "broken"),
        "event": "registered",
        "on": "2021-01-01",
        "birth_date": "",
        "birth_year": "",
        "sex": "",
        "municipality": "2480",
        "deso": "2480A0010",
        "protection": "",
        **_NO_UPLOAD,
    }
    return Report("PopulationChangeReport.v1", _changed(fields, changes), who)


def a_registration(who: Identity | BrokenIdentity = CLEO, hour: int = 1, **changes: Any) -> Report:
    """Region Västerbotten has issued a reserve number to Cleo, born in 1984."""
    fields: dict[str, Any] = {
        "system_name": "Numbers 24",
        "unique_reference": "r1",
        "reported_at": at_hour(hour),
        "identity_root": RESERVE_ROOT,
        "identity_value": getattr(who, "value", "broken"),
        "region": "24",
        "birth_date": "",
        "birth_year": "1984",
        "sex": "F",
        "evidence": "passport seen",
        "registered_by": "desk 3",
        "registered_on": "2021-04-01",
        "nullified": False,
        "nullified_reason": "",
        **_NO_UPLOAD,
    }
    return Report("ReserveNumberReport.v1", _changed(fields, changes), who)


def a_link(
    kept: Identity | BrokenIdentity = ANNA, absorbed: Identity | BrokenIdentity = CLEO, hour: int = 1, **changes: Any
) -> Report:
    """Anna turned out to be the person with Cleo's reserve number: her passport was seen."""
    fields: dict[str, Any] = {
        "system_name": "Numbers 24",
        "unique_reference": "",
        "reported_at": at_hour(hour),
        "event": "linked",
        "identity_root": PERSONAL_ROOT,
        "identity_value": getattr(kept, "value", "broken"),
        "absorbed_root": PERSONAL_ROOT,
        "absorbed_value": getattr(absorbed, "value", "broken"),
        "reason": "",
        "evidence": "passport seen",
        "decided_by": "registrar, region 24",
        **_NO_UPLOAD,
    }
    return Report("IdentityLinkReport.v1", _changed(fields, changes), kept, absorbed)


def an_unlink(kept: Identity = ANNA, absorbed: Identity = CLEO, hour: int = 2, **changes: Any) -> Report:
    """Anna and Cleo are not one person after all."""
    return a_link(kept, absorbed, hour, event="unlinked", **changes)


def told_apart(kept: Identity = ANNA, absorbed: Identity = CLEO, hour: int = 2, **changes: Any) -> Report:
    """Somebody looked: Anna and Cleo are two people."""
    return a_link(kept, absorbed, hour, event="different", **changes)


def a_delivery(hour: int = 1, **changes: Any) -> Report:
    """1 170 doses of Comirnaty received in Västerbotten on 3 May."""
    fields: dict[str, Any] = {
        "system_name": "Depot",
        "unique_reference": "d1",
        "reported_at": at_hour(hour),
        "event": "received",
        "on": "2021-05-03",
        "region": "24",
        "unit": "",
        "product": "Comirnaty",
        "batch": "EW2239",
        "doses": "1170",
        "best_before": "2021-08-31",
        "nullified": False,
        "nullified_reason": "",
        **_NO_UPLOAD,
    }
    return Report("DeliveryReport.v1", _changed(fields, changes))


_NO_UPLOAD = {"upload": None, "upload_name": None, "row": None}


def nullified(report: Report, hour: int = 2, reason: str = "entered in error") -> Report:
    """The same record, taken back."""
    fields = {**report.fields, "nullified": True, "nullified_reason": reason, "reported_at": at_hour(hour)}
    return Report(report.kind, fields, report.who)


def without_reference(report: Report) -> Report:
    """The same report from a system that has no names for its records."""
    return Report(report.kind, {**report.fields, "unique_reference": ""}, report.who)


def _changed(fields: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    assert changes.keys() <= fields.keys(), changes.keys() - fields.keys()
    return fields | changes


@dataclass
class Register:
    """A register in memory: histories, and which history holds which record."""

    now: datetime = NOW
    people: dict[str, History] = field(default_factory=dict)
    stocks: dict[int, StockHistory] = field(default_factory=dict)
    homes: dict[bytes, int] = field(default_factory=dict)
    facts: list[AnyFact] = field(default_factory=list)
    roots: dict[int, int] = field(default_factory=dict)
    births: dict[bytes, date | None] = field(default_factory=dict)  # stated by registrations
    decided: Decision[AnyFact] | Refused | None = None
    _ids: Iterator[int] = field(default_factory=lambda: count(1001))
    _offsets: Iterator[int] = field(default_factory=count)

    def when(self, *reports: Report) -> "Register":
        """Hear reports, one after the other."""
        for report in reports:
            self.decided = self._decide(report)
            if isinstance(self.decided, Decision):
                self._write(self.decided)
                if self.decided.facts:
                    if report.kind == "ReserveNumberReport.v1":
                        born = None if report.fields["nullified"] else read_day(report.fields["birth_date"])
                        self.births[self.record_key(report)] = born
                    self.homes[self.record_key(report)] = self.decided.home
                self.homes |= dict(self.decided.homes)
                self.roots |= dict(self.decided.roots)
        return self

    def then(self, *facts: type[AnyFact], outcome: str | None = None, codes: tuple[str, ...] = ()) -> "Register":
        """The last report led to exactly these facts (a person's first fact aside), and to this receipt."""
        assert self.decided is not None
        made = getattr(self.decided, "facts", ())
        assert [type(fact) for fact in made if type(fact).__name__ != "PersonIdentified"] == list(facts)
        if outcome is not None:
            assert self.decided.outcome == outcome
        assert set(codes) <= set(self.decided.codes), self.decided.codes
        return self

    def then_nothing(self, *codes: str) -> "Register":
        """The last report said what was known."""
        return self.then(outcome="already-known", codes=codes)

    def then_refused(self, *codes: str) -> "Register":
        """The last report was refused, for exactly these reasons."""
        assert isinstance(self.decided, Refused)
        assert self.decided.codes == codes
        return self

    @property
    def last(self) -> Any:
        """The last fact of the last report."""
        assert isinstance(self.decided, Decision)
        return self.decided.facts[-1]

    def person(self, who: Identity = ANNA) -> Person:
        """Somebody with all their identities."""
        return self._person(self.history(who))

    def _person(self, own: History) -> Person:
        by_id = {one.person_id: one for one in self.people.values()}
        root = self.roots.get(own.person_id, own.person_id)
        others = sorted(one for one, its_root in self.roots.items() if its_root == root and one != root)
        return Person(own, by_id[root], tuple(by_id[one] for one in (root, *others)))

    def history(self, who: Identity = ANNA) -> History:
        """The history of one identity."""
        if who.value not in self.people:
            self.people[who.value] = unknown_person(len(self.people) + 1)
        return self.people[who.value]

    def true_doses(self, who: Identity = ANNA) -> set[tuple[str, str, bool, int]]:
        """(day, product, counted, number of sources) of the person's true doses."""
        doses = self.history(who).doses
        return {
            (
                told.content.given_on.isoformat(),
                told.content.product,
                told.suspected_duplicate_of is None,
                sum(record.live and record.dose_id == dose_id for record in doses.records.values()),
            )
            for dose_id, told in doses.told.items()
        }

    def _decide(self, report: Report) -> Any:
        ctx = self._context(report)
        home = self.homes.get(ctx.record)
        if report.kind == "DeliveryReport.v1":
            delivery = understand_delivery(report.fields, ctx)
            if isinstance(delivery, Refused):
                return delivery
            stock = self.stocks.get(delivery.stock_id) or empty_stock(delivery.stock_id)
            other_stock = self.stocks[home] if home not in (None, stock.stock_id) else None
            return decide_delivery(delivery, stock, other_stock, ctx)
        if report.kind == "IdentityLinkReport.v1":
            return self._decide_link(report, ctx)
        understood: Any = _UNDERSTAND[report.kind](report.fields, report.who, ctx)
        if isinstance(understood, Refused):
            return understood
        assert isinstance(report.who, Identity)
        if report.kind == "ReserveNumberReport.v1":
            understood = replace(understood, birth_held=self.births.get(ctx.record))
        person = self.person(report.who)
        if report.kind == "PopulationChangeReport.v1":
            return decide_change_of_person(understood, person, self.homes if len(person.members) > 1 else None, ctx)
        others = [one for one in self.people.values() if one.person_id == home and home != person.own.person_id]
        return _DECIDE[report.kind](understood, person, self._person(others[0]) if others else None, ctx)

    def _decide_link(self, report: Report, ctx: Context) -> Any:
        assert report.absorbed is not None
        understood = understand_link(report.fields, report.who, report.absorbed, ctx)
        if isinstance(understood, Refused):
            return understood
        kept, absorbed = self.history(understood.kept), self.history(understood.absorbed)
        births = (
            frozenset(born for key in one.identity.registrations if (born := self.births.get(key)))
            for one in (kept, absorbed)
        )
        other = Counterpart(self._person(absorbed), self.homes, *births)
        return decide_link(understood, self._person(kept), other, ctx)

    def record_key(self, report: Report) -> bytes:
        """Which record the report is about, as the intake would name it."""
        system, reference = report.fields["system_name"], report.fields["unique_reference"]
        name = f"{system}|{reference}" if reference.strip() else record_content(report.kind, report.fields)
        return blake2b(name.encode(), digest_size=16).digest()

    def _context(self, report: Report) -> Context:
        receipt, ids = f"sender-0-{next(self._offsets)}", self._ids
        return Context(
            self.now,
            day_in_sweden(self.now),
            report.sender,
            receipt,
            self.record_key(report),
            lambda: next(ids),
            definitions,
        )

    def _write(self, decision: Decision[AnyFact]) -> None:
        for fact in decision.facts:
            # By way of the bytes, so that every fact in every test is one that can be stored.
            stored = fact_from(*decode(schema(fact.NAME).encode(to_record(fact))))
            assert stored == fact
            self.facts.append(stored)
            if hasattr(stored, "stock_id"):
                stock = self.stocks.get(stored.stock_id) or empty_stock(stored.stock_id)
                assert stored.version == stock.version + 1
                self.stocks[stored.stock_id] = evolve_stock(stock, stored)
            else:
                [(who, person)] = [(w, p) for w, p in self.people.items() if p.person_id == stored.person_id]
                assert stored.version == person.version + 1
                self.people[who] = evolve(person, stored)


_UNDERSTAND: dict[str, Any] = {
    "DoseReport.v1": understand_dose,
    "PopulationChangeReport.v1": understand_change,
    "ReserveNumberReport.v1": understand_registration,
}
_DECIDE: dict[str, Any] = {"DoseReport.v1": decide_dose, "ReserveNumberReport.v1": decide_registration_of_person}


def given(*reports: Report, now: datetime = NOW) -> Register:
    """A register that has heard these reports."""
    return Register(now).when(*reports)
