"""The phantom as one multi-frame object: enhanced CT, MR or PET with functional groups, in any order of frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError
from radiogram.volume.phantom import Phantom, Storage, _shared, _uid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from radiogram.dataset import Dataset

    Elements = Mapping[int, tuple[str, Any]]

__all__ = ["AXES", "write_multiframe"]

# SOP class and the sequence of the frame type (PS3.3 A.36, A.38, A.56).
_KINDS: dict[str, tuple[str, int]] = {
    "CT": ("1.2.840.10008.5.1.4.1.1.2.1", 0x0018_9329),
    "MR": ("1.2.840.10008.5.1.4.1.1.4.1", 0x0018_9226),
    "PT": ("1.2.840.10008.5.1.4.1.1.130", 0x0018_9751),
    "CT legacy": ("1.2.840.10008.5.1.4.1.1.2.2", 0x0018_9329),
    "MR legacy": ("1.2.840.10008.5.1.4.1.1.4.4", 0x0018_9226),
    "PT legacy": ("1.2.840.10008.5.1.4.1.1.128.1", 0x0018_9751),
}


def _item(elements: Elements) -> Dataset:
    from radiogram.dataset import Dataset

    ds = Dataset()
    for tag in sorted(elements):
        ds.add_new(tag, *elements[tag])
    return ds


def _diffusion(value: Any) -> dict[int, tuple[str, Any]]:  # noqa: ANN401
    b, direction = value
    said: dict[int, tuple[str, Any]] = {0x0018_9087: ("FD", float(b)), 0x0018_9075: ("CS", "NONE")}
    if direction is not None:
        said[0x0018_9075] = ("CS", "DIRECTIONAL")
        said[0x0018_9076] = ("SQ", [_item({0x0018_9089: ("FD", [float(part) for part in direction])})])
    return said


AXES: dict[str, tuple[int, Callable[[int, Any], dict[int, tuple[str, Any]]]]] = {
    "time": (0x0020_9310, lambda _, value: {0x0020_930D: ("FD", float(value))}),
    "echo": (0x0018_9114, lambda _, value: {0x0018_9082: ("FD", float(value))}),
    "b_value": (0x0018_9117, lambda _, value: _diffusion(value)),
    "phase": (0x0018_9118, lambda _, value: {0x0020_9153: ("FD", float(value))}),
    "contrast": (
        0x0018_9341,
        lambda number, value: {0x0018_9337: ("US", number + 1), 0x0018_9344: ("CS", str(value))},
    ),
}
"""What can vary beside the slices: the macro, and what stands in it for a place and its value."""


def write_multiframe(
    path: str | Path,
    phantom: Phantom | None = None,
    *,
    kind: str = "CT",
    axes: Mapping[str, Sequence[Any]] | None = None,
    order: Sequence[int] | None = None,
    storage: Storage | None = None,
    slopes: Sequence[float] | None = None,
    elements: Elements | None = None,
    lengths: str = "defined",
) -> Path:
    """Write a phantom as one multi-frame image.

    Parameters
    ----------
    path : str or Path
        Where to.
    phantom : Phantom, optional
        What to write; by default 200 slices of 512 x 512.
    kind : {"CT", "MR", "PT", "CT legacy", "MR legacy", "PT legacy"}
        Which enhanced object it is; the legacy ones are those of converted series.
    axes : mapping from str to sequence, optional
        What varies beside the slices, outermost first: ``"time"`` in seconds, ``"echo"`` in milliseconds,
        ``"b_value"`` as pairs of a b-value and a direction or None, ``"phase"`` in milliseconds,
        ``"contrast"`` in words. In the volume at place *n* along them each voxel is *n* larger.
    order : sequence of int, optional
        Which of the frames, counted volume after volume and slice after slice, stands where; those that are
        not named are left out.
    storage : Storage, optional
        How samples are stored.
    slopes : sequence of float, optional
        A rescale slope for each slice in turn, in the frames' own groups; else that of ``storage`` is shared.
    elements : mapping from int to (str, value), optional
        VR and value of elements of the data set, by tag.
    lengths : {"defined", "undefined"}
        How the ends of sequences and items are said.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> import radiogram as rg
    >>> from radiogram.volume.multiframe import write_multiframe
    >>> from radiogram.volume.phantom import Phantom
    >>> small = Phantom(slices=3, rows=16, columns=16)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_multiframe(f"{folder}/mr.dcm", small, kind="MR", axes={"echo": [4.6, 9.2]})
    ...     vol = rg.read_volume(path)
    >>> vol.dims, vol.coords["echo_time"].tolist()
    (('echo', 'slice', 'row', 'column'), [4.6, 9.2])
    """
    import numpy as np

    if kind not in _KINDS:
        message = f"kind is one of {', '.join(_KINDS)}"
        raise ArgumentError(message)
    phantom, storage, axes = phantom or Phantom(), storage or Storage(), axes or {}
    lengths_of = [len(values) for values in axes.values()]
    count = int(np.prod(lengths_of, dtype=int)) * phantom.slices
    order = range(count) if order is None else order
    affine = phantom.affine()
    hounsfield = phantom.array()
    sop_class, frame_types = _KINDS[kind]
    shared = _shared(phantom, affine, storage)
    root = _root(shared, phantom, kind, sop_class, len(order), list(axes))
    groups, pixels = [], []
    for frame in order:
        *places, place = (int(at) for at in np.unravel_index(frame, (*lengths_of, phantom.slices)))
        slope = storage.slope if slopes is None else slopes[place % len(slopes)]
        here = Storage(
            bits_allocated=storage.bits_allocated,
            bits_stored=storage.bits_stored,
            signed=storage.signed,
            slope=slope,
            intercept=storage.intercept,
        )
        volume = frame // phantom.slices
        pixels.append(here.encode(hounsfield[place] + np.int16(volume)))
        position = (affine @ (place, 0.0, 0.0, 1.0))[:3].round(9) + 0.0
        macros = {
            0x0020_9113: {0x0020_0032: ("DS", position.tolist())},
            0x0020_9111: {
                0x0020_9157: ("UL", [*(at + 1 for at in places), place + 1]),
                0x0020_9056: ("SH", "1"),
                0x0020_9057: ("UL", place + 1),
            },
            frame_types: {0x0008_9007: ("CS", ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])},
        }
        if slopes is not None:
            macros[0x0028_9145] = _rescale(here)
        if "time" in axes:
            macros[0x0020_9111][0x0020_9128] = ("UL", places[list(axes).index("time")] + 1)
        for (name, values), at in zip(axes.items(), places, strict=True):
            macro, said = AXES[name]
            macros[macro] = said(at, values[at])
        groups.append(_item({tag: ("SQ", [_item(said)]) for tag, said in macros.items()}))
    common = {
        0x0020_9116: {0x0020_0037: shared[0x0020_0037]},
        0x0028_9110: {tag: shared[tag] for tag in (0x0018_0050, 0x0018_0088, 0x0028_0030)},
    }
    if slopes is None:
        common[0x0028_9145] = _rescale(storage)
    root[0x5200_9229] = ("SQ", [_item({tag: ("SQ", [_item(said)]) for tag, said in common.items()})])
    root[0x5200_9230] = ("SQ", groups)
    root[0x7FE0_0010] = ("OB" if storage.bits_allocated == 8 else "OW", b"".join(pixels))
    ds = _item({**root, **(elements or {})})
    ds.save_as(path, transfer_syntax="ExplicitVRLittleEndian", lengths=lengths)  # type: ignore[arg-type]
    return Path(path)


def _rescale(storage: Storage) -> dict[int, tuple[str, Any]]:
    return {
        0x0028_1052: ("DS", storage.intercept),
        0x0028_1053: ("DS", storage.slope),
        0x0028_1054: ("LO", "HU"),
    }


# What the groups of frames say, and not the data set.
_IN_GROUPS = (
    0x0018_0050,
    0x0018_0088,
    0x0018_1120,
    0x0020_0012,
    0x0020_0037,
    0x0028_0030,
    0x0028_1050,
    0x0028_1051,
    0x0028_1052,
    0x0028_1053,
    0x0028_1054,
)
# What the dimension indices point to.
_POINTERS = {
    "time": (0x0020_9128, 0x0020_9111),
    "echo": (0x0018_9082, 0x0018_9114),
    "b_value": (0x0018_9087, 0x0018_9117),
    "phase": (0x0020_9153, 0x0018_9118),
    "contrast": (0x0018_9344, 0x0018_9341),
}


def _root(
    shared: Elements, phantom: Phantom, kind: str, sop_class: str, frames: int, axes: list[str]
) -> dict[int, tuple[str, Any]]:
    """Give the elements of the data set."""
    organization = _uid(phantom.seed, "dimensions")
    pointers = [*(_POINTERS[name] for name in axes), (0x0020_9057, 0x0020_9111)]
    indices = [
        _item({0x0020_9164: ("UI", organization), 0x0020_9165: ("AT", pointer), 0x0020_9167: ("AT", group)})
        for pointer, group in pointers
    ]
    return {tag: value for tag, value in shared.items() if tag not in _IN_GROUPS} | {
        0x0008_0008: ("CS", ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]),
        0x0008_0016: ("UI", sop_class),
        0x0008_0018: ("UI", _uid(phantom.seed, f"multi-frame {kind}")),
        0x0008_0060: ("CS", kind[:2]),
        0x0020_0013: ("IS", 1),
        0x0020_9221: ("SQ", [_item({0x0020_9164: ("UI", organization)})]),
        0x0020_9222: ("SQ", indices),
        0x0028_0008: ("IS", frames),
    }
