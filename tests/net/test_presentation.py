"""Presentation contexts and role selections."""

from __future__ import annotations

import pytest
import radiogram.net as net
from radiogram.net import build_context, build_role
from radiogram.net.presentation import DEFAULT_TRANSFER_SYNTAXES, PresentationContext


def test_a_context_is_built_as_pynetdicom_builds_it() -> None:
    theirs = pytest.importorskip("pynetdicom")
    for arguments in (
        ("1.2.840.10008.1.1",),
        ("1.2.840.10008.1.1", "1.2.840.10008.1.2"),
        ("1.2.840.10008.5.1.4.1.1.2", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"]),
    ):
        assert str(build_context(*arguments)) == str(theirs.build_context(*arguments))


def test_padding_of_uids_is_taken_off() -> None:
    context = build_context("1.2.840.10008.1.1", [])
    context.abstract_syntax = b"1.2.840.10008.1.1\0"  # type: ignore[assignment]
    context.transfer_syntax = [b"1.2.840.10008.1.2\0", "1.2.840.10008.1.2"]  # type: ignore[assignment, list-item]
    assert context.abstract_syntax == "1.2.840.10008.1.1"
    assert context.transfer_syntax == ["1.2.840.10008.1.2"]


@pytest.mark.parametrize("number", [0, 2, 256, -1])
def test_numbers_of_contexts_are_odd(number: int) -> None:
    context = PresentationContext()
    with pytest.raises(ValueError, match="odd"):
        context.context_id = number


def test_what_is_wrong_is_refused() -> None:
    context = PresentationContext()
    with pytest.raises(TypeError):
        context.transfer_syntax = "1.2.840.10008.1.2"  # type: ignore[assignment]
    with pytest.raises(TypeError):
        context.abstract_syntax = 3  # type: ignore[assignment]
    with pytest.raises(TypeError):
        context.scu_role = 1  # type: ignore[assignment]
    with pytest.raises(ValueError, match="negotiated"):
        _ = context.as_tuple


def test_equality() -> None:
    first, second = build_context("1.2.840.10008.1.1"), build_context("1.2.840.10008.1.1")
    assert first == second
    second.context_id = 3
    assert first != second
    assert first != "1.2.840.10008.1.1"


def test_results_have_words() -> None:
    context = build_context("1.2.840.10008.1.1")
    words = []
    for result in (None, 0, 1, 2, 3, 4, 9):
        context.result = result
        words.append(context.status)
    assert words[0] == "Pending"
    assert words[-1] == "Unknown"
    assert len(set(words)) == 7


def test_roles() -> None:
    role = build_role("1.2.840.10008.5.1.4.1.1.2", scu_role=True)
    assert (role.sop_class_uid, role.scu_role, role.scp_role) == ("1.2.840.10008.5.1.4.1.1.2", True, False)


def test_lists_of_contexts() -> None:
    storage = net.StoragePresentationContexts
    everything = net.AllStoragePresentationContexts
    assert 100 < len(storage) <= 120 < len(everything)
    assert {one.abstract_syntax for one in storage} <= {one.abstract_syntax for one in everything}
    assert all(one.transfer_syntax == DEFAULT_TRANSFER_SYNTAXES for one in storage)
    # Who changes a list changes a list of its own.
    storage.clear()
    assert net.StoragePresentationContexts
    with pytest.raises(AttributeError):
        _ = net.NoSuchPresentationContexts


def test_lists_are_all_that_pynetdicom_has() -> None:
    theirs = pytest.importorskip("pynetdicom")
    names = [name for name in dir(theirs) if name.endswith("PresentationContexts")]
    assert len(names) > 20
    for name in names:
        ours = {context.abstract_syntax for context in getattr(net, name)}
        if name != "StoragePresentationContexts":
            assert ours >= {context.abstract_syntax for context in getattr(theirs, name)}, name
    assert "MRImageStorage" in {one.abstract_syntax.keyword for one in net.StoragePresentationContexts}


def test_equal_contexts_are_one_in_a_set() -> None:
    """Programs gather what they need for a C-MOVE in a set."""
    syntax = "1.2.840.10008.1.2"
    assert len({build_context("1.2.3", syntax), build_context("1.2.3", syntax), build_context("1.2.4")}) == 2
