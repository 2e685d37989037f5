"""Who reads: whom the issuer of tokens or the operating system names, in which role and for which purpose."""

from dataclasses import dataclass, field
from typing import Literal

from register.access.roles import Allowed, Denied, actions, decide
from register.identities.number import Identity
from register.masking import masked

Channel = Literal["api", "command", "page"]
LONGEST = 200  # characters
FOR = " for "  # between a user of the operating system and on whose behalf they ask


class ReaderBroken(Exception):
    """A word about a reader that is too long or holds control characters; names the word and not what it says."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks now; words in it hold no identity number, whatever they were made with."""

    who: str
    role: str
    purpose: str
    region: str = ""
    unit: str = ""
    organisation: str = ""
    sender: str = ""
    channel: Channel = "command"
    # The reader's own identity, where the issuer of tokens vouches for it: whose record a person may ask for.
    identity: Identity | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.who:
            raise ReaderBroken("who reads must be said")
        for word in ("who", "role", "purpose", "region", "unit", "organisation", "sender"):
            text = getattr(self, word)
            if len(text) > LONGEST or not text.isprintable():
                raise ReaderBroken(f"{word} must be at most {LONGEST} characters, none of them a control character")
            object.__setattr__(self, word, masked(text))
        if self.region and not (len(self.region) == 2 and self.region.isdecimal()):
            raise ReaderBroken("region must be a region's code of two digits")

    def own(self, action: str) -> str:
        """What the word `own` in the table of roles means for this reader: the region, or the sender."""
        about = actions().get(action)
        return self.sender if about is not None and about.concerns == "sender" else self.region

    def may(self, action: str, asked: str = "") -> Allowed | Denied:
        """Whether the reader may ask this, about a region or a sender if one is named."""
        return decide(self.role, self.purpose, action, self.own(action), asked)

    def may_at_all(self, action: str) -> Allowed | Denied:
        """Whether there is anything of this that the reader may ask; about whom or where is decided later."""
        answer = self.may(action, self.own(action))
        return self.may(action) if isinstance(answer, Denied) else answer


NOBODY_IN_PARTICULAR = Reader("anyone", "anyone", "information", channel="api")
