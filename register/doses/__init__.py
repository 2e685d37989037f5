"""Doses: what is reported of them, what is held true, and how the one becomes the other."""
