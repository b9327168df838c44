"""A region of interest and its contours (PS3.3 C.8.8.5, C.8.8.6, C.8.8.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from radiogram.errors import InvalidValueError
from radiogram.values.attribute import items_of, text_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from radiogram.dataset import Dataset, Sequence
    from radiogram.values.code import Code

__all__ = ["ROI", "Contour"]


class Contour:
    """A contour of a region.

    Attributes
    ----------
    values : numpy.ndarray
        Contour Data as it is: float64, x, y and z of each point in turn; NaN where something is no number. Read-only.
    """

    __slots__ = ("_at", "_sequence", "values")

    def __init__(self, values: NDArray[np.float64], sequence: Sequence, at: int) -> None:
        self.values = values
        self._sequence = sequence
        self._at = at

    @property
    def item(self) -> Dataset:
        """The item of Contour Sequence, for all else."""
        return self._sequence[self._at]

    @property
    def geometric_type(self) -> str:
        """Contour Geometric Type: ``CLOSED_PLANAR``, ``OPEN_PLANAR``, ``OPEN_NONPLANAR``, ``POINT``, …"""  # noqa: D400
        return text_of(self.item, "ContourGeometricType")

    @property
    def points(self) -> NDArray[np.float64]:
        """The points, (N, 3) float64, in millimetres of the patient's coordinates, LPS: a read-only view.

        Raises
        ------
        InvalidValueError
            The numbers are no multiple of three.
        """
        if self.values.size % 3:
            message = "Contour Data are no multiple of three numbers"
            raise InvalidValueError(message)
        return self.values.reshape(-1, 3)

    @property
    def referenced_sop_instance_uids(self) -> tuple[str, ...]:
        """The images that the contour was drawn on, where that is said."""
        images = items_of(self.item, "ContourImageSequence")
        return tuple(text_of(image, "ReferencedSOPInstanceUID") for image in images)

    def __repr__(self) -> str:
        """Give one line that a person can read."""
        return f"Contour: {self.geometric_type}, {self.values.size // 3} points"


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class ROI:
    """A region of interest.

    Attributes
    ----------
    number : int
        ROI Number.
    name : str
        ROI Name.
    color : tuple of int or None
        ROI Display Color: red, green and blue, 0 to 255.
    interpreted_type : str
        RT ROI Interpreted Type: ``PTV``, ``ORGAN``, ``EXTERNAL``, …; empty where it is not said.
    description : str
        ROI Description.
    generation_algorithm : str
        ROI Generation Algorithm: ``AUTOMATIC``, ``SEMIAUTOMATIC``, ``MANUAL``.
    frame_of_reference_uid : str
        Referenced Frame of Reference UID: whose coordinates the points are in.
    code : Code or None
        RT ROI Identification Code.
    contours : tuple of Contour
        In the order of the file.
    """

    number: int
    name: str = ""
    color: tuple[int, int, int] | None = None
    interpreted_type: str = ""
    description: str = ""
    generation_algorithm: str = ""
    frame_of_reference_uid: str = ""
    code: Code | None = None
    contours: tuple[Contour, ...] = ()

    def __repr__(self) -> str:
        """Give one line that a person can read."""
        kind = f", {self.interpreted_type}" if self.interpreted_type else ""
        return f"ROI {self.number}: {self.name}{kind}, {len(self.contours)} contours"
