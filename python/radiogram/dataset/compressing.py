"""Pixel data in another transfer syntax: encoded, decoded, in place."""

from __future__ import annotations

# `typing` costs more to import than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from radiogram.registry import TransferSyntax

__all__ = ["Compressing"]


class Compressing:
    """The part of `Dataset` that compresses its pixel data."""

    def compress(
        self,
        transfer_syntax_uid: str | TransferSyntax,
        *,
        verify: bool = False,
        encapsulate_ext: bool = False,
        generate_instance_uid: bool | None = None,
        jls_error: int | None = None,
        j2k_cr: float | list[float] | None = None,
        j2k_psnr: float | list[float] | None = None,
        threads: int | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Encode the pixel data, in place.

        Every frame becomes a fragment. What describes the samples follows: Photometric Interpretation, Planar Configuration, Bits
        Allocated and Stored where the codec asks for others (PS3.5 8.2), Transfer Syntax UID. Pixel data that are encoded already are decoded
        first, and so are those of icons, which stay native. With a lossy codec Lossy Image Compression, its ratio and its method are set, after those that are there (PS3.3 C.7.6.1.1.5), Image
        Type becomes ``DERIVED``, smallest and largest values go, and the instance gets a new UID.

        Parameters
        ----------
        transfer_syntax_uid : str or TransferSyntax
            The transfer syntax by UID or keyword.
        verify : bool
            Decode each frame and compare it: exactly, or within ``near``.
        encapsulate_ext : bool
            Use the extended offset table where the basic one would do (PS3.5 A.4).
        generate_instance_uid : bool, optional
            Give a new SOP Instance UID; by default where the codec loses something. (pydicom always does.)
        jls_error : int, optional
            pydicom's name for ``near``.
        j2k_cr, j2k_psnr : float or list of float, optional
            pydicom's names for ``rate`` and ``quality``.
        threads : int, optional
            How many threads encode frames; one for each processor.
        **options
            Those of the codec: see `radiogram.codecs.encode`. Colours for JPEG baseline become ``YBR_FULL_422`` unless ``conversion="RGB"``,
            RGB for JPEG 2000 ``YBR_RCT``, or with loss ``YBR_ICT``, unless ``mct=False``. ``JPEG2000MCLossless`` and
            ``JPEG2000MC`` have ``collection`` too: how many frames are transformed together, as the components of a codestream; 16.

        Raises
        ------
        ArgumentError
            The codec has no such option, or cannot encode such samples.
        NoPixelDataError, PixelError
            There are no pixel data, they are not what the header says, a part of a picture is missing, or a frame is another one after it was
            encoded.
        UnsupportedError
            There is no encoder for the transfer syntax, or none for such pixels: of one bit, of floating point numbers, with an overlay in
            their unused bits.

        Examples
        --------
        >>> import radiogram as rg
        >>> from pydicom.data import get_testdata_file
        >>> ds = rg.read(get_testdata_file("CT_small.dcm"))
        >>> before = ds.pixel_array
        >>> ds.compress("JPEGLSLossless", verify=True)
        >>> ds.file_meta.TransferSyntaxUID.keyword, len(ds.PixelData) < before.nbytes
        ('JPEGLSLossless', True)
        >>> bool((ds.pixel_array == before).all())
        True
        """
        from radiogram.pixels.compress import compress

        ds: Any = self
        named = {"near": jls_error, "rate": j2k_cr, "quality": j2k_psnr}
        options.update({name: value for name, value in named.items() if value is not None})
        compress(
            ds,
            transfer_syntax_uid,
            options,
            verify=verify,
            extended=encapsulate_ext,
            new_instance=generate_instance_uid,
            threads=threads,
        )

    def decompress(
        self, *, as_rgb: bool = True, generate_instance_uid: bool = False, threads: int | None = None
    ) -> None:
        """Decode the pixel data and those of icons, in place, to Explicit VR Little Endian; native pixel data stay as they are.

        Lossy Image Compression and what belongs to it stay: what was lost stays lost.

        Parameters
        ----------
        as_rgb : bool
            Make RGB of ``YBR_FULL`` and ``YBR_FULL_422``, as pydicom does; else samples stay what they are.
        generate_instance_uid : bool
            Give a new SOP Instance UID. (pydicom does unless told otherwise.)
        threads : int, optional
            How many threads decode frames; one for each processor.

        Raises
        ------
        NoPixelDataError, PixelError, LimitError
            There are no pixel data, they are not what the header says, or a part of a picture is missing.
        UnsupportedError
            There is no decoder for them.

        Examples
        --------
        >>> import radiogram as rg
        >>> from pydicom.data import get_testdata_file
        >>> ds = rg.read(get_testdata_file("MR_small_RLE.dcm"))
        >>> ds.decompress()
        >>> ds.file_meta.TransferSyntaxUID.name, len(ds.PixelData)
        ('Explicit VR Little Endian', 8192)
        """
        from radiogram.pixels.compress import decompress

        ds: Any = self
        decompress(ds, as_rgb=as_rgb, new_instance=generate_instance_uid, threads=threads)
