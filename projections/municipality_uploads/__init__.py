"""Every file that was uploaded: from whom, when, what became of its rows, and why."""

from projections.municipality_uploads.project import MunicipalityUploads
from projections.municipality_uploads.query import NotTaken, Upload, UploadRow, not_taken, rows_of, uploads

__all__ = ["MunicipalityUploads", "NotTaken", "Upload", "UploadRow", "not_taken", "rows_of", "uploads"]
