"""Datasets as text, and back: the DICOM JSON Model (PS3.18 Annex F), the Native DICOM Model in XML (PS3.19 A.1)."""

from __future__ import annotations

from radiogram import _core
from radiogram.errors import ArgumentError

# `typing` costs more to import than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from radiogram.dataset.dataset import Dataset

    Places = list[tuple[int, int | None]]
    Handler = Callable[..., object]

__all__ = ["Models"]


class Models:
    """The part of `Dataset` that makes text of it."""

    def to_json(
        self,
        bulk_data_threshold: int = 1024,
        bulk_data_element_handler: Callable[[_core.DataElement], str | None] | None = None,
        dump_handler: Callable[[dict[str, Any]], str] | None = None,
        suppress_invalid_tags: bool = False,  # noqa: ARG002, FBT001, FBT002  # pydicom's
    ) -> str:
        """Give the dataset in the DICOM JSON model (PS3.18 Annex F).

        Numbers of DS and IS keep their digits where JSON can write them so. Empty values among others are ``null``, numbers that are
        none ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``, group lengths are left out. File meta information is no part of the model.

        Parameters
        ----------
        bulk_data_threshold : int
            Values of more bytes than this are offered to the handler.
        bulk_data_element_handler : callable, optional
            Takes an element (OB, OD, OF, OL, OV, OW, UN) and gives the URI that stands for its value, ``None`` for those that stay;
            without it every value is inline, in base64.
        dump_handler : callable, optional
            Makes the text from the dict of `to_json_dict`.
        suppress_invalid_tags : bool
            Accepted for pydicom's sake: every element that was read can be written.

        Returns
        -------
        str
            One JSON object, in one line.

        Raises
        ------
        SourceChangedError, TruncatedError
            A value that was left in the file is no longer there.

        See Also
        --------
        from_json : The way back.

        Examples
        --------
        >>> import radiogram as rg
        >>> ds = rg.Dataset()
        >>> ds.PatientName, ds.Rows = "Doe^Jane", 512
        >>> ds.to_json()
        '{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Doe^Jane"}]},"00280010":{"vr":"US","Value":[512]}}'
        """
        text = _text(self, "json", bulk_data_threshold, bulk_data_element_handler)
        if dump_handler is None:
            return text
        import json

        return dump_handler(json.loads(text))

    def to_json_dict(
        self,
        bulk_data_threshold: int = 1024,
        bulk_data_element_handler: Callable[[_core.DataElement], str | None] | None = None,
        suppress_invalid_tags: bool = False,  # noqa: FBT001, FBT002  # pydicom's
    ) -> dict[str, Any]:
        """Give the dataset in the DICOM JSON model as a dict; the parameters are those of `to_json`.

        Examples
        --------
        >>> import radiogram as rg
        >>> rg.Dataset({"Modality": "CT"}).to_json_dict()
        {'00080060': {'vr': 'CS', 'Value': ['CT']}}
        """
        import json

        text = self.to_json(bulk_data_threshold, bulk_data_element_handler, None, suppress_invalid_tags)
        made: dict[str, Any] = json.loads(text)
        return made

    @classmethod
    def from_json(
        cls,
        json_dataset: str | bytes | bytearray | Mapping[str, Any],
        bulk_data_uri_handler: Handler | None = None,
    ) -> Dataset:
        """Give the dataset that an object of the DICOM JSON model is (PS3.18 Annex F).

        Elements of group 0002 become the file meta information. Text with characters that the named Specific Character Set does not have
        makes it UTF-8 (``ISO_IR 192``), as PS3.18 F.2.2 notes. A value that is elsewhere is fetched by the handler; without one its
        element is empty, which `problems` says.

        Parameters
        ----------
        json_dataset : str, bytes or mapping
            The object as text (UTF-8), or as `json.loads` gives it.
        bulk_data_uri_handler : callable, optional
            Takes ``(tag, vr, uri)``, ``(vr, uri)`` or ``(uri)``, as pydicom's does, and gives the value.

        Raises
        ------
        MalformedError
            The text is no JSON or not of this model; `offset` is the character's byte.
        InvalidValueError
            A value is not one of its VR.
        LimitError
            It nests too deep.

        See Also
        --------
        to_json : The way there.

        Examples
        --------
        >>> import radiogram as rg
        >>> ds = rg.Dataset.from_json('{"00280010": {"vr": "US", "Value": [512]}}')
        >>> ds.Rows
        512
        """
        if isinstance(json_dataset, (str, bytes, bytearray)):
            text = _decoded(json_dataset)
        else:
            import json

            text = json.dumps(json_dataset, ensure_ascii=False)
        return _dataset(cls, "json", text, bulk_data_uri_handler)

    def to_xml(
        self,
        *,
        bulk_data_threshold: int = 1024,
        bulk_data_element_handler: Callable[[_core.DataElement], str | None] | None = None,
    ) -> str:
        """Give the dataset in the Native DICOM Model (PS3.19 A.1).

        Private elements are named by their creator, as the model asks. A text with characters that XML does not have is
        ``InlineBinary``.

        Parameters
        ----------
        bulk_data_threshold, bulk_data_element_handler
            As of `to_json`.

        Returns
        -------
        str
            An XML document; as bytes it is UTF-8.

        Examples
        --------
        >>> import radiogram as rg
        >>> print(rg.Dataset({"Rows": 512}).to_xml())
        <?xml version="1.0" encoding="UTF-8"?>
        <NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" xml:space="preserve">
        <DicomAttribute tag="00280010" vr="US" keyword="Rows">
        <Value number="1">512</Value>
        </DicomAttribute>
        </NativeDicomModel>
        <BLANKLINE>
        """
        return _text(self, "xml", bulk_data_threshold, bulk_data_element_handler)

    @classmethod
    def from_xml(
        cls, xml: str | bytes | bytearray, *, bulk_data_uri_handler: Handler | None = None
    ) -> Dataset:
        """Give the dataset that a document of the Native DICOM Model is (PS3.19 A.1).

        Private elements get the block of their creator, or a free one.

        Parameters
        ----------
        xml : str or bytes
            The document; bytes are in UTF-8, or in ISO 8859-1 where it says so.
        bulk_data_uri_handler : callable, optional
            As of `from_json`; a UUID is given as ``urn:uuid:…``.

        Raises
        ------
        MalformedError
            The text is no XML or not of this model.
        InvalidValueError, LimitError
            As of `from_json`.

        Examples
        --------
        >>> import radiogram as rg
        >>> rg.Dataset.from_xml(rg.Dataset({"Rows": 512}).to_xml()).Rows
        512
        """
        return _dataset(cls, "xml", _decoded(xml), bulk_data_uri_handler)


