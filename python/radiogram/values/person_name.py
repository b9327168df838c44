"""PN: the name of a person in up to three scripts (PS3.5 6.2.1)."""

from __future__ import annotations

from radiogram.errors import InvalidValueError, UnencodedNameError, UnsupportedError

# Not typing's: the module costs a fifth of the time that `import radiogram` may take.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["PersonName"]

_DEFAULT = ("iso8859",)


class PersonName:
    """A person's name: alphabetic, ideographic and phonetic, each of five components.

    Parameters
    ----------
    val : str, bytes, PersonName or None
        The name as DICOM writes it, ``Family^Given^Middle^Prefix^Suffix``, with ``=`` between the groups.
        ``None`` is returned as it is.
    encodings : sequence of str, optional
        Python's names of the encodings; the first one reads `val` where it is bytes. Names that switch by
        escape sequences are decoded by the reader, which knows the file's.
    original_string : bytes, optional
        The name as it is encoded, where that is known.

    Attributes
    ----------
    encodings : tuple of str or None
        As given.

    Examples
    --------
    >>> name = PersonName("Yamada^Tarou=山田^太郎=やまだ^たろう")
    >>> name.family_name, name.ideographic, name.family_comma_given()
    ('Yamada', '山田^太郎', 'Yamada, Tarou')
    >>> name == "Yamada^Tarou=山田^太郎=やまだ^たろう"
    True
    """

    __slots__ = ("_original", "_text", "encodings")
    _text: str
    _original: bytes | None
    encodings: tuple[str, ...] | None

    def __new__(  # type: ignore[misc]  # None is no name, and pydicom gives it back
        cls,
        val: str | bytes | PersonName | None = "",
        encodings: str | Sequence[str] | None = None,
        original_string: bytes | None = None,
    ) -> PersonName | None:
        """Make a name; ``None`` is given back."""
        if val is None:
            return None
        name = object.__new__(cls)
        name.encodings = (
            (encodings,) if isinstance(encodings, str) else tuple(encodings) if encodings else None
        )
        name._original = original_string
        if isinstance(val, bytes):
            name._original = val
            val = val.decode((name.encodings or _DEFAULT)[0], errors="replace")
        elif isinstance(val, PersonName):
            name.encodings = val.encodings
            name._original = val._original
            val = val._text
        # Groups that say nothing are not written (PS3.5 6.2.1.1).
        name._text = val.rstrip("=")
        return name

    @property
    def components(self) -> tuple[str, ...]:
        """The groups that are there: alphabetic, ideographic, phonetic."""
        return tuple(self._text.split("=")) if self._text else ()

    @property
    def alphabetic(self) -> str:
        """The first group, in letters."""
        return self._group(0)

    @property
    def ideographic(self) -> str:
        """The second group, in characters that stand for meanings."""
        return self._group(1)

    @property
    def phonetic(self) -> str:
        """The third group, in characters that stand for sounds."""
        return self._group(2)

    @property
    def family_name(self) -> str:
        """The first component of the alphabetic group."""
        return self._component(0)

    @property
    def given_name(self) -> str:
        """The second component of the alphabetic group."""
        return self._component(1)

    @property
    def middle_name(self) -> str:
        """The third component of the alphabetic group."""
        return self._component(2)

    @property
    def name_prefix(self) -> str:
        """The fourth component of the alphabetic group."""
        return self._component(3)

    @property
    def name_suffix(self) -> str:
        """The fifth component of the alphabetic group."""
        return self._component(4)

    @property
    def original_string(self) -> bytes:
        """The name as it is encoded: as given, or else by `encode`.

        Raises
        ------
        UnencodedNameError
            The encoding is not known to have the characters; it is an `AttributeError`, so that `hasattr` is false.
        """
        try:
            return self.encode()
        except UnsupportedError as error:
            raise UnencodedNameError(error.message) from None

    def _group(self, index: int) -> str:
        groups = self._text.split("=")
        return groups[index] if index < len(groups) else ""

    def _component(self, index: int) -> str:
        components = self._group(0).split("^")
        return components[index] if index < len(components) else ""

    def family_comma_given(self) -> str:
        """Return ``Family, Given``."""
        return f"{self.family_name}, {self.given_name}"

    def formatted(self, format_str: str) -> str:
        """Return the name in a form such as ``"%(given_name)s %(family_name)s"``.

        Examples
        --------
        >>> PersonName("Doe^Jane").formatted("%(given_name)s %(family_name)s")
        'Jane Doe'
        """
        parts = (
            "family_name",
            "given_name",
            "middle_name",
            "name_prefix",
            "name_suffix",
            "ideographic",
            "phonetic",
        )
        return format_str % {part: getattr(self, part) for part in parts}

    def encode(self, encodings: str | Sequence[str] | None = None) -> bytes:
        """Return the name in the first of these encodings.

        Raises
        ------
        UnsupportedError
            The first encoding does not have the characters; a dataset that is saved switches sets.
        """
        wanted = (
            (encodings,) if isinstance(encodings, str) else tuple(encodings) if encodings else self.encodings
        )
        if self._original is not None and (wanted == self.encodings or self.encodings is None):
            return self._original
        try:
            return self._text.encode((wanted or _DEFAULT)[0])
        except UnicodeEncodeError:
            # Without its context, which quotes the name.
            msg = "the first encoding does not have the characters of this name"
            raise UnsupportedError(msg) from None

    def decode(self, encodings: str | Sequence[str] | None = None) -> PersonName:
        """Return the name as its bytes read in other encodings; itself where they are the same."""
        wanted = (encodings,) if isinstance(encodings, str) else tuple(encodings) if encodings else None
        if wanted is None or wanted == self.encodings:
            return self
        return _made(PersonName(self.encode(), wanted))

    @classmethod
    def from_named_components(
        cls,
        family_name: str | bytes = "",
        given_name: str | bytes = "",
        middle_name: str | bytes = "",
        name_prefix: str | bytes = "",
        name_suffix: str | bytes = "",
        family_name_ideographic: str | bytes = "",
        given_name_ideographic: str | bytes = "",
        middle_name_ideographic: str | bytes = "",
        name_prefix_ideographic: str | bytes = "",
        name_suffix_ideographic: str | bytes = "",
        family_name_phonetic: str | bytes = "",
        given_name_phonetic: str | bytes = "",
        middle_name_phonetic: str | bytes = "",
        name_prefix_phonetic: str | bytes = "",
        name_suffix_phonetic: str | bytes = "",
        encodings: list[str] | None = None,
    ) -> PersonName:
        r"""Put a name together from its components, which may not hold ``\``, ``=`` or ``^``.

        Raises
        ------
        InvalidValueError
            A component holds one of the characters that divide names.

        Examples
        --------
        >>> PersonName.from_named_components("Adams", "John Robert Quincy", "", "Rev.", "B.A. M.Div.")
        'Adams^John Robert Quincy^^Rev.^B.A. M.Div.'
        """
        return cls._of_groups(
            (
                (family_name, given_name, middle_name, name_prefix, name_suffix),
                (
                    family_name_ideographic,
                    given_name_ideographic,
                    middle_name_ideographic,
                    name_prefix_ideographic,
                    name_suffix_ideographic,
                ),
                (
                    family_name_phonetic,
                    given_name_phonetic,
                    middle_name_phonetic,
                    name_prefix_phonetic,
                    name_suffix_phonetic,
                ),
            ),
            encodings,
        )

    @classmethod
    def from_named_components_veterinary(
        cls,
        responsible_party_name: str | bytes = "",
        patient_name: str | bytes = "",
        responsible_party_name_ideographic: str | bytes = "",
        patient_name_ideographic: str | bytes = "",
        responsible_party_name_phonetic: str | bytes = "",
        patient_name_phonetic: str | bytes = "",
        encodings: list[str] | None = None,
    ) -> PersonName:
        """Put an animal's name together: who is responsible for it, and what it is called.

        Examples
        --------
        >>> PersonName.from_named_components_veterinary("ABC Farms", "Running on Water")
        'ABC Farms^Running on Water'
        """
        return cls._of_groups(
            (
                (responsible_party_name, patient_name),
                (responsible_party_name_ideographic, patient_name_ideographic),
                (responsible_party_name_phonetic, patient_name_phonetic),
            ),
            encodings,
        )

    @classmethod
    def _of_groups(
        cls, groups: tuple[tuple[str | bytes, ...], ...], encodings: list[str] | None
    ) -> PersonName:
        encoding = (encodings or _DEFAULT)[0]

        def text(component: str | bytes) -> str:
            plain = component.decode(encoding) if isinstance(component, bytes) else component
            if any(divider in plain for divider in "\\=^"):
                msg = "a component of a name may not hold \\, = or ^ (PS3.5 6.2.1)"
                raise InvalidValueError(msg)
            return plain

        joined = "=".join("^".join(map(text, group)).rstrip("^") for group in groups)
        return _made(cls(joined, encodings))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PersonName):
            return self._text == other._text
        return self._text == other

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return repr(self._text)

    def __iter__(self) -> Iterator[str]:
        return iter(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def __contains__(self, part: object) -> bool:
        return isinstance(part, str) and part in self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self._text, self.encodings, self._original)


def _made(name: PersonName | None) -> PersonName:
    """Narrow the type: text always makes a name."""
    if name is None:
        raise TypeError
    return name
