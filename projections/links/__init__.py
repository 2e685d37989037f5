"""Which identities were said to be one human being, or found not to be, and which pairs somebody should look at."""

from projections.links.candidates import Alike, Candidate, Looked, Place, SharedDose, candidates
from projections.links.pairs import Links

__all__ = ["Alike", "Candidate", "Links", "Looked", "Place", "SharedDose", "candidates"]
