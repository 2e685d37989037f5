"""Whose a system name is: with a reference it names a record, so nobody reports under another sender's name."""
