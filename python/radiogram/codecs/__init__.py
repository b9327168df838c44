"""Codecs by themselves: one frame from its codestream to an array, and back, without a dataset (PS3.5 8.2, Annex A.4).

The transfer syntax names the codec: RLE Lossless, JPEG of every process with Huffman codes (baseline, extended, progressive,
lossless), JPEG-LS, JPEG 2000 and HTJ2K, JPEG XL, and encapsulated samples without compression. All of them are Rust and let other threads run.

Examples
--------
>>> import numpy as np
>>> from radiogram import codecs
>>> image = np.arange(4096, dtype=np.uint16).reshape(64, 64)
>>> frame = codecs.encode("JPEGLSLossless", image, bits_stored=12)
>>> codecs.describe("JPEGLSLossless", frame).precision
12
>>> bool((codecs.decode("JPEGLSLossless", frame) == image).all())
True
"""

from radiogram.codecs.decoding import Codestream, decode, describe, reconstruct_jpeg
from radiogram.codecs.encoding import encode, encode_frames
from radiogram.codecs.syntaxes import DECODED, ENCODED

__all__ = [
    "DECODED",
    "ENCODED",
    "Codestream",
    "decode",
    "describe",
    "encode",
    "encode_frames",
    "reconstruct_jpeg",
]
