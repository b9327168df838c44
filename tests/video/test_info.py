"""What streams say of themselves, and the transfer syntaxes that they fit."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from radiogram.errors import ArgumentError, DicomError, PixelError, UnsupportedError
from radiogram.video import VideoInfo, read_info
from radiogram.video.choose import check, choose

from tests.video.streams import (
    annex_b,
    avc1,
    box,
    h264_picture,
    h264_sps,
    hevc_picture,
    hevc_sps,
    hvc1,
    mp4,
    mpeg2,
    program,
    transport,
)

H264 = annex_b(
    b"\x09\x10", h264_sps(), b"\x68\xce", h264_picture(), h264_picture(first=False), h264_picture()
)
HEVC = annex_b(
    b"\x40\x01\x0c", hevc_sps(), b"\x44\x01\xc1", hevc_picture(), hevc_picture(first=False), hevc_picture()
)


def of(info: VideoInfo) -> tuple[object, ...]:
    return info.codec, info.container, info.width, info.height, info.frame_rate, info.frames


@pytest.mark.parametrize(
    ("stream", "wanted", "suffix"),
    [
        (H264, ("h264", "elementary", 640, 360, 25, 2), ".h264"),
        (HEVC, ("hevc", "elementary", 640, 360, 25, 2), ".hevc"),
        (mpeg2(), ("mpeg2", "elementary", 720, 576, 25, 3), ".m2v"),
        (program(mpeg2()), ("mpeg2", "mpeg-ps", 720, 576, 25, 3), ".mpg"),
        (transport(0x02, mpeg2()), ("mpeg2", "mpeg-ts", 720, 576, 25, 3), ".ts"),
        (transport(0x1B, H264), ("h264", "mpeg-ts", 640, 360, 25, 2), ".ts"),
        (transport(0x24, HEVC, 192), ("hevc", "mpeg-ts", 640, 360, 25, 2), ".ts"),
        (mp4(avc1(h264_sps())), ("h264", "mp4", 640, 360, 25, 50), ".mp4"),
        (mp4(hvc1(hevc_sps())), ("hevc", "mp4", 640, 360, 25, 50), ".mp4"),
        (mp4(avc1(h264_sps(), b"avc3"), pieces=5), ("h264", "mp4", 640, 360, 25, 50), ".mp4"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_headers_are_read(stream: bytes, wanted: tuple[object, ...], suffix: str) -> None:
    info = read_info(stream)
    assert of(info) == wanted
    assert info.suffix == suffix


def test_fields_are_half_a_picture() -> None:
    assert of(read_info(mpeg2(fields=True)))[-1] == 3
    sps = h264_sps(size=(1920, 1080), interlaced=True, rate=(60000, 1001), ratio=True)
    fields = [h264_picture(field=True)] * 4 + [h264_picture(field=False)]
    info = read_info(annex_b(sps, *fields))
    assert of(info) == ("h264", "elementary", 1920, 1080, Fraction(30000, 1001), 3)
    assert info.interlaced


def test_a_stream_may_not_say_its_rate() -> None:
    assert read_info(annex_b(h264_sps(rate=None), h264_picture())).frame_rate is None


@pytest.mark.parametrize(
    ("stream", "keyword"),
    [
        (mpeg2(), "MPEG2MPML"),
        (mpeg2(level=4, size=(1920, 1080)), "MPEG2MPHL"),
        (mp4(avc1(h264_sps())), "MPEG4HP41"),
        (mp4(avc1(h264_sps(level=42))), "MPEG4HP422D"),
        (mp4(avc1(h264_sps(profile=77, level=31))), "MPEG4HP41"),
        (mp4(avc1(h264_sps(profile=66, constraints=0x40))), "MPEG4HP41"),
        (mp4(avc1(h264_sps(profile=128, level=42))), "MPEG4HP42STEREO"),
        (mp4(hvc1(hevc_sps())), "HEVCMP51"),
        (mp4(hvc1(hevc_sps(profile=2, depth=10))), "HEVCM10P51"),
    ],
)
def test_the_transfer_syntax_is_that_of_profile_and_level(stream: bytes, keyword: str) -> None:
    assert choose(read_info(stream)) == keyword


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (mpeg2(profile=1), "Main profile"),
        (mpeg2(chroma=2), "Main profile"),
        (H264, "no container"),
        (HEVC, "no container"),
        (mp4(avc1(h264_sps(level=51))), "level 5.1"),
        (mp4(avc1(h264_sps(profile=66))), "Baseline"),
        (mp4(avc1(h264_sps(profile=122))), "High 4:2:2"),
        (mp4(hvc1(hevc_sps(level=180))), "level 6.0"),
        (mp4(hvc1(hevc_sps(profile=4))), "profile 4"),
    ],
)
def test_what_fits_none_is_refused_with_the_reason(stream: bytes, reason: str) -> None:
    with pytest.raises(UnsupportedError, match=reason):
        choose(read_info(stream))


def test_what_is_asked_for_must_fit() -> None:
    disc = read_info(mp4(avc1(h264_sps(size=(1280, 720))), samples=50, time=256))
    check(disc, "MPEG4HP41BD")
    check(disc, "MPEG4HP422D")
    check(disc, "MPEG4HP41F")
    with pytest.raises(ArgumentError, match="it is MPEG4HP41 "):
        check(disc, "HEVCMP51")
    with pytest.raises(ArgumentError):
        check(read_info(mp4(avc1(h264_sps()))), "MPEG4HP41BD")
    with pytest.raises(ArgumentError):
        check(read_info(mp4(avc1(h264_sps(level=42)))), "MPEG4HP41")


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\0" * 300,
        b"RIFF1234AVI LIST",
        mp4(box(b"vp09", bytes(78))),
        transport(0x10, mpeg2()),
        b"\0\0\1\xb3" + bytes(200),
    ],
)
def test_other_streams_are_refused(stream: bytes) -> None:
    with pytest.raises(DicomError):
        read_info(stream)


def test_damage_is_an_error_or_an_answer() -> None:
    rng = random.Random(10)
    streams = [
        H264, HEVC, mpeg2(), program(mpeg2()), transport(0x02, mpeg2()), transport(0x1B, H264),
        transport(0x24, HEVC, 192), mp4(avc1(h264_sps())), mp4(hvc1(hevc_sps())), mp4(avc1(h264_sps()), pieces=5),
    ]  # fmt: skip
    for _ in range(3000):
        stream = bytearray(rng.choice(streams))
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(stream))
            stream[at] = rng.choice((0, 1, 3, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        if rng.random() < 0.3:
            del stream[rng.randrange(len(stream)) :]
        try:
            info = read_info(bytes(stream))
        except (PixelError, UnsupportedError):
            continue
        assert info.width > 0
        assert info.height > 0
