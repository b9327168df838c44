//! A whole file: what is copied as it is, the preamble, the file meta information, then the data set.

use std::sync::Arc;

use radiogram_core::{Error, ErrorKind, Path, Result, Syntax, Tag, Vr, syntax};

use super::compose::Composer;
use super::header::{self, Slot};
use super::output::Output;
use super::scope::encoding_of;
use super::steps::{Source, end_of};
use super::{Form, Lengths, PREAMBLE, Plan, WriteOptions};
use crate::draft::{Change, Draft, Value};
use crate::header::Encoding;
use crate::{Document, Flags};

const META_VERSION: Tag = Tag::new(0x0002, 0x0001);
const MEDIA_CLASS: Tag = Tag::new(0x0002, 0x0002);
const MEDIA_INSTANCE: Tag = Tag::new(0x0002, 0x0003);
/// SOP Class UID and SOP Instance UID, in the data set.
const SOP_CLASS_UID: Tag = Tag::new(0x0008, 0x0016);
const SOP_INSTANCE_UID: Tag = Tag::new(0x0008, 0x0018);
/// Who wrote the file: Implementation Class UID, of a UUID (PS3.5 B.2).
pub const IMPLEMENTATION_CLASS_UID: &str = "2.25.281270507134725892049947030035413456146";
/// Implementation Version Name, at most 16 characters.
pub const IMPLEMENTATION_VERSION: &str =
    concat!("RADIOGRAM_", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
const IMPLEMENTATION_CLASS: Tag = Tag::new(0x0002, 0x0012);
const IMPLEMENTATION_NAME: Tag = Tag::new(0x0002, 0x0013);

/// What is written, and in which form.
struct Target {
    /// `None`: one that nobody knows, and the bytes stay as they are.
    syntax: Option<&'static Syntax>,
    /// The syntax was asked for: the file meta information names it.
    named: Option<&'static str>,
    encoding: Encoding,
    deflated: bool,
}

/// Plans the bytes of a data set and its file meta information.
///
/// What was not changed stays as it was read, faults included. The file meta information keeps what it has, too: it gets another
/// Transfer Syntax UID where the syntax is another, and follows the data set's SOP class and instance UIDs where those change and it
/// agreed with them before. Made anew (there was none, or `repair`), it names this implementation. Its SOP class and instance are the
/// data set's, as far as that has them.
pub fn plan(data_set: &Draft, meta: &Draft, options: &WriteOptions) -> Result<Plan> {
    let read = Source::of(data_set).filter(|source| source.node == source.document.root());
    let target = target(data_set, meta, options)?;
    let mut out = Output::default();
    let same_syntax = read.is_some_and(|source| {
        target.encoding == source.document.encoding()
            && target.deflated == source.document.is_deflated()
            && target.named.is_none_or(|named| source.document.transfer_syntax() == Some(named))
    });
    let verbatim = read.filter(|source| {
        data_set.is_untouched()
            && same_syntax
            && !options.repair
            && options.lengths == Lengths::AsRead
            && !source.document.is_partial()
    });
    if let Some(source) = verbatim.filter(|source| has_its_meta(source.document, meta, options)) {
        let asked = asked_preamble(source.document, options);
        out.put(asked)?;
        let run = (asked.len() as u64, source.document.source_size());
        out.copy(source.document, true, run, 1)?;
        return Ok(Plan::new(out, None));
    }
    let out = front(out, data_set, meta, options, &target, verbatim.is_some())?;
    let mut composer = Composer::new(options, out);
    if let Some(source) = verbatim {
        let run = (source.document.body(), source.document.source_size());
        composer.out.copy(source.document, true, run, 1)?;
        return Ok(Plan::new(composer.out, None));
    }
    composer.syntax = target.syntax;
    let deflated_from = target.deflated.then(|| composer.out.seal());
    composer.data_set(data_set, target.encoding)?;
    Ok(Plan::new(composer.out, deflated_from))
}

/// True where what stands in front of the data set is that of its own document, and untouched.
fn has_its_meta(document: &Arc<Document>, meta: &Draft, options: &WriteOptions) -> bool {
    let none = document.items(document.meta().0).next().is_none();
    let own = match &meta.base {
        Some(base) => {
            Arc::ptr_eq(&base.document, document) && base.node == document.meta() && meta.is_untouched()
        }
        None => meta.changes.is_empty() && none,
    };
    own && match options.form {
        Form::AsRead => true,
        Form::File => !none && preamble(document) == PREAMBLE,
        Form::DataSet => document.body() == 0,
    }
}

/// How many bytes are in front of `DICM`.
fn preamble(document: &Document) -> usize {
    let start = document.entry(document.meta().0).map_or(0, |entry| entry.offset);
    if start == PREAMBLE as u64 + 4 { PREAMBLE } else { 0 }
}

/// What is written in place of the preamble that was read: nothing where it is to stay.
fn asked_preamble<'o>(document: &Document, options: &'o WriteOptions) -> &'o [u8] {
    let asked = options.preamble.as_ref().filter(|_| preamble(document) == PREAMBLE);
    asked.map(<[u8; PREAMBLE]>::as_slice).unwrap_or_default()
}

