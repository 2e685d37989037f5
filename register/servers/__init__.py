"""A real Kafka broker and a real PostgreSQL out of Python packages, for one machine: no Docker, no system Java.

Start with `embedded.servers()`; everything else here serves it.
"""
