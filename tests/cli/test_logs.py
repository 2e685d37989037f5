"""What a library writes while a server is gone does not bury what a person looks for in a log."""

import logging

from connectors.logs import OnceAMinute


def line(logger: str, text: str, failure: BaseException | None = None) -> logging.LogRecord:
    raised = (type(failure), failure, None) if failure else None
    return logging.LogRecord(logger, logging.ERROR, __file__, 1, text, (), raised)


def test_the_same_line_of_the_kafka_library_is_written_once_a_minute_and_ours_every_time() -> None:
    once = OnceAMinute()
    told = [once.filter(line("kafka.net.manager", "Connection failed")) for _ in range(3)]
    assert told == [True, False, False]
    assert once.filter(line("kafka.net.manager", "something else"))
    assert all(once.filter(line("register.intake", "intake waits")) for _ in range(3))


def test_a_failure_that_the_kafka_library_mends_itself_comes_without_its_traceback() -> None:
    once, ours, theirs = OnceAMinute(), line("register", "x", OSError()), line("kafka.net", "x", OSError())
    assert once.filter(ours)
    assert once.filter(theirs)
    assert ours.exc_info is not None
    assert theirs.exc_info is None
