"""Which identities were said to be one human being, or found not to be, and which pairs somebody should look at."""

from projections.links.candidates import Alike, Candidate, Looked, SharedDose, candidates
from projections.links.pairs import Links
from projections.links.query import Pair, pairs_of

__all__ = ["Alike", "Candidate", "Links", "Looked", "Pair", "SharedDose", "candidates", "pairs_of"]