/// Settles the transfer syntax.
fn target(data_set: &Draft, meta: &Draft, options: &WriteOptions) -> Result<Target> {
    let document = data_set.base.as_ref().map(|base| &*base.document);
    let changed = match meta.changes.get(&Tag::TRANSFER_SYNTAX) {
        Some(Change::Set { value, .. }) => text_of(value),
        _ => None,
    };
    let of_meta = meta.base.as_ref().and_then(|base| base.document.syntax());
    let foreign = meta.base.as_ref().zip(data_set.base.as_ref());
    let foreign = foreign.is_some_and(|(meta, base)| !Arc::ptr_eq(&meta.document, &base.document));
    let wanted = options
        .syntax
        .or_else(|| changed.as_deref().and_then(Syntax::from_uid))
        .or_else(|| of_meta.filter(|_| foreign || document.is_none()));
    let encoding = |syntax: &Syntax| Encoding { implicit: syntax.implicit, big_endian: syntax.big_endian };
    let (syntax, named) = match (wanted, document) {
        (Some(syntax), _) => (Some(syntax), Some(syntax.uid)),
        (None, Some(document)) => {
            let shown = shown(document.encoding());
            let kept =
                document.syntax().filter(|syntax| !options.repair || encoding(syntax) == document.encoding());
            let nameless = document.transfer_syntax().is_none();
            let syntax = kept.or_else(|| Syntax::from_uid(shown).filter(|_| options.repair || nameless));
            // Repaired, or in a file that has to name it, a data set is in the syntax that it shows.
            let named = syntax.filter(|_| options.repair || (nameless && options.form == Form::File));
            (syntax, named.map(|syntax| syntax.uid))
        }
        (None, None) => (Syntax::from_uid(syntax::EXPLICIT_LITTLE), Some(syntax::EXPLICIT_LITTLE)),
    };
    let (encoding, deflated) = match (wanted.or(syntax), document) {
        (_, Some(document)) if wanted.is_none() => {
            // Where nothing could be inflated, what is written now can be.
            let should = !data_set.is_untouched() && document.syntax().is_some_and(|syntax| syntax.deflated);
            (document.encoding(), document.is_deflated() || should)
        }
        (Some(syntax), _) => (encoding(syntax), syntax.deflated),
        (None, _) => (Encoding::EXPLICIT_LITTLE, false),
    };
    let target = Target { syntax, named, encoding, deflated };
    pixels_fit(data_set, &target)?;
    Ok(target)
}

/// The UID of the native syntax with this encoding.
fn shown(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding { implicit: true, .. } => syntax::IMPLICIT_LITTLE,
        Encoding { big_endian: true, .. } => syntax::EXPLICIT_BIG,
        _ => syntax::EXPLICIT_LITTLE,
    }
}

