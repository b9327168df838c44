//! Items and delimiters: what opens and closes containers (PS3.5 7.5).

use radiogram_core::{ProblemKind, Result, Tag, Vr};

use super::Walk;
use super::frame::{Context, Frame};
use crate::header::{self, Encoding, Letters, UNDEFINED};
use crate::input::Input;
use crate::{Entry, Flags};

impl<I: Input> Walk<'_, I> {
    /// The next item or fragment, or the delimiter that ends the container.
    pub(super) fn item(&mut self) -> Result<()> {
        let Some(&Frame { encoding, end, context, items, undefined, row, .. }) = self.frames.last() else {
            return Ok(());
        };
        if context == Context::Fragments && items == 1 && self.is_tabled(row)? {
            self.tabled = Some(row);
            self.pos = end;
            self.close_delimited()?;
            if let Some(entry) = self.rows.get_mut(row as usize) {
                entry.length = Entry::HUGE;
            }
            return Ok(());
        }
        let mut bytes = [0; 8];
        let read = if end - self.pos < 8 { 0 } else { self.input.peek(self.pos, &mut bytes)? };
        let Some(found) = bytes.get(..read).and_then(|bytes| header::implicit(bytes, encoding.big_endian))
        else {
            self.report(ProblemKind::Truncated, self.pos, "that the container ends here")?;
            self.pos = end;
            return self.close_delimited();
        };
        match found.tag {
            Tag::ITEM => self.open_item(found.length, context, encoding, end),
            Tag::SEQUENCE_END => {
                if undefined {
                    self.end_container(8)
                } else {
                    // A delimiter inside a defined length closes nothing: it is passed over.
                    self.report(ProblemKind::StrayDelimiter, self.pos, "nothing")?;
                    self.pos += 8;
                    Ok(())
                }
            }
            Tag::ITEM_END => {
                self.report(ProblemKind::StrayDelimiter, self.pos, "nothing")?;
                self.pos += 8;
                Ok(())
            }
            _ => {
                self.report(ProblemKind::NotAnItem, self.pos, "that the sequence ends here")?;
                // Nothing in it is an item: the length is believed, and the bytes are kept as they are.
                if items == 0 && !undefined {
                    self.pos = end;
                    if let Some(entry) = self.rows.get_mut(row as usize) {
                        entry.vr = Vr::UN;
                        entry.flags = entry.flags.with(Flags::FOREIGN_VR);
                    }
                    let (offset, length) =
                        self.rows.get(row as usize).map_or((0, 0), |e| (e.offset, end - e.offset));
                    self.input.keep(offset, length, Vr::UT)?;
                }
                self.close_delimited()
            }
        }
    }

    fn open_item(&mut self, length: u32, context: Context, encoding: Encoding, end: u64) -> Result<()> {
        let item = self.frames.last_mut().map_or(0, |frame| {
            frame.items += 1;
            frame.items
        });
        let (start, undefined) = (self.pos + 8, length == UNDEFINED);
        let mut item_end = if undefined { end } else { start + u64::from(length) };
        if item_end > end {
            item_end = self.reach(start, item_end, end)?;
        }
        if context == Context::Fragments && undefined {
            self.report(ProblemKind::UndefinedLength, self.pos, "that the fragments end here")?;
            return self.close_delimited();
        }
        let depth = self.frames.len() / 2;
        let row = self.push(Entry {
            tag: Tag::ITEM,
            vr: Vr::UN,
            flags: Flags::UNDEFINED
                .when(undefined)
                .with(Flags::BIG_ENDIAN.when(encoding.big_endian))
                .with(Flags::CUT.when(!undefined && item_end - start < u64::from(length))),
            header: 8,
            depth: u8::try_from(depth).unwrap_or(u8::MAX),
            offset: start,
            length: u32::try_from(item_end - start).unwrap_or(Entry::HUGE),
            end: 0,
        })?;
        self.pos = start;
        if context == Context::Fragments {
            if let Some(entry) = self.rows.get_mut(row as usize) {
                entry.end = row + 1;
            }
            debug_assert!(item > 0);
            self.pos = item_end;
            return Ok(());
        }
        let encoding = self.item_encoding(encoding, start, item_end)?;
        self.open(row, Context::Data, encoding, item_end, undefined)
    }

    /// An item of a UN sequence is implicit by the standard (PS3.5 6.2.2 note 2), explicit by some writers: the first
    /// element tells. The same look heals items whose form is not the file's.
    fn item_encoding(&mut self, around: Encoding, start: u64, end: u64) -> Result<Encoding> {
        let mut bytes = [0; 8];
        if end - start < 8 || self.input.peek(start, &mut bytes)? < 8 {
            return Ok(around);
        }
        let Some(first) = header::explicit(&bytes, around.big_endian) else { return Ok(around) };
        if first.tag.is_delimiter() {
            return Ok(around);
        }
        let implicit = !matches!(first.letters, Letters::Known(_));
        if implicit == around.implicit {
            return Ok(around);
        }
        let fits = if implicit {
            header::implicit(&bytes, around.big_endian)
                .is_some_and(|h| h.length == UNDEFINED || start + 8 + u64::from(h.length) <= end)
        } else {
            let Letters::Known(vr) = first.letters else { return Ok(around) };
            radiogram_core::dictionary::vr_of(first.tag)
                .is_none_or(|known| known == vr || first.tag.is_private())
        };
        Ok(if fits { Encoding { implicit, ..around } } else { around })
    }

    /// Where a value or item may end that goes past the container around it: further, if the file goes on (then the
    /// container is the one that is wrong, as its content says), else at the container's end.
    pub(super) fn reach(&mut self, start: u64, wanted: u64, container: u64) -> Result<u64> {
        let last = self.frames.first().map_or(container, |root| root.end);
        if wanted > last {
            self.report(ProblemKind::Truncated, start, "that it ends with what is around it")?;
            return Ok(container);
        }
        self.report(ProblemKind::SequenceLength, start, "that the element's length is right")?;
        for frame in &mut self.frames {
            frame.end = frame.end.max(wanted);
        }
        Ok(wanted)
    }

    /// Closes the innermost container by its delimiter, which is `bytes` long.
    fn end_container(&mut self, bytes: u64) -> Result<()> {
        let pos = self.pos;
        if let Some(frame) = self.frames.last_mut() {
            frame.delimited = true;
            frame.content_end = Some(pos);
        }
        self.pos += bytes;
        self.close()
    }

    /// Closes the innermost container where what is wrong with its end was reported already.
    pub(super) fn close_delimited(&mut self) -> Result<()> {
        if let Some(frame) = self.frames.last_mut() {
            frame.delimited = true;
        }
        self.close()
    }

    /// An item or delimiter where an element should be.
    pub(super) fn delimiter(&mut self, tag: Tag) -> Result<()> {
        let undefined = self.frames.last().is_some_and(|frame| frame.undefined);
        let nested = self.frames.len() > 1;
        match tag {
            Tag::ITEM_END if nested && undefined => self.end_container(8),
            // The item's own delimiter is missing: the next item, or the end of the sequence, ends it.
            Tag::ITEM | Tag::SEQUENCE_END if nested && undefined => {
                self.report(ProblemKind::MissingDelimiter, self.pos, "that the item ends here")?;
                self.close_delimited()
            }
            _ => {
                self.report(ProblemKind::StrayDelimiter, self.pos, "nothing")?;
                self.pos += 8;
                Ok(())
            }
        }
    }
}
