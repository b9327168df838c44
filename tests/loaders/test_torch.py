"""Torch's side in one process: tensors, batches without a copy, `DataLoader` and `Stream`, ranks, states."""

from __future__ import annotations

import pickle
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import radiogram as rg
from radiogram import loaders
from radiogram.errors import ArgumentError

from tests.loaders.conftest import SLICES, Series, series
from tests.loaders.frameworks import needed

if TYPE_CHECKING:
    from pathlib import Path

torch = needed("torch")


def _numbers(batches: Any) -> list[list[int]]:
    return [batch["index"].tolist() for batch in batches]


def test_tensors_hold_the_values_of_arrays(ct: Series) -> None:
    for dtype in (torch.float32, torch.int16, "float64"):
        mine = rg.torch.SliceDataset(ct.folder, dtype=dtype, labels=["Modality"])
        sample = mine[3]
        assert isinstance(mine, torch.utils.data.Dataset)
        assert str(sample["image"].dtype).endswith(str(dtype).rpartition(".")[2])
        np.testing.assert_array_equal(sample["image"].numpy(), ct.image(3))
        assert sample["Modality"] == "CT"
    volume = rg.torch.VolumeDataset(ct.folder)[0]
    np.testing.assert_array_equal(volume["image"][0].numpy(), ct.array)
    assert volume["affine"].dtype == torch.float64
    patches = rg.torch.PatchDataset(ct.folder, size=(2, 8, 8), per_volume=3, seed=2)
    others = loaders.PatchDataset(ct.folder, size=(2, 8, 8), per_volume=3, seed=2)
    for number in range(3):
        np.testing.assert_array_equal(patches[number]["image"].numpy(), others[number]["image"])


def test_colour_is_channels_first_and_not_copied() -> None:
    from pydicom.data import get_testdata_file

    path = str(get_testdata_file("SC_rgb_small_odd.dcm", download=False))
    mine = rg.torch.SliceDataset([path, path], units="color", dtype="uint8")
    samples = mine.__getitems__([0, 1])
    batch = rg.torch.collate(samples)
    assert batch["image"].shape == (2, 3, 3, 3)
    assert batch["image"].data_ptr() == samples[0]["image"].data_ptr()
    np.testing.assert_array_equal(
        batch["image"][1].numpy(), np.moveaxis(rg.read(path).pixels.array(units="color"), -1, 0)
    )


@pytest.mark.parametrize("memory", [None, "plain", "shared"])
def test_a_batch_is_the_tensor_that_was_decoded_into(memory: str | None, ct: Series) -> None:
    mine = rg.torch.SliceDataset(ct.folder, memory=memory)
    samples = mine.__getitems__([5, 2])
    batch = rg.torch.collate(samples)
    assert batch["image"].data_ptr() == samples[0]["image"].data_ptr()
    assert batch["image"].is_shared() is (memory == "shared")
    assert batch["index"].tolist() == [5, 2]
    np.testing.assert_array_equal(batch["image"][1].numpy(), ct.image(2))
    usual = torch.utils.data.default_collate(list(samples))
    assert torch.equal(usual["image"], batch["image"])


def test_pinned_memory_needs_a_gpu(ct: Series) -> None:
    if torch.cuda.is_available():
        assert rg.torch.SliceDataset(ct.folder, memory="pinned")[0]["image"].is_pinned()
    else:
        with pytest.raises(ArgumentError, match="GPU"):
            rg.torch.SliceDataset(ct.folder, memory="pinned")
    with pytest.raises(ArgumentError, match="memory is one of"):
        rg.torch.SliceDataset(ct.folder, memory="fast")


def test_a_plain_data_loader_takes_them(ct: Series) -> None:
    mine = rg.torch.SliceDataset(ct.folder)
    batches = list(torch.utils.data.DataLoader(mine, batch_size=4, collate_fn=rg.torch.collate))
    assert _numbers(batches) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]
    np.testing.assert_array_equal(torch.cat([one["image"] for one in batches])[:, 0].numpy(), ct.array)
    usual = list(torch.utils.data.DataLoader(mine, batch_size=4))
    assert all(torch.equal(a["image"], b["image"]) for a, b in zip(batches, usual, strict=True))


@pytest.mark.parametrize("prefetch", [0, 2])
def test_the_loader_gives_the_order_of_arrays(prefetch: int, ct: Series) -> None:
    mine = rg.torch.Loader(rg.torch.SliceDataset(ct.folder), 3, shuffle=True, seed=8, prefetch=prefetch)
    other = loaders.Loader(loaders.SliceDataset(ct.folder), 3, shuffle=True, seed=8)
    for _ in range(2):
        for ours, arrays in zip(mine, other, strict=True):
            np.testing.assert_array_equal(ours["image"].numpy(), arrays["image"])
            assert ours["index"].tolist() == arrays["index"].tolist()


