//! Reference pictures: PGX (T.803 Annex B), PGM and PPM.
#![expect(unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's own file")]

use std::path::Path;

/// Samples by pixel.
#[derive(Debug)]
pub struct Picture {
    pub columns: usize,
    pub rows: usize,
    pub components: usize,
    pub samples: Vec<i64>,
}

impl Picture {
    /// A sample.
    pub fn sample(&self, x: usize, y: usize, component: usize) -> i64 {
        self.samples[(y * self.columns + x) * self.components + component]
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Self {
        let data = std::fs::read(path).unwrap();
        if data.starts_with(b"PG") { Self::pgx(&data) } else { Self::pnm(&data) }
    }

    fn pgx(data: &[u8]) -> Self {
        let end = data.iter().position(|&byte| byte == b'\n').unwrap();
        let header = String::from_utf8_lossy(&data[..end]);
        // "PG ML -8 256 256", or with the sign apart.
        let is_signed = header.contains('-');
        let is_little = header.contains("LM");
        let words: Vec<usize> =
            header.split([' ', '+', '-', '\r']).filter_map(|word| word.parse().ok()).collect();
        let &[bits, columns, rows] = words.as_slice() else { unreachable!("{header}") };
        let size = if bits > 8 { 2 } else { 1 };
        let sample = |bytes: &[u8]| {
            let word = match *bytes {
                [byte] => i64::from(byte),
                [a, b] if is_little => i64::from(u16::from_le_bytes([a, b])),
                [a, b] => i64::from(u16::from_be_bytes([a, b])),
                _ => 0,
            };
            let shift = 64 - 8 * size;
            if is_signed { word << shift >> shift } else { word }
        };
        Self { columns, rows, components: 1, samples: data[end + 1..].chunks(size).map(sample).collect() }
    }

    fn pnm(data: &[u8]) -> Self {
        let (mut at, mut words) = (0, Vec::new());
        while words.len() < 4 {
            let line_end = |at: usize| {
                data[at..].iter().position(|&byte| byte == b'\n').map_or(data.len(), |end| at + end)
            };
            if data[at] == b'#' {
                at = line_end(at) + 1;
                continue;
            }
            let end = at + data[at..].iter().position(u8::is_ascii_whitespace).unwrap();
            words.push(String::from_utf8_lossy(&data[at..end]).into_owned());
            at = end + 1;
        }
        let [columns, rows, most] = [1, 2, 3].map(|index| words[index].parse::<usize>().unwrap());
        let components = if words[0] == "P6" { 3 } else { 1 };
        let sample = |bytes: &[u8]| bytes.iter().fold(0, |word, &byte| word << 8 | i64::from(byte));
        let samples = data[at..].chunks(if most > 255 { 2 } else { 1 }).map(sample).collect();
        Self { columns, rows, components, samples }
    }
}
