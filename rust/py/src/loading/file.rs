//! One frame of one file: opened once, read once. What its header says is looked at the first time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use radiogram_core::{Error, ErrorKind, ReadAt, Result};
use radiogram_data::{Options, Source, read};
use radiogram_io::{Mapping, OpenFile, Stamp};
use radiogram_pixel::codec::{self, Part};
use radiogram_pixel::frames::{Bytes, Places, Recipe, describe};
use radiogram_pixel::layout::FindingKind;
use radiogram_pixel::{DataSet, Finding, Plan, Scratch, Wanted};

use super::known::Known;
use super::{Asked, Wish};
use crate::pixels;

/// A file up to this size is read in one piece the first time: a frame, and a header around it.
const WHOLE: u64 = 4 << 20;
/// How many files are asked for ahead, where the system does not hold the one that is read.
const AHEAD: usize = 8;
/// The most memory that a thread keeps from one call to the next.
const KEPT: usize = 32 << 20;

/// Memory that a thread uses again from frame to frame.
#[derive(Default)]
pub(super) struct Hands {
    scratch: Scratch,
    whole: Vec<u8>,
}

impl Hands {
    /// True where it is worth keeping.
    pub(super) fn is_small(&self) -> bool {
        self.scratch.held() + self.whole.capacity() <= KEPT
    }
}

/// The bytes of a file that were read in one piece.
struct Whole(Vec<u8>);

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The frames of a batch in their order, and how far the system was asked for their files.
pub(super) struct Ahead<'a> {
    asked: &'a [Asked<'a>],
    next: AtomicUsize,
}

impl<'a> Ahead<'a> {
    pub(super) fn of(asked: &'a [Asked<'a>]) -> Self {
        Self { asked, next: AtomicUsize::new(0) }
    }

    /// Fills all of `into`. Where that has to wait for a disk, the files of the next frames are asked for meanwhile.
    fn fill(&self, at: usize, file: &OpenFile, offset: u64, into: &mut [u8]) -> Result<()> {
        let held = file.read_held(offset, into);
        let mut done = held.unwrap_or(0);
        if let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
            if held.is_some() {
                file.will_need(offset + done as u64, rest.len() as u64);
                self.after(at);
            }
            done += file.read_at(offset + done as u64, rest)?;
        }
        if done < into.len() {
            return Err(changed("the file became shorter while it was read"));
        }
        Ok(())
    }

    /// Asks for the files behind a frame's, each once.
    fn after(&self, at: usize) {
        let end = (at + 1 + AHEAD).min(self.asked.len());
        let begin = self.next.fetch_max(end, Ordering::Relaxed).max(at + 1);
        for asked in self.asked.get(begin..end).unwrap_or_default() {
            // One that cannot be opened is told of in its turn.
            if let Ok(file) = OpenFile::open(asked.path) {
                file.will_need(0, file.size().min(WHOLE));
            }
        }
    }
}

/// A file that is read.
struct Opened<'a> {
    file: &'a OpenFile,
    ahead: &'a Ahead<'a>,
    at: usize,
}

impl Bytes for Opened<'_> {
    fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<()> {
        self.ahead.fill(self.at, self.file, offset, into)
    }
}

/// A file that is mapped.
struct Mapped<'a>(&'a Mapping);

impl Bytes for Mapped<'_> {
    fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<()> {
        let bytes = self.lend(offset, into.len());
        into.copy_from_slice(bytes.ok_or_else(|| changed("the file became shorter while it was read"))?);
        Ok(())
    }

    fn lend(&self, offset: u64, length: usize) -> Option<&[u8]> {
        let begin = usize::try_from(offset).ok()?;
        self.0.as_ref().get(begin..begin.checked_add(length)?)
    }
}

fn changed(message: &str) -> Error {
    Error::new(ErrorKind::SourceChanged, message)
}

/// Renders the frame in its place.
pub(super) fn read_frame(
    wish: &Wish,
    known: &Known,
    ahead: &Ahead<'_>,
    at: usize,
    crew: codec::Crew<'_>,
    hands: &mut Hands,
    out: &mut [u8],
) -> Result<()> {
    let Some(asked) = ahead.asked.get(at) else { return Ok(()) };
    if wish.mapped {
        return read_mapped(wish, known, (ahead, at, asked), crew, hands, out);
    }
    let file = OpenFile::open(asked.path)?;
    let stamp = file.stamp();
    as_scanned(asked, &stamp)?;
    if let Some((recipe, places, _)) = known.get(&stamp)
        && recipe.gives(asked.shape, asked.region.is_some())
    {
        let mut bytes = Opened { file: &file, ahead, at };
        return rendered(wish, asked, (&recipe, &places), &mut bytes, crew, hands, out);
    }
    let mut learn = |learnt| known.put(stamp, learnt);
    if stamp.size > WHOLE {
        let file = Arc::new(file);
        let source = Source::File { source: Arc::<OpenFile>::clone(&file), reader: file };
        return described(wish, asked, source, crew, &mut hands.scratch, out, &mut learn);
    }
    let mut bytes = std::mem::take(&mut hands.whole);
    sized(&mut bytes, stamp)?;
    ahead.fill(at, &file, 0, &mut bytes)?;
    let whole = Arc::new(Whole(bytes));
    let source = Source::Memory(Arc::<Whole>::clone(&whole));
    let done = described(wish, asked, source, crew, &mut hands.scratch, out, &mut learn);
    hands.whole = Arc::into_inner(whole).map(|whole| whole.0).unwrap_or_default();
    done
}