def test_a_stream_gives_every_item_once_and_goes_on(ct: Series) -> None:
    def stream() -> Any:
        return rg.torch.Stream(rg.torch.SliceDataset(ct.folder), 3, shuffle=True, seed=8)

    one = stream()
    epochs = [_numbers(one), _numbers(one)]
    assert epochs == [
        _numbers(batches)
        for batches in [rg.torch.Loader(one.dataset, 3, shuffle=True, seed=8)]
        for _ in range(2)
    ]
    one = stream()
    list(one)
    items = iter(one)
    given = _numbers([next(items), next(items)])
    again = stream()
    again.load_state_dict(pickle.loads(pickle.dumps(one.state_dict())))
    assert given + _numbers(again) == epochs[1]
    one.set_epoch(0)
    assert _numbers(one) == epochs[0]
    single = rg.torch.Stream(one.dataset, shuffle=True, seed=8)
    assert [sample["index"] for sample in single] == list(chain.from_iterable(epochs[0]))
    assert (len(single), len(one)) == (SLICES, 4)


def test_a_stream_goes_on_with_items_of_another_size(ct: Series) -> None:
    """Items were counted from the front of the epoch, not from where it was gone on with: a sample came twice."""
    dataset = rg.torch.SliceDataset(ct.folder)
    one, other, again = (rg.torch.Stream(dataset, size) for size in (3, 2, 2))
    next(iter(one))
    other.load_state_dict(one.state_dict())
    items = iter(other)
    assert _numbers([next(items)]) == [[3, 4]]
    again.load_state_dict(other.state_dict())
    assert _numbers(again) == [[5, 6], [7, 8], [9, 10]]


def test_ranks_of_torch_are_taken(ct: Series, tmp_path: Path) -> None:
    mine = rg.torch.SliceDataset(ct.folder)
    with pytest.raises(ArgumentError, match="together"):
        rg.torch.Loader(mine, rank=1)
    shared = torch.distributed
    shared.init_process_group("gloo", init_method=f"file://{tmp_path}/meeting", rank=0, world_size=1)
    try:
        assert (rg.torch.Loader(mine).order.rank, rg.torch.Loader(mine).order.world) == (0, 1)
        assert rg.torch.Loader(mine, rank=2, world=3).order.rank == 2
    finally:
        shared.destroy_process_group()
    parts = [_numbers(rg.torch.Stream(mine, 2, rank=rank, world=3)) for rank in range(3)]
    assert sorted(chain.from_iterable(chain.from_iterable(parts))) == list(range(SLICES))


def test_what_cannot_be_read_is_left_out_of_streams_too(tmp_path: Path) -> None:
    mine = series(tmp_path)
    dataset = rg.torch.SliceDataset(tmp_path, errors="skip")
    for path in mine.paths[2:5]:
        path.unlink()
    assert _numbers(rg.torch.Stream(dataset, 2)) == [[0, 1], [5], [6, 7], [8, 9], [10]]
    assert [one["index"] for one in rg.torch.Stream(dataset)] == [0, 1, 5, 6, 7, 8, 9, 10]


def test_a_batch_of_nothing_is_no_batch_in_workers(tmp_path: Path) -> None:
    """A function of the caller's was called with no samples there, and not by threads."""
    mine = series(tmp_path)
    dataset = rg.torch.SliceDataset(tmp_path, errors="skip")
    for path in mine.paths[2:5]:
        path.unlink()
    usual = torch.utils.data.default_collate
    for workers in (0, 2):
        loader = rg.torch.Loader(dataset, 2, collate=usual, workers=workers)
        assert _numbers(loader) == [[0, 1], [5], [6, 7], [8, 9], [10]]


def test_volumes_lend_their_memory(ct: Series) -> None:
    volume = rg.read_volume(ct.folder)
    tensor = torch.from_dlpack(volume)
    assert tensor.data_ptr() == volume.array.ctypes.data
    np.testing.assert_array_equal(tensor.numpy(), ct.array)
    np.testing.assert_array_equal(np.asarray(volume), ct.array)


def test_a_pickle_is_small(ct: Series) -> None:
    assert len(pickle.dumps(rg.torch.SliceDataset(ct.folder, labels=["Modality"], cache=10**6))) < 1000


def test_it_learns(ct: Series) -> None:
    """A step of training on batches as they come."""
    model = torch.nn.Conv2d(1, 1, 3)
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-8)
    before = model.weight.detach().clone()
    for batch in rg.torch.Loader(rg.torch.SliceDataset(ct.folder), 4):
        optimiser.zero_grad()
        model(batch["image"]).square().mean().backward()
        optimiser.step()
    assert not torch.equal(before, model.weight)
