"""How others decode and encode a frame: each way as a function without arguments, prepared outside the measured time.

All end with samples as the picture has them, colour by pixel, in one thread, in an array that is used again where the library allows it.
What is not installed, or has no such codec, is a sentence instead of a function.
"""

from __future__ import annotations

import importlib
import io
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np
from radiogram import TransferSyntax

if TYPE_CHECKING:
    from collections.abc import Callable

    from benches.pictures import Array, Picture

    Way = Callable[[], Any]

UIDS = {
    "RLELossless": "1.2.840.10008.1.2.5",
    "JPEGBaseline8Bit": "1.2.840.10008.1.2.4.50",
    "JPEGExtended12Bit": "1.2.840.10008.1.2.4.51",
    "JPEGLosslessSV1": "1.2.840.10008.1.2.4.70",
    "JPEGLSLossless": "1.2.840.10008.1.2.4.80",
    "JPEG2000Lossless": "1.2.840.10008.1.2.4.90",
    "HTJ2KLossless": "1.2.840.10008.1.2.4.201",
    "JPEGXLLossless": "1.2.840.10008.1.2.4.110",
}
QUALITY = 90
NOT_HERE = "not installed"


def library(name: str) -> Any:  # noqa: ANN401
    """Import a peer, or give `None`."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def decoders(codec: str, frame: bytes, picture: Picture) -> dict[str, Way | str]:
    """Give those who decode a frame."""
    makers = {"imagecodecs": _imagecodecs_decoder, "gdcm": _gdcm_decoder, "dicomsdl": _dicomsdl_decoder}
    if codec == "RLELossless":
        makers |= {"pylibjpeg-rle": _rle_decoder, "pydicom": _pydicom_decoder}
    elif codec == "JPEGXLLossless":
        makers = {"imagecodecs": _imagecodecs_decoder}
    elif codec in ("JPEG2000Lossless", "HTJ2KLossless"):
        makers |= {"pylibjpeg-openjpeg": _openjpeg_decoder}
        # dicomsdl has no high-throughput blocks, and ends the process over them.
        if codec == "HTJ2KLossless":
            del makers["dicomsdl"]
    else:
        makers |= {"pylibjpeg-libjpeg": _libjpeg_decoder}
    if codec == "JPEGLSLossless":
        makers |= {"pyjpegls": _pyjpegls_decoder}
    return {name: make(codec, frame, picture) or NOT_HERE for name, make in makers.items()}


def encoders(codec: str, picture: Picture) -> dict[str, Way | str]:
    """Give those who encode a picture to a codestream."""
    makers = {"imagecodecs": _imagecodecs_encoder, "gdcm": _gdcm_encoder}
    if codec == "RLELossless":
        makers = {"pylibjpeg-rle": _rle_encoder, "gdcm": _gdcm_encoder}
    elif codec == "JPEGLSLossless":
        makers |= {"pyjpegls": _pyjpegls_encoder}
    elif codec == "JPEG2000Lossless":
        # GDCM is OpenJPEG too, and keeps what it encoded: its second time is none.
        makers = {"imagecodecs": _imagecodecs_encoder, "pylibjpeg-openjpeg": _openjpeg_encoder}
    elif codec in ("HTJ2KLossless", "JPEGXLLossless"):
        makers = {"imagecodecs": _imagecodecs_encoder}
    elif codec != "JPEGLosslessSV1":
        # GDCM's lossy JPEG takes a codec of its own with a quality; nobody compresses with it.
        makers = {"imagecodecs": _imagecodecs_encoder}
    return {name: make(codec, picture) or NOT_HERE for name, make in makers.items()}


def plain_colours(codec: str, array: Array) -> dict[str, Any]:
    """Tell libjpeg-turbo that there are no colours to convert, where that is so."""
    is_plain = array.ndim == 3 and codec == "JPEGLosslessSV1"
    return {"colorspace": "RGB", "outcolorspace": "RGB"} if is_plain else {}


def interleaved(planes: Any, out: Array) -> Array:  # noqa: ANN401
    """Put planes of samples, the lowest byte first, into an array of colour by pixel."""
    samples = out.shape[2] if out.ndim == 3 else 1
    plain = np.frombuffer(planes, out.dtype).reshape(samples, *out.shape[:2])
    out[...] = plain.transpose(1, 2, 0).reshape(out.shape)
    return out


def _imagecodecs_decoder(codec: str, frame: bytes, picture: Picture) -> Way | None:
    imagecodecs = library("imagecodecs")
    if imagecodecs is None:
        return None
    out = np.empty_like(picture.array)
    if codec == "JPEGLSLossless":
        return lambda: imagecodecs.jpegls_decode(frame, out=out)
    if codec == "JPEG2000Lossless":
        return lambda: imagecodecs.jpeg2k_decode(frame, numthreads=1, out=out)
    if codec == "HTJ2KLossless":
        return lambda: imagecodecs.htj2k_decode(frame, out=out)
    if codec == "JPEGXLLossless":
        return lambda: imagecodecs.jpegxl_decode(frame, numthreads=1, out=out)
    if codec != "RLELossless":
        colours = plain_colours(codec, picture.array)
        return lambda: imagecodecs.jpeg8_decode(frame, out=out, **colours)
    little = out.dtype.newbyteorder("<")
    if out.ndim == 2:
        flat = out.reshape(-1).view(np.uint8)

        def grey() -> Array:
            imagecodecs.dicomrle_decode(frame, little, out=flat)
            return out

        return grey
    return lambda: interleaved(imagecodecs.dicomrle_decode(frame, little), out)


def _rle_decoder(codec: str, frame: bytes, picture: Picture) -> Way | None:
    del codec
    rle = library("rle")
    if rle is None:
        return None
    rows, columns = picture.array.shape[:2]
    options = {"rows": rows, "columns": columns, "bits_allocated": picture.array.dtype.itemsize * 8}
    out = np.empty_like(picture.array)
    return lambda: interleaved(rle.decode_pixel_data(frame, version=2, **options), out)


def _pydicom_decoder(codec: str, frame: bytes, picture: Picture) -> Way | None:
    """RLE in Python."""
    del codec
    from pydicom.pixels.decoders.rle import _rle_decode_frame

    out = np.empty_like(picture.array)
    samples = out.shape[2] if out.ndim == 3 else 1
    bits = out.dtype.itemsize * 8
    return lambda: interleaved(_rle_decode_frame(frame, *out.shape[:2], samples, bits), out)


def _libjpeg_decoder(codec: str, frame: bytes, picture: Picture) -> Way | None:
    libjpeg = library("libjpeg")
    if libjpeg is None:
        return None
    conversion = int(codec.startswith("JPEGBaseline") and picture.array.ndim == 3)
    return lambda: libjpeg.decode(frame, colour_transform=conversion)


def _openjpeg_decoder(codec: str, frame: bytes, picture: Picture) -> Way | None:
    del codec, picture
    openjpeg = library("openjpeg")
    if openjpeg is None:
        return None
    return lambda: openjpeg.decode(frame)


def _openjpeg_encoder(codec: str, picture: Picture) -> Way | None:
    del codec
    openjpeg = library("openjpeg.utils")
    if openjpeg is None:
        return None
    array = picture.array
    known = {"bits_stored": picture.bits, "photometric_interpretation": 1 if array.ndim == 3 else 2}
    return lambda: bytes(openjpeg.encode_array(array, **known))


def _pyjpegls_decoder(codec: str, frame: bytes, picture: Picture) -> Way | None:
    del codec
    jpeg_ls = library("jpeg_ls")
    if jpeg_ls is None:
        return None
    kind, shape = picture.array.dtype, picture.array.shape
    return lambda: np.frombuffer(jpeg_ls.decode_pixel_data(frame)[0], kind).reshape(shape)


def _photometric(codec: str, picture: Picture) -> str:
    if picture.array.ndim == 2:
        return "MONOCHROME2"
    return "YBR_FULL" if codec == "JPEGBaseline8Bit" else "RGB"


def _gdcm_decoder(codec: str, frame: bytes, picture: Picture) -> Way | None:
    gdcm = library("gdcm")
    if gdcm is None:
        return None
    _hush(gdcm)
    reader = gdcm.ImageReader()
    with tempfile.NamedTemporaryFile(suffix=".dcm") as written:
        written.write(file(codec, [frame], picture))
        written.flush()
        reader.SetFileName(written.name)
        is_read = reader.Read()
    kind, shape = picture.array.dtype, picture.array.shape

    def decode() -> Array:
        if not is_read:
            message = "GDCM refuses the file"
            raise ValueError(message)
        samples = reader.GetImage().GetBuffer().encode("utf-8", "surrogateescape")
        return np.frombuffer(samples, kind).reshape(shape)

    return decode


def _hush(gdcm: Any) -> None:  # noqa: ANN401
    gdcm.Trace.ErrorOff()
    gdcm.Trace.WarningOff()


def _dicomsdl_decoder(codec: str, frame: bytes, picture: Picture) -> Way | None:
    dicomsdl = library("dicomsdl")
    if dicomsdl is None:
        return None
    opened = dicomsdl.open_memory(file(codec, [frame], picture))
    out = np.empty_like(picture.array)

    def decode() -> Array:
        opened.copyFrameData(0, out)
        return out

    return decode


def file(codec: str, frames: list[bytes], picture: Picture) -> bytes:
    """Write a file of frames that look like the picture."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate

    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7.3", "1.2.826.0.1.3680043.10.1490.7"
    for keyword, value in picture.description.items():
        setattr(ds, keyword, value)
    ds.PhotometricInterpretation = _photometric(codec, picture)
    if picture.array.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.BitsStored, ds.HighBit, ds.NumberOfFrames = picture.bits, picture.bits - 1, len(frames)
    ds.PixelData = encapsulate(frames)
    ds["PixelData"].is_undefined_length = True
    ds.file_meta = FileMetaDataset()
    # Of a syntax that pydicom does not know, the name of another is written, and changed.
    stands = UIDS.get(codec, UIDS["JPEGLosslessSV1"])
    ds.file_meta.TransferSyntaxUID = stands
    written = io.BytesIO()
    ds.save_as(written, enforce_file_format=True)
    uid = TransferSyntax(codec).uid.encode().ljust(len(stands), b"\0")
    return written.getvalue().replace(stands.encode(), uid, 1)


