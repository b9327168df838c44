//! A group, counted or written: its channels come one after the other (18181-1 H.2), while its rows are read once.

use crate::Result;

use super::bits::BitWriter;
use super::rows::Group;
use super::symbols::{Counts, Writer};

/// Counts the symbols of every `step`th row.
#[inline(always)]
pub(super) fn count<const C: usize, const SIZE: usize>(
    group: &mut Group<'_, C>,
    step: usize,
    counts: &mut [Counts; C],
) {
    for row in (0..group.height).skip(step / 2).step_by(step) {
        if step > 1 {
            group.jump::<SIZE>(row);
        } else {
            group.next::<SIZE>(row);
        }
        for (channel, counts) in group.channels.iter().zip(&mut *counts) {
            counts.add(channel.residuals.get(..group.width).unwrap_or_default());
        }
    }
}

/// Writes all rows. The first channel goes where it belongs at once, the others wait in `others`.
#[inline(always)]
pub(super) fn write<const C: usize, const SIZE: usize>(
    group: &mut Group<'_, C>,
    writers: &mut [Writer; C],
    out: &mut BitWriter,
    others: &mut [BitWriter; 2],
) -> Result<()> {
    let [second, third] = others;
    let mut outs = [out, second, third];
    for row in 0..group.height {
        group.next::<SIZE>(row);
        for ((channel, writer), out) in group.channels.iter().zip(&mut *writers).zip(&mut outs) {
            writer.row(channel.residuals.get(..group.width).unwrap_or_default(), out)?;
        }
    }
    for (writer, out) in writers.iter_mut().zip(&mut outs) {
        writer.finish(out)?;
    }
    let [out, second, third] = outs;
    if C > 1 {
        out.append(second);
        out.append(third);
        second.clear();
        third.clear();
    }
    Ok(())
}
