"""What people can do, as assessed, and what they are excused from; and files of an import, until it is done."""

from .results import VERIFIED_METHODS, AssessmentResult, Exemption, Method, new_result_id
from .uploads import BadRow, ChangePage, FilePart, Import, ImportFile, ImportState, MendedRow

__all__ = [
    "VERIFIED_METHODS",
    "AssessmentResult",
    "BadRow",
    "ChangePage",
    "Exemption",
    "FilePart",
    "Import",
    "ImportFile",
    "ImportState",
    "MendedRow",
    "Method",
    "new_result_id",
]
