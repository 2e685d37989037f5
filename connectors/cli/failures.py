"""What went wrong in one line on standard error, and the exit code; never a stack of our own making, never a number."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# By name, so that `vaxreg --help` need not load the servers' clients to know their errors. To show one more kind of
# failure as one line, add its name; its message must hold no identity number.
OURS = frozenset(
    {
        "BadClock",
        "BadQuestion",
        "BrokenOption",
        "Denied",
        "ErasureOvertaken",
        "KeysBroken",
        "KeysMissing",
        "LogLost",
        "NoAnswer",
        "NotCaughtUp",
        "NotSent",
        "FolderInUse",
        "NotTheDemo",
        "PageMissing",
        "PortTaken",
        "RebuildRunning",
        "ReviewBroken",
        "SenderNameBroken",
        "SenderUnknown",
        "ServerUnavailable",
        "ServiceStopped",
        "SettingBroken",
        "TopicDiffers",
        "UnknownDefinition",
        "UnreadableFile",
        "WrongKeys",
        "SenderNotAdded",
        "NothingSecured",
        "SystemNameTaken",
        "SystemNameUnknown",
        "SystemNameBroken",
        "PasswordBroken",
        "PasswordFileBroken",
        "UsersNotChanged",
        "RightsNotChanged",
        "NoPrincipal",
    }
)
OF_SERVERS = {
    "NoBrokersAvailable": "Kafka does not answer at the address given",
    "AuthorizationError": "Kafka does not allow this to the user that VAXREG_KAFKA_USER names",
    "SaslAuthenticationFailedError": "Kafka knows no such user, or the password is another one",
    # Also what kafka-python makes of a wrong password: it asks again until its patience is over.
    "KafkaTimeoutError": "Kafka did not answer in time, or knows no such user and password",
    "KafkaConnectionError": "Kafka does not answer at the address given",
    "OperationalError": "PostgreSQL does not answer at the address given",
    "NothingLive": "nothing has been projected yet; bring the projections up with: vaxreg catch-up",
    "NeedsRebuild": "the tables were made without some projections; make them all with: vaxreg rebuild",
}


class BrokenOption(Exception):
    """An option that cannot be used; the message says which and what a right one looks like."""


@contextmanager
def shown() -> Iterator[None]:
    """Turn a known failure into its message and exit code 1; an interruption into 130. Others are breakdowns."""
    try:
        yield
    except KeyboardInterrupt:
        print("interrupted; running it again doubles nothing", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read the answers has had enough. Nothing more can be said there, also not at exit.
        sys.stdout = None
        sys.exit(1)
    except FileNotFoundError as missing:
        print(f"vaxreg: no such file: {missing.filename}", file=sys.stderr)
        sys.exit(1)
    except (IsADirectoryError, PermissionError) as closed:
        print(f"vaxreg: cannot read {closed.filename}: {closed.strerror}", file=sys.stderr)
        sys.exit(1)
    except Exception as failure:
        said = _said(failure)
        if said is None:
            raise
        print(f"vaxreg: {said}", file=sys.stderr)
        sys.exit(1)


def _said(failure: Exception) -> str | None:
    for kind in type(failure).__mro__:
        if kind.__name__ in OURS:
            return str(failure)
        if kind.__name__ in OF_SERVERS:
            # PostgreSQL answered if it says what it objects to; its words may hold data, the kind does not.
            refused = kind.__name__ == "OperationalError" and getattr(failure, "sqlstate", None)
            return f"PostgreSQL: {type(failure).__name__}" if refused else OF_SERVERS[kind.__name__]
    return None
