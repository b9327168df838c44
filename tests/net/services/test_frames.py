"""Instances of some frames of another (PS3.4 Y)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import radiogram as rg
from radiogram.net.services import InstanceRetrieve, RefusedError, uids
from radiogram.net.services.frames import extracted, frame_numbers
from radiogram.net.services.query import Found

from .fakes import Asked

CLASS = "MultiFrameGrayscaleByteSecondaryCaptureImageStorage"


def movie(frames: int = 6, **elements: Any) -> Any:
    pixels = np.arange(frames * 16, dtype=np.uint8).reshape(frames, 4, 4)
    made: Any = rg.Dataset.new(CLASS, pixels=pixels, photometric="MONOCHROME2")
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


@pytest.mark.parametrize("syntax", ["ExplicitVRLittleEndian", "RLELossless"])
def test_frames_are_those_of_the_source(tmp_path: Any, syntax: str) -> None:
    source = movie()
    source.save_as(tmp_path / "a.dcm", transfer_syntax=syntax, enforce_file_format=True)
    ds = rg.read(tmp_path / "a.dcm")
    made = extracted(ds, rg.Dataset({"CalculatedFrameList": [2, 6, 2]}))
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    again = rg.read(made.to_bytes(enforce_file_format=True))
    assert (again.pixel_array == source.pixel_array[[1, 3, 5]]).all()
    assert again.SOPInstanceUID != ds.SOPInstanceUID
    assert again.FrameExtractionSequence[0].MultiFrameSourceSOPInstanceUID == ds.SOPInstanceUID
    assert list(again.FrameExtractionSequence[0].CalculatedFrameList) == [2, 6, 2]
    assert ds.NumberOfFrames == 6, "the source is what it was"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"SimpleFrameList": [5, 2, 2, 99]}, [2, 5]),
        ({"CalculatedFrameList": [1, 2, 1, 4, 99, 2]}, [1, 2, 4, 6]),
        ({"TimeRange": [0.05, 0.21]}, [1, 2, 3]),
    ],
)
def test_frames_are_asked_for_in_three_ways(query: dict[str, Any], expected: list[int]) -> None:
    assert frame_numbers(movie(FrameTime="100"), rg.Dataset(query)) == expected


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 0xAA04),
        ({"SimpleFrameList": [1], "CalculatedFrameList": [1, 2, 1]}, 0xAA04),
        ({"CalculatedFrameList": [1, 2]}, 0xAA04),
        ({"CalculatedFrameList": [1, 2, 0]}, 0xAA04),
        ({"SimpleFrameList": [7, 8]}, 0xAA00),
        ({"TimeRange": [0.0, 1.0]}, 0xAA03),
    ],
)
def test_what_cannot_be_asked_for(query: dict[str, Any], status: int) -> None:
    with pytest.raises(RefusedError) as refused:
        frame_numbers(movie(), rg.Dataset(query))
    assert refused.value.status == status


def test_frame_times_follow() -> None:
    ds = movie(FrameTimeVector=["0", "10", "20", "30", "40", "50"])
    made: Any = extracted(ds, rg.Dataset({"SimpleFrameList": [1, 4]}))
    assert [float(one) for one in made.FrameTimeVector] == [0.0, 60.0]
    assert frame_numbers(ds, rg.Dataset({"TimeRange": [0.02, 0.065]})) == [2, 3, 4]


def test_they_are_retrieved() -> None:
    ds = movie()

    class Store:
        def instances(self, _level: str, query: rg.Dataset) -> list[Found]:
            assert query.SOPInstanceUID == "1.3"
            return [Found(ds, str(ds.SOPClassUID), "1.3")]

    asked = Asked(InstanceRetrieve(Store()))  # type: ignore[arg-type]
    query = rg.Dataset({"QueryRetrieveLevel": "FRAME", "SOPInstanceUID": "1.3", "SimpleFrameList": [2]})
    count, (status, made) = asked.ask("c_get", uids("CompositeInstanceRootRetrieveGet")[0], identifier=query)
    assert (count, status, made.NumberOfFrames) == (1, 0xFF00, 1)
