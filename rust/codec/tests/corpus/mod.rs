//! The corpus of real files, where the environment variable RADIOGRAM_CORPUS names its folder: rows of the manifest, the fragments of
//! encapsulated pixels, and the hash that the manifest states. Only so much of DICOM as that takes.
#![allow(dead_code, reason = "each test uses a part")]
#![expect(
    unreachable_pub,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test's own files"
)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A row of the manifest, by the names of its columns.
pub type Row = HashMap<String, String>;

/// The folder of the corpus, if there is one.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os("RADIOGRAM_CORPUS").map(PathBuf::from)
}

/// The rows of the manifest.
pub fn rows(folder: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(folder.join("manifest.csv")).expect("the manifest");
    let mut lines = text.lines().map(fields);
    let names = lines.next().expect("a first line");
    lines.map(|values| names.iter().cloned().zip(values).collect()).collect()
}

/// The fields of a line of CSV.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut is_quoted) = (vec![String::new()], false);
    for character in line.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            other => fields.last_mut().expect("a field").push(other),
        }
    }
    fields
}

/// A number of a row.
pub fn number(row: &Row, name: &str) -> usize {
    row[name].parse().unwrap_or(1)
}

/// The fragments of encapsulated pixel data, without the offset table: the last element (7FE0,0010) of undefined length.
pub fn fragments(file: &[u8]) -> Vec<&[u8]> {
    let is_start = |window: &[u8]| {
        window.starts_with(b"\xE0\x7F\x10\0O") && window.ends_with(b"\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0")
    };
    let start = file.windows(16).rposition(is_start).expect("encapsulated pixels");
    let (mut rest, mut found) = (&file[start + 12..], Vec::new());
    while let Some(after) = rest.strip_prefix(b"\xFE\xFF\0\xE0") {
        let (length, after) = after.split_first_chunk().expect("a length");
        let (fragment, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        found.push(fragment);
        rest = after;
    }
    found.remove(0);
    found
}

/// SHA-256 in hexadecimal, FIPS 180-4.
pub fn sha256(data: &[u8]) -> String {
    let is_prime = |n: &u32| (2..*n).all(|d| !n.is_multiple_of(d));
    let primes: Vec<f64> = (2..400).filter(is_prime).take(64).map(f64::from).collect();
    let fraction = |root: f64| (root.fract() * 4_294_967_296.0) as u32;
    let keys: Vec<u32> = primes.iter().map(|prime| fraction(prime.cbrt())).collect();
    let mut state: Vec<u32> = primes.iter().take(8).map(|prime| fraction(prime.sqrt())).collect();
    let mut padded = data.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).next_multiple_of(64) - 8, 0);
    padded.extend((data.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        let mut words: Vec<u32> =
            block.chunks(4).map(|word| u32::from_be_bytes(word.try_into().unwrap())).collect();
        for i in 16..64 {
            let (a, b) = (words[i - 15], words[i - 2]);
            let small = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let large = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            words.push(words[i - 16].wrapping_add(small).wrapping_add(words[i - 7]).wrapping_add(large));
        }
        let mut s: [u32; 8] = state.clone().try_into().unwrap();
        for (key, word) in keys.iter().zip(words) {
            let one = s[4].rotate_right(6) ^ s[4].rotate_right(11) ^ s[4].rotate_right(25);
            let choice = (s[4] & s[5]) ^ (!s[4] & s[6]);
            let first = s[7].wrapping_add(one).wrapping_add(choice).wrapping_add(*key).wrapping_add(word);
            let zero = s[0].rotate_right(2) ^ s[0].rotate_right(13) ^ s[0].rotate_right(22);
            let most = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
            s.rotate_right(1);
            s[4] = s[4].wrapping_add(first);
            s[0] = first.wrapping_add(zero).wrapping_add(most);
        }
        state.iter_mut().zip(s).for_each(|(held, new)| *held = held.wrapping_add(new));
    }
    state.iter().fold(String::new(), |text, word| text + &format!("{word:08x}"))
}
