"""What a stream says of itself: container, coding, size, rate, number of pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from radiogram.errors import UnsupportedError
from radiogram.video import annex_b, mp4, mpeg2, program, transport

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = ["VideoInfo", "read_info"]


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a stream says of itself.

    Attributes
    ----------
    codec : str
        ``"mpeg2"``, ``"h264"`` or ``"hevc"``.
    container : str
        ``"mp4"``, ``"mpeg-ts"``, ``"mpeg-ps"`` or ``"elementary"`` for none.
    profile, level : int
        As the stream's header has them: ``profile_idc`` and ``level_idc``, for MPEG-2 the two halves of its indication.
    width, height : int
        Columns and rows of a picture, after cropping.
    frame_rate : Fraction or None
        Pictures a second, ``None`` where the stream does not say.
    frames : int
        Pictures that are there; two fields are one.
    bit_depth : int
        Bits of a sample.
    chroma : str
        ``"4:0:0"``, ``"4:2:0"``, ``"4:2:2"`` or ``"4:4:4"``.
    interlaced : bool
        True where pictures may be pairs of fields.
    main_compatible : bool
        True where a stream of H.264 that is not of the High profile is one that every decoder of it reads (H.264 A.2.4).
    """

    codec: str
    container: str
    profile: int
    level: int
    width: int
    height: int
    frame_rate: Fraction | None
    frames: int
    bit_depth: int = 8
    chroma: str = "4:2:0"
    interlaced: bool = False
    main_compatible: bool = False

    @property
    def suffix(self) -> str:
        """The usual suffix of a file with such a stream."""
        if self.container == "elementary":
            return {"mpeg2": ".m2v", "h264": ".h264", "hevc": ".hevc"}[self.codec]
        return {"mp4": ".mp4", "mpeg-ts": ".ts", "mpeg-ps": ".mpg"}[self.container]


def read_info(stream: bytes) -> VideoInfo:
    """Read the headers of a stream, and count its pictures.

    Parameters
    ----------
    stream : bytes
        All of it.

    Raises
    ------
    UnsupportedError
        The stream is none that DICOM carries (PS3.5 8.2.5 to 8.2.11).
    PixelError
        A header is damaged.
    """
    if mp4.begins(stream):
        return _of_mp4(stream)
    if size := transport.packet_size(stream):
        coding, data = transport.video(stream, size)
        return _of_elementary(coding, data, "mpeg-ts")
    if program.begins(stream):
        return _of_elementary("mpeg2", program.video(stream), "mpeg-ps")
    if coding := mpeg2.begins(stream) or annex_b.begins(stream):
        return _of_elementary(coding, stream, "elementary")
    message = "the stream is neither MPEG-2, H.264 or HEVC nor in MP4 or an MPEG-2 container"
    raise UnsupportedError(message)


def _of_elementary(coding: str, data: bytes, container: str) -> VideoInfo:
    header = mpeg2.read(data) if coding == "mpeg2" else annex_b.read(coding, data)
    return VideoInfo(container=container, **header)


def _of_mp4(stream: bytes) -> VideoInfo:
    track = mp4.track(stream)
    header = mpeg2.read(track.header) if track.coding == "mpeg2" else annex_b.read(track.coding, track.header)
    made = VideoInfo(container="mp4", **{**header, "frames": track.samples})
    # The container's own clock is what players go by.
    return replace(made, frame_rate=track.rate or made.frame_rate)
