"""What an answer means for who asked: done, or an error that says why."""

from __future__ import annotations

from typing import Any

from radiogram.net.services.answers import PROCESSING_FAILURE, RefusedError

__all__ = ["done", "refusal"]


def done(status: Any, service: str, sop_class: str) -> int:  # noqa: ANN401  # of any face
    """Give the status of an answer that is a success or a warning.

    Parameters
    ----------
    status : Dataset
        What ``send_n_…`` gave; empty where nothing came.
    service, sop_class : str
        What was asked for, so that the status can be explained.

    Raises
    ------
    RefusedError
        The answer is a failure, or there is none.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.outcome import done
    >>> done(rg.Dataset({"Status": 0}), "N-CREATE", "1.2.840.10008.5.1.1.1")
    0
    """
    code = status.get("Status")
    if code is None:
        message = f"the association was lost before the {service} was answered"
        raise RefusedError(message, PROCESSING_FAILURE)
    from radiogram.net.status import explain

    if explain(int(code), service, sop_class).category not in ("Success", "Warning"):
        raise refusal(status, service, sop_class)
    return int(code)


def refusal(status: Any, service: str, sop_class: str) -> RefusedError:  # noqa: ANN401  # of any face
    """Give the error of an answer that is a failure: what its status means, the status, what the peer says of it.

    Examples
    --------
    >>> import radiogram as rg
    >>> from radiogram.net.services.outcome import refusal
    >>> refusal(rg.Dataset({"Status": 0xA900, "ErrorComment": "no level"}), "C-FIND", "1.2.840.10008.5.1.4.1.2.2.1").message
    'Identifier does not match SOP Class (A900): no level'
    """
    from radiogram.net.status import explain

    code, said = int(status.Status), str(status.get("ErrorComment") or "")
    words = explain(code, service, sop_class).description or "a status that the standard does not have"
    return RefusedError(f"{words} ({code:04X})" + (f": {said}" if said else ""), code)
