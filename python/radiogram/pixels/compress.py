"""Pixel data of a data set encoded and decoded: frames and every attribute that speaks of them (PS3.5 8.2, PS3.3 C.7.6.1.1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from radiogram import _core
from radiogram.codecs.decoding import decode, describe, reconstruct_jpeg
from radiogram.codecs.encoding import encode_frames
from radiogram.codecs.fragments import encapsulate
from radiogram.errors import ArgumentError, PixelError, UnsupportedError
from radiogram.registry import TransferSyntax
from radiogram.uid import generate_uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from radiogram.dataset.dataset import Dataset

    Array = npt.NDArray[Any]

__all__ = ["compress", "decompress"]

_DCT = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
_NEAR = "1.2.840.10008.1.2.4.81"
_JPEG_2000 = {
    "1.2.840.10008.1.2.4.90": "ISO_15444_1",
    "1.2.840.10008.1.2.4.91": "ISO_15444_1",
    "1.2.840.10008.1.2.4.92": "ISO_15444_1",
    "1.2.840.10008.1.2.4.93": "ISO_15444_1",
    "1.2.840.10008.1.2.4.201": "ISO_15444_15",
    "1.2.840.10008.1.2.4.202": "ISO_15444_15",
    "1.2.840.10008.1.2.4.203": "ISO_15444_15",
}
"""What is JPEG 2000, and the term for its loss."""
_TOGETHER = ("1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.93")
"""JPEG 2000 part 2: several frames are the components of a codestream (PS3.5 A.4.4)."""
_COLLECTION = 16
"""How many frames are transformed together where nothing is said: each of them takes the time of all."""
_MOST_COMPONENTS = 16384
"""T.800 A.5.1."""
_BASELINE = "1.2.840.10008.1.2.4.50"
_RECOMPRESSED = "1.2.840.10008.1.2.4.111"
_JPEG_XL = ("1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.112")
_AT_ONCE = 64 << 20
"""Bytes of samples that are decoded and encoded at a time, so that memory stays flat."""
_OFFSETS = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths", "EncapsulatedPixelDataValueTotalLength")
_EXTREMES = (
    "SmallestImagePixelValue",
    "LargestImagePixelValue",
    "SmallestPixelValueInSeries",
    "LargestPixelValueInSeries",
)


class _Native(NamedTuple):
    """Pixels as they are in a native transfer syntax."""

    data: bytes
    frames: int
    photometric: str
    bits_allocated: int
    bits_stored: int


class _Plan(NamedTuple):
    """How the frames of a data set are encoded."""

    syntax: str
    photometric: str
    bits_stored: int
    bits_allocated: int
    planar: int
    options: dict[str, Any]
    method: str
    """The term of Lossy Image Compression Method, empty where nothing is lost."""
    error: int | None
    """By how much a sample may differ; ``None`` where nothing bounds it."""


def compress(
    ds: Dataset,
    syntax: str | TransferSyntax,
    options: Mapping[str, Any],
    *,
    verify: bool = False,
    extended: bool = False,
    new_instance: bool | None = None,
    threads: int | None = None,
) -> None:
    """Encode the pixel data of a data set, with options of the codec; see `Dataset.compress`."""
    target: Any = ds
    # Apart from what is ours: a codec's option may have any name, and one that it has not is its error.
    options = dict(options)
    uid = str(TransferSyntax(syntax).uid)
    if uid == _BASELINE and _syntax_of(target) == _RECOMPRESSED and not options:
        _back_to_jpeg(target, extended=extended, new_instance=bool(new_instance))
        return
    # PS3.5 8.2.15: JPEG XL has no term for luminance and chrominance of samples.
    samples = _Samples(ds, as_rgb=uid in _JPEG_XL)
    icons = _encoded_icons(target) if uid != _syntax_of(target) else []
    collection = options.pop("collection", _COLLECTION) if uid in _TOGETHER else 1
    plan = _planned(uid, samples, options)
    frames: list[bytes] = []
    for batch in samples.batches() if samples.samples > 1 else samples.collections(collection):
        made = encode_frames(
            plan.syntax, batch, bits_stored=plan.bits_stored, threads=threads, **plan.options
        )
        if verify:
            _compare(plan, made, batch)
        frames += made
    size = samples.frame_bytes * samples.count
    _put(target, frames, extended=extended)
    _describe(target, samples.count, plan.photometric, plan.bits_allocated, plan.bits_stored, plan.planar)
    for icon, native in icons:
        _make_native(icon, native)
    if plan.method:
        _tell_of_loss(target, size / sum(map(len, frames)), plan.method)
    _finish(target, plan.syntax, new_instance=bool(plan.method) if new_instance is None else new_instance)


def decompress(
    ds: Dataset,
    *,
    as_rgb: bool = True,
    new_instance: bool = False,
    threads: int | None = None,
    syntax: str = "ExplicitVRLittleEndian",
) -> None:
    """Decode the pixel data of a data set; see `Dataset.decompress`."""
    target: Any = ds
    native = TransferSyntax(syntax)
    if native.is_encapsulated:
        message = f"{native.name} is no native transfer syntax"
        raise ArgumentError(message)
    if not _is_encapsulated(ds):
        return
    icons = _encoded_icons(target)
    _make_native(target, _decoded(_Samples(ds, as_rgb=as_rgb), threads))
    for icon, decoded in icons:
        _make_native(icon, decoded)
    _finish(target, str(native.uid), new_instance=new_instance)


def _decoded(samples: _Samples, threads: int | None) -> _Native:
    array = samples.whole(threads)
    allocated = 1 if samples.is_packed else array.dtype.itemsize * 8
    stored = min(samples.bits_stored(), allocated)
    data = _packed(array) if samples.is_packed else array.astype(array.dtype.newbyteorder("<"), copy=False)
    return _Native(data.tobytes(), samples.count, samples.photometric, allocated, stored)


def _make_native(ds: Any, native: _Native) -> None:  # noqa: ANN401
    """Make native pixels the pixel data."""
    _forget(ds, _OFFSETS)
    ds.add_new(0x7FE00010, "OB" if native.bits_allocated <= 8 else "OW", native.data)
    _describe(ds, native.frames, native.photometric, native.bits_allocated, native.bits_stored, 0)


def _packed(array: Array) -> Array:
    """Give pixels of one bit, eight a byte: frames follow each other without padding (PS3.5 8.1.1)."""
    import numpy as np

    return np.packbits(array.reshape(-1), bitorder="little")


def _back_to_jpeg(ds: Any, *, extended: bool, new_instance: bool) -> None:  # noqa: ANN401
    """Make the JPEGs again that frames of JPEG XL were made from: the same bytes, so nothing is lost a second time (PS3.5 8.2.15)."""
    frames = [reconstruct_jpeg(frame) for frame in _core.encapsulated_frames(ds)]
    photometric = ds.PhotometricInterpretation
    if photometric == "XYB":
        found = describe(_BASELINE, frames[0])
        photometric = "RGB" if found.color_model == "RGB" else "YBR_FULL_422"
    icons = _encoded_icons(ds)
    _put(ds, frames, extended=extended)
    _describe(ds, len(frames), photometric, 8, 8, 0)
    for icon, native in icons:
        _make_native(icon, native)
    _finish(ds, _BASELINE, new_instance=new_instance)


def _put(ds: Any, frames: list[bytes], *, extended: bool) -> None:  # noqa: ANN401
    """Make codestreams the pixel data."""
    value = encapsulate(frames, extended=extended)
    _forget(ds, _OFFSETS)
    ds.add_new(0x7FE00010, "OB", value.data)
    if value.offsets is not None:
        ds.add_new(0x7FE00001, "OV", value.offsets)
        ds.add_new(0x7FE00002, "OV", value.lengths)


class _Samples:
    """The stored samples of a data set, and what they are."""

    def __init__(self, ds: Dataset, *, as_rgb: bool = False) -> None:
        known: Any = ds
        self._ds = ds
        self._units = "stored"
        if "PixelData" not in ds and ("FloatPixelData" in ds or "DoubleFloatPixelData" in ds):
            message = "floating point pixel data are never encapsulated (PS3.5 A.4)"
            raise UnsupportedError(message)
        found = _core.pixel_form(ds)
        _refuse_lost_overlays(ds)
        if found is None or (as_rgb and found == "YBR_FULL"):
            # What has no term of its own at full width, or is asked for.
            self._units, found = ("pixel_array" if found else "color"), "RGB"
        self.photometric = found
        self.count = ds.pixels.n_frames
        frame = ds.pixels.array(units=self._units, frames=slice(0, 1))
        self.dtype = frame.dtype
        if frame.dtype.kind not in "iu":
            message = f"samples that are {frame.dtype} are not encoded"
            raise UnsupportedError(message)
        self.is_packed = known.get("BitsAllocated") == 1
        self.frame_bytes = int(frame.nbytes)
        self.samples = frame.shape[-1] if frame.ndim > 2 and int(known.SamplesPerPixel) > 1 else 1

    def bits_stored(self) -> int:
        """Give how many bits samples have: more than the header says where those of a codestream do."""
        said, found = int(self._ds.BitsStored), self._ds.pixels._picture.bits_stored
        if found <= said:
            return said
        signed = self.dtype.kind == "i"
        low, high = (-(1 << said - 1), (1 << said - 1) - 1) if signed else (0, (1 << said) - 1)
        is_within = all(low <= int(batch.min()) and int(batch.max()) <= high for batch in self.batches())
        return said if is_within else found

    def batches(self) -> Iterator[Array]:
        """Give (frames, rows, columns[, samples]), some frames at a time."""
        step = max(1, _AT_ONCE // max(self.frame_bytes, 1))
        for start in range(0, self.count, step):
            yield self._stack(slice(start, start + step), None)

    def collections(self, size: int) -> Iterator[Array]:
        """Give so many frames at a time as one frame of as many samples: (1, rows, columns, frames)."""
        import numpy as np

        if size == 1 or self.count == 1:
            yield from self.batches()
            return
        if not isinstance(size, int) or not 1 <= size <= _MOST_COMPONENTS:
            message = f"a collection has 1 to {_MOST_COMPONENTS} frames"
            raise ArgumentError(message)
        for start in range(0, self.count, size):
            stack = self._stack(slice(start, start + size), None)
            yield stack if len(stack) == 1 else np.ascontiguousarray(np.moveaxis(stack, 0, -1))[None]

    def whole(self, threads: int | None) -> Array:
        """Give all frames."""
        return self._stack(slice(None), threads)

    def _stack(self, part: slice, threads: int | None) -> Array:
        array = self._ds.pixels.array(units=self._units, frames=part, threads=threads)
        if self._ds.pixels._picture.is_partial:
            # Of the new pixels nothing would tell it.
            message = "a codestream is damaged or ends early, and a part of its picture would be missing"
            raise PixelError(message, None, "(7FE0,0010)")
        # Single bits come as bytes of 0 and 1, and as what is true or false they are encoded eight a byte.
        array = array.view("?") if self.is_packed else array
        return array if self.count > 1 else array[None]


def _planned(syntax: str, samples: _Samples, options: dict[str, Any]) -> _Plan:
    """Settle how frames are encoded, and what is said of them then."""
    photometric, stored = samples.photometric, samples.bits_stored()
    allocated = 1 if samples.is_packed else samples.dtype.itemsize * 8
    stored = min(stored, allocated)
    planar, method, error = 0, "", 0 if syntax not in _DCT else None
    options = dict(options)
    if syntax == _NEAR:
        error = options.get("near", 0)
        method = "ISO_14495_1" if error else ""
    if options.get("point_transform"):
        message = "the transfer syntax is a lossless one: a point transform loses bits (PS3.5 8.2.1)"
        raise ArgumentError(message)
    if options.get("interleave") == "none" and samples.samples > 1:
        # PS3.5 8.2.3: colour by plane.
        planar = 1
    if syntax in _DCT:
        method = "ISO_10918_1"
        photometric = _of_dct(syntax, samples, options)
        # PS3.5 8.2.1: 8 bits, or 12 in 16.
        stored, allocated = (8, 8) if stored <= 8 else (12, 16) if stored <= 12 else (stored, allocated)
    if syntax in _JPEG_2000:
        is_lossy = bool(options.get("rate") or options.get("quality"))
        method, error = (_JPEG_2000[syntax], None) if is_lossy else ("", 0)
        photometric = _of_jpeg_2000(samples, options, is_lossy=is_lossy)
    if syntax in _JPEG_XL and photometric == "PALETTE COLOR":
        message = "JPEG XL has no colours of a palette in DICOM (PS3.5 8.2.15)"
        raise ArgumentError(message)
    if method and photometric == "PALETTE COLOR":
        message = "colours of a palette are not near each other: they cannot be encoded with loss (PS3.5 8.2)"
        raise ArgumentError(message)
    return _Plan(syntax, photometric, stored, allocated, planar, options, method, error)


def _of_dct(syntax: str, samples: _Samples, options: dict[str, Any]) -> str:
    """Give the Photometric Interpretation after encoding with the DCT (PS3.5 8.2.1), and settle the colour options."""
    if samples.samples != 3:
        return samples.photometric
    if syntax != _DCT[0]:
        message = "JPEG Extended has one sample a pixel in DICOM (PS3.5 8.2.1)"
        raise ArgumentError(message)
    if samples.photometric == "YBR_FULL":
        options["conversion"] = "YBR"
    if options.setdefault("conversion", "RGB to YBR") == "RGB":
        return "RGB"
    return "YBR_FULL" if options.setdefault("subsampling", "422") == "444" else "YBR_FULL_422"


def _of_jpeg_2000(samples: _Samples, options: dict[str, Any], *, is_lossy: bool) -> str:
    """Give the Photometric Interpretation after encoding with JPEG 2000 (PS3.5 8.2.4, 8.2.14), and settle the colour option."""
    if samples.samples != 3:
        return samples.photometric
    # What is transformed is RGB: luminance and chrominance are apart already.
    if not options.setdefault("mct", samples.photometric == "RGB"):
        return samples.photometric
    if samples.photometric != "RGB":
        message = f"{samples.photometric} is not RGB: its components are not transformed (PS3.5 8.2.4)"
        raise ArgumentError(message)
    return "YBR_ICT" if is_lossy else "YBR_RCT"


def _compare(plan: _Plan, frames: list[bytes], batch: Array) -> None:
    """Decode what was encoded, and raise where it is not what it was, or not as near as it must be."""
    import numpy as np

    known = {
        "Rows": batch.shape[1],
        "Columns": batch.shape[2],
        "SamplesPerPixel": batch.shape[3] if batch.ndim == 4 else 1,
        "BitsAllocated": 1 if batch.dtype.kind == "b" else batch.dtype.itemsize * 8,
        "PixelRepresentation": int(batch.dtype.kind == "i"),
    }
    for number, (frame, before) in enumerate(zip(frames, batch, strict=True)):
        after = decode(plan.syntax, frame, known, strict=True)
        if plan.error is None:
            continue
        same = np.array_equal(after, before)
        if not same and plan.error:
            same = int(abs(after.astype(np.int64) - before.astype(np.int64)).max()) <= plan.error
        if not same:
            message = f"frame {number} of the batch is another one after it was encoded"
            raise PixelError(message)


def _describe(
    ds: Any,  # noqa: ANN401
    frames: int,
    photometric: str,
    allocated: int,
    stored: int,
    planar: int,
) -> None:
    """Set what describes the samples, where it is not so already."""
    wanted: dict[str, object] = {
        "PhotometricInterpretation": photometric,
        "BitsAllocated": allocated,
        "BitsStored": stored,
        "HighBit": stored - 1,
    }
    if ds.SamplesPerPixel > 1:
        wanted["PlanarConfiguration"] = planar
    if frames > 1 or "NumberOfFrames" in ds:
        # Of native pixels their length tells it too, of fragments nothing may (PS3.5 A.4).
        wanted["NumberOfFrames"] = frames
    for name, value in wanted.items():
        if ds.get(name) != value:
            setattr(ds, name, value)


def _tell_of_loss(ds: Any, ratio: float, method: str) -> None:  # noqa: ANN401
    """Say that, how much and how the image was compressed with loss, after what was said before (PS3.3 C.7.6.1.1.5)."""
    ratios = _several(ds.get("LossyImageCompressionRatio"))
    methods = _several(ds.get("LossyImageCompressionMethod"))
    ds.LossyImageCompression = "01"
    ds.LossyImageCompressionRatio = [*ratios, f"{ratio:.6g}"]
    # A ratio belongs to a method, by their places.
    known = methods if len(methods) == len(ratios) else []
    if known or not ratios:
        ds.LossyImageCompressionMethod = [*known, method]
    # PS3.3 C.7.6.1.1.2: its pixels were derived from those of another image.
    if ds.get("ImageType"):
        ds.ImageType = ["DERIVED", *_several(ds.ImageType)[1:]]
    _forget(ds, _EXTREMES)


def _several(value: Any) -> list[Any]:  # noqa: ANN401
    """Give the values of an element that may have none, one or several."""
    if value is None or value == "":
        return []
    return [value] if isinstance(value, (str, int, float)) or not hasattr(value, "__iter__") else list(value)


def _finish(ds: Any, syntax: str, *, new_instance: bool) -> None:  # noqa: ANN401
    """Set what the file meta information says."""
    ds.file_meta.TransferSyntaxUID = TransferSyntax(syntax).uid
    if new_instance:
        uid = generate_uid()
        ds.SOPInstanceUID = uid
        ds.file_meta.MediaStorageSOPInstanceUID = uid


def _forget(ds: Any, names: tuple[str, ...]) -> None:  # noqa: ANN401
    for name in names:
        if name in ds:
            delattr(ds, name)


def _syntax_of(ds: Any) -> str:  # noqa: ANN401
    meta = getattr(ds, "file_meta", None)
    return str(meta.get("TransferSyntaxUID") or "") if meta is not None else ""


def _is_encapsulated(ds: Any) -> bool:  # noqa: ANN401
    syntax = ds.file_meta.get("TransferSyntaxUID")
    if bool(syntax) and syntax.is_transfer_syntax and syntax.is_encapsulated:
        return True
    # Whatever the transfer syntax says, these are fragments.
    return "PixelData" in ds and bool(ds["PixelData"].is_undefined_length)


def _refuse_lost_overlays(ds: Any) -> None:  # noqa: ANN401
    """Refuse overlays in the unused bits of pixels: these are not encoded, and would be gone (PS3.3 C.9.2, retired)."""
    for group in range(0x6000, 0x6020, 2):
        position = ds.get((group, 0x0102))
        if position is not None and position.value and (group, 0x3000) not in ds:
            message = "an overlay lies in the unused bits of the pixels, which are not encoded"
            raise UnsupportedError(message, None, f"({group:04X},0102)")


def _encoded_icons(ds: Any) -> list[tuple[Any, _Native]]:  # noqa: ANN401
    """Give icons whose pixels are encoded too, and these as they are decoded: no other transfer syntax has a place for them (PS3.5 A.4)."""
    return [
        (icon, _decoded(_Samples(icon), 1))
        for icon in ds.get("IconImageSequence") or ()
        if "PixelData" in icon and icon["PixelData"].is_undefined_length
    ]
