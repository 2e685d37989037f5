"""Persons: what the population register and the reserve numbers' issuers say of who somebody is."""
