"""A request for an association and the answer to it, as a whole: pynetdicom's ``assoc.requestor.primitive`` (PS3.8 7.1.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from radiogram.uid import UID

if TYPE_CHECKING:
    from radiogram.net.pdu_primitives import Item
    from radiogram.net.presentation import PresentationContext

__all__ = ["A_ASSOCIATE"]


_NO_WORDS = "(no value available)"
_RESULTS: dict[int | None, str] = {0: "Accepted", 1: "Rejected Permanent", 2: "Rejected Transient"}
_SOURCES: dict[int | None, str] = {
    1: "Service User",
    2: "Service Provider (ACSE)",
    3: "Service Provider (Presentation)",
}
_REASONS: dict[tuple[int | None, int | None], str] = {
    (1, 1): "No reason given",
    (1, 2): "Application context name not supported",
    (1, 3): "Calling AE title not recognised",
    (1, 7): "Called AE title not recognised",
    (2, 1): "No reason given",
    (2, 2): "Protocol version not supported",
    (3, 1): "Temporary congestion",
    (3, 2): "Local limit exceeded",
}
"""PS3.8 table 9-21, in pynetdicom's words."""


@dataclass(frozen=True)
class A_ASSOCIATE:  # noqa: N801  # pynetdicom's name
    """What one side has said.

    Attributes
    ----------
    calling_ae_title, called_ae_title : str
        Who asks, and whom.
    calling_presentation_address, called_presentation_address : tuple or None
        Their addresses and ports.
    presentation_context_definition_list : list of PresentationContext
        What was proposed; of a request.
    presentation_context_definition_results_list : list of PresentationContext
        What was accepted and refused, with `PresentationContext.result`; of an answer.
    user_information : list of items
        What else was said (PS3.7 D.3.3).
    result, result_source, diagnostic : int or None
        Of an answer: 0 accepted, 1 rejected for ever, 2 for now; who said so, and why (PS3.8 9.3.4). ``None`` in a request.

    Examples
    --------
    >>> answer = A_ASSOCIATE("ME", "YOU", result=1, result_source=1, diagnostic=7)
    >>> answer.result_str, answer.source_str, answer.reason_str
    ('Rejected Permanent', 'Service User', 'Called AE title not recognised')
    """

    calling_ae_title: str
    called_ae_title: str
    calling_presentation_address: tuple[str, int] | None = None
    called_presentation_address: tuple[str, int] | None = None
    presentation_context_definition_list: list[PresentationContext] = field(default_factory=list)
    presentation_context_definition_results_list: list[PresentationContext] = field(default_factory=list)
    user_information: list[Item] = field(default_factory=list)
    result: int | None = None
    result_source: int | None = None
    diagnostic: int | None = None

    @property
    def application_context_name(self) -> UID:
        """The application context: there is but one (PS3.7 A.2.1)."""
        return UID("1.2.840.10008.3.1.1.1")

    @property
    def result_str(self) -> str:
        """The result in words."""
        return _RESULTS.get(self.result, _NO_WORDS)

    @property
    def source_str(self) -> str:
        """Who said so, in words."""
        return _SOURCES.get(self.result_source, _NO_WORDS)

    @property
    def reason_str(self) -> str:
        """Why, in words."""
        return _REASONS.get((self.result_source, self.diagnostic), _NO_WORDS)

    @property
    def maximum_length_received(self) -> int | None:
        """How long a P-DATA-TF that side takes may be."""
        for item in self.user_information:
            found: int | None = getattr(item, "maximum_length_received", None)
            if found is not None:
                return found
        return None
