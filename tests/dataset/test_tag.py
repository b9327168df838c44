"""Tags: numbers that print as the standard writes them."""

from __future__ import annotations

import copy
import pickle

from pydicom.tag import Tag as TheirTag
from radiogram.dataset import Tag


def test_it_is_pydicoms_tag() -> None:
    """The same parts, the same answers, the same text."""
    for number in (0x00100010, 0x00290010, 0x00291001, 0x00290001, 0xFFFEE000, 0x00020010, 0):
        ours, theirs = Tag(number), TheirTag(number)
        assert ours == theirs == number
        assert hash(ours) == hash(number)
        assert (ours.group, ours.element, ours.elem) == (theirs.group, theirs.element, theirs.elem)
        assert ours.is_private == theirs.is_private
        assert ours.is_private_creator == theirs.is_private_creator
        assert ours.json_key == theirs.json_key
        assert str(ours) == repr(ours) == str(theirs)


def test_copies_are_tags() -> None:
    """Copied and pickled it stays one."""
    tag = Tag(0x00100010)
    for other in (copy.copy(tag), copy.deepcopy(tag), pickle.loads(pickle.dumps(tag))):
        assert type(other) is Tag
        assert other == tag