def _text(ds: Any, model: str, threshold: int, handler: Any) -> str:  # noqa: ANN401
    """Give the text of a dataset; the handler is asked for the URIs of bulk data."""
    uris: list[str | None] = []
    if handler is not None:
        uris = [handler(_element(ds, path)) for path in _core.bulk_paths(ds, threshold)]
    return _core.to_text(ds, model, threshold, uris)


def _dataset(cls: type, model: str, text: str, handler: Handler | None) -> Dataset:
    """Give the dataset of a text, in the class that was asked; the handler fetches what is elsewhere."""
    try:
        made, elsewhere = _core.from_text(model, text)
    except UnicodeEncodeError as error:
        message = "the text has code points that are no characters"
        raise ArgumentError(message) from error
    if handler is not None:
        fetch = _fetching(handler)
        for path, vr, uri in elsewhere:
            _element(made, path).value = fetch(path[-1][0], vr, uri)
    ds: Dataset = made if type(made) is cls else cls(made)
    return ds


def _decoded(text: str | bytes | bytearray) -> str:
    """Give text; bytes are UTF-8 unless an XML declaration says that they are ISO 8859-1."""
    if isinstance(text, str):
        return text
    declared = bytes(text[:100]).partition(b"?>")[0].lower()
    encoding = "iso-8859-1" if b"<?xml" in declared and b"iso-8859-1" in declared else "utf-8-sig"
    try:
        return text.decode(encoding)
    except UnicodeDecodeError as error:
        message = "the text is not in UTF-8"
        raise ArgumentError(message, error.start) from error


def _element(ds: Any, path: Places) -> Any:  # noqa: ANN401
    """Give the element at a path."""
    for tag, item in path[:-1]:
        ds = ds[tag].value[item]
    return ds[path[-1][0]]


def _fetching(handler: Handler) -> Callable[[int, str, str], Any]:
    """Give the handler as a function of tag, VR and URI, whichever of them it takes."""
    import inspect

    takes = len(inspect.signature(handler).parameters)
    if takes not in (1, 2, 3):
        message = "a handler of bulk data takes (tag, vr, uri), (vr, uri) or (uri)"
        raise ArgumentError(message)

    def fetch(tag: int, vr: str, uri: str) -> object:
        """Give the value."""
        return handler(*(f"{tag:08X}", vr, uri)[-takes:])

    return fetch
