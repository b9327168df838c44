"""The verdict on a series: what ``read_volume`` found, as data."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MissingSliceWarning", "VolumeReport"]


class MissingSliceWarning(UserWarning):
    """Slices are missing, and their places in the volume were filled (``missing="warn"``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeReport:
    """What was found out about a series on the way to its volume.

    All lengths are millimetres, all places count along the first axis of the array.

    Attributes
    ----------
    series_uid : str
        Series Instance UID, empty where the files have none.
    modality : str
        Modality, empty where the files have none.
    present : int
        Slices that are there.
    missing : tuple of int, or of tuple of int
        Places without a slice, along the first axis; in a volume of more axes along all but the last two.
        They are filled with ``fill``, so that ``Volume.affine`` is true for every
        slice.
    spacing : tuple of float
        Distance of neighbouring voxels along (slice, row, column).
    spacing_source : str
        Where the first of them comes from: ``"positions"``, or, for one slice alone, ``"Spacing Between
        Slices"`` or ``"Slice Thickness"``, or ``"nothing"`` for images without a place.
    plane_distance : float
        Distance of neighbouring planes along their normal; a tilt makes it smaller than ``spacing[0]``.
    tilt_degrees : float
        Angle between the step from slice to slice and the normal of the slices: the gantry's tilt, 0 where
        there is none.
    tolerance : float
        How far a slice may stand off its place: a tenth of the step, at most 0.1 mm.
    deviation : float
        How far one does at most.
    set_aside : tuple of (str, str)
        Files that are not in the volume, each with the reason.
    dtype : str
        The type of the array, in numpy's words.
    dtype_reason : str
        Why.
    rescale : str or tuple of float
        (slope, intercept) where all slices share them, else ``"per slice"`` or ``"modality LUT"`` (PS3.3
        C.11.1).
    padding : int or None
        Pixel Padding Value, stored, where all slices share one (PS3.3 C.7.5.1.1.2).
    fill : float or None
        What places without a slice hold: the padding value in the units of the array, or the smallest value
        of the slices that are there; None where nothing was filled.
    transfer_syntaxes : tuple of str
        Transfer Syntax UIDs of the slices.
    notes : tuple of str
        What else a careful reader wants to know, a sentence each.
    space : str
        What the affine matrix leads to: ``"patient"``; ``"volume"``, the frame of reference of an
        ultrasound volume (PS3.3 C.8.24.2); ``"none"`` where the images have no place, and it counts voxels.
    frame_of_reference_uid : str
        Frame of Reference UID, empty where slices have none: images of another one are of other coordinates.
    quantity : str
        What values are: the ``units`` that were asked for, or ``"suvbw"`` and the like.
    """

    series_uid: str
    modality: str
    present: int
    missing: tuple[int, ...] | tuple[tuple[int, ...], ...]
    spacing: tuple[float, float, float]
    spacing_source: str
    plane_distance: float
    tilt_degrees: float
    tolerance: float
    deviation: float
    set_aside: tuple[tuple[str, str], ...]
    dtype: str
    dtype_reason: str
    rescale: str | tuple[float, float]
    padding: int | None
    fill: float | None
    transfer_syntaxes: tuple[str, ...]
    notes: tuple[str, ...]
    space: str = "patient"
    frame_of_reference_uid: str = ""
    quantity: str = "modality"

    def __str__(self) -> str:
        """Give the verdict as lines of text, without a value that could name a patient."""
        spacing = " x ".join(f"{length:.4g}" for length in self.spacing)
        lines = [
            f"slices     {self.present} present, {_missing(self.missing)}",
            f"spacing    {spacing} mm (slice, row, column), by {self.spacing_source}",
            f"tilt       {self.tilt_degrees:.3g} degrees",
            f"deviation  {self.deviation:.2g} mm at most, {self.tolerance:.2g} allowed",
            f"dtype      {self.dtype}: {self.dtype_reason}",
            f"rescale    {_rescale(self.rescale)}",
        ]
        if self.set_aside:
            reasons: dict[str, int] = {}
            for _, reason in self.set_aside:
                reasons[reason] = reasons.get(reason, 0) + 1
            told = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
            lines.append(f"set aside  {len(self.set_aside)}: {told}")
        lines += [f"note       {note}" for note in self.notes]
        return "\n".join(lines)


def _missing(places: tuple[int, ...] | tuple[tuple[int, ...], ...]) -> str:
    if not places:
        return "none missing"
    shown = ", ".join(str(place) for place in places[:12]) + (", …" if len(places) > 12 else "")
    return f"{len(places)} missing at {shown}"


def _rescale(rescale: str | tuple[float, float]) -> str:
    if isinstance(rescale, str):
        return rescale
    slope, intercept = rescale
    return f"value * {slope:g} {'-' if intercept < 0 else '+'} {abs(intercept):g}"
