"""Facts of PS3.4 as Python: query models and their keys, what attributes services owe, states of procedure steps, statuses."""

from __future__ import annotations

from rows import MARK, Row, read, stop

HEAD = f'# {MARK}\n"""%s"""\n\nfrom __future__ import annotations\n\n'


def _known() -> tuple[set[str], dict[str, str]]:
    keywords = {row["keyword"] for row in read("elements")}
    return keywords, {row["keyword"]: row["uid"] for row in read("uids") if row["keyword"]}


def _path(row: Row, keywords: set[str], table: str) -> str:
    if not set(row["path"].split("/")) <= keywords:
        stop(f"standard/{table}.tsv: {row['path']} is no path of keywords")
    return row["path"]


def queries() -> str:
    """Make the query models."""
    keywords, uids = _known()
    models = [
        f'    "{uids[row["sop_class"]]}": ("{row["service"]}", "{row["model"]}", {tuple(row["levels"].split())!r}),\n'
        for row in read("query_models")
    ]
    keys: dict[tuple[str, str], list[str]] = {}
    for row in read("query_keys"):
        path = _path(row, keywords, "query_keys")
        said = f'        "{path}": ("{row["matching"]}", "{row["returned"]}"),\n'
        keys.setdefault((row["model"], row["level"]), []).append(said)
    lines = [
        f'    ("{model}", "{level}"): {{\n{"".join(rows)}    }},\n' for (model, level), rows in keys.items()
    ]
    return (
        HEAD % "Query models: their SOP classes, levels and keys (PS3.4)."
        + "MODELS: dict[str, tuple[str, str, tuple[str, ...]]] = {\n"
        + "".join(models).replace("'", '"')
        + '}\n"""SOP class to service, model, and levels from the top."""\n\n'
        + "KEYS: dict[tuple[str, str], dict[str, tuple[str, str]]] = {\n"
        + "".join(lines)
        + '}\n"""Model and level to keys: whether they are unique, required or optional, and how they are returned."""\n'
    )


def rules() -> str:
    """Make the attribute rules of services."""
    keywords, uids = _known()
    groups: dict[tuple[str, str], list[str]] = {}
    for row in read("attribute_rules"):
        if row["sop_class"] not in uids and row["sop_class"] != "UnifiedProcedureStep":
            stop(f"standard/attribute_rules.tsv: {row['sop_class']} is no SOP class")
        path = _path(row, keywords, "attribute_rules")
        other = row["condition"].lstrip("!*")
        if (other and other not in keywords) or (row["condition"] and row["scu"] not in ("1C", "2C", "MC")):
            stop(f"standard/attribute_rules.tsv: {row['condition']} is no condition of {path}")
        said = (
            f'        "{row["scu"]}/{row["scp"]} {path}{" " * bool(row["condition"])}{row["condition"]}",\n'
        )
        groups.setdefault((row["sop_class"], row["service"]), []).append(said)
    lines = []
    for (name, service), rows in groups.items():
        # As ruff would: a tuple of one is a line.
        body = "(" + rows[0].strip() + ")" if len(rows) == 1 else f"(\n{''.join(rows)}    )"
        lines.append(f'    ("{name}", "{service}"): {body},\n')
    return (
        HEAD % "Attributes of requests and what user and provider owe (PS3.4)."
        + "RULES: dict[tuple[str, str], tuple[str, ...]] = {\n"
        + "".join(lines)
        + '}\n"""SOP class and service to what each side owes of an element, and on which condition: `1C/1 Path/Of/Keywords !Other`."""\n'
    )


def step_states() -> str:
    """Make the state tables."""
    lines = [
        f'    ("{row["machine"]}", "{row["event"]}", "{row["state"]}"): '
        f'(0x{row["status"]}, "{row["next"]}", "{row["actions"]}"),\n'
        for row in read("step_states")
    ]
    return (
        HEAD % "States of procedure steps and requests (PS3.4)."
        + "STATES: dict[tuple[str, str, str], tuple[int, str, str]] = {\n"
        + "".join(lines)
        + '}\n"""Machine, event and state to status, next state and what else is done."""\n'
    )