/// The same of a file that is mapped, or becomes so. What has changed since is mapped anew.
fn read_mapped(
    wish: &Wish,
    known: &Known,
    (ahead, at, asked): (&Ahead<'_>, usize, &Asked<'_>),
    crew: codec::Crew<'_>,
    hands: &mut Hands,
    out: &mut [u8],
) -> Result<()> {
    let mut stamp = Stamp::at(asked.path)?;
    as_scanned(asked, &stamp)?;
    let mut found = known.get(&stamp);
    let map = if let Some(map) = found.as_mut().and_then(|(_, _, map)| map.take()) {
        map
    } else {
        let file = OpenFile::open(asked.path)?;
        if file.stamp() != stamp {
            stamp = file.stamp();
            as_scanned(asked, &stamp)?;
            found = None;
        }
        if file.read_held(0, &mut [0]).is_some_and(|count| count == 0) {
            file.will_need(0, stamp.size.min(WHOLE));
            ahead.after(at);
        }
        Arc::new(Mapping::of_file(&file)?)
    };
    if let Some((recipe, places, _)) = found
        && recipe.gives(asked.shape, asked.region.is_some())
    {
        known.keep(&stamp, &map);
        return rendered(wish, asked, (&recipe, &places), &mut Mapped(&map), crew, hands, out);
    }
    let source = Source::Memory(Arc::<Mapping>::clone(&map));
    described(wish, asked, source, crew, &mut hands.scratch, out, &mut |learnt| known.put(stamp, learnt))?;
    known.keep(&stamp, &map);
    Ok(())
}

fn as_scanned(asked: &Asked<'_>, stamp: &Stamp) -> Result<()> {
    let is_other = |(size, modified): (u64, i64)| (stamp.size, stamp.modified_ns) != (size, modified.into());
    if asked.seen.is_some_and(is_other) {
        return Err(changed("the file was changed after it was scanned"));
    }
    Ok(())
}

/// Renders a frame of a file that is known.
fn rendered(
    wish: &Wish,
    asked: &Asked<'_>,
    (recipe, places): (&Recipe, &Places),
    bytes: &mut dyn Bytes,
    crew: codec::Crew<'_>,
    hands: &mut Hands,
    out: &mut [u8],
) -> Result<()> {
    let part = Part { region: asked.region, ..Part::default() };
    let wanted = Wanted { frame: asked.frame, part, crew };
    let found = recipe.frame_into(places, &wanted, bytes, &mut hands.scratch, out)?;
    refuse(wish, &recipe.layout().findings, recipe.plan(), found.as_ref())
}

/// Gives a buffer the size of a file.
fn sized(bytes: &mut Vec<u8>, stamp: Stamp) -> Result<()> {
    let size = usize::try_from(stamp.size).unwrap_or(usize::MAX);
    bytes
        .try_reserve_exact(size.saturating_sub(bytes.len()))
        .map_err(|_| Error::new(ErrorKind::Limit, format!("no memory for {size} bytes")))?;
    bytes.resize(size, 0);
    Ok(())
}

/// Reads what a file says of its pixels, and renders the frame.
fn described(
    wish: &Wish,
    asked: &Asked<'_>,
    source: Source,
    crew: codec::Crew<'_>,
    scratch: &mut Scratch,
    out: &mut [u8],
    learn: &mut dyn FnMut((Recipe, Places)),
) -> Result<()> {
    let document = read(source, &Options { interrupted: asked.interrupted, ..Options::default() })?;
    let node = document.root();
    let rows = document.children(node);
    let set = DataSet::of_rows(&document, &rows);
    let (layout, frames) = describe(&set, node)?;
    if asked.frame >= layout.frames {
        let message = format!("there is no frame {} of {}", asked.frame.saturating_add(1), layout.frames);
        return Err(Error::new(ErrorKind::Pixel, message));
    }
    let part = Part { region: asked.region, ..Part::default() };
    let cut = match asked.region {
        Some(_) => Some(frames.layout_of(&document, &layout, asked.frame, &part)?),
        None => None,
    };
    let shown = cut.as_ref().unwrap_or(&layout);
    let plan = pixels::plan(shown, &set, &wish.units, Some(wish.dtype.name()), wish.view, wish.mapping)?;
    let shape = plan.shape(1);
    if shape != asked.shape {
        let message = format!("the picture is of shape {shape:?}, and one of {:?} was expected", asked.shape);
        return Err(Error::new(ErrorKind::Pixel, message));
    }
    frames.admit(&layout, &[asked.frame])?;
    let wanted = Wanted { frame: asked.frame, part, crew };
    let found = frames.once_into(&document, &layout, &plan, &wanted, scratch, out)?;
    refuse(wish, &layout.findings, &plan, found.as_ref())?;
    if let Some(learnt) = frames.recipe(&document, &layout, plan, asked.region.is_some()) {
        learn(learnt);
    }
    Ok(())
}

/// Refuses what was read past, where nothing may be.
fn refuse(wish: &Wish, layout: &[Finding], plan: &Plan, found: Option<&Finding>) -> Result<()> {
    let refused = match wish.strict {
        Some(false) => None,
        None => found.filter(|finding| finding.kind == FindingKind::Partial),
        Some(true) => layout.iter().chain(plan.findings()).chain(found).next(),
    };
    let Some(finding) = refused else { return Ok(()) };
    let message = format!("the pixel data depart from the standard, what is assumed: {}", finding.assumed);
    Err(Error::new(ErrorKind::Pixel, message).in_path(&radiogram_core::Path::of(finding.tag)))
}
