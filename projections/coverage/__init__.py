"""How many persons have at least n doses, and doses given: a ledger of signed changes, and its sum."""
