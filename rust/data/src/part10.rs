//! A DICOM file from its first byte (PS3.10 7.1): preamble, file meta information, which syntax the rest is in.

use std::sync::Arc;

use radiogram_core::syntax::Syntax;
use radiogram_core::{Error, ErrorKind, Path, Problem, ProblemKind, Result, Tag, dictionary};

use crate::document::{Document, Parts};
use crate::header::{self, Encoding, Letters, UNDEFINED};
use crate::inflate::inflate;
use crate::input::{Input, Memory};
use crate::store::Store;
use crate::walk::{Walk, note};
use crate::{Entry, Options};

const PREAMBLE: usize = 128;
const MAGIC: &[u8] = b"DICM";
/// How many elements in a row are looked at to tell one encoding from another, and how many make bytes DICOM.
const PLAUSIBLE: u32 = 3;
/// How far they are looked for.
const LOOK: usize = 4096;
/// How far at first.
const NEAR: usize = 512;

/// Reads a Part 10 file, or what is left of one.
pub(crate) fn read<I: Input>(mut input: I, options: &Options) -> Result<Document> {
    if options.bare {
        return bare(input, options);
    }
    let mut problems = Vec::new();
    let (start, magic) = after_magic(&mut input)?;
    if !magic {
        let known = [Encoding::EXPLICIT_LITTLE, Encoding::IMPLICIT_LITTLE, Encoding::EXPLICIT_BIG]
            .into_iter()
            .map(|encoding| plausible(&mut input, start, encoding))
            .try_fold(0, |best, score| score.map(|score| score.max(best)))?;
        if known < PLAUSIBLE && !options.force {
            return Err(Error::new(
                ErrorKind::NotDicom,
                "no DICM after 128 bytes, and no three elements in a row at the start; force=True reads it all the same",
            )
            .at(start));
        }
    }
    let mut root = |kind, offset, assumed: &'static str| {
        let problem = Problem { kind, path: Path::default(), offset, assumed: assumed.into() };
        note(&mut problems, problem, options.strict)
    };
    if start != (PREAMBLE + MAGIC.len()) as u64 {
        root(ProblemKind::NoPreamble, 0, "that the data set starts at once")?;
    }
    let encoding = meta_encoding(&mut input, start)?;
    match encoding {
        None => root(ProblemKind::NoFileMeta, start, "the transfer syntax that the bytes show")?,
        Some(Encoding::EXPLICIT_LITTLE) => {}
        Some(_) => root(ProblemKind::MetaSyntax, start, "the encoding that the bytes show")?,
    }
    let mut walk = Walk::new(input, options);
    walk.problems = problems;
    walk.pos = start;
    walk.meta = true;
    let end = if encoding.is_some() { walk.input.size() } else { start };
    let meta = walk.data_set(end, encoding.unwrap_or(Encoding::EXPLICIT_LITTLE))?;
    walk.meta = false;
    let named = check_meta(&mut walk, start)?;
    data_set(walk, named, meta)
}

/// Reads a data set without anything in front of it.
fn bare<I: Input>(input: I, options: &Options) -> Result<Document> {
    let mut walk = Walk::new(input, options);
    let meta = walk.data_set(0, Encoding::EXPLICIT_LITTLE)?;
    let end = walk.input.size();
    let root = walk.data_set(end, Encoding::EXPLICIT_LITTLE)?;
    Ok(document(walk, None, None, (meta, root, 0), Encoding::EXPLICIT_LITTLE))
}

/// Where the first element is, and whether `DICM` stands in front of it.
fn after_magic<I: Input>(input: &mut I) -> Result<(u64, bool)> {
    let window = input.window(0, LOOK)?;
    if window.get(PREAMBLE..).is_some_and(|rest| rest.starts_with(MAGIC)) {
        return Ok(((PREAMBLE + MAGIC.len()) as u64, true));
    }
    Ok(if window.starts_with(MAGIC) { (MAGIC.len() as u64, true) } else { (0, false) })
}

/// How the file meta information is encoded, `None` where there is none (PS3.10 7.1: explicit VR little endian).
fn meta_encoding<I: Input>(input: &mut I, start: u64) -> Result<Option<Encoding>> {
    let bytes = input.window(start, header::LONGEST)?;
    for big_endian in [false, true] {
        let Some(first) = header::explicit(bytes, big_endian) else { continue };
        if first.tag.group() == 2 {
            return Ok(Some(Encoding { implicit: first.letters == Letters::Absent, big_endian }));
        }
    }
    Ok(None)
}

