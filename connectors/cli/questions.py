"""Every question that the register keeps tables for. To add one, add its projection here and run `vaxreg rebuild`."""

from projections.links import Links
from projections.municipality_uploads import MunicipalityUploads
from projections.people.project import People
from projections.projection import Projection
from projections.supply import Supply


def every_projection() -> tuple[Projection, ...]:
    """All projections, in the order in which they are written."""
    return People(), Links(), Supply(), MunicipalityUploads()
