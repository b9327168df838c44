"""Libraries for training: torch and MONAI, imported when `radiogram.torch` and `radiogram.monai` are."""

from __future__ import annotations

from typing import Any

from radiogram.errors import MissingPackageError

__all__ = ["image_reader", "torch", "torch_data"]

_ML = "pip install radiogram[ml]"


def torch() -> Any:  # noqa: ANN401
    """Give the module torch."""
    try:
        import torch
    except ImportError:
        message = f"this needs torch, which is not installed: {_ML}"
        raise MissingPackageError(message) from None
    return torch


def torch_data() -> Any:  # noqa: ANN401
    """Give the module ``torch.utils.data``."""
    torch()
    from torch.utils import data

    return data


def image_reader() -> Any:  # noqa: ANN401
    """Give MONAI's class ``ImageReader``."""
    try:
        from monai.data import ImageReader
    except ImportError:
        message = f"this needs monai, which is not installed: {_ML}"
        raise MissingPackageError(message) from None
    return ImageReader
