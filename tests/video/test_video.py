"""Data sets with video: streams put in and taken out as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import radiogram as rg
from radiogram.errors import ArgumentError, ExistingFileError, NoPixelDataError, UnsupportedError

from tests.video.streams import (
    annex_b,
    avc1,
    h264_picture,
    h264_sps,
    hevc_sps,
    hvc1,
    mp4,
    mpeg2,
    program,
    transport,
)

if TYPE_CHECKING:
    from pathlib import Path

H264 = annex_b(h264_sps(), h264_picture(), h264_picture())
STREAMS = {
    "MPEG2MPML": (program(mpeg2()), ".mpg"),
    "MPEG2MPHL": (mpeg2(level=4, size=(1920, 1080)), ".m2v"),
    "MPEG4HP41": (mp4(avc1(h264_sps())), ".mp4"),
    "MPEG4HP422D": (transport(0x1B, annex_b(h264_sps(level=42), h264_picture())), ".ts"),
    "HEVCMP51": (mp4(hvc1(hevc_sps())), ".mp4"),
    "HEVCM10P51": (mp4(hvc1(hevc_sps(profile=2, depth=10))), ".mp4"),
}


def new() -> Any:
    return rg.Dataset.new("VideoEndoscopicImageStorage", PatientID="1")


@pytest.mark.parametrize("keyword", STREAMS)
def test_a_stream_comes_back_as_it_was(keyword: str, tmp_path: Path) -> None:
    stream, suffix = STREAMS[keyword]
    ds = new()
    info = ds.video.embed(stream)
    ds.save_as(tmp_path / "a.dcm")
    back = rg.read(tmp_path / "a.dcm")
    assert back.file_meta.TransferSyntaxUID.keyword == keyword
    assert back.video.stream == stream
    assert back.video.info == info
    written = back.video.save(tmp_path / "video")
    assert written.name == "video" + suffix
    assert written.read_bytes() == stream
    assert not back.problems


def test_attributes_are_those_of_the_stream() -> None:
    ds = new()
    ds.video.embed(STREAMS["MPEG4HP41"][0])
    assert (ds.Rows, ds.Columns, ds.NumberOfFrames, ds.CineRate, float(ds.FrameTime)) == (
        360,
        640,
        50,
        25,
        40,
    )
    assert (ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration) == (
        3,
        "YBR_PARTIAL_420",
        0,
    )
    assert (ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation) == (8, 8, 7, 0)
    assert (ds.LossyImageCompression, ds.LossyImageCompressionMethod) == ("01", "ISO_14496_10")
    ds.video.embed(STREAMS["HEVCM10P51"][0])
    assert (ds.BitsAllocated, ds.BitsStored, ds.LossyImageCompressionMethod) == (16, 10, "ISO_23008_2")
    ds.video.embed(STREAMS["MPEG2MPML"][0])
    assert ds.LossyImageCompressionMethod == "ISO_13818_2"


def test_pydicom_reads_it(tmp_path: Path) -> None:
    stream = STREAMS["MPEG4HP41"][0]
    ds = new()
    ds.video.embed(stream)
    ds.save_as(tmp_path / "a.dcm")
    theirs = pydicom.dcmread(tmp_path / "a.dcm")
    fragments = list(pydicom.encaps.generate_fragments(theirs.PixelData))
    assert b"".join(fragments[-1:]).startswith(stream)


def test_a_byte_that_makes_a_length_even_is_no_part_of_the_stream() -> None:
    for stream in (STREAMS["MPEG4HP41"][0], STREAMS["MPEG4HP41"][0] + b"\0\0\0\x09free\0"):
        ds = new()
        ds.video.embed(stream)
        assert ds.video.stream == stream
        del ds.EncapsulatedPixelDataValueTotalLength
        assert ds.video.stream == stream


def test_fragments_are_for_what_is_fragmentable() -> None:
    stream = STREAMS["MPEG4HP41"][0]
    ds = new()
    with pytest.raises(ArgumentError, match="MPEG4HP41F"):
        ds.video.embed(stream, fragment=100)
    ds.video.embed(stream, transfer_syntax="MPEG4HP41F", fragment=100)
    assert [len(part) for part in ds.video.fragments()][:2] == [100, 100]
    assert ds.video.stream == stream
    with pytest.raises(ArgumentError, match="even"):
        ds.video.embed(stream, transfer_syntax="MPEG4HP41F", fragment=99)


def test_what_is_refused_changes_nothing() -> None:
    ds = new()
    before = ds.to_bytes()
    for stream, options in (
        (H264, {}),
        (b"nothing", {}),
        (STREAMS["MPEG4HP41"][0], {"transfer_syntax": "HEVCMP51"}),
        (STREAMS["MPEG4HP41"][0], {"transfer_syntax": "RLELossless"}),
        (transport(0x1B, annex_b(h264_sps(rate=None), h264_picture())), {}),
    ):
        with pytest.raises((ArgumentError, UnsupportedError)):
            ds.video.embed(stream, **options)
        assert ds.to_bytes() == before
    ds.video.embed(transport(0x1B, annex_b(h264_sps(rate=None), h264_picture())), frame_rate=30)
    assert ds.CineRate == 30


def test_a_path_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(STREAMS["MPEG4HP41"][0])
    ds = new()
    ds.video.embed(tmp_path / "a.mp4")
    assert ds.video.info.container == "mp4"


def test_saving_says_what_does_not_fit(tmp_path: Path) -> None:
    ds = new()
    ds.video.embed(STREAMS["MPEG4HP41"][0])
    with pytest.raises(ArgumentError, match=r"\.mp4"):
        ds.video.save(tmp_path / "a.ts")
    ds.video.save(tmp_path / "a.mp4")
    with pytest.raises(ExistingFileError):
        ds.video.save(tmp_path / "a.mp4", overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_pixels_of_video_name_the_way() -> None:
    ds = new()
    ds.video.embed(STREAMS["MPEG4HP41"][0])
    with pytest.raises(UnsupportedError, match=r"ds\.video"):
        _ = ds.pixel_array


def test_others_have_no_video() -> None:
    with pytest.raises(UnsupportedError):
        _ = new().video.stream
    ds = new()
    ds.ensure_file_meta()
    ds.file_meta.TransferSyntaxUID = rg.TransferSyntax("MPEG2MPML").uid
    with pytest.raises(NoPixelDataError):
        _ = ds.video.stream


@pytest.mark.parametrize(
    ("keyword", "words"),
    [
        ("JPIPReferenced", "PixelDataProviderURL"),
        ("JPIPHTJ2KReferenced", "PixelDataProviderURL"),
        ("SMPTEST211020UncompressedProgressiveActiveVideo", "live stream"),
        ("SMPTEST211030PCMDigitalAudio", "live stream"),
    ],
)
def test_pixels_that_are_elsewhere_say_where(keyword: str, words: str, tmp_path: Path) -> None:
    ds = new()
    ds.PixelDataProviderURL = "http://server/jpip?target=1"
    ds.save_as(tmp_path / "a.dcm")
    ds.save_as(tmp_path / "b.dcm", transfer_syntax=rg.TransferSyntax(keyword).uid)
    back = rg.read(tmp_path / "b.dcm")
    assert back.PixelDataProviderURL == "http://server/jpip?target=1"
    with pytest.raises(UnsupportedError, match=words):
        _ = back.pixel_array


def test_pictures_are_decoded(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    for name, codec, options in (
        ("a.mp4", "libx264", {"profile": "high"}),
        ("a.ts", "libx264", {"profile": "high"}),
        ("a.mpg", "mpeg2video", {}),
        ("b.ts", "mpeg2video", {}),
        ("b.mp4", "libx265", {"x265-params": "log-level=none"}),
    ):
        path = tmp_path / name
        pictures = [np.full((96, 128, 3), 40 * number + 20, np.uint8) for number in range(5)]
        try:
            with av.open(
                str(path), "w", options={"movflags": "faststart"} if name.endswith("mp4") else {}
            ) as container:
                track = container.add_stream(codec, rate=25, options=options)
                track.width, track.height, track.pix_fmt = 128, 96, "yuv420p"
                for picture in pictures:
                    container.mux(track.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
                container.mux(track.encode())
        except (av.FFmpegError, ValueError):
            continue
        ds = new()
        info = ds.video.embed(path)
        assert (info.width, info.height, info.frames, info.frame_rate) == (128, 96, 5, 25), name
        found = list(ds.video.frames())
        assert len(found) == 5
        assert all(abs(a.astype(int) - b).mean() < 6 for a, b in zip(found, pictures, strict=True)), name


def test_pictures_need_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    ds = new()
    ds.video.embed(STREAMS["MPEG4HP41"][0])
    with pytest.raises(UnsupportedError, match=r"radiogram\[video\]"):
        next(ds.video.frames())
