"""Structure sets made of arrays of points: for examples and tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.dataset import Dataset
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["circle", "write_structures"]


def circle(
    affine: NDArray[np.float64], place: int, center: tuple[float, float], radius: float, points: int = 64
) -> NDArray[np.float64]:
    """Give the points of a circle in a slice of a volume, (N, 3), millimetres of the patient.

    Parameters
    ----------
    affine : numpy.ndarray
        4 x 4: (slice, row, column, 1) to the patient's millimetres.
    place : int
        The slice.
    center : tuple of float
        Row and column.
    radius : float
        In pixels.
    points : int
        How many corners it has.
    """
    import numpy as np

    angles = np.arange(points) * (2 * np.pi / points)
    row, column = center
    index = np.stack(
        [
            np.full(points, float(place)),
            row + radius * np.sin(angles),
            column + radius * np.cos(angles),
            np.ones(points),
        ]
    )
    found: NDArray[np.float64] = (affine @ index)[:3].T
    return found


def write_structures(
    path: str | os.PathLike[str],
    rois: Mapping[str, Iterable[Any]],
    *,
    kind: str = "ORGAN",
    frame_of_reference_uid: str | None = None,
) -> Path:
    """Write regions as a structure set.

    Parameters
    ----------
    path : str or Path
        Where to.
    rois : mapping from str to iterable
        Name and contours of each region: arrays of (N, 3), or pairs of a Contour Geometric Type and an array.
    kind : str
        RT ROI Interpreted Type of all.
    frame_of_reference_uid : str, optional
        Whose coordinates the points are in; by default those of a new one.

    Returns
    -------
    Path

    Examples
    --------
    >>> import numpy as np, tempfile, radiogram as rg
    >>> from radiogram.structures.phantom import circle, write_structures
    >>> matrix = np.array([[0, 0, 1.0, 0], [0, 1.0, 0, 0], [3.0, 0, 0, 0], [0, 0, 0, 1]])
    >>> path = tempfile.mkdtemp() + "/rs.dcm"
    >>> _ = write_structures(path, {"Ball": [circle(matrix, place, (8, 8), 5.0) for place in (1, 2)]})
    >>> rg.read_structures(path).mask(((4, 16, 16), matrix), "Ball")
    RegionMask: 4 x 16 x 16, 2 contours in 2 slices
    """
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.481.3", generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
    ds.Modality, ds.StructureSetLabel = "RTSTRUCT", "Phantom"
    ds.PatientName, ds.PatientID = "Phantom^Radiogram", "PHANTOM"
    frame_of_reference = frame_of_reference_uid or generate_uid()
    described, drawn, observed = [], [], []
    for number, (name, contours) in enumerate(rois.items(), start=1):
        roi, contour, observation = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ReferencedFrameOfReferenceUID, roi.ROIName = number, frame_of_reference, name
        roi.ROIGenerationAlgorithm = "AUTOMATIC"
        contour.ROIDisplayColor, contour.ReferencedROINumber = [255, 40 * number % 256, 0], number
        contour.ContourSequence = [_contour(one) for one in contours]
        observation.ObservationNumber = observation.ReferencedROINumber = number
        observation.RTROIInterpretedType = kind
        described.append(roi)
        drawn.append(contour)
        observed.append(observation)
    ds.StructureSetROISequence, ds.ROIContourSequence = described, drawn
    ds.RTROIObservationsSequence = observed
    ds.save_as(path, transfer_syntax="ExplicitVRLittleEndian")
    return Path(path)


def _contour(given: Any) -> Dataset:  # noqa: ANN401
    shape, points = given if isinstance(given, tuple) else ("CLOSED_PLANAR", given)
    item = Dataset()
    item.ContourGeometricType = shape
    item.NumberOfContourPoints = len(points)
    item.ContourData = [float(f"{value:.10g}") for point in points for value in point]
    return item
