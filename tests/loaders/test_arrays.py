"""Memory of batches: used again once nobody looks at it, and never before."""

from __future__ import annotations

import gc
import os
import pickle
import threading
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from radiogram import _core
from radiogram.errors import LimitError
from radiogram.loaders import Loader, PatchDataset, SliceDataset, VolumeDataset
from radiogram.loaders.arrays import KEPT, Arrays

from tests.loaders.conftest import Series, series

if TYPE_CHECKING:
    from pathlib import Path

FLOAT = np.dtype(np.float32)
LARGE = (4, 256, 256)


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """Give slices whose batches are large enough to lie in memory that is used again."""
    return series(tmp_path_factory.mktemp("large"), slices=12, rows=160, columns=160)


def test_memory_is_used_again_when_the_last_array_is_gone() -> None:
    arrays = Arrays()
    first, memory = arrays.empty(LARGE, FLOAT)
    assert first is memory
    place = _address(first)
    view = first[1:3, ::2].T
    del first, memory
    gc.collect()
    second, _ = arrays.empty(LARGE, FLOAT)
    assert _address(second) != place
    del view
    gc.collect()
    third, _ = arrays.empty(LARGE, FLOAT)
    assert _address(third) == place


@pytest.mark.parametrize(
    "look",
    [
        lambda array: array[0],
        lambda array: array.reshape(-1)[5:6],
        lambda array: memoryview(array)[1:],
        lambda array: np.from_dlpack(array[2]),
        lambda array: np.frombuffer(array, np.uint8),
        lambda array: np.asarray(memoryview(array)),
        lambda array: array.view(np.int32)[..., 0],
        lambda array: iter(array),
    ],
)
def test_whatever_looks_at_it_holds_it(look: Any) -> None:
    arrays = Arrays()
    array = arrays.empty(LARGE, FLOAT)[0]
    array[...] = 7
    place, held = _address(array), look(array)
    del array
    gc.collect()
    others = [arrays.empty(LARGE, FLOAT)[0] for _ in range(3)]
    assert all(_address(other) != place for other in others)
    for other in others:
        other[...] = 8
    del other, others
    assert arrays._rooms.free == 3 * 4 * 256 * 256 * 4
    del held
    gc.collect()
    assert arrays._rooms.free == 4 * 4 * 256 * 256 * 4


@pytest.mark.parametrize("prefetch", [0, 3])
def test_a_batch_that_is_held_is_never_written_to(prefetch: int, large: Series) -> None:
    loader = Loader(SliceDataset(large.folder), 4, shuffle=True, seed=3, prefetch=prefetch)
    held: list[tuple[Any, Any]] = []
    for epoch in range(4):
        for number, batch in enumerate(loader):
            # Of every batch a part is held, of every third all of it.
            held.append((batch["image"] if number % 3 == 0 else batch["image"][1:2], batch["index"]))
            if number % 3:
                held[-1] = (held[-1][0], batch["index"][1:2])
        if epoch % 2:
            del held[::2]
        for images, numbers in held:
            for image, index in zip(images, numbers, strict=True):
                np.testing.assert_array_equal(image, large.image(index))


def test_a_loop_that_holds_nothing_needs_no_new_memory(large: Series) -> None:
    dataset = SliceDataset(large.folder)
    loader = Loader(dataset, 4, shuffle=True, prefetch=2)
    places = set()
    for _ in range(10):
        for batch in loader:
            places.add(_address(batch["image"]))
            del batch
    assert len(places) <= 4


def test_volumes_and_patches_lie_there_too(large: Series) -> None:
    volumes = VolumeDataset(large.folder)
    patches = PatchDataset(large.folder, size=(4, 96, 96))
    for dataset in (volumes, patches):
        place = _address(dataset[0]["image"])
        gc.collect()
        assert _address(dataset[0]["image"]) == place


def test_no_more_is_kept_than_the_bound() -> None:
    rooms = _core.Rooms(1 << 20)
    lent = [rooms.take(300_000) for _ in range(9)]
    assert rooms.free == 0
    lent.clear()
    assert 0 < rooms.free <= 1 << 20
    before = rooms.free
    assert len(rooms.take(5 << 20)) == 5 << 20
    assert rooms.free == before
    # Another size is not served by what is twice as large.
    small = rooms.take(1)
    assert rooms.free == before
    assert len(small) == 1


def test_what_is_lent_outlives_its_pool() -> None:
    arrays = Arrays()
    array, _ = arrays.empty(LARGE, FLOAT)
    gone = weakref.ref(arrays)
    del arrays
    gc.collect()
    assert gone() is None
    array[...] = 3
    assert array.sum() == 3 * array.size


def test_more_than_there_is_is_a_limit() -> None:
    with pytest.raises(LimitError):
        Arrays().empty((1 << 40, 1 << 20), FLOAT)


def test_memory_is_aligned_and_a_pickle_holds_none_of_it() -> None:
    arrays = Arrays()
    array, _ = arrays.empty(LARGE, FLOAT)
    assert _address(array) % 64 == 0
    assert array.flags.writeable
    assert array.flags.c_contiguous
    assert len(pickle.dumps(arrays)) < 100
    assert isinstance(pickle.loads(pickle.dumps(arrays)), Arrays)
    assert array.nbytes < KEPT


def test_threads_share_a_pool() -> None:
    arrays = Arrays()
    wrong: list[int] = []

    def work(seed: int) -> None:
        for turn in range(200):
            array, _ = arrays.empty(LARGE, FLOAT)
            array[:, 0] = seed * 1000 + turn
            if not (array[:, 0] == seed * 1000 + turn).all():
                wrong.append(turn)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_its_own(large: Series, tmp_path: Path) -> None:
    del tmp_path
    dataset = SliceDataset(large.folder, threads=1)
    held = dataset.collate(dataset.__getitems__([1, 2, 3, 4]))["image"]
    child = os.fork()
    if child == 0:
        again = dataset.collate(dataset.__getitems__([5, 6, 7, 8]))["image"]
        right = (again[0] == large.image(5)).all() and (held[0] == large.image(1)).all()
        os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    np.testing.assert_array_equal(held[0], large.image(1))
