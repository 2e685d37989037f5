"""Erasure as a command, and the scanner that looks for identity numbers where none may be."""
