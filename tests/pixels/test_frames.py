"""Which shape which choice of frames has, the same for views and for computed values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError

if TYPE_CHECKING:
    from radiogram.pixels import Pixels

ROWS, COLUMNS = 3, 4


def pixels(frames: int) -> Pixels:
    samples = np.arange(frames * ROWS * COLUMNS, dtype="<u2")
    elements: list[tuple[int, str, Any]] = [
        (0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.7"),
        (0x0008_0018, "UI", "1.2.3"),
        (0x0028_0002, "US", 1),
        (0x0028_0004, "CS", "MONOCHROME2"),
        *([(0x0028_0008, "IS", frames)] if frames > 1 else []),
        (0x0028_0010, "US", ROWS),
        (0x0028_0011, "US", COLUMNS),
        (0x0028_0100, "US", 16),
        (0x0028_0101, "US", 16),
        (0x0028_0102, "US", 15),
        (0x0028_0103, "US", 0),
        (0x0028_0120, "US", 5),
        (0x0028_1052, "DS", 0.0),
        (0x0028_1053, "DS", 0.5),
        (0x7FE0_0010, "OW", samples.tobytes()),
    ]
    ds = rg.Dataset()
    for element in elements:
        ds.add_new(*element)
    return rg.read(ds.to_bytes(transfer_syntax="ExplicitVRLittleEndian")).pixels


CHOICES: list[tuple[Any, tuple[int, ...], tuple[int, ...]]] = [
    # what is asked for, the shape before (rows, columns) of one frame and of three
    (None, (), (3,)),
    (0, (), ()),
    (-1, (), ()),
    (np.int64(0), (), ()),
    (slice(0, 1), (), (1,)),
    (slice(None), (), (3,)),
    (slice(0, 0), (0,), (0,)),
    ([0], (), (1,)),
    ([0, 0], (2,), (2,)),
    ([], (0,), (0,)),
]


@pytest.mark.parametrize("units", ["stored", "modality"])
@pytest.mark.parametrize("copy", [None, True])
@pytest.mark.parametrize(("chosen", "one", "three"), CHOICES, ids=[repr(choice[0]) for choice in CHOICES])
def test_shapes_do_not_depend_on_the_way(
    units: str,
    copy: bool | None,
    chosen: object,
    one: tuple[int, ...],
    three: tuple[int, ...],
) -> None:
    for count, lead in ((1, one), (3, three)):
        held = pixels(count)
        array = held.array(units=units, frames=chosen, copy=copy)
        assert array.shape == (*lead, ROWS, COLUMNS)
        everything = np.arange(count * ROWS * COLUMNS).reshape(count, ROWS, COLUMNS)
        wanted = (
            everything
            if chosen is None
            else everything[chosen if not isinstance(chosen, list) else chosen or []]
        )
        scale = 0.5 if units == "modality" else 1
        np.testing.assert_array_equal(array.ravel(), wanted.ravel() * scale)


@pytest.mark.parametrize(("chosen", "one", "three"), CHOICES, ids=[repr(choice[0]) for choice in CHOICES])
def test_the_mask_has_the_shape_of_the_array(
    chosen: object, one: tuple[int, ...], three: tuple[int, ...]
) -> None:
    for count, lead in ((1, one), (3, three)):
        mask = pixels(count).padding(frames=chosen)
        assert mask is not None
        assert mask.shape == (*lead, ROWS, COLUMNS)


@pytest.mark.parametrize("units", ["stored", "modality"])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("threads", [None, 2])
def test_frames_one_after_another(units: str, count: int, threads: int | None) -> None:
    held = pixels(count)
    frames = list(held.frames(units=units, threads=threads))
    assert [frame.shape for frame in frames] == [(ROWS, COLUMNS)] * count
    np.testing.assert_array_equal(np.stack(frames).ravel(), held.array(units=units).ravel())


@pytest.mark.parametrize("chosen", [1, -2, [0, 1], 10**9])
def test_a_frame_that_is_not_there(chosen: object) -> None:
    with pytest.raises(ArgumentError, match="no frame"):
        pixels(1).array(frames=chosen)