/// Checks the group length (PS3.10 7.1) and gives the Transfer Syntax UID that the meta information names.
fn check_meta<I: Input>(walk: &mut Walk<'_, I>, start: u64) -> Result<Option<String>> {
    let mut named = None;
    let mut stated = None;
    for entry in walk.rows.clone() {
        let Entry { tag, offset, length, .. } = entry;
        if !matches!(tag, Tag::META_LENGTH | Tag::TRANSFER_SYNTAX) {
            continue;
        }
        let bytes = walk.input.window(offset, length as usize)?;
        let bytes = bytes.get(..length as usize).unwrap_or_default();
        if tag == Tag::META_LENGTH {
            let big_endian = entry.flags.has(crate::Flags::BIG_ENDIAN);
            stated = header::u32_at(bytes, 0, big_endian).map(|after| offset + 4 + u64::from(after));
        } else {
            named = Some(String::from_utf8_lossy(bytes).trim_matches(['\0', ' ']).to_owned());
        }
    }
    let deflated = named.as_deref().and_then(Syntax::from_uid).is_some_and(|syntax| syntax.deflated);
    match stated {
        // Deflated bytes can look like an element of group 0002: there the length decides.
        Some(end) if deflated && end > start && end < walk.pos => walk.pos = end,
        Some(end) if end != walk.pos => {
            let problem = Problem {
                kind: ProblemKind::MetaLength,
                path: Path::of(Tag::META_LENGTH),
                offset: start,
                assumed: "that it ends with its last element".into(),
            };
            note(&mut walk.problems, problem, walk.options.strict)?;
        }
        _ => {}
    }
    Ok(named)
}

/// Walks the data set after the meta information.
fn data_set<I: Input>(mut walk: Walk<'_, I>, named: Option<String>, meta: u32) -> Result<Document> {
    let start = walk.pos;
    let declared = named.as_deref().and_then(Syntax::from_uid);
    let strict = walk.options.strict;
    let wrong = |problems: &mut Vec<Problem>, kind, assumed: &'static str| {
        let problem =
            Problem { kind, path: Path::of(Tag::TRANSFER_SYNTAX), offset: start, assumed: assumed.into() };
        note(problems, problem, strict)
    };
    match (&named, declared) {
        (None, _) if walk.rows.len() > 1 => {
            wrong(&mut walk.problems, ProblemKind::NoTransferSyntax, "the encoding that the bytes show")?;
        }
        (Some(_), None) => {
            wrong(
                &mut walk.problems,
                ProblemKind::UnknownTransferSyntax,
                "the encoding that the bytes show",
            )?;
        }
        _ => {}
    }
    if declared.is_some_and(|syntax| syntax.deflated) {
        return deflated(walk, named, meta);
    }
    let said = declared.map(|s| Encoding { implicit: s.implicit, big_endian: s.big_endian });
    let shown = guess(&mut walk.input, start, said)?;
    if said.is_some_and(|said| said != shown) {
        wrong(&mut walk.problems, ProblemKind::WrongTransferSyntax, "the encoding that the bytes show")?;
    }
    let end = walk.input.size();
    let root = walk.data_set(end, shown)?;
    Ok(document(walk, None, named, (meta, root, start), shown))
}

fn document<I: Input>(
    walk: Walk<'_, I>,
    meta_store: Option<Store>,
    named: Option<String>,
    (meta, root, body): (u32, u32, u64),
    encoding: Encoding,
) -> Document {
    let Walk { input, options, rows, problems, charsets, damaged, tabled, .. } = walk;
    let partial = options.only.is_some() || options.stop_before_pixels;
    let store = input.into_store();
    Document::new(Parts {
        store,
        meta_store,
        rows,
        charsets,
        problems,
        meta,
        root,
        body,
        partial,
        damaged,
        tabled,
        named,
        encoding,
    })
}

