"""Images that codecs find easy and hard."""

from __future__ import annotations

import numpy as np

SIZES = ((1, 1), (1, 7), (9, 1), (8, 8), (13, 21), (64, 65))


def image(shape: tuple[int, ...], dtype: np.dtype, bits: int, kind: str = "smooth") -> np.ndarray:
    """Give an image whose samples have `bits` bits."""
    random = np.random.default_rng(bits * 7 + len(shape))
    signed = dtype.kind == "i"
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if kind == "noise":
        return random.integers(low, high, shape, dtype=dtype, endpoint=True)
    if kind == "flat":
        return np.full(shape, high, dtype)
    if kind == "extremes":
        return random.choice(np.array([low, high], dtype), shape)
    ramp = np.add.outer(np.arange(shape[0], dtype=float), np.arange(shape[1], dtype=float) * 1.7)
    ramp = ramp / max(ramp.max(), 1) * 0.9 + random.normal(0, 0.02, shape[:2])
    whole = np.clip(ramp, 0, 1) * (float(high) - float(low)) * 0.999 + low
    if len(shape) == 3:
        whole = np.repeat(whole[..., None], shape[2], 2) * np.linspace(0.5, 1, shape[2])
    return np.clip(np.trunc(whole), low, high).astype(dtype)
