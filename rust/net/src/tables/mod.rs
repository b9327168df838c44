//! Facts of PS3.7 and PS3.8, made by `tools/tables.py` from `standard/*.tsv`.

pub(crate) mod states;
pub(crate) mod statuses;
