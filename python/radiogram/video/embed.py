"""A stream into a data set, with every attribute that speaks of it (PS3.3 C.7.6.5, C.7.6.6; PS3.5 8.2.5 to 8.2.11)."""

from __future__ import annotations

from fractions import Fraction
from struct import pack
from typing import TYPE_CHECKING, Any

from radiogram.errors import ArgumentError, PixelError
from radiogram.registry import TransferSyntax
from radiogram.uid import generate_uid
from radiogram.video.choose import check, choose
from radiogram.video.info import read_info
from radiogram.video.stream import VIDEO

if TYPE_CHECKING:
    from radiogram.dataset.dataset import Dataset
    from radiogram.video.info import VideoInfo

__all__ = ["embed"]

_ITEM = 0xFFFE, 0xE000
_LONGEST = 2**32 - 2
_STALE = (
    "FloatPixelData",
    "DoubleFloatPixelData",
    "PixelDataProviderURL",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "SmallestImagePixelValue",
    "LargestImagePixelValue",
    "SmallestPixelValueInSeries",
    "LargestPixelValueInSeries",
    "FrameTimeVector",
)


def embed(
    ds: Dataset,
    stream: bytes,
    *,
    transfer_syntax: str | None = None,
    frame_rate: float | Fraction | None = None,
    fragment: int | None = None,
) -> VideoInfo:
    """Put a stream into a data set; see `Video.embed`. Where an error is raised the data set is as it was."""
    info = read_info(stream)
    keyword = choose(info)
    if transfer_syntax is not None:
        asked = TransferSyntax(transfer_syntax)
        if asked.codec not in VIDEO:
            message = f"{asked.name} is no transfer syntax of video"
            raise ArgumentError(message)
        keyword = asked.keyword
        check(info, keyword)
    if not info.frames:
        message = "the stream has no picture"
        raise PixelError(message)
    rate = Fraction(frame_rate).limit_denominator(1001) if frame_rate is not None else info.frame_rate
    if rate is None or not 0 < rate <= 1000:
        message = "the stream does not say how many pictures it has a second: frame_rate= says it"
        raise ArgumentError(message)
    pieces = _pieces(stream, keyword, fragment)
    target: Any = ds
    for name in _STALE:
        if name in ds:
            delattr(target, name)
    for name, value in _described(info, rate).items():
        setattr(target, name, value)
    # PS3.5 A.4: the offset table of video is empty, or says where its one frame begins; PS3.5 8.2.5.
    parts = [pack("<HHI", *_ITEM, 0)]
    for piece in pieces:
        parts += (pack("<HHI", *_ITEM, len(piece) + len(piece) % 2), piece, b"\0" * (len(piece) % 2))
    target.add_new(0x7FE00003, "UV", len(stream))
    target.add_new(0x7FE00010, "OB", b"".join(parts))
    _tell_of_loss(target, info, len(stream))
    uid = generate_uid()
    target.ensure_file_meta() if not hasattr(ds, "file_meta") else None
    target.file_meta.TransferSyntaxUID = TransferSyntax(keyword).uid
    target.SOPInstanceUID = target.file_meta.MediaStorageSOPInstanceUID = uid
    return info


def _pieces(stream: bytes, keyword: str, fragment: int | None) -> list[bytes]:
    """Divide a stream into fragments, where its transfer syntax has several."""
    size = fragment if fragment is not None else _LONGEST
    if size < 2 or size % 2 or size > _LONGEST:
        message = "fragments have an even number of bytes, less than 4 GiB (PS3.5 A.4)"
        raise ArgumentError(message)
    known = TransferSyntax(keyword)
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    if len(pieces) > 1 and not str(known.uid).endswith(".1"):
        message = f"{known.name} has one fragment: the fragmentable form is {keyword}F (PS3.5 8.2.5)"
        raise ArgumentError(message)
    return pieces


def _described(info: VideoInfo, rate: Fraction) -> dict[str, Any]:
    """Give what describes the pictures. Samples are described as they are once decoded (PS3.5 8.2.5, 8.2.11)."""
    is_deep = info.bit_depth > 8
    stored = 10 if is_deep else 8
    return {
        "SamplesPerPixel": 3,
        # H.262, H.264 and HEVC of DICOM's profiles are 4:2:0 with the range of video.
        "PhotometricInterpretation": "YBR_PARTIAL_420",
        "PlanarConfiguration": 0,
        "Rows": info.height,
        "Columns": info.width,
        "BitsAllocated": 16 if is_deep else 8,
        "BitsStored": stored,
        "HighBit": stored - 1,
        "PixelRepresentation": 0,
        "NumberOfFrames": info.frames,
        # PS3.3 C.7.6.5: the time from picture to picture in milliseconds, and what points at it.
        "FrameTime": f"{float(1000 / rate):.10g}",
        "FrameIncrementPointer": 0x00181063,
        "CineRate": round(rate),
        "RecommendedDisplayFrameRate": round(rate),
    }


def _tell_of_loss(ds: Any, info: VideoInfo, size: int) -> None:  # noqa: ANN401
    """Say that, how much and how the pictures were compressed (PS3.3 C.7.6.1.1.5)."""
    samples = info.width * info.height * 3 * info.frames * (2 if info.bit_depth > 8 else 1)
    ds.LossyImageCompression = "01"
    ds.LossyImageCompressionRatio = f"{samples / size:.6g}"
    ds.LossyImageCompressionMethod = VIDEO[info.codec]
