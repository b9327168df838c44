//! What the tests are made of: reading, drafts, and writing.

use std::sync::Arc;

use radiogram_core::{ReadAt, Result, Tag, Vr};

use crate::draft::{Change, Value};
use crate::write::{Plan, WriteOptions, plan};
use crate::{Document, Draft, Options, Source, read};

/// Bytes as a file that is read piece by piece.
pub(crate) struct Pieces(pub(crate) Vec<u8>);

impl ReadAt for Pieces {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        self.0.as_slice().read_at(offset, into)
    }
}

pub(crate) fn options() -> Options {
    Options { force: true, ..Options::default() }
}

/// Bytes in memory, read.
pub(crate) fn parse(bytes: &[u8]) -> Arc<Document> {
    Arc::new(read(Source::Memory(Arc::new(bytes.to_vec())), &options()).unwrap())
}

/// Bytes in a file, read.
pub(crate) fn parse_file(bytes: &[u8]) -> Arc<Document> {
    let file: Arc<dyn ReadAt> = Arc::new(Pieces(bytes.to_vec()));
    Arc::new(read(Source::File { source: Arc::clone(&file), reader: file }, &options()).unwrap())
}

/// The data set and the file meta information of a document.
pub(crate) fn drafts(document: &Arc<Document>) -> (Draft, Draft) {
    (Draft::of(Arc::clone(document), document.root()), Draft::of(Arc::clone(document), document.meta()))
}

pub(crate) fn text(vr: Vr, text: &str) -> Change {
    Change::Set { vr, value: Value::Text(vec![text.to_owned()]) }
}

pub(crate) fn integers(vr: Vr, numbers: &[i128]) -> Change {
    Change::Set { vr, value: Value::Integers(numbers.to_vec()) }
}

pub(crate) fn bytes(vr: Vr, bytes: &[u8]) -> Change {
    Change::Set { vr, value: Value::Bytes(Arc::new(bytes.to_vec())) }
}

/// Plans and writes, and sees that both say the same length.
pub(crate) fn written(data_set: &Draft, meta: &Draft, options: &WriteOptions) -> Result<Vec<u8>> {
    let plan: Plan = plan(data_set, meta, options)?;
    let bytes = plan.to_vec()?;
    if let Some(length) = plan.len() {
        assert_eq!(length, bytes.len() as u64, "the plan says how long the file is");
        assert_eq!(plan.pieces().map(|piece| piece.size()).sum::<u64>(), length);
    }
    Ok(bytes)
}

/// The document with changes of its root, written.
pub(crate) fn edited(
    document: &Arc<Document>,
    changes: &[(u32, Change)],
    options: &WriteOptions,
) -> Result<Vec<u8>> {
    let (mut data_set, meta) = drafts(document);
    data_set.changes.extend(changes.iter().map(|(tag, change)| (Tag(*tag), change.clone())));
    written(&data_set, &meta, options)
}
