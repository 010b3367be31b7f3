"""Exports as files: CSV, JSON Lines, XLSX and Parquet, of any size in flat memory (docs/exports.md)."""

from .files import FORMATS, BookMade, FileFormat, book, chunks
from .workbook import TooManyRows

__all__ = ["FORMATS", "BookMade", "FileFormat", "TooManyRows", "book", "chunks"]
