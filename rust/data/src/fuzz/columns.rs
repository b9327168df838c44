//! Columns: whatever a file holds, a row has one place in each column, texts are UTF-8, and a condition and its opposite never both hold.

use std::sync::Arc;

use crate::scan::{Batch, Column, Filled, Literal, Of, Op, Order, Predicate, Row, Values};
use crate::{Document, Options, Source, read};

/// Elements of every type, in items and in private blocks.
const NAMES: [&str; 16] = [
    "SpecificCharacterSet",
    "TransferSyntaxUID",
    "Modality",
    "StudyDate",
    "StudyTime",
    "AcquisitionDateTime",
    "PatientName",
    "Rows",
    "PixelSpacing",
    "InstanceNumber",
    "SmallestImagePixelValue",
    "FrameIncrementPointer",
    "ReferencedImageSequence/0/ReferencedSOPInstanceUID",
    "ReferencedImageSequence/*/ReferencedSOPInstanceUID",
    "(0029,10)[ACME]",
    "PixelData",
];

/// Takes any bytes as a file.
///
/// # Panics
///
/// Where a promise does not hold.
pub fn fuzz_columns(data: &[u8]) {
    let mut columns: Vec<Column> =
        NAMES.iter().map(|name| Column::of_element(name, None).expect("a name of the dictionary")).collect();
    columns.push(Column::about("path", Of::Path));
    columns.push(Column::about("problems", Of::Problems));
    columns.push(Column::about("error", Of::Error));
    let only = Column::wanted(&columns).into();
    let options = Options { only: Some(only), force: true, ..Options::default() };
    let outcome = read(Source::Memory(Arc::new(data.to_vec())), &options);
    let mut batch = Batch::new(&columns, 1);
    for _ in 0..2 {
        batch.push(&row(&outcome), None);
    }
    let rows = batch.rows();
    assert_eq!(rows, 2, "a file is a row");
    for filled in batch.into_filled() {
        check(&filled, rows);
    }
    for column in &columns {
        let is = Op::Compare(column.clone(), Order::AtMost, Literal::Text("CT".into()));
        if let Ok(plain) = Predicate::new(vec![is.clone()]) {
            let opposite = Predicate::new(vec![is, Op::Not]).expect("a condition has an opposite");
            assert!(!(plain.holds(&row(&outcome)) && opposite.holds(&row(&outcome))), "{}", column.name);
        }
    }
}

fn row(outcome: &radiogram_core::Result<Document>) -> Row<'_> {
    Row { path: "file", size: Some(1), modified_ns: None, outcome: outcome.as_ref() }
}

fn check(filled: &Filled, rows: usize) {
    assert_eq!(filled.values.len(), filled.valid.len(), "each value is there or not");
    if let Some((offsets, there)) = &filled.lists {
        assert_eq!((offsets.len(), there.len()), (rows + 1, rows), "each row has a list or none");
        assert!(offsets.is_sorted(), "lists follow each other");
        let last = offsets.last().and_then(|end| usize::try_from(*end).ok());
        assert_eq!(last, Some(filled.values.len()), "lists hold all values");
    } else {
        assert_eq!(filled.values.len(), rows, "each row has one value");
    }
    let texts = match &filled.values {
        Values::Text(texts) => texts,
        Values::Code(codes) => {
            let known = codes.texts.offsets.len().saturating_sub(1);
            let is_known = |key: &i32| usize::try_from(*key).is_ok_and(|key| key < known);
            assert!(codes.keys.iter().all(is_known), "a code is in the list of codes");
            &codes.texts
        }
        _ => return,
    };
    for pair in texts.offsets.windows(2) {
        let &[from, to] = pair else { continue };
        let range = usize::try_from(from).unwrap_or(usize::MAX)..usize::try_from(to).unwrap_or(usize::MAX);
        let text = texts.bytes.get(range).expect("texts lie in their memory");
        assert!(std::str::from_utf8(text).is_ok(), "texts are UTF-8");
    }
}

#[cfg(test)]
mod tests {
    use radiogram_core::fuzz::mutator::{Random, mutate, rounds};

    use super::fuzz_columns;
    use crate::fuzz::index::tests::{PIECES, sound};

    #[test]
    fn fuzz_the_columns() {
        let sound = sound();
        fuzz_columns(&sound);
        let mut random = Random(20_261_128);
        for _ in rounds(5_000) {
            let mut data = sound.clone();
            mutate(&mut random, &mut data, &PIECES);
            fuzz_columns(&data);
        }
    }
}
