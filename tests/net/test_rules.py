"""Where instances go."""

from __future__ import annotations

import pytest
from radiogram.errors import ArgumentError
from radiogram.net.rules import sinks_of


def test_a_folder_a_handler_or_nobody() -> None:
    assert sinks_of("in", None, durability="os") == [{"sink": ("file", "in", "{sop_instance}.dcm", "os")}]
    assert sinks_of(None, None)[0]["sink"][0] == "memory"


def test_rules_come_first() -> None:
    made = sinks_of("in", [{"calling": "TEST*", "sink": ("discard",)}])
    assert [rule["sink"][0] for rule in made] == ["discard", "file"]


def test_what_is_wrong_is_refused() -> None:
    with pytest.raises(ArgumentError):
        sinks_of("in", None, durability="maybe")
    with pytest.raises(ArgumentError):
        sinks_of(None, [{"calling": "X"}])
