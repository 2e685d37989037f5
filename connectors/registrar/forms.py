"""What the forms of the desk send: every field a text, empty where nothing was written."""

from collections.abc import Iterator
from typing import NamedTuple

from connectors.outgoing.identity_asked import TWICE, NamesNobody, Strict, identity_of, named_in_form
from connectors.outgoing.series_asked import in_list, root_meant
from connectors.registrar.faults import OF_NUMBER, Fault, faults
from connectors.registrar.words import Link, Registration
from register.access import Reader
from register.identities.identity import KINDS
from register.settings import Settings


class Written(NamedTuple):
    """A number in a form: the list of series, the OID that is typed and the number; and the side of a pair."""

    side: str
    listed: str
    typed: str
    value: str

    def named(self) -> dict[str, str]:
        """As the API has it; without an OID where none is meant, or two are."""
        return {"root": root_meant(self.listed, self.typed) or "", "value": self.value.strip()}

    def faults(self, settings: Settings) -> list[Fault]:
        """Why it names nobody."""
        try:
            identity_of(named_in_form(self.listed, self.typed, self.value), settings)
        except NamesNobody as nobody:
            found = faults(nobody.codes, OF_NUMBER, self.side)
            return [Fault(TWICE, (f"{self.side}root",)) if each.code == TWICE else each for each in found]
        return []


class RegistrationForm(Strict):
    """The form of a registration."""

    series: str = ""
    root: str = ""
    value: str = ""
    region: str = ""
    birth_date: str = ""
    birth_year: str = ""
    sex: str = ""
    evidence: str = ""
    reference: str = ""
    nullified: str = ""
    nullified_reason: str = ""

    def numbers(self) -> Iterator[Written]:
        """The one number."""
        yield Written("", self.series, self.root, self.value)

    def read(self, reader: Reader) -> Registration:
        """The registration; raises ValidationError."""
        said = {key: text.strip() for key, text in self.model_dump(exclude={"series", "root", "nullified"}).items()}
        [number] = self.numbers()
        return Registration.model_validate(
            {
                **{key: text or None if key.startswith("birth") else text for key, text in said.items()},
                "region": said["region"] or reader.region,
                "nullified": bool(self.nullified),
                **number.named(),
            }
        )


class LinkForm(Strict):
    """The form of a link; `listed` where the pairs to review stand beside it, which begin `after` a page."""

    event: str = "linked"
    kept_series: str = ""
    kept_root: str = ""
    kept_value: str = ""
    absorbed_series: str = ""
    absorbed_root: str = ""
    absorbed_value: str = ""
    reason: str = "same-person"
    evidence: str = ""
    listed: str = ""
    after: str = ""

    def numbers(self) -> Iterator[Written]:
        """The one that is kept, and the one that goes into it."""
        yield Written("kept.", self.kept_series, self.kept_root, self.kept_value)
        yield Written("absorbed.", self.absorbed_series, self.absorbed_root, self.absorbed_value)

    def read(self, _: Reader) -> Link:
        """What is said of the two; raises ValidationError."""
        kept, absorbed = self.numbers()
        said = {"event": self.event, "reason": self.reason, "evidence": self.evidence.strip()}
        return Link.model_validate({**said, "kept": kept.named(), "absorbed": absorbed.named()})

    def with_listed_series(self) -> "LinkForm":
        """The same, with each OID chosen in the list where the list has it."""
        changed: dict[str, str] = {}
        for number in self.numbers():
            side, root = number.side.replace(".", "_"), root_meant(number.listed, number.typed) or ""
            if in_list(root, KINDS):
                changed |= {f"{side}series": root, f"{side}root": ""}
        return self.model_copy(update=changed)


Form = RegistrationForm | LinkForm
