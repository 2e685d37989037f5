"""A person's extract: everything that the register holds about one person, where it came from and how it changed."""

from register.extract.doses import DoseTold, ToldDose
from register.extract.extract import Extract, extract, partners
from register.extract.sources import sources_of
from register.extract.told import Source

__all__ = ["DoseTold", "Extract", "Source", "ToldDose", "extract", "partners", "sources_of"]
