"""What a C-GET proposes: native contexts first, whatever can be received as far as there is room."""

from __future__ import annotations

import pytest
from radiogram.errors import ArgumentError
from radiogram.net import StoragePresentationContexts, sop_class
from radiogram.net.services import receivable
from radiogram.registry import TransferSyntax

NATIVE = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]
CT = sop_class.CTImageStorage
VIDEO = sop_class.VideoEndoscopicImageStorage


def test_every_class_has_a_native_context_and_these_come_first() -> None:
    contexts = receivable()
    assert len(contexts) == 127
    native = [one for one in contexts if one.transfer_syntax == NATIVE]
    assert contexts[: len(native)] == native
    classes = [one.abstract_syntax for one in native]
    assert len(set(classes)) == len(classes) == 116
    gone = {one.abstract_syntax for one in StoragePresentationContexts} - set(classes)
    assert {uid.keyword.removesuffix("Storage") for uid in gone if uid} == {
        "HardcopyGrayscaleImage",
        "HardcopyColorImage",
        "StandaloneOverlay",
        "StandaloneCurve",
    }
    often = contexts[len(native) :]
    assert {one.abstract_syntax for one in often} < set(classes)
    # One syntax: of several many acceptors take one that nothing is in.
    assert all(TransferSyntax(*one.transfer_syntax).is_encapsulated for one in often)
    pairs = [(one.abstract_syntax, *one.transfer_syntax) for one in often]
    assert len(set(pairs)) == len(pairs) == 11
    assert often[0].abstract_syntax == CT


def test_a_class_that_is_named_comes_in_whatever_it_is() -> None:
    contexts = receivable(["CTImageStorage"])
    own = [one.transfer_syntax for one in contexts if one.abstract_syntax == CT]
    assert own[0] == NATIVE
    assert all(len(one) == 1 for one in own[1:])
    assert len({one[0] for one in own}) == len(own) > 14
    assert contexts[0].abstract_syntax == CT
    assert len(contexts) == 127
    every = receivable([one.abstract_syntax or "" for one in StoragePresentationContexts])
    assert [one.abstract_syntax for one in every[:120]] == [
        one.abstract_syntax for one in StoragePresentationContexts
    ]
    assert len(every) == 127
    assert receivable(["1.2.3.4"])[0].abstract_syntax == "1.2.3.4"
    with pytest.raises(ArgumentError):
        receivable(["NoStorage"])


def test_video_has_syntaxes_of_its_own() -> None:
    named = [one.transfer_syntax for one in receivable([VIDEO]) if one.abstract_syntax == VIDEO]
    assert named[0] == NATIVE
    assert {TransferSyntax(one[0]).codec for one in named[1:]} == {"mpeg2", "h264", "hevc"}
    images = [one.transfer_syntax for one in receivable([CT]) if one.abstract_syntax == CT]
    assert not {TransferSyntax(one[0]).codec for one in images} & {"mpeg2", "h264", "hevc"}


def test_room_is_kept_to() -> None:
    assert len(receivable(room=3)) == 3
    assert [one.transfer_syntax for one in receivable([CT], room=1)] == [NATIVE]