/// Pixel data that were read cannot be written in a syntax that encodes them otherwise: that is transcoding, not writing.
fn pixels_fit(data_set: &Draft, target: &Target) -> Result<()> {
    let Some(source) = Source::of(data_set).filter(|source| source.node == source.document.root()) else {
        return Ok(());
    };
    let document = source.document;
    let (Some(syntax), Some(named)) = (target.syntax, target.named) else { return Ok(()) };
    let base = data_set.base.as_ref();
    let part = base.and_then(|base| base.part.as_ref());
    let row =
        document.find(source.node, Tag::PIXELS).filter(|row| part.is_none_or(|part| part.contains(row)));
    let entry =
        row.filter(|_| !data_set.changes.contains_key(&Tag::PIXELS)).and_then(|row| document.entry(row));
    let Some(entry) = entry.filter(|_| document.transfer_syntax() != Some(named)) else { return Ok(()) };
    let fragments = entry.flags.has(Flags::FRAGMENTS);
    let codec = document.syntax().map(|syntax| syntax.codec);
    let wrong = match (fragments, syntax.encapsulated) {
        (true, false) => "the pixel data are encapsulated: decode them before a native syntax is written",
        (false, true) => "the pixel data are native: encode them before an encapsulated syntax is written",
        (true, true) if codec.is_some_and(|codec| codec != syntax.codec) => {
            "the pixel data are encoded otherwise: transcode them before this syntax is written"
        }
        _ => return Ok(()),
    };
    Err(Error::new(ErrorKind::Unsupported, wrong).in_path(&Path::of(Tag::PIXELS)))
}

/// Preamble and file meta information.
fn front(
    mut out: Output,
    data_set: &Draft,
    meta: &Draft,
    options: &WriteOptions,
    target: &Target,
    tail: bool,
) -> Result<Output> {
    if options.form == Form::DataSet {
        return Ok(out);
    }
    let base = meta.base.as_ref();
    let document = base.or(data_set.base.as_ref()).map(|base| &base.document);
    let source = Source::of(meta);
    let had = source.is_some_and(|source| source.rows().next().is_some());
    let as_read = options.form == Form::AsRead;
    let alone = document.is_some_and(|document| document.body() == 0);
    if as_read && !had && meta.changes.is_empty() && alone && target.named.is_none() {
        // A data set alone stays one, but in another syntax: that has to be named.
        return Ok(out);
    }
    let start =
        document.and_then(|document| document.entry(document.meta().0)).map_or(0, |entry| entry.offset);
    let kept = document.filter(|document| preamble(document) == PREAMBLE || (as_read && had));
    if let Some(document) = kept {
        let asked = asked_preamble(document, options);
        out.put(asked)?;
        out.copy(document, true, (asked.len() as u64, start), 1)?;
    } else {
        out.put(&options.preamble.unwrap_or([0; PREAMBLE]))?;
        out.put(b"DICM")?;
    }
    let made_anew = !had || options.repair;
    let (draft, changed) = meta_draft(data_set, meta, options, target, made_anew);
    if let Some(source) = source.filter(|source| {
        let sound = tail || !source.document.is_damaged();
        sound && !changed && !made_anew && meta.is_untouched() && source.is_meta()
    }) {
        let (start, end) = source.content();
        // Bytes behind its last element are no part of it once a data set follows that was not there.
        let last = source.rows().last();
        let known_to = last.map_or(start, |row| end_of(source.document, row, end));
        let run = (start, if tail { end } else { known_to.min(end) });
        out.copy(source.document, true, run, 1)?;
        return Ok(out);
    }
    let encoding = match source.filter(|_| !options.repair && as_read) {
        Some(source) => encoding_of(source, Encoding::EXPLICIT_LITTLE),
        None => Encoding::EXPLICIT_LITTLE,
    };
    let mut composer = Composer::new(options, out);
    (composer.meta, composer.tail) = (true, tail);
    let counted = source.and_then(|source| source.document.find(source.node, Tag::META_LENGTH)).is_some();
    let slot = if counted {
        None
    } else {
        // PS3.10 7.1: the bytes that follow this element in the group.
        header::value(&mut composer.out, encoding, Tag::META_LENGTH, Vr::UL, 4)?;
        composer.out.put(&[0; 4])?;
        Some(Slot::behind(&composer.out, encoding.big_endian))
    };
    composer.data_set(&draft, encoding)?;
    if let Some(slot) = slot {
        slot.close(&mut composer.out)?;
    }
    Ok(composer.out)
}

