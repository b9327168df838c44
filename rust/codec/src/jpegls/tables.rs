//! Mapping tables: samples that are indexes into a table of values or of colours (T.87 C.2.4.1.2, C.2.4.1.3).

use crate::{Error, ErrorKind, Result};

use super::header::{Header, Scan};
use super::segments::Fields;

/// One table.
#[derive(Debug, Default)]
pub(super) struct Table {
    id: u8,
    /// Bytes of an entry.
    pub(super) width: usize,
    pub(super) entries: Vec<u8>,
}

/// The tables that were given so far.
#[derive(Debug, Default)]
pub(super) struct Tables(Vec<Table>);

const NOT_THERE: Error = Error::new(ErrorKind::Malformed, "JPEG-LS: a mapping table that is not there");
const MIXED: Error =
    Error::new(ErrorKind::Unsupported, "JPEG-LS: wide mapping tables for some of several components");
const NO_MEMORY: Error = Error::new(ErrorKind::Limit, "JPEG-LS: not enough memory for a mapping table");

impl Tables {
    /// Reads a table, or its continuation (T.87 C.2.4.1.3).
    pub(super) fn read(&mut self, mut fields: Fields<'_>, continues: bool) -> Result<()> {
        let (id, width) = (fields.byte()?, usize::from(fields.byte()?));
        if id == 0 || width == 0 {
            return Err(fields.wrong());
        }
        let known = self.0.iter().position(|table| table.id == id);
        let index = match known {
            Some(index) => index,
            None if continues => return Err(NOT_THERE),
            None => {
                self.0.try_reserve(1).map_err(|_| NO_MEMORY)?;
                self.0.push(Table { id, ..Table::default() });
                self.0.len() - 1
            }
        };
        let table = self.0.get_mut(index).ok_or(NOT_THERE)?;
        if !continues {
            table.entries.clear();
            table.width = width;
        } else if table.width != width {
            return Err(fields.wrong());
        }
        table.entries.try_reserve(fields.rest().len()).map_err(|_| NO_MEMORY)?;
        table.entries.extend_from_slice(fields.rest());
        Ok(())
    }

    /// The table of that identifier; `None` for 0.
    pub(super) fn get(&self, id: u8) -> Result<Option<&Table>> {
        if id == 0 {
            return Ok(None);
        }
        self.0.iter().find(|table| table.id == id).map(Some).ok_or(NOT_THERE)
    }

    /// Components and precision of the image once the tables were applied.
    ///
    /// Entries of one byte are values, of two are values of 16 bits, and of three and more, where the frame has one component, are
    /// colours of so many components.
    pub(super) fn shape(&self, header: &Header, scan: &Scan) -> Result<(u16, u8)> {
        let count = u16::try_from(header.components.len()).unwrap_or(u16::MAX);
        let mut precision = header.precision;
        for &id in scan.tables.iter().take(scan.count) {
            match self.get(id)?.map(|table| table.width) {
                None => {}
                Some(1) if count == 1 => precision = 8,
                Some(width @ (1 | 2)) => precision = precision.max(8 * width as u8),
                Some(width) if count == 1 => return Ok((u16::try_from(width).unwrap_or(u16::MAX), 8)),
                Some(_) => return Err(MIXED),
            }
        }
        Ok((count, precision))
    }
}
