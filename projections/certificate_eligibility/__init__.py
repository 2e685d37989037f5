"""May a certificate be issued to one person on one day, and if not, why."""
