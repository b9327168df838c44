//! Any function of one stored sample, applied to many: as a table over every cell where cells are small.

use radiogram_core::Result;

use crate::kernel::{each, each_value};
use crate::native::zeros;
use crate::sample::{Dtype, Samples};

/// Writes what one stored sample becomes; the slice has the width that the mapping was made with.
pub type Transfer = Box<dyn Fn(f64, &mut [u8]) + Send + Sync>;

/// A function of a stored sample whose result has a fixed number of bytes.
pub struct Mapping {
    dtype: Dtype,
    width: usize,
    form: Form,
}

enum Form {
    /// A result for every cell of 8 or 16 bits.
    Table(Vec<u8>),
    Direct(Transfer),
}

impl Mapping {
    /// The mapping for samples in the host's order, to be used on about `uses` of them.
    ///
    /// `width` is 1, 2, 3, 4, 6 or 8 bytes.
    pub fn new(samples: Samples, width: usize, uses: u64, transfer: Transfer) -> Result<Self> {
        let dtype = samples.dtype;
        let values = samples.range().filter(|range| range.high - range.low < 1 << 16);
        let form = match values {
            // A table costs an evaluation a value, the direct way one a sample.
            Some(values) if dtype.size() <= 2 && i128::from(uses) >= (values.high - values.low) / 2 => {
                Form::Table(fill(dtype, width, values.low, values.high, &transfer)?)
            }
            _ => Form::Direct(transfer),
        };
        Ok(Self { dtype, width, form })
    }

    /// The bytes of one result.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Maps samples in the host's order.
    pub fn apply(&self, from: &[u8], out: &mut [u8]) {
        let table = match &self.form {
            Form::Table(table) => table,
            Form::Direct(transfer) => {
                let mut results = out.chunks_exact_mut(self.width);
                each_value(from, self.dtype, |value| {
                    if let Some(result) = results.next() {
                        transfer(value, result);
                    }
                });
                return;
            }
        };
        match self.width {
            1 => look_up::<1>(self.dtype, table, from, out),
            2 => look_up::<2>(self.dtype, table, from, out),
            3 => look_up::<3>(self.dtype, table, from, out),
            4 => look_up::<4>(self.dtype, table, from, out),
            6 => look_up::<6>(self.dtype, table, from, out),
            _ => look_up::<8>(self.dtype, table, from, out),
        }
    }
}

/// The table by the cell's bits taken as an unsigned number.
fn fill(dtype: Dtype, width: usize, low: i128, high: i128, transfer: &Transfer) -> Result<Vec<u8>> {
    let cells = 1_i128 << (8 * dtype.size());
    let mut table = zeros(width << (8 * dtype.size()))?;
    for value in low..=high {
        let cell = usize::try_from(value.rem_euclid(cells)).unwrap_or(usize::MAX);
        let result = cell.checked_mul(width).and_then(|at| table.get_mut(at..)?.get_mut(..width));
        if let Some(result) = result {
            #[expect(clippy::cast_precision_loss, reason = "at most 17 bits")]
            transfer(value as f64, result);
        }
    }
    Ok(table)
}

fn look_up<const M: usize>(dtype: Dtype, table: &[u8], from: &[u8], out: &mut [u8]) {
    let (results, _) = table.as_chunks::<M>();
    if dtype.size() == 1 {
        if let Some(results) = results.first_chunk::<256>() {
            each(from, out, |[cell]: [u8; 1]| results.get(usize::from(cell)).copied().unwrap_or([0; M]));
        }
    } else if let Some(results) = results.first_chunk::<65_536>() {
        each(from, out, |cell: [u8; 2]| {
            results.get(usize::from(u16::from_ne_bytes(cell))).copied().unwrap_or([0; M])
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn a_table_and_the_function_agree() {
        let mut random = Random::new(7);
        for dtype in [Dtype::U8, Dtype::I8, Dtype::U16, Dtype::I16, Dtype::I32, Dtype::F32] {
            for width in [1, 2, 3, 4, 6, 8] {
                let transfer = || -> Transfer {
                    Box::new(|value, out| {
                        let bytes = value.to_le_bytes();
                        out.copy_from_slice(&bytes[8 - out.len()..]);
                    })
                };
                let often = Mapping::new(Samples::whole(dtype), width, 1 << 20, transfer()).unwrap();
                let seldom = Mapping::new(Samples::whole(dtype), width, 1, transfer()).unwrap();
                assert_eq!(matches!(often.form, Form::Table(_)), dtype.size() <= 2);
                assert!(matches!(seldom.form, Form::Direct(_)));
                let from = random.bytes(100 * dtype.size());
                let (mut a, mut b) = (vec![0; 100 * width], vec![0; 100 * width]);
                often.apply(&from, &mut a);
                seldom.apply(&from, &mut b);
                assert_eq!(a, b);
            }
        }
    }
}
