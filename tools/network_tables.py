"""Facts of PS3.7 and PS3.8: the states of the upper layer as Rust, and what DIMSE responses say as Rust and Python."""

from __future__ import annotations

import json

from rows import MARK, array, read, rust_file


def states() -> str:
    """Make the state table of the upper layer."""

    def cell(text: str) -> str:
        if not text:
            return "None"
        action, _, leads = text.partition(" ")
        letters, _, number = action.partition("-")
        found = [f"State::Sta{state}" for state in leads.split("|")]
        following = f"Next::One({found[0]})" if len(found) == 1 else f"Next::Either({', '.join(found)})"
        return f"Some((Action::{letters.capitalize()}{number}, {following}))"

    lines = []
    for row in read("upper_layer"):
        cells = "".join(f"        {cell(row[f'sta{number}'])},\n" for number in range(1, 14))
        lines.append(f"[ // {row['event']}\n{cells}    ]")
    table = array("PS3.8 table 9-10: a row an event, a column a state.", "TRANSITIONS", "[Cell; 13]", lines)
    return rust_file("use crate::machine::{Action, Cell, Next, State};", table)


def statuses() -> str:
    """Make the statuses of DIMSE responses."""
    by_keyword = {row["keyword"]: row["uid"] for row in read("uids") if row["keyword"]}
    lines = []
    for row in read("statuses"):
        letter, *words = row["service"].split("-")
        service = (
            f"Some(Service::{letter}{''.join(word.capitalize() for word in words)})" if words else "None"
        )
        mask = "".join("0" if char == "x" else "F" for char in row["code"])
        facts = {
            "service": service,
            "classes": "&[" + ", ".join(f'"{by_keyword[name]}"' for name in row["classes"].split()) + "]",
            "code": f"0x{row['code'].replace('x', '0')}",
            "mask": f"0x{mask}",
            "category": f"Category::{row['category']}",
            "meaning": '"' + row["meaning"].replace('"', '\\"') + '"',
            "section": f'"{row["section"]}"',
        }
        lines.append("Row { " + ", ".join(f"{key}: {value}" for key, value in facts.items()) + " }")
    table = array("The statuses, as `standard/statuses.tsv` lists them.", "STATUSES", "Row", lines)
    return rust_file("use crate::dimse::status::Row;\nuse crate::dimse::{Category, Service};", table)


def python_statuses() -> str:
    """Make the statuses of DIMSE responses for Python."""
    by_keyword = {row["keyword"]: row["uid"] for row in read("uids") if row["keyword"]}
    lines = []
    for row in read("statuses"):
        mask = int("".join("0" if char == "x" else "F" for char in row["code"]), 16)
        classes = "".join(f'"{by_keyword[name]}", ' for name in row["classes"].split())
        facts = (
            f'"{row["service"]}"',
            f"({classes.removesuffix(', ') if classes.count(',') > 1 else classes.rstrip()})",
            f"0x{int(row['code'].replace('x', '0'), 16):04X}",
            f"0x{mask:04X}",
            f'"{row["category"]}"',
            json.dumps(row["meaning"]),
            json.dumps(row["section"]),
        )
        lines.append(f"    ({', '.join(facts)}),\n")
    return (
        f"# {MARK}\n"
        '"""Statuses of DIMSE responses (PS3.7 Annex C, PS3.4)."""\n\nfrom __future__ import annotations\n\n'
        "# fmt: off\n"
        "STATUSES: tuple[tuple[str, tuple[str, ...], int, int, str, str, str], ...] = (\n"
        f"{''.join(lines)})\n"
        '"""Service (empty: any), SOP classes (none: any), code, which of its bits say so, category, meaning, section."""\n'
    )