/// A deflated data set is walked in memory (PS3.5 A.5).
fn deflated<I: Input>(mut walk: Walk<'_, I>, named: Option<String>, meta: u32) -> Result<Document> {
    let start = walk.pos;
    let rest = usize::try_from(walk.input.size() - start).unwrap_or(usize::MAX);
    let data = walk.input.window(start, rest)?;
    let inflated = inflate(data, walk.options.limits.inflated, walk.options.trusting)
        .map_err(|error| error.at(start))?;
    let nothing = inflated.bytes.is_empty();
    if !inflated.complete {
        let problem = Problem {
            kind: ProblemKind::BadDeflate,
            path: Path::default(),
            offset: start + inflated.used as u64,
            assumed: if nothing { "that nothing is deflated" } else { "that it ends here" }.into(),
        };
        note(&mut walk.problems, problem, walk.options.strict)?;
    }
    if nothing && !inflated.complete {
        let shown = guess(&mut walk.input, start, Some(Encoding::EXPLICIT_LITTLE))?;
        let end = walk.input.size();
        let root = walk.data_set(end, shown)?;
        return Ok(document(walk, None, named, (meta, root, start), shown));
    }
    let Walk { input, options, rows, problems, damaged, .. } = walk;
    let mut inner = Walk::new(Memory(Arc::new(inflated.bytes)), options);
    (inner.rows, inner.problems, inner.damaged) = (rows, problems, damaged);
    let shown = guess(&mut inner.input, 0, Some(Encoding::EXPLICIT_LITTLE))?;
    let end = inner.input.size();
    let root = inner.data_set(end, shown)?;
    Ok(document(inner, Some(input.into_store()), named, (meta, root, start), shown))
}

/// The encoding that the first elements show; what was said where they show nothing else.
pub(crate) fn guess<I: Input>(input: &mut I, start: u64, said: Option<Encoding>) -> Result<Encoding> {
    let first = said.unwrap_or(Encoding::EXPLICIT_LITTLE);
    let mut best = (plausible(input, start, first)?, first);
    if best.0 == PLAUSIBLE {
        return Ok(first);
    }
    for other in [Encoding::EXPLICIT_LITTLE, Encoding::IMPLICIT_LITTLE, Encoding::EXPLICIT_BIG] {
        let score = plausible(input, start, other)?;
        if score > best.0 {
            best = (score, other);
        }
    }
    Ok(if best.0 == 0 && said.is_none() { Encoding::IMPLICIT_LITTLE } else { best.1 })
}

/// How many elements in a row make sense in this encoding, `PLAUSIBLE` at the most.
fn plausible<I: Input>(input: &mut I, start: u64, encoding: Encoding) -> Result<u32> {
    let rest = input.size().saturating_sub(start);
    // Mostly the nearest bytes tell, which are loaded already.
    let near = score(input.window(start, NEAR)?, rest, encoding);
    if near == PLAUSIBLE { Ok(near) } else { Ok(score(input.window(start, LOOK)?, rest, encoding)) }
}

/// The same for the bytes of a window; `rest` is how many there are up to the end of the source.
fn score(window: &[u8], rest: u64, encoding: Encoding) -> u32 {
    let (mut at, mut last, mut score) = (0_usize, Tag(0), 0);
    while score < PLAUSIBLE {
        let bytes = window.get(at..).unwrap_or_default();
        let read = if encoding.implicit { header::implicit } else { header::explicit };
        let Some(found) = read(bytes, encoding.big_endian) else { break };
        let sound =
            (found.tag > last || score == 0) && found.tag.group() <= 0x7FE0 && !found.tag.is_delimiter();
        let known =
            dictionary::vr_of(found.tag).is_some() || found.tag.is_private() || found.tag.is_group_length();
        let letters = if encoding.implicit { known } else { matches!(found.letters, Letters::Known(_)) };
        let left = rest - at as u64 - u64::from(found.size);
        let enters = found.length == UNDEFINED;
        if !(sound && letters && (enters || u64::from(found.length) <= left)) {
            break;
        }
        score += 1;
        last = found.tag;
        let Some(next) = at.checked_add(usize::from(found.size) + found.length as usize) else { break };
        if enters || next as u64 == rest {
            // What comes after cannot be looked at, or there is nothing more: what was seen has to do.
            return if score > 1 || next as u64 == rest { PLAUSIBLE } else { score };
        }
        at = next;
    }
    score
}
