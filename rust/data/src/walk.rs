//! The walk over the bytes of a data set: from headers to index rows (PS3.5 7).
//!
//! Iterative: what is open lies on a stack of frames. Each step either moves on by at least a header or closes a frame.

mod delimiter;
mod element;
mod frame;
mod reading;
mod sought;
mod tabled;
mod unasked;

use radiogram_core::charset::Charset;
use radiogram_core::{Error, ErrorKind, Path, Problem, ProblemKind, Result, Step, Tag, Vr};

use self::frame::{Context, Frame};
use crate::header::Encoding;
use crate::input::Input;
use crate::{Entry, Flags, Options};

/// Problems past this number are not kept: a file that breaks a rule in each element says nothing new after that.
const MOST_PROBLEMS: usize = 4096;

/// Rows past this number have to be worth their memory: bytes that are headers and nothing else would cost three times as much.
const MANY: u32 = 1 << 22;

/// Bytes that an element has at the least then, on the average. The shortest header is 8, and an item with one number has 18 in two rows.
const LEAST: u64 = 9;

/// Rows that there is room for at first.
const FEW: usize = 64;

/// Steps between two looks at whether the walk is still wanted: about a millisecond.
const STEPS: u64 = 1 << 16;

/// A private creator that is in force: (gggg,00bb), its row, where its text is.
struct Creator {
    tag: Tag,
    offset: u64,
    length: u32,
}

/// A data set with a character set of its own: rows, and the set.
pub(crate) struct CharsetRange {
    pub(crate) rows: std::ops::Range<u32>,
    pub(crate) charset: Charset,
}

/// The walk, and what it has found so far.
pub(crate) struct Walk<'o, I> {
    pub(crate) input: I,
    pub(crate) options: &'o Options,
    pub(crate) rows: Vec<Entry>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) charsets: Vec<CharsetRange>,
    /// Where the walk is.
    pub(crate) pos: u64,
    frames: Vec<Frame>,
    creators: Vec<Creator>,
    /// Rows whose VR waits for its data set to be complete.
    ambiguous: Vec<u32>,
    /// Only group 0002 is walked: the file meta information.
    pub(crate) meta: bool,
    /// True once nothing more is wanted.
    done: bool,
    /// What is to be found even where it is out of its place.
    sought: sought::Sought,
    /// Pixel data whose fragments were not gone through: an offset table says where frames are.
    pub(crate) tabled: Option<u32>,
    /// Something breaks off, or is left open.
    pub(crate) damaged: bool,
}

impl<'o, I: Input> Walk<'o, I> {
    pub(crate) fn new(input: I, options: &'o Options) -> Self {
        Self {
            input,
            options,
            rows: Vec::new(),
            problems: Vec::new(),
            charsets: Vec::new(),
            pos: 0,
            frames: Vec::new(),
            creators: Vec::new(),
            ambiguous: Vec::new(),
            meta: false,
            done: false,
            sought: sought::Sought::new(options),
            tabled: None,
            damaged: false,
        }
    }

    /// Walks one data set from `self.pos` to `end` and gives the row of it: an item that holds its elements.
    pub(crate) fn data_set(&mut self, end: u64, encoding: Encoding) -> Result<u32> {
        let row = self.push(Entry {
            tag: Tag::ITEM,
            vr: Vr::UN,
            flags: Flags::default(),
            header: 0,
            depth: 0,
            offset: self.pos,
            length: 0,
            end: 0,
        })?;
        self.done = false;
        self.frames.push(Frame::new(row, Context::Data, encoding, end, false));
        let mut steps = 0_u64;
        while let Some(frame) = self.frames.last() {
            steps += 1;
            if steps.is_multiple_of(STEPS)
                && self.options.interrupted.is_some_and(|interrupted| interrupted())
            {
                return Err(Error::new(ErrorKind::Interrupted, "interrupted").at(self.pos));
            }
            if self.pos >= frame.end || self.done {
                self.close()?;
                continue;
            }
            match frame.context {
                Context::Data => self.element()?,
                Context::Items | Context::Fragments => self.item()?,
            }
        }
        Ok(row)
    }

    /// Appends a row.
    fn push(&mut self, entry: Entry) -> Result<u32> {
        let row = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        if row >= self.options.limits.elements {
            let most = self.options.limits.elements;
            return Err(Error::new(ErrorKind::Limit, format!("more than {most} elements")).at(self.pos));
        }
        if row >= MANY && u64::from(row) * LEAST > self.pos {
            let message = format!("more than {MANY} elements, hardly any with a value");
            return Err(Error::new(ErrorKind::Limit, message).at(self.pos));
        }
        if self.rows.len() == self.rows.capacity() {
            let more = self.rows.len().max(FEW);
            self.rows
                .try_reserve_exact(more)
                .map_err(|_| Error::new(ErrorKind::Limit, "no memory for the index").at(self.pos))?;
        }
        self.rows.push(entry);
        Ok(row)
    }

