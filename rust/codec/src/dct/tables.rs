//! What the segments before a scan leave behind: Huffman and quantisation tables, the restart interval. Each may be defined anew between scans.

use super::huffman::Table;
use super::progressive::Pass;
use crate::jpeg::header::restart_interval;
use crate::jpeg::huffman::{read_huffman, read_quantization};
use crate::jpeg::markers::{DHT, DQT};
use crate::jpeg::{ScanComponent, Segment};
use crate::{ErrorKind, Result};

#[derive(Default)]
pub(super) struct Tables {
    dc: [Option<Box<Table>>; 4],
    ac: [Option<Box<Table>>; 4],
    quantization: [Option<[u16; 64]>; 4],
    pub(super) interval: u16,
}

impl Tables {
    /// Reads a DHT, DQT or DRI segment.
    pub(super) fn read(&mut self, segment: &Segment<'_>) -> Result<()> {
        match segment.marker {
            DHT => self.read_codes(segment),
            DQT => read_quantization(segment, |place, table| {
                self.quantization
                    .get_mut(usize::from(place))
                    .into_iter()
                    .for_each(|held| *held = Some(table.0));
            }),
            _ => {
                self.interval = restart_interval(segment)?;
                Ok(())
            }
        }
    }

    fn read_codes(&mut self, segment: &Segment<'_>) -> Result<()> {
        let mut result = Ok(());
        read_huffman(segment, |class, place, spec| {
            let tables = if class == 0 { &mut self.dc } else { &mut self.ac };
            match (Table::new(&spec), tables.get_mut(usize::from(place))) {
                (Ok(table), Some(held)) => *held = Some(table),
                (Err(error), _) => result = Err(error.at(segment.offset)),
                _ => {}
            }
        })?;
        result
    }

    /// The quantisation table at a destination, in zigzag order.
    pub(super) fn quantization(&self, segment: &Segment<'_>, place: usize) -> Result<&[u16; 64]> {
        let table = self.quantization.get(place).and_then(Option::as_ref);
        table.ok_or(segment.error(ErrorKind::Malformed, "a scan without its quantisation table"))
    }

    /// The Huffman tables of a component, DC and AC. One that the pass does not read may be missing; the other stands for it.
    pub(super) fn find(
        &self,
        segment: &Segment<'_>,
        component: &ScanComponent,
        pass: Pass,
    ) -> Result<(&Table, &Table)> {
        let missing = segment.error(ErrorKind::Malformed, "a scan without its Huffman table");
        let [dc, ac] = [(&self.dc, component.dc), (&self.ac, component.ac)]
            .map(|(tables, place)| tables.get(usize::from(place)).and_then(Option::as_deref));
        match pass {
            Pass::Whole => Ok((dc.ok_or(missing)?, ac.ok_or(missing)?)),
            Pass::DcFirst { .. } => dc.map(|dc| (dc, dc)).ok_or(missing),
            Pass::AcFirst { .. } | Pass::AcNext { .. } => ac.map(|ac| (ac, ac)).ok_or(missing),
            Pass::DcNext { .. } => {
                let any = self.dc.iter().chain(&self.ac).find_map(Option::as_deref);
                any.map(|any| (any, any)).ok_or(missing)
            }
        }
    }
}
