"""Pages of a printer as arrays: where the image boxes of a film lie, and what is drawn in them (PS3.3 C.13).

Values are what is seen by reflected light: 0 is the maximum density, black, and the greatest value is the minimum density, white.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from radiogram.net.services.answers import RefusedError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from radiogram.dataset import Dataset

    Page = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

__all__ = ["Box", "Film", "film_size", "layout"]

_MM_AN_INCH = 25.4
_PAPER = {"A4": (210.0, 297.0), "A3": (297.0, 420.0)}
_MAGNIFICATIONS = ("NONE", "REPLICATE", "BILINEAR", "CUBIC")
_LONGEST_SIDE = 762.0
"""Millimetres of a film: those of PS3.3 C.13.3 are shorter."""

_GAP = 0.01
"""What is left between boxes, as a part of the shorter side."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in parts of it.

    Attributes
    ----------
    left, top, width, height : float
        From 0 to 1.
    """

    left: float
    top: float
    width: float
    height: float

    def pixels(self, rows: int, columns: int) -> tuple[slice, slice]:
        """Give its rows and columns on a page of a size, without the gap around it."""
        gap = max(1, round(min(rows, columns) * _GAP / 2))
        top, left = round(self.top * rows), round(self.left * columns)
        bottom, right = round((self.top + self.height) * rows), round((self.left + self.width) * columns)
        return slice(top + gap, max(top + gap + 1, bottom - gap)), slice(
            left + gap, max(left + gap + 1, right - gap)
        )


def layout(form: str) -> list[Box]:
    r"""Give the boxes of an Image Display Format, in the order of their positions (PS3.3 C.13.3, Image Display Format).

    Raises
    ------
    RefusedError
        The format is none that can be laid out.

    Examples
    --------
    >>> from radiogram.net.services.pages import layout
    >>> len(layout(r"STANDARD\2,3")), layout(r"ROW\1,2")[1]
    (6, Box(left=0.0, top=0.5, width=0.5, height=0.5))
    """
    kind, _, numbers = form.strip().partition("\\")
    said = {"SLIDE": ["2", "3"], "SUPERSLIDE": ["2", "2"]}.get(kind, numbers.split(","))
    # A number of more digits is more boxes than a film has, and is not made a list of.
    counts = [int(one) for one in said if one.isdigit() and len(one) < 4]
    kind = "STANDARD" if "SLIDE" in kind else kind
    if len(counts) != len(said):
        rows = []
    elif kind == "STANDARD" and len(counts) == 2:
        rows = [counts[0]] * counts[1]
    elif kind in ("ROW", "COL") and counts:
        rows = counts
    else:
        rows = []
    if not rows or not 0 < sum(rows) <= 256 or min(rows) < 1:
        message = "the Image Display Format cannot be laid out"
        raise RefusedError(message, 0x0106, ["ImageDisplayFormat"])
    boxes = []
    for place, count in enumerate(rows):
        for number in range(count):
            across = (number / count, place / len(rows), 1 / count, 1 / len(rows))
            left, top, width, height = (
                across if kind != "COL" else (across[1], across[0], across[3], across[2])
            )
            boxes.append(Box(left, top, width, height))
    return boxes


def film_size(size: str, orientation: str, dots: float) -> tuple[int, int]:
    """Give rows and columns of a film: its Film Size ID such as ``14INX17IN``, ``24CMX30CM`` or ``A4``, and dots an inch.

    Examples
    --------
    >>> from radiogram.net.services.pages import film_size
    >>> film_size("8INX10IN", "LANDSCAPE", 100)
    (800, 1000)
    """
    found = re.fullmatch(r"([\d_.]+)(IN|CM)X([\d_.]+)(IN|CM)", size.strip())
    if size.strip() in _PAPER:
        width, height = _PAPER[size.strip()]
    elif found:
        scale = {"IN": _MM_AN_INCH, "CM": 10.0}
        numbers = [float(text.replace("_", ".").strip(".") or 0) for text in (found[1], found[3])]
        width, height = numbers[0] * scale[found[2]], numbers[1] * scale[found[4]]
    else:
        message = "the film size is none that is known"
        raise RefusedError(message, 0x0106, ["FilmSizeID"])
    sides = sorted(max(1, round(side / _MM_AN_INCH * dots)) for side in (width, height))
    if max(width, height) > _LONGEST_SIDE or max(sides) > 32768:
        message = "the film is larger than what is composed"
        raise RefusedError(message, 0x0106, ["FilmSizeID"])
    return (sides[1], sides[0]) if orientation.strip() != "LANDSCAPE" else (sides[0], sides[1])


def _size(film_box: Dataset, dots: float) -> tuple[int, int]:
    size, orientation = film_box.get("FilmSizeID"), film_box.get("FilmOrientation")
    return film_size(str(size or "14INX17IN"), str(orientation or "PORTRAIT"), dots)


class Film:
    r"""A page that is being composed.

    Parameters
    ----------
    film_box : Dataset
        Its attributes: format, size, orientation, densities, magnification.
    dots : float
        Dots an inch.
    color : bool
        In red, green and blue.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.pages import Film
    >>> box = rg.Dataset({"ImageDisplayFormat": "STANDARD\\1,1", "FilmSizeID": "8INX10IN"})
    >>> Film(box, dots=10).page.shape
    (100, 80)
    """

    def __init__(self, film_box: Dataset, *, dots: float = 150.0, color: bool = False) -> None:
        import numpy as np

        self._dots = dots
        self._film: Any = film_box
        self._boxes = layout(_form(film_box))
        size = _size(film_box, dots)
        # Sixteen bits: films have more than 256 densities.
        shape = (*size, 3) if color else size
        self.page: npt.NDArray[Any] = np.full(shape, self._density("BorderDensity"), np.uint16)
        self.warning = 0
        for box in self._boxes:
            self.page[box.pixels(*size)] = self._density("EmptyImageDensity")

    @staticmethod
    def size_of(film_box: Dataset, *, dots: float = 150.0, color: bool = False) -> int:
        """Give the bytes of a page, which is not made yet."""
        rows, columns = _size(film_box, dots)
        return rows * columns * (3 if color else 1) * 2

    def __len__(self) -> int:
        return len(self._boxes)

    def _density(self, keyword: str) -> int:
        """Give the grey of BLACK, WHITE, or a density in hundredths."""
        said = str(self._film.get(keyword) or "BLACK").strip()
        if said == "WHITE":
            return 65535
        return self.grey(float(said)) if said.isdigit() else 0

    def densities(self, image_box: Dataset | None = None) -> tuple[float, float]:
        """Give the least and the greatest density, in hundredths of OD: of an image box where it says them, else of the film."""
        box: Any = {} if image_box is None else image_box
        low = float(box.get("MinDensity") or self._film.get("MinDensity") or 0)
        high = float(box.get("MaxDensity") or self._film.get("MaxDensity") or 300)
        return low, max(high, low + 1)

    def grey(self, density: float) -> int:
        """Give the grey of a density in hundredths of OD, between the least and the greatest of the film."""
        low, high = self.densities()
        part = (min(max(density, low), high) - low) / max(high - low, 1)
        # What is seen is luminance, which falls by the power of ten.
        return round(
            65535
            * (10 ** (-part * (high - low) / 100) - 10 ** (-(high - low) / 100))
            / (1 - 10 ** (-(high - low) / 100))
        )

    def draw(self, position: int, image_box: Dataset, picture: npt.NDArray[Any]) -> None:
        """Draw a picture of 16 bits in the box of a position, from 1."""
        if not 1 <= position <= len(self._boxes):
            message = "the film has no such image box"
            raise RefusedError(message, 0x0106, ["ImageBoxPosition"])
        rows, columns = self._boxes[position - 1].pixels(*self.page.shape[:2])
        room = (rows.stop - rows.start, columns.stop - columns.start)
        fitted = self._fitted(image_box, picture, room)
        top = rows.start + (room[0] - fitted.shape[0]) // 2
        left = columns.start + (room[1] - fitted.shape[1]) // 2
        self.page[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted

    def _fitted(
        self, image_box: Dataset, picture: npt.NDArray[Any], room: tuple[int, int]
    ) -> npt.NDArray[Any]:
        height, width = picture.shape[:2]
        how = str(
            image_box.get("MagnificationType") or self._film.get("MagnificationType") or "CUBIC"
        ).strip()
        asked = image_box.get("RequestedImageSize")
        if asked:
            columns = max(1, round(float(asked) / _MM_AN_INCH * self._dots))
            target = (max(1, round(columns * height / width)), columns)
        elif how == "NONE":
            target = (height, width)
        else:
            scale = min(room[0] / height, room[1] / width)
            target = (max(1, int(height * scale)), max(1, int(width * scale)))
        behaviour = str(image_box.get("RequestedDecimateCropBehavior") or "DECIMATE").strip()
        if target[0] > room[0] or target[1] > room[1]:
            # PS3.3 C.13.5, Requested Decimate/Crop Behavior.
            if behaviour == "FAIL":
                message = "the image is larger than its box"
                raise RefusedError(message, 0xC603)
            self.warning = 0xB609 if behaviour == "CROP" else 0xB60A
            if behaviour != "CROP":
                scale = min(room[0] / target[0], room[1] / target[1])
                target = (max(1, int(target[0] * scale)), max(1, int(target[1] * scale)))
        if target[0] > room[0] or target[1] > room[1]:
            # What is cropped is not enlarged first, however large it would be.
            picture = _middle(picture, (room[0] / target[0], room[1] / target[1]))
            target = (min(target[0], room[0]), min(target[1], room[1]))
        return _resized(picture, target, how if how in _MAGNIFICATIONS else "CUBIC")


def _middle(picture: npt.NDArray[Any], parts: tuple[float, float]) -> npt.NDArray[Any]:
    """Give the middle of a picture, a part of its rows and of its columns."""
    slices = []
    for length, part in zip(picture.shape[:2], parts, strict=True):
        count = min(length, max(1, round(length * part)))
        first = (length - count) // 2
        slices.append(slice(first, first + count))
    cut: npt.NDArray[Any] = picture[slices[0], slices[1]]
    return cut


def _form(film_box: Dataset) -> str:
    value: Any = film_box.get("ImageDisplayFormat") or ""
    return value if isinstance(value, str) else "\\".join(map(str, value))


def _resized(picture: npt.NDArray[Any], size: tuple[int, int], how: str) -> npt.NDArray[Any]:
    """Resample a picture: by repetition, or by a line or a cubic between samples; where it becomes smaller, by means of what falls together."""
    import numpy as np

    if picture.shape[:2] == size:
        return picture
    if how in ("REPLICATE", "NONE"):
        rows = np.arange(size[0]) * picture.shape[0] // size[0]
        columns = np.arange(size[1]) * picture.shape[1] // size[1]
        repeated: npt.NDArray[Any] = picture[rows][:, columns]
        return repeated
    made = _along(_along(picture.astype(np.float64), size[0], 0, how), size[1], 1, how)
    drawn: npt.NDArray[Any] = np.clip(np.rint(made), 0, 65535).astype(picture.dtype)
    return drawn


def _along(samples: npt.NDArray[Any], count: int, axis: int, how: str) -> npt.NDArray[Any]:
    import numpy as np

    length = samples.shape[axis]
    scale = max(1.0, length / count)
    reach = (2 if how == "CUBIC" else 1) * scale
    centers = (np.arange(count) + 0.5) * length / count - 0.5
    taps = int(np.ceil(reach)) * 2 + 1
    places = np.floor(centers)[:, None] + np.arange(taps) - taps // 2
    distance = np.abs(places - centers[:, None]) / scale
    weights = _cubic(distance) if how == "CUBIC" else np.maximum(0, 1 - distance)
    weights /= weights.sum(axis=1, keepdims=True)
    index = np.clip(places, 0, length - 1).astype(np.intp)
    moved = np.moveaxis(samples, axis, 0)
    made = np.zeros((count, *moved.shape[1:]))
    for tap in range(taps):
        made += weights[:, tap].reshape(-1, *[1] * (moved.ndim - 1)) * moved[index[:, tap]]
    return np.moveaxis(made, 0, axis)


def _cubic(distance: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give the weights of cubic convolution (Keys, 1981, a = -1/2)."""
    import numpy as np

    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    weights = np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))
    return np.asarray(weights)
