"""What can go wrong with an embedded server."""


class ServerUnavailable(Exception):
    """A server could not be started; the message says what to do about it."""