/// The file meta information as it is to be, and whether that is not what was read.
fn meta_draft(
    data_set: &Draft,
    meta: &Draft,
    options: &WriteOptions,
    target: &Target,
    made_anew: bool,
) -> (Draft, bool) {
    let mut draft = meta.clone();
    // The length of the group is ours to say.
    draft.changes.remove(&Tag::META_LENGTH);
    let mut set = |tag: Tag, vr: Vr, value: Value| {
        draft.changes.insert(tag, Change::Set { vr, value });
    };
    let held = |tag: Tag| read_text(meta, tag);
    let asked = |tag: Tag| meta.changes.contains_key(&tag);
    if let Some(named) = target.named {
        let now = match meta.changes.get(&Tag::TRANSFER_SYNTAX) {
            Some(Change::Set { value, .. }) => text_of(value),
            Some(_) => None,
            None => held(Tag::TRANSFER_SYNTAX),
        };
        if now.as_deref() != Some(named) {
            set(Tag::TRANSFER_SYNTAX, Vr::UI, Value::Text(vec![named.to_owned()]));
        }
    } else if made_anew
        && held(Tag::TRANSFER_SYNTAX).is_none()
        && !asked(Tag::TRANSFER_SYNTAX)
        && let Some(syntax) = target.syntax
    {
        set(Tag::TRANSFER_SYNTAX, Vr::UI, Value::Text(vec![syntax.uid.to_owned()]));
    }
    // PS3.10 7.1: a file has to say both.
    let needed = options.form == Form::File;
    for (tag, of) in [(MEDIA_CLASS, SOP_CLASS_UID), (MEDIA_INSTANCE, SOP_INSTANCE_UID)] {
        let empty = needed && text(meta, tag).is_none();
        if !empty && (asked(tag) || !(made_anew || data_set.changes.contains_key(&of))) {
            continue;
        }
        let (was, is) = (read_text(data_set, of), text(data_set, of));
        let now = held(tag).filter(|_| !empty);
        let follows = data_set.changes.contains_key(&of) && (now.is_none() || now == was);
        let missing = empty || made_anew && (now.is_none() || options.repair);
        if let Some(uid) = is.filter(|is| (follows || missing) && now.as_ref() != Some(is)) {
            set(tag, Vr::UI, Value::Text(vec![uid]));
        }
    }
    if made_anew {
        let version = Value::Bytes(Arc::new([0_u8, 1]));
        let ours = |text: &str| Value::Text(vec![text.to_owned()]);
        let made = [
            (META_VERSION, Vr::OB, version),
            (IMPLEMENTATION_CLASS, Vr::UI, ours(IMPLEMENTATION_CLASS_UID)),
            (IMPLEMENTATION_NAME, Vr::SH, ours(IMPLEMENTATION_VERSION)),
        ];
        for (tag, vr, value) in made.into_iter().filter(|(tag, ..)| !asked(*tag)) {
            set(tag, vr, value);
        }
    }
    let changed = !draft.changes.is_empty();
    (draft, changed)
}

/// The text of an element as it was read, without padding.
fn read_text(draft: &Draft, tag: Tag) -> Option<String> {
    let source = Source::of(draft)?;
    let row = source.document.find(source.node, tag)?;
    let bytes = source.document.present(row)?;
    let text = String::from_utf8_lossy(bytes);
    Some(text.trim_matches(['\0', ' ']).to_owned()).filter(|text| !text.is_empty())
}

/// The text of an element as it is to be.
fn text(draft: &Draft, tag: Tag) -> Option<String> {
    match draft.changes.get(&tag) {
        Some(Change::Set { value, .. }) => text_of(value),
        Some(_) => None,
        None => read_text(draft, tag),
    }
}

fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::Text(texts) => texts.first()?.clone(),
        Value::Bytes(bytes) => String::from_utf8_lossy((**bytes).as_ref()).into_owned(),
        Value::Empty | Value::Integers(_) | Value::Floats(_) => return None,
    };
    Some(text.trim_matches(['\0', ' ']).to_owned()).filter(|text| !text.is_empty())
}
