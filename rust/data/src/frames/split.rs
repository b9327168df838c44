//! Frames without a table: by their number, by where codestreams begin, by the markers in a fragment.

use std::ops::Range;

use radiogram_core::{Result, try_vec};

use super::{Fault, Reader, resize};

impl Reader<'_> {
    /// Tells frames where no table names as many as are expected; `named` are those of a table that names another number.
    pub(super) fn without_table(
        &mut self,
        named: Option<Vec<Range<u64>>>,
        expected: u64,
    ) -> Result<Vec<Range<u64>>> {
        let tabled = named.is_some();
        let choose = |this: &mut Self, frames| {
            if tabled {
                this.faults.push(Fault::Offsets(
                    "no offset table, because it names another number of frames".into(),
                ));
            }
            Ok(frames)
        };
        if self.fragments.len() == 1 && expected == 1 {
            return choose(self, vec![self.whole()]);
        }
        if self.fragments.len() as u64 == expected {
            let frames = self.one_each()?;
            return choose(self, frames);
        }
        let marked = self.by_beginnings()?;
        if marked.len() as u64 == expected {
            return choose(self, marked);
        }
        if marked.is_empty() && expected == 1 {
            return choose(self, vec![self.whole()]);
        }
        if (self.fragments.len() as u64) < expected {
            let split = self.by_markers(expected)?;
            if split.len() as u64 == expected {
                return choose(self, split);
            }
        }
        let frames = named.unwrap_or(marked);
        let found = frames.len() as u64;
        if found > expected {
            self.faults.push(Fault::Count(format!("{found} frames instead of {expected}").into()));
            return Ok(frames);
        }
        let count = self.fragments.len();
        let message = if found == 0 {
            format!("nothing tells {expected} frames apart in {count} fragments")
        } else {
            format!("{found} frames in {count} fragments, where Number of Frames says {expected}")
        };
        Err(self.wrong(message))
    }

    /// A frame for each fragment.
    fn one_each(&self) -> Result<Vec<Range<u64>>> {
        let mut frames = try_vec(self.fragments.len())?;
        frames.extend(self.fragments.iter().map(|fragment| fragment.start..fragment.start + fragment.length));
        Ok(frames)
    }

    /// A frame for each fragment that begins a codestream, with those after it that do not. None where the first one does not.
    pub(super) fn by_beginnings(&self) -> Result<Vec<Range<u64>>> {
        let mut starts = try_vec(self.fragments.len())?;
        for fragment in &self.fragments {
            if (self.signs.begins)(&self.front(fragment.row)?) {
                starts.push(fragment.start);
            } else if starts.is_empty() {
                return Ok(Vec::new());
            }
        }
        let ends = starts.iter().skip(1).copied().chain([self.whole().end]);
        let mut frames = try_vec(starts.len())?;
        frames.extend(starts.iter().zip(ends).map(|(from, to)| *from..to));
        Ok(frames)
    }

    /// Several frames in a fragment, where each codestream ends where the next begins. Empty where that is not so, or there are more
    /// than `most`.
    fn by_markers(&self, most: u64) -> Result<Vec<Range<u64>>> {
        let mut frames = Vec::new();
        let mut scratch = Vec::new();
        for fragment in &self.fragments {
            let Ok(count) = usize::try_from(fragment.length) else { return Ok(Vec::new()) };
            resize(&mut scratch, count)?;
            self.document.read_into(fragment.row, 0, &mut scratch)?;
            let mut at = 0;
            loop {
                let rest = scratch.get(at..).unwrap_or_default();
                // What pads a codestream to an even length.
                let padding = rest.iter().take_while(|byte| **byte == 0).count();
                if padding == rest.len() {
                    break;
                }
                let rest = rest.get(padding..).unwrap_or_default();
                let length = (self.signs.begins)(rest).then(|| (self.signs.length)(rest)).flatten();
                let Some(length) = length.filter(|length| *length > 0) else { return Ok(Vec::new()) };
                if frames.len() as u64 == most {
                    return Ok(Vec::new());
                }
                let from = fragment.start + (at + padding) as u64;
                frames.push(from..from + length as u64);
                at += padding + length;
            }
        }
        Ok(frames)
    }
}
