"""A process that projects fact counts until it is told to stop or killed."""

import signal
import sys
import threading

from projections.runner import run
from tests.projections.fact_counts import FactCounts

if __name__ == "__main__":
    database_url, kafka, topic, most_rows = sys.argv[1:]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    settings = {"bootstrap_servers": kafka}
    run(database_url, settings, [FactCounts(topic)], stop=stop.is_set, group=topic, most_rows=int(most_rows))
