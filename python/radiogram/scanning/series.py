"""Files sorted into series, and whether the slices of each make a volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from radiogram import errors
from radiogram.interop.names import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

__all__ = ["Series", "SeriesList"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The files of a series, and the verdict on their geometry: what ``read_volume`` would say of them.

    Attributes
    ----------
    series_uid, study_uid, modality : str
        Empty where the files have none. Files without a Series Instance UID are one series.
    paths : tuple of str
        Its slices: in the order of the volume where there is one, else as they were met.
    verdict : str
        ``"volume"``; ``"gaps"`` for one that lacks slices; else the ``kind`` of the error that `read_volume` would raise:
        ``"ambiguous_series"``, ``"geometry"``, ``"no_pixel_data"``, ``"unsupported"``, …
    reason : str
        Why it is no volume, in words; empty where it is one.
    shape : tuple of int or None
        (slices, rows, columns) with the missing ones counted; None where there is no volume.
    spacing : tuple of float or None
        Millimetres along (slice, row, column).
    missing : tuple of int
        Places without a slice.
    tilt_degrees : float or None
        The gantry's tilt.
    set_aside : tuple of (str, str)
        Files of the series that are not in the volume, each with the reason.
    choices : tuple of str
        What there is to choose from in an ambiguous series.
    notes : tuple of str
        What else a careful reader wants to know.
    """

    series_uid: str
    study_uid: str
    modality: str
    paths: tuple[str, ...]
    verdict: str
    reason: str
    shape: tuple[int, int, int] | None
    spacing: tuple[float, float, float] | None
    missing: tuple[int, ...]
    tilt_degrees: float | None
    set_aside: tuple[tuple[str, str], ...]
    choices: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Series:
        verdict = told["verdict"]
        found = getattr(errors, verdict, None)
        paths = tuple(map(path_of, told["paths"]))
        aside = tuple((path_of(path), reason) for path, reason in told["set_aside"])
        verdict = verdict if found is None else found.kind
        return cls(**{**told, "verdict": verdict, "paths": paths, "set_aside": aside})

    @property
    def is_volume(self) -> bool:
        """Whether ``read_volume(series.paths)`` gives an array without asking for anything."""
        return self.verdict == "volume"


@dataclass(frozen=True, slots=True)
class SeriesList:
    """Series in the order they were met.

    Attributes
    ----------
    series : tuple of Series
        The series.
    failed : tuple of (str, str)
        Files that could not be read, each with the error.
    """

    series: tuple[Series, ...]
    failed: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        return len(self.series)

    def __iter__(self) -> Iterator[Series]:
        return iter(self.series)

    def __getitem__(self, index: int) -> Series:
        return self.series[index]