    /// Opens a container whose row was just pushed.
    fn open(
        &mut self,
        row: u32,
        context: Context,
        encoding: Encoding,
        end: u64,
        undefined: bool,
    ) -> Result<()> {
        // A sequence and the item in it are two frames; the data set itself is the first.
        let depth = self.frames.len().div_ceil(2);
        if depth > self.options.limits.depth as usize {
            let most = self.options.limits.depth;
            return Err(
                Error::new(ErrorKind::Limit, format!("sequences nested deeper than {most}")).at(self.pos)
            );
        }
        let mut frame = Frame::new(row, context, encoding, end, undefined);
        frame.ambiguous = self.ambiguous.len();
        frame.creators = self.creators.len();
        frame.discard = self.frames.last().is_some_and(|around| around.discard);
        self.frames.push(frame);
        Ok(())
    }

    /// Closes the innermost container at `self.pos`.
    fn close(&mut self) -> Result<()> {
        if self.frames.last().is_some_and(|frame| frame.undefined && !frame.delimited && !self.done) {
            self.report(ProblemKind::MissingDelimiter, self.pos, "that it ends here")?;
        }
        if let Some(frame) = self.frames.last().filter(|frame| frame.unsorted) {
            self.report_duplicates(frame.row)?;
        }
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        self.creators.truncate(frame.creators);
        if frame.discard {
            self.rows.truncate(frame.row as usize);
            self.ambiguous.truncate(frame.ambiguous);
            self.charsets.retain(|range| range.rows.start < frame.row);
            return Ok(());
        }
        self.resolve(&frame);
        let next = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        if let Some(charset) = frame.charset {
            self.charsets.push(CharsetRange { rows: frame.row..next, charset });
        }
        let Some(entry) = self.rows.get_mut(frame.row as usize) else { return Ok(()) };
        entry.end = next;
        let content = frame.content_end.unwrap_or(self.pos).saturating_sub(entry.offset);
        entry.length = u32::try_from(content).unwrap_or(Entry::HUGE);
        if frame.context == Context::Fragments && self.input.keep(entry.offset, content, Vr::OW)? {
            entry.flags = entry.flags.with(Flags::DEFERRED);
        }
        Ok(())
    }

    /// In a data set whose tags do not ascend: are there two of one?
    fn report_duplicates(&mut self, row: u32) -> Result<()> {
        let mut tags = Vec::new();
        let mut at = row as usize + 1;
        while let Some(entry) = self.rows.get(at) {
            tags.push(entry.tag);
            at = (entry.end as usize).max(at + 1);
        }
        tags.sort_unstable();
        let twice =
            tags.windows(2).find_map(|pair| matches!(pair, [a, b] if a == b).then(|| pair.first().copied()));
        match twice.flatten() {
            Some(tag) => {
                self.report_tag(ProblemKind::DuplicateTag, tag, self.pos, "that the last one counts")
            }
            None => Ok(()),
        }
    }

    /// Gives ambiguous VRs of a data set that is complete their meaning; what it cannot tell waits for the one around it.
    fn resolve(&mut self, frame: &Frame) {
        if frame.context != Context::Data || self.ambiguous.len() == frame.ambiguous {
            return;
        }
        let outermost = self.frames.is_empty();
        let waiting = self.ambiguous.split_off(frame.ambiguous);
        for row in waiting {
            let Some(entry) = self.rows.get_mut(row as usize) else { continue };
            match frame.resolve(entry, outermost) {
                Some(vr) => entry.vr = vr,
                None => self.ambiguous.push(row),
            }
        }
    }

    /// The path to an element of the innermost data set.
    fn path(&self, tag: Option<Tag>) -> Path {
        let mut steps = Vec::new();
        for frame in &self.frames {
            let Some(entry) = self.rows.get(frame.row as usize) else { continue };
            if frame.context == Context::Data {
                continue;
            }
            let open = frame.items.checked_sub(1);
            steps.push(Step { tag: entry.tag, item: open });
        }
        if let Some(tag) = tag {
            steps.push(Step { tag, item: None });
        }
        Path(steps)
    }

    /// Notes a problem with the innermost container.
    fn report(&mut self, kind: ProblemKind, offset: u64, assumed: &'static str) -> Result<()> {
        self.note(kind, None, offset, assumed)
    }

    /// Notes a problem with an element of the innermost data set.
    fn report_tag(&mut self, kind: ProblemKind, tag: Tag, offset: u64, assumed: &'static str) -> Result<()> {
        self.note(kind, Some(tag), offset, assumed)
    }

    #[cold]
    fn note(
        &mut self,
        kind: ProblemKind,
        tag: Option<Tag>,
        offset: u64,
        assumed: &'static str,
    ) -> Result<()> {
        self.damaged |= matches!(kind, ProblemKind::Truncated | ProblemKind::MissingDelimiter);
        let problem = Problem { kind, path: self.path(tag), offset, assumed: assumed.into() };
        note(&mut self.problems, problem, self.options.strict)
    }
}

/// Keeps a problem, or makes it the error that `strict` asks for.
pub(crate) fn note(problems: &mut Vec<Problem>, problem: Problem, strict: bool) -> Result<()> {
    if strict {
        return Err(Error::new(ErrorKind::Malformed, problem.kind.as_str())
            .at(problem.offset)
            .in_path(&problem.path));
    }
    if problems.len() < MOST_PROBLEMS {
        problems.push(problem);
    }
    Ok(())
}
