"""Links: which identities are one human being, who of them keeps the doses, and who was found to be somebody else."""

from register.links.store import root_of

__all__ = ["root_of"]
