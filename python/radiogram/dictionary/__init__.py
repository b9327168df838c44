"""The data dictionary: what a tag, a keyword or a private tag stands for (PS3.6, PS3.7 Annex E).

The tables are in the Rust core; nothing is loaded here. Functions with pydicom's names do what they do in
``pydicom.datadict``.

Examples
--------
>>> from radiogram import dictionary
>>> dictionary.lookup("Rows")
Entry(tag=2621456, VR='US', VM='1', keyword='Rows', name='Rows', retired=False)
>>> dictionary.lookup("(0010,0010)").name
"Patient's Name"
"""

from __future__ import annotations

from radiogram.dictionary.elements import (
    Entry,
    add_dict_entries,
    add_dict_entry,
    dictionary_description,
    dictionary_has_tag,
    dictionary_is_retired,
    dictionary_keyword,
    dictionary_VM,
    dictionary_VR,
    get_entry,
    keyword_for_tag,
    keywords,
    lookup,
    nearest,
    repeater_has_keyword,
    repeater_has_tag,
    tag_for_keyword,
)
from radiogram.dictionary.private import (
    PrivateEntry,
    add_private_dict_entries,
    add_private_dict_entry,
    get_private_entry,
    load_private,
    lookup_private,
    private_creators,
    private_dictionary_description,
    private_dictionary_VM,
    private_dictionary_VR,
)

__all__ = [
    "Entry",
    "PrivateEntry",
    "add_dict_entries",
    "add_dict_entry",
    "add_private_dict_entries",
    "add_private_dict_entry",
    "dictionary_VM",
    "dictionary_VR",
    "dictionary_description",
    "dictionary_has_tag",
    "dictionary_is_retired",
    "dictionary_keyword",
    "get_entry",
    "get_private_entry",
    "keyword_for_tag",
    "keywords",
    "load_private",
    "lookup",
    "lookup_private",
    "nearest",
    "private_creators",
    "private_dictionary_VM",
    "private_dictionary_VR",
    "private_dictionary_description",
    "repeater_has_keyword",
    "repeater_has_tag",
    "tag_for_keyword",
]
