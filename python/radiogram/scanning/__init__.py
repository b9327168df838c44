"""Many files as a table: `rg.scan`, and `rg.col` for the conditions on its rows."""

from radiogram.scanning.expressions import Column, Expression, col
from radiogram.scanning.series import Series, SeriesList
from radiogram.scanning.table import ScanTable, scan

__all__ = ["Column", "Expression", "ScanTable", "Series", "SeriesList", "col", "scan"]
