"""A request for an association and the answer to it, as a whole: pynetdicom's ``assoc.requestor.primitive`` (PS3.8 7.1.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from radiogram.uid import UID

if TYPE_CHECKING:
    from radiogram.net.pdu_primitives import Item
    from radiogram.net.presentation import PresentationContext

__all__ = ["A_ASSOCIATE"]


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
    """

    calling_ae_title: str
    called_ae_title: str
    calling_presentation_address: tuple[str, int] | None = None
    called_presentation_address: tuple[str, int] | None = None
    presentation_context_definition_list: list[PresentationContext] = field(default_factory=list)
    presentation_context_definition_results_list: list[PresentationContext] = field(default_factory=list)
    user_information: list[Item] = field(default_factory=list)

    @property
    def application_context_name(self) -> UID:
        """The application context: there is but one (PS3.7 A.2.1)."""
        return UID("1.2.840.10008.3.1.1.1")

    @property
    def maximum_length_received(self) -> int | None:
        """How long a P-DATA-TF that side takes may be."""
        for item in self.user_information:
            found: int | None = getattr(item, "maximum_length_received", None)
            if found is not None:
                return found
        return None
