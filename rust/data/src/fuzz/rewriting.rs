//! Rewriting: what was read is written as it was, edits of any kind are written and read again, and what no edit touched is the same.

use std::sync::Arc;

use radiogram_core::fuzz::mutator::Random;
use radiogram_core::{ErrorKind, Limits, ProblemKind, ReadAt, Result, Syntax, Tag, Vr, dictionary, syntax};

use crate::draft::{Base, Change, Value};
use crate::value::decode;
use crate::write::{Form, Lengths, WriteOptions, plan};
use crate::{Document, Draft, Flags, NodeId, Options, Source, read};

/// Tags that edits like: those that govern others, text, numbers, private ones.
const TAGS: [u32; 12] = [
    0x0008_0005,
    0x0008_0018,
    0x0008_1140,
    0x0009_0010,
    0x0009_1001,
    0x0010_0010,
    0x0010_0020,
    0x0028_0100,
    0x0028_0103,
    0x0028_0106,
    0x0040_A730,
    0x7FE0_0010,
];

/// Reads any bytes as a file, edits them as the bytes say, and writes them.
///
/// # Panics
///
/// Where a promise of the writer does not hold.
pub fn fuzz_rewrite(data: &[u8]) {
    let mut random =
        Random(data.iter().fold(7, |seed, byte| (seed ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)));
    let Ok(document) = parse(data, random.below(2) == 0) else { return };
    let (data_set, meta) = whole(&document);
    assert!(
        write(&data_set, &meta, &WriteOptions::default()) == Ok(data.to_vec()),
        "unedited, it is as it was"
    );
    let mut edited = data_set.clone();
    edit(&mut random, &mut edited, 0);
    let options = some_options(&mut random);
    let Ok(bytes) = write(&edited, &meta, &options) else { return };
    let sound = document.problems().is_empty();
    let after = match parse(&bytes, false) {
        Ok(after) => after,
        // What is deflated now may inflate past the limit of this target.
        Err(error) => {
            return assert!(!sound || error.kind() == ErrorKind::Limit, "what was sound can be read");
        }
    };
    let broken = after.problems().iter().find(|problem| breaks(problem.kind));
    assert!(!sound || broken.is_none(), "what was sound is sound: {broken:?}");
    let (again, again_meta) = whole(&after);
    assert!(write(&again, &again_meta, &WriteOptions::default()) == Ok(bytes), "what was written is stable");
    // Where something is wrong, what the bytes around it mean can depend on what is edited.
    if sound && options.form == Form::AsRead {
        untouched(&document, &edited, &after);
    }
}

/// True for what is wrong with the structure, whatever the values are.
fn breaks(kind: ProblemKind) -> bool {
    matches!(
        kind,
        ProblemKind::Truncated
            | ProblemKind::MissingDelimiter
            | ProblemKind::StrayDelimiter
            | ProblemKind::SequenceLength
            | ProblemKind::NotAnItem
            | ProblemKind::TrailingData
            | ProblemKind::MetaLength
            | ProblemKind::BadDeflate
            | ProblemKind::WrongTransferSyntax
    )
}

fn parse(data: &[u8], memory: bool) -> Result<Arc<Document>> {
    let limits = Limits { inflated: 1 << 20, ..Limits::DEFAULT };
    let options = Options { force: true, limits, ..Options::default() };
    let source = if memory {
        Source::Memory(Arc::new(data.to_vec()))
    } else {
        let file: Arc<dyn ReadAt> = Arc::new(super::index::Pieces(data.to_vec()));
        Source::File { source: Arc::clone(&file), reader: file }
    };
    read(source, &options).map(Arc::new)
}

fn whole(document: &Arc<Document>) -> (Draft, Draft) {
    (Draft::of(Arc::clone(document), document.root()), Draft::of(Arc::clone(document), document.meta()))
}

fn write(data_set: &Draft, meta: &Draft, options: &WriteOptions) -> Result<Vec<u8>> {
    let plan = plan(data_set, meta, options)?;
    let bytes = plan.to_vec()?;
    assert!(
        plan.len().is_none_or(|length| length == bytes.len() as u64),
        "the plan says how long the file is"
    );
    Ok(bytes)
}

fn some_options(random: &mut Random) -> WriteOptions {
    let uids =
        [syntax::EXPLICIT_LITTLE, syntax::IMPLICIT_LITTLE, syntax::EXPLICIT_BIG, syntax::DEFLATED_LITTLE];
    let uid = uids.get(random.below(8)).copied();
    WriteOptions {
        syntax: uid.and_then(Syntax::from_uid),
        form: if random.below(4) == 0 { Form::File } else { Form::AsRead },
        lengths: match random.below(4) {
            0 => Lengths::Defined,
            1 => Lengths::Undefined,
            _ => Lengths::AsRead,
        },
        repair: random.below(8) == 0,
        preamble: (random.below(4) == 0).then_some([0; 128]),
        ..WriteOptions::default()
    }
}

