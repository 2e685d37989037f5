"""Which identities were said to be one human being, or found not to be, and which pairs somebody should look at."""

from projections.links.pairs import Links
from projections.links.query import Candidate, Pair, SharedDose, candidates, pairs_of

__all__ = ["Candidate", "Links", "Pair", "SharedDose", "candidates", "pairs_of"]
