"""Erasure by order of law: nothing leads from a person's facts to an identity any more, and every total stays."""