/// Changes a few elements.
fn edit(random: &mut Random, draft: &mut Draft, depth: u32) {
    for _ in 0..=random.below(3) {
        let base = draft.base.clone();
        let rows = base.as_ref().map(|base| base.document.children(base.node)).unwrap_or_default();
        let row = rows.get(random.below(rows.len() + 3)).copied();
        let entry = base.as_ref().zip(row).and_then(|(base, row)| base.document.entry(row));
        let tag = entry.map_or_else(|| Tag(one_of(random, &TAGS)), |entry| entry.tag);
        let change = match (&base, row, entry) {
            (Some(base), Some(row), Some(entry)) if entry.vr == Vr::SQ && depth < 3 => {
                let mut items: Vec<Draft> = base
                    .document
                    .items(row)
                    .map(|node| Draft::of(Arc::clone(&base.document), node))
                    .collect();
                if items.len() > 1 && random.below(2) == 0 {
                    items.swap_remove(random.below(items.len()));
                }
                match random.below(6) {
                    0 => items.push(Draft::default()),
                    1 => items.push(Draft::of(Arc::clone(&base.document), base.document.root())),
                    // Items of another sequence, or of the same file read once more.
                    2 => items.extend(elsewhere(base)),
                    _ => {}
                }
                let at = random.below(items.len());
                items.get_mut(at).into_iter().for_each(|item| edit(random, item, depth + 1));
                Change::Items { row: (random.below(4) > 0).then_some(row), items }
            }
            _ if dictionary::vr_of(tag) == Some(Vr::SQ) => {
                Change::Items { row: None, items: vec![Draft::default()] }
            }
            _ => some_change(random, tag),
        };
        draft.changes.insert(tag, change);
    }
}

/// The first item of every sequence of the root.
fn elsewhere(base: &Base) -> Vec<Draft> {
    let document = &base.document;
    let rows = document.children(document.root()).into_iter();
    let sequences = rows.filter(|row| document.entry(*row).is_some_and(|entry| entry.vr == Vr::SQ));
    sequences
        .filter_map(|row| document.items(row).next().map(|item| Draft::of(Arc::clone(document), item)))
        .collect()
}

fn one_of<T: Copy + Default>(random: &mut Random, choices: &[T]) -> T {
    choices.get(random.below(choices.len())).copied().unwrap_or_default()
}

fn some_change(random: &mut Random, tag: Tag) -> Change {
    let charsets = ["ISO_IR 100", "ISO_IR 192", "\\ISO 2022 IR 87", "", "GB18030"];
    let texts = ["", "X", "Müller^Jürgen", "山田^太郎", "A\\B\\C"];
    let text = |text: &str| Value::Text(vec![text.to_owned()]);
    let set = |vr, value| Change::Set { vr, value };
    match (tag, random.below(6)) {
        (_, 0) => Change::Remove,
        (Tag::CHARACTER_SET, _) => set(Vr::CS, text(one_of(random, &charsets))),
        (Tag(0x0028_0100 | 0x0028_0103), value) => {
            set(Vr::US, Value::Integers(vec![(value % 2) as i128 * 15 + 1]))
        }
        (Tag(0x0028_0106), _) => set(Vr::UsOrSs, Value::Integers(vec![7])),
        (_, 1) => set(Vr::ObOrOw, Value::Bytes(Arc::new(vec![1; random.below(6)]))),
        (_, 2) => set(Vr::DS, Value::Floats(vec![0.1, 1e300])),
        (_, 3) => set(Vr::UN, Value::Bytes(Arc::new(vec![0xFE; random.below(9)]))),
        (_, 4) => set(Vr::LO, text(one_of(random, &texts))),
        _ => set(Vr::PN, text(one_of(random, &texts))),
    }
}

