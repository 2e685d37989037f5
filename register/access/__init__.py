"""Who may read what about whom, and the log of who did, chained so that nobody changes it unseen.

`reading` comes before every reading of a person's record: it raises Denied, or has written the access down when it
returns. To let a role ask something: a row in roles.csv; to have something new to ask: also a row in actions.csv.
"""

from register.access.reader import NOBODY_IN_PARTICULAR, Channel, Reader, ReaderBroken
from register.access.reading import reading, reading_by, readings
from register.access.roles import Allowed, Denied, decide

__all__ = [
    "NOBODY_IN_PARTICULAR",
    "Allowed",
    "Channel",
    "Denied",
    "Reader",
    "ReaderBroken",
    "decide",
    "reading",
    "reading_by",
    "readings",
]