def _imagecodecs_encoder(codec: str, picture: Picture) -> Way | None:
    imagecodecs = library("imagecodecs")
    if imagecodecs is None:
        return None
    array = picture.array
    if codec == "JPEGLSLossless":
        return lambda: imagecodecs.jpegls_encode(array)
    if codec == "JPEG2000Lossless":
        known = {"codecformat": "j2k", "reversible": True, "bitspersample": picture.bits, "numthreads": 1}
        return lambda: imagecodecs.jpeg2k_encode(array, **known)
    if codec == "HTJ2KLossless":
        return lambda: imagecodecs.htj2k_encode(array)
    if codec == "JPEGXLLossless":
        # libjxl at its fastest; 8 and 16 bits it knows by the type.
        bits = {} if picture.bits in (8, 16) else {"bitspersample": picture.bits}
        return lambda: imagecodecs.jpegxl_encode(array, lossless=True, effort=1, numthreads=1, **bits)
    if codec == "JPEGLosslessSV1":
        options = {"lossless": True, "bitspersample": picture.bits, **plain_colours(codec, array)}
    else:
        options = {"level": QUALITY, "subsampling": "444", "bitspersample": picture.bits}
    return lambda: imagecodecs.jpeg8_encode(array, **options)


def _rle_encoder(codec: str, picture: Picture) -> Way | None:
    del codec
    rle = library("rle")
    if rle is None:
        return None
    known, array = picture.description, picture.array
    options = {
        "rows": known["Rows"],
        "columns": known["Columns"],
        "samples_per_pixel": known["SamplesPerPixel"],
        "bits_allocated": known["BitsAllocated"],
        "byteorder": "<",
    }
    return lambda: rle.encode_pixel_data(array.tobytes(), **options)


