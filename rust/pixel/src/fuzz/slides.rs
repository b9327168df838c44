//! Tiles of any bytes as levels of a slide: refused, or found by every rectangle that they overlap.

use crate::slide::{Level, Rectangle, SlideHeader, Tile, levels, wanted};

/// Reads any bytes as a file of a slide, and asks for rectangles of it.
///
/// # Panics
///
/// Where a rectangle misses a tile that it overlaps.
pub fn fuzz_slide(data: &[u8]) {
    let Some(document) = super::opened(data, wanted()) else { return };
    let Ok(Some(header)) = SlideHeader::of(&document, 0) else { return };
    let Ok(found) = levels(vec![header]) else { return };
    for level in &found {
        assert!(level.tiles.windows(2).all(|pair| matches!(pair, [a, b] if key(a) <= key(b))));
        for part in 0..8 {
            check(level, part);
        }
    }
}

fn key(tile: &Tile) -> (u16, u16, u32, u32) {
    (tile.path, tile.plane, tile.row, tile.column)
}

fn check(level: &Level, part: u32) {
    let (height, width) = (level.rows / (part + 1), level.columns / (part + 1));
    let at = Rectangle { row: height / 2 * part, column: width / 3 * part, height, width };
    if !level.holds(at) {
        return;
    }
    let along = |start: u32, length: u32, from: u32, count: u32| {
        u64::from(start) < u64::from(from) + u64::from(count)
            && u64::from(from) < u64::from(start) + u64::from(length)
    };
    let overlaps = |tile: &&Tile| {
        (tile.path, tile.plane) == (0, 0)
            && along(tile.row, level.tile.0, at.row, at.height)
            && along(tile.column, level.tile.1, at.column, at.width)
    };
    assert!(level.touched(0, 0, at).eq(level.tiles.iter().filter(overlaps)), "a rectangle misses a tile");
}
