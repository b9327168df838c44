//! The plainest encoder of JPEG lossless, bit by bit as T.81 says it, with the liberties that ours does not take: tables of one's own, a scan a
//! component, the number of lines after the first scan, fill bytes.
#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test's own file"
)]

use radiogram_codec::Image;
use radiogram_codec::jpeg::HuffmanSpec;

/// What is written, and how.
#[derive(Debug)]
pub struct Plain {
    pub image: Image,
    pub predictor: u8,
    pub restart_rows: usize,
    /// A table for each component.
    pub tables: [HuffmanSpec; 4],
    pub is_interleaved: bool,
    pub has_lines_after: bool,
    /// Fill bytes before each marker.
    pub fill: usize,
}

/// Appends a marker segment.
pub fn put_segment(out: &mut Vec<u8>, marker: u8, body: &[u8]) {
    out.extend([0xFF, marker]);
    out.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
    out.extend(body);
}

impl Plain {
    /// The codestream.
    pub fn encode(&self, samples: &[u16]) -> Vec<u8> {
        let (rows, columns) = (self.image.rows as u16, self.image.columns as u16);
        let components = self.image.components as u8;
        let mut out = b"\xFF\xD8".to_vec();
        for (place, table) in (0..components).zip(&self.tables) {
            let mut body = vec![place];
            body.extend(table.counts);
            body.extend(&table.symbols[..table.len()]);
            self.put(&mut out, 0xC4, &body);
        }
        let mut frame = vec![self.image.precision];
        frame.extend(if self.has_lines_after { 0 } else { rows }.to_be_bytes());
        frame.extend(columns.to_be_bytes());
        frame.push(components);
        // In a scan of its own a component is one sample after the other, whatever its sampling factors are (T.81 A.2.2).
        let factors = if self.is_interleaved { 0x11 } else { 0x22 };
        frame.extend((0..components).flat_map(|place| [place + 65, factors, 0]));
        self.put(&mut out, 0xC3, &frame);
        self.put(&mut out, 0xDD, &(columns * self.restart_rows as u16).to_be_bytes());
        let all: Vec<u8> = (0..components).collect();
        let scans: Vec<&[u8]> = if self.is_interleaved { vec![&all] } else { all.chunks(1).collect() };
        for (index, scan) in scans.into_iter().enumerate() {
            let mut body = vec![scan.len() as u8];
            body.extend(scan.iter().flat_map(|place| [place + 65, place << 4]));
            body.extend([self.predictor, 0, 0]);
            self.put(&mut out, 0xDA, &body);
            self.put_scan(&mut out, scan, samples);
            if index == 0 && self.has_lines_after {
                self.put(&mut out, 0xDC, &rows.to_be_bytes());
            }
        }
        out.extend(vec![0xFF; self.fill]);
        out.extend(b"\xFF\xD9");
        out
    }

    fn put(&self, out: &mut Vec<u8>, marker: u8, body: &[u8]) {
        out.extend(vec![0xFF; self.fill]);
        put_segment(out, marker, body);
    }

    fn put_scan(&self, out: &mut Vec<u8>, scan: &[u8], samples: &[u16]) {
        let (mut bits, mut restarts) = (String::new(), 0);
        for row in 0..self.image.rows as usize {
            if row > 0 && self.restart_rows > 0 && row.is_multiple_of(self.restart_rows) {
                flush(out, &mut bits);
                out.extend(vec![0xFF; self.fill]);
                out.extend([0xFF, 0xD0 + restarts]);
                restarts = (restarts + 1) % 8;
            }
            for column in 0..self.image.columns as usize {
                for &component in scan {
                    let sample = samples[self.place(row, column, component)];
                    let difference = sample.wrapping_sub(self.predict(samples, row, column, component));
                    put_difference(&mut bits, &self.tables[component as usize], difference);
                }
            }
        }
        flush(out, &mut bits);
    }

    fn place(&self, row: usize, column: usize, component: u8) -> usize {
        (row * self.image.columns as usize + column) * self.image.components as usize + component as usize
    }

    /// T.81 H.1.2.1 and table H.1.
    fn predict(&self, samples: &[u16], row: usize, column: usize, component: u8) -> u16 {
        let at = |row, column| i32::from(samples[self.place(row, column, component)]);
        let is_first = row == 0 || (self.restart_rows > 0 && row.is_multiple_of(self.restart_rows));
        let value = match (is_first, column) {
            (true, 0) => 1 << (self.image.precision - 1),
            (true, _) => at(row, column - 1),
            (false, 0) => at(row - 1, 0),
            (false, _) => {
                let (a, b, c) = (at(row, column - 1), at(row - 1, column), at(row - 1, column - 1));
                match self.predictor {
                    1 => a,
                    2 => b,
                    3 => c,
                    4 => a + b - c,
                    5 => a + (b - c).div_euclid(2),
                    6 => b + (a - c).div_euclid(2),
                    _ => (a + b) >> 1,
                }
            }
        };
        value.rem_euclid(65_536) as u16
    }
}

/// T.81 H.1.2.2.
fn put_difference(bits: &mut String, table: &HuffmanSpec, difference: u16) {
    let difference = i32::from(difference.cast_signed());
    let size = (32 - difference.unsigned_abs().leading_zeros()) as usize;
    let (code, length, _) = table.codes().find(|code| usize::from(code.2) == size).unwrap();
    put_bits(bits, code.into(), length.into());
    if size < 16 {
        put_bits(bits, if difference < 0 { difference - 1 } else { difference }, size);
    }
}

/// The lowest `count` bits of `value`.
fn put_bits(bits: &mut String, value: i32, count: usize) {
    bits.extend((0..count).rev().map(|bit| if value >> bit & 1 == 1 { '1' } else { '0' }));
}

/// Fills the last byte with ones, and puts a zero after each FF.
fn flush(out: &mut Vec<u8>, bits: &mut String) {
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    for byte in bits.as_bytes().chunks(8) {
        let byte = u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap();
        out.push(byte);
        if byte == 0xFF {
            out.push(0);
        }
    }
    bits.clear();
}