def _pyjpegls_encoder(codec: str, picture: Picture) -> Way | None:
    del codec
    jpeg_ls = library("jpeg_ls")
    if jpeg_ls is None:
        return None
    array, mode = picture.array, {"interleave_mode": 2} if picture.array.ndim == 3 else {}
    return lambda: bytes(jpeg_ls.encode_array(array, **mode))


def _gdcm_encoder(codec: str, picture: Picture) -> Way | None:
    gdcm = library("gdcm")
    if gdcm is None:
        return None
    _hush(gdcm)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetByteStringValue(picture.array.tobytes())
    # An image of its own dies twice: once with the filter that it was given to.
    writer = gdcm.ImageWriter()
    image = writer.GetImage()
    rows, columns = picture.array.shape[:2]
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType(_photometric(codec, picture))
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    known = picture.description
    if known["SamplesPerPixel"] > 1:
        image.SetPlanarConfiguration(0)
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.ImplicitVRLittleEndian))
    bits = (known["BitsAllocated"], picture.bits, picture.bits - 1)
    image.SetPixelFormat(gdcm.PixelFormat(known["SamplesPerPixel"], *bits, 0))
    syntax = gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(UIDS[codec]))

    def encode() -> bytes:
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(syntax)
        change.SetInput(writer.GetImage())
        if not change.Change():
            message = "GDCM refuses"
            raise ValueError(message)
        made = change.GetOutput().GetDataElement().GetSequenceOfFragments().GetFragment(0)
        return bytes(made.GetByteValue().GetBuffer().encode("utf-8", "surrogateescape"))

    return encode