/// Elements that no change governs have the values that they had.
fn untouched(before: &Document, edited: &Draft, after: &Document) {
    let governs =
        |tag: &Tag| matches!(tag.0, 0x0008_0005 | 0x0028_0100 | 0x0028_0103 | 0x0009_0010 | 0x0028_3002);
    if edited.changes.keys().any(governs) {
        return;
    }
    let mut pairs = vec![(before.root(), after.root())];
    let mut root = true;
    while let Some((old, new)) = pairs.pop() {
        for row in before.children(old) {
            let Some(entry) = before.entry(row) else { continue };
            if (root && edited.changes.contains_key(&entry.tag))
                || entry.tag.is_group_length()
                || entry.tag.group() == 2
            {
                continue;
            }
            let found = after.find(new, entry.tag).expect("an element that nobody removed");
            let other = after.entry(found).expect("a row");
            if entry.vr == Vr::SQ && other.vr == Vr::SQ {
                let (olds, news): (Vec<NodeId>, Vec<NodeId>) =
                    (before.items(row).collect(), after.items(found).collect());
                assert_eq!(olds.len(), news.len(), "as many items");
                pairs.extend(olds.into_iter().zip(news));
            } else if entry.vr == other.vr {
                let value = |document: &Document, row: u32| {
                    let entry = document.entry(row).expect("a row");
                    let bytes = document.bytes(row).expect("its bytes").to_vec();
                    let big_endian = entry.flags.has(Flags::BIG_ENDIAN);
                    let value = decode(entry.vr, &bytes, big_endian, &document.charset(row), &mut |_, _| {});
                    format!("{value:?}")
                };
                let turned = entry.vr.is_bulk()
                    && entry.flags.has(Flags::BIG_ENDIAN) != other.flags.has(Flags::BIG_ENDIAN);
                assert!(turned || value(before, row) == value(after, found), "a value that nobody changed");
            }
        }
        root = false;
    }
}

#[cfg(test)]
mod tests {
    use radiogram_core::fuzz::mutator::{Random, mutate, rounds};
    use radiogram_core::{Syntax, Tag, Vr, syntax};

    use super::{fuzz_rewrite, parse, whole, write};
    use crate::draft::{Change, Draft, Value};
    use crate::fuzz::index::tests::{PIECES, sound};
    use crate::write::{Lengths, WriteOptions};

    /// The same data set in every native syntax, with both ways to end a sequence, three levels deep.
    fn seeds() -> Vec<Vec<u8>> {
        let document = parse(&sound(), true).unwrap();
        let (mut data_set, meta) = whole(&document);
        let set = |vr, value| Change::Set { vr, value };
        let text = |text: &str| Value::Text(vec![text.to_owned()]);
        data_set.changes.insert(Tag(0x0010_0010), set(Vr::PN, text("Müller^Jürgen")));
        data_set.changes.insert(Tag(0x0009_0010), set(Vr::LO, text("ACME")));
        data_set.changes.insert(Tag(0x0009_1001), set(Vr::FD, Value::Floats(vec![0.5, 0.25])));
        data_set.changes.insert(Tag(0x0028_0100), set(Vr::US, Value::Integers(vec![16])));
        data_set.changes.insert(Tag(0x0028_0103), set(Vr::US, Value::Integers(vec![0])));
        data_set.changes.insert(Tag(0x0028_0106), set(Vr::UsOrSs, Value::Integers(vec![3])));
        let mut item = Draft::default();
        item.changes.insert(Tag(0x0040_A160), set(Vr::UT, text("Größe")));
        for _ in 0..2 {
            let items = vec![item.clone(), item.clone()];
            item.changes.insert(Tag(0x0040_A730), Change::Items { row: None, items });
        }
        data_set.changes.insert(Tag(0x0040_A730), Change::Items { row: None, items: vec![item] });
        let native =
            [syntax::EXPLICIT_LITTLE, syntax::IMPLICIT_LITTLE, syntax::EXPLICIT_BIG, syntax::DEFLATED_LITTLE];
        let mut seeds = vec![sound()];
        for uid in native {
            for lengths in [Lengths::Defined, Lengths::Undefined] {
                let options =
                    WriteOptions { syntax: Syntax::from_uid(uid), lengths, ..WriteOptions::default() };
                seeds.push(write(&data_set, &meta, &options).unwrap());
            }
        }
        seeds
    }

    #[test]
    fn fuzz_rewriting() {
        let seeds = seeds();
        for seed in &seeds {
            fuzz_rewrite(seed);
        }
        let mut random = Random(20_261_125);
        for round in rounds(20_000) {
            let mut data = seeds[random.below(seeds.len())].clone();
            if random.below(6) == 0 {
                data.drain(..132 + random.below(100));
            }
            if round % 4 > 0 {
                mutate(&mut random, &mut data, &PIECES);
            } else {
                // Sound, but another seed: a byte of the preamble.
                data[random.below(100)] = random.byte();
            }
            fuzz_rewrite(&data);
        }
    }
}
