"""What the core says of an opened volume, as the parts that `Volume` and `LazyVolume` are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from radiogram.volume.report import VolumeReport
from radiogram.volume.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from radiogram import _core

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything of a volume but its voxels."""

    dims: tuple[str, ...]
    coords: dict[str, NDArray[Any]]
    coord_dims: dict[str, str]
    units: dict[str, str]
    affine: NDArray[np.float64]
    paths: tuple[str | None, ...]
    frames: tuple[int | None, ...]
    gaps: tuple[int, ...]
    is_flat: bool
    is_incomplete: bool
    lengths: tuple[int, ...]
    report: dict[str, Any]

    @classmethod
    def of(cls, source: _core.VolumeSource, files: Sequence[Path]) -> Parts:
        """Gather them."""
        import numpy as np

        told = source.report()
        is_incomplete = told.pop("incomplete")
        told["set_aside"] = tuple((str(files[index]), reason) for index, reason in told["set_aside"])
        gaps = told["missing"]
        lengths = source.shape[: len(source.axes) + 1]
        if len(lengths) > 1:
            told["missing"] = tuple(tuple(int(at) for at in np.unravel_index(gap, lengths)) for gap in gaps)
        is_flat = told["space"] == "none" and lengths[-1] == 1
        coords, coord_dims, units = {}, {}, {}
        for axis, coordinates in source.axes:
            for name, unit, values in coordinates:
                if name in coords:
                    continue
                coords[name] = np.array(values)
                coord_dims[name] = axis
                units[name] = unit
        if source.slice_times and not is_flat:
            coords["slice_time"], coord_dims["slice_time"] = np.array(source.slice_times), "slice"
            units["slice_time"] = "ms"
        spatial = ("row", "column") if is_flat else ("slice", "row", "column")
        samples = ("sample",) if len(source.shape) > len(source.axes) + 3 else ()
        return cls(
            dims=(*(axis for axis, _ in source.axes), *spatial, *samples),
            coords=coords,
            coord_dims=coord_dims,
            units=units,
            affine=np.array(source.affine, dtype=np.float64),
            paths=tuple(None if place is None else str(files[place[0]]) for place in source.places),
            frames=tuple(None if place is None else place[1] for place in source.places),
            gaps=gaps,
            is_flat=is_flat,
            is_incomplete=is_incomplete,
            lengths=tuple(lengths),
            report=told,
        )

    def volume(self, array: NDArray[Any], *, fill: float | None) -> Volume:
        """Give the volume with these voxels."""
        return Volume(
            array=array,
            affine=self.affine,
            paths=self.paths,
            frames=self.frames,
            report=VolumeReport(**{**self.report, "fill": fill}),
            dims=self.dims,
            coords=self.coords,
            coord_dims=self.coord_dims,
            units=self.units,
        )

    def part(self, spans: Sequence[slice], array: NDArray[Any], filling: Callable[[], float]) -> Volume:
        """Give the part that ascending slices along all axes leave: the same place in the patient, fewer voxels."""
        import numpy as np

        axes = len(self.lengths) - 1
        front, spatial = list(spans[:axes]), list(spans[axes : axes + 3 - self.is_flat])
        if self.is_flat:
            spatial.insert(0, slice(0, 1, 1))
        steps = [span.step for span in spatial]
        affine = self.affine @ np.diag([*steps, 1.0])
        affine[:3, 3] = (self.affine @ [*(span.start for span in spatial), 1.0])[:3]
        places = np.arange(len(self.paths)).reshape(self.lengths)[(*front, spatial[0])]
        gaps = np.isin(places, list(self.gaps))
        missing = [tuple(int(at) for at in gap) for gap in np.argwhere(gaps)]
        row = self.report["spacing"]
        report = {
            **self.report,
            "present": int(places.size - gaps.sum()),
            "missing": tuple(missing) if front else tuple(gap[0] for gap in missing),
            "spacing": tuple(length * step for length, step in zip(row, steps, strict=True)),
            "plane_distance": self.report["plane_distance"] * steps[0],
            "fill": filling() if missing else None,
        }
        of = {**dict(zip(self.dims, front, strict=False)), "slice": spatial[0]}
        return Volume(
            array=array,
            affine=affine,
            paths=tuple(self.paths[place] for place in places.reshape(-1)),
            frames=tuple(self.frames[place] for place in places.reshape(-1)),
            report=VolumeReport(**report),
            dims=self.dims,
            coords={name: values[of[self.coord_dims[name]]] for name, values in self.coords.items()},
            coord_dims=self.coord_dims,
            units=self.units,
        )
