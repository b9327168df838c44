"""Regions of slides equal the pixels they were made of, and cost the tiles they touch."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import radiogram as rg
from hypothesis import given, settings
from hypothesis import strategies as st
from radiogram import errors
from radiogram.volume.tiles import slide_pixels, write_slide

ROWS, COLUMNS, TILE = 301, 215, 64


@pytest.fixture(scope="module")
def slides(tmp_path_factory: pytest.TempPathFactory) -> dict[str, rg.volume.Slide]:
    """Give the same slide in every way that it can be tiled."""
    folder = tmp_path_factory.mktemp("slides")
    size = {"rows": ROWS, "columns": COLUMNS, "levels": 3, "tile": TILE}
    write_slide(folder / "full", **size)
    write_slide(folder / "sparse", sparse=True, **size)
    write_slide(folder / "jls", transfer_syntax="JPEGLSLossless", **size)
    write_slide(folder / "j2k", sparse=True, transfer_syntax="JPEG2000Lossless", **size)
    return {path.name: rg.read_slide(path) for path in folder.iterdir()}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_region_is_its_pixels(slides: dict[str, rg.volume.Slide], data: st.DataObject) -> None:
    slide = slides[data.draw(st.sampled_from(sorted(slides)))]
    number = data.draw(st.integers(0, 2))
    level = slide.levels[number]
    truth = slide_pixels(ROWS >> number, COLUMNS >> number)
    assert level.shape == truth.shape
    key = tuple(
        data.draw(st.one_of(st.integers(-length, length - 1), st.slices(length)))
        for length in level.shape[:2]
    )
    assert np.array_equal(level[key], truth[key])


def test_levels_are_those_of_the_pyramid(slides: dict[str, rg.volume.Slide]) -> None:
    for slide in slides.values():
        assert [level.shape[:2] for level in slide.levels] == [(301, 215), (150, 107), (75, 53)]
        assert slide.downsamples == pytest.approx((1, 215 / 107, 215 / 53))
        assert slide.levels[1].spacing == (0.002, 0.002)
        assert slide.levels[0].tile == (64, 64)
        assert slide.levels[0].origin == (20.0, 40.0)
        assert np.array_equal(slide.levels[2].array, slide_pixels(75, 53))


@pytest.mark.parametrize("sparse", [False, True])
def test_optical_paths_and_focal_planes(tmp_path: Path, sparse: bool) -> None:
    write_slide(tmp_path, rows=100, columns=90, levels=1, tile=32, sparse=sparse, paths=2, planes=3)
    level = rg.read_slide(tmp_path).levels[0]
    assert level.optical_paths == ("0", "1")
    assert level.focal_planes == (0.0, 2.0, 4.0)
    for path in (0, 1):
        for plane in range(3):
            region = level.read(row=30, column=5, height=40, optical_path=str(path), focal_plane=plane)
            assert np.array_equal(region, slide_pixels(100, 90, path=path, plane=plane)[30:70, 5:])
    with pytest.raises(errors.ArgumentError, match="no such optical path"):
        level.read(optical_path="2")
    with pytest.raises(errors.ArgumentError, match="not within"):
        level.read(focal_plane=3)


def test_places_without_a_tile_are_filled_and_counted(tmp_path: Path) -> None:
    write_slide(tmp_path, rows=100, columns=100, levels=1, tile=32, sparse=True, left_out=[5])
    level = rg.read_slide(tmp_path).levels[0]
    truth = slide_pixels(100, 100)
    truth[32:64, 32:64] = 255
    assert np.array_equal(level.array, truth)
    assert (level.read(fill=7)[32:64, 32:64] == 7).all()
    assert np.array_equal(level.read(height=32, missing="error"), truth[:32])
    with pytest.raises(errors.PixelError, match="1024 pixels of the region have no tile"):
        level.read(missing="error")


def test_a_full_matrix_without_a_tile_is_an_error(tmp_path: Path) -> None:
    (path,) = write_slide(tmp_path, rows=100, columns=100, levels=1, tile=32)
    ds = rg.read(path)
    ds.NumberOfFrames = 15
    ds.PixelData = ds.PixelData[: 15 * 32 * 32 * 3]
    ds.save_as(path)
    with pytest.raises(errors.PixelError, match="15 tiles of a total pixel matrix that has 16"):
        rg.read_slide(path)


def test_what_is_no_slide_is_an_error(tmp_path: Path) -> None:
    from radiogram.volume.phantom import Phantom, write_series

    write_series(tmp_path, Phantom(slices=2, rows=8, columns=8))
    with pytest.raises(errors.ArgumentError, match="none of the files is a whole slide"):
        rg.read_slide(tmp_path)
    with pytest.raises(errors.UnsupportedError, match="tiles of a slide, which read_slide"):
        rg.read_volume(write_slide(tmp_path / "slide", rows=50, columns=50, levels=1, tile=32))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_regions_and_tiles_outside_are_refused(tmp_path: Path) -> None:
    """A region beyond 32 bits was another exception; a tile beyond the matrix was lost in silence."""
    (path,) = write_slide(tmp_path, rows=40, columns=30, levels=1, tile=16, sparse=True)
    level = rg.read_slide(path).levels[0]
    for region in (
        {"row": 1 << 40},
        {"column": 30},
        {"height": 41},
        {"row": 39, "height": 2},
        {"width": 1 << 33},
    ):
        with pytest.raises(errors.ArgumentError, match="not within the level"):
            level.read(**region)
    ds = rg.read(path).load()
    ds.PerFrameFunctionalGroupsSequence[2].PlanePositionSlideSequence[
        0
    ].RowPositionInTotalImagePixelMatrix = 41
    ds.save_as(path)
    with pytest.raises(errors.PixelError, match="frame 3 lies outside of the total pixel matrix"):
        rg.read_slide(path)


def test_only_the_tiles_that_are_touched_are_read(tmp_path: Path) -> None:
    write_slide(tmp_path, rows=1024, columns=1024, levels=1, tile=128)
    level = rg.read_slide(tmp_path).levels[0]

    def rchar() -> int:
        found = re.search(r"rchar: (\d+)", Path("/proc/self/io").read_text())
        assert found
        return int(found[1])

    noise = -rchar() + rchar()

    def cost(key: Any) -> int:
        before = rchar()
        level[key]
        return rchar() - before - noise

    tile = 128 * 128 * 3
    assert cost(np.s_[0:10, 0:10]) <= tile + 200
    assert cost(np.s_[120:130, 120:130]) <= 4 * tile + 200
    assert cost(np.s_[5, :]) <= 8 * tile + 200


@pytest.mark.corpus
def test_slides_of_the_corpus_are_their_tiles(corpus_root: Path) -> None:
    """Tiles laid out by their positions, or in full, frame by frame."""
    from tests.peers import corpus

    del corpus_root
    read = 0
    for file in corpus.corpus_files():
        if file.path.suffix == "" and file.path.stat().st_size > 50_000_000:
            continue
        ds = rg.read(file.path, force=True)
        if str(ds.get("SOPClassUID")) != "1.2.840.10008.5.1.4.1.1.77.1.6":
            continue
        slide = rg.read_slide(file.path)
        level = next(iter((*slide.levels, *slide.pictures.values())))
        try:
            frames = ds.pixels.array(units="color").reshape(-1, *level.tile, *level.shape[2:])
        except errors.PixelError:
            # Tiles at the edge are smaller than the header says.
            with pytest.raises(errors.PixelError):
                _ = level.array
            continue
        whole = level.array
        for number, frame in enumerate(frames):
            if (
                "PerFrameFunctionalGroupsSequence" in ds
                and ds.get("DimensionOrganizationType") != "TILED_FULL"
            ):
                place = ds.PerFrameFunctionalGroupsSequence[number].PlanePositionSlideSequence[0]
                top, left = (
                    int(place.RowPositionInTotalImagePixelMatrix) - 1,
                    int(place.ColumnPositionInTotalImagePixelMatrix) - 1,
                )
            else:
                across = -(-level.shape[1] // level.tile[1])
                top, left = number // across * level.tile[0], number % across * level.tile[1]
                if top >= level.shape[0]:
                    break
            there = whole[top : top + level.tile[0], left : left + level.tile[1]]
            assert np.array_equal(there, frame[: there.shape[0], : there.shape[1]]), file.path
        read += 1
    assert read >= 8
