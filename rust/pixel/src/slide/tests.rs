//! Levels made by hand: which tiles a rectangle touches, holes, parts.

use super::*;

fn header(index: usize, rows: u32, columns: u32) -> SlideHeader {
    let mut made = SlideHeader {
        index,
        series: Some("1.2".to_owned()),
        class: Some("1.2.840.10008.5.1.4.1.1.77.1.6".to_owned()),
        part: None,
        flavor: "VOLUME".to_owned(),
        rows,
        columns,
        tile: (10, 20),
        spacing: None,
        paths: vec!["a".to_owned()],
        planes: vec![0.0],
        origin: None,
        orientation: None,
        is_sparse: false,
        is_grouped: false,
        offset: 0,
        tiles: Vec::new(),
    };
    let (down, across) = (rows.div_ceil(10), columns.div_ceil(20));
    for frame in 0..down * across {
        let (row, column) = (frame / across * 10, frame % across * 20);
        let file = u32::try_from(index).unwrap();
        made.tiles.push(Tile { file, frame, row, column, path: 0, plane: 0 });
    }
    made
}

fn touched(level: &Level, row: u32, column: u32, height: u32, width: u32) -> Vec<u32> {
    level.touched(0, 0, Rectangle { row, column, height, width }).map(|tile| tile.frame).collect()
}

#[test]
fn a_rectangle_touches_the_tiles_it_overlaps() {
    let level = &levels(vec![header(0, 35, 50)]).unwrap()[0];
    assert_eq!(level.tiles.len(), 12);
    assert_eq!(touched(level, 0, 0, 1, 1), [0]);
    assert_eq!(touched(level, 9, 19, 2, 2), [0, 1, 3, 4]);
    assert_eq!(touched(level, 10, 20, 10, 20), [4]);
    assert_eq!(touched(level, 0, 0, 35, 50).len(), 12);
    assert_eq!(touched(level, 34, 49, 1, 1), [11]);
    assert!(level.holds(Rectangle { row: 34, column: 49, height: 1, width: 1 }));
    assert!(!level.holds(Rectangle { row: 34, column: 49, height: 2, width: 1 }));
    assert!(!level.holds(Rectangle { row: 0, column: u32::MAX, height: 1, width: 2 }));
    assert!(!level.holds(Rectangle { row: 0, column: 0, height: 0, width: 2 }));
}

#[test]
fn levels_descend_and_labels_follow() {
    let mut label = header(0, 500, 500);
    label.flavor = "LABEL".to_owned();
    let found = levels(vec![label, header(1, 10, 20), header(2, 40, 80)]).unwrap();
    let sizes: Vec<_> = found.iter().map(|level| (level.rows, level.files[0])).collect();
    assert_eq!(sizes, [(40, 2), (10, 1), (500, 0)]);
}

#[test]
fn a_hole_is_an_error_unless_the_level_is_sparse() {
    let mut holed = header(0, 40, 40);
    holed.tiles.remove(3);
    assert_eq!(levels(vec![holed.clone()]).unwrap_err().kind(), ErrorKind::Pixel);
    holed.is_sparse = true;
    assert_eq!(touched(&levels(vec![holed]).unwrap()[0], 0, 0, 40, 40).len(), 7);
}

#[test]
fn two_frames_at_one_place_are_an_error() {
    let mut twice = header(0, 40, 40);
    twice.is_sparse = true;
    twice.tiles[3].row = twice.tiles[1].row;
    assert_eq!(levels(vec![twice]).unwrap_err().kind(), ErrorKind::Pixel);
    let other = SlideHeader { series: Some("1.3".to_owned()), ..header(1, 40, 40) };
    assert_eq!(levels(vec![header(0, 40, 40), other]).unwrap_err().kind(), ErrorKind::AmbiguousSeries);
}

#[test]
fn files_with_many_channels_of_their_own_are_joined_in_their_time() {
    // Each was looked for among all that there were: thousands of millions of comparisons.
    let file = |index: usize, first: u32, count: u32| {
        let mut made = SlideHeader { is_sparse: true, ..header(index, 10, 20) };
        made.paths = (first..first + count).map(|number| format!("a channel {number}")).collect();
        let tile = made.tiles[0];
        made.tiles = (0..=u16::MAX).take(count as usize).map(|path| Tile { path, ..tile }).collect();
        made
    };
    let level = &levels(vec![file(0, 0, 32_000), file(1, 32_000, 33_000), file(2, 10, 0)]).unwrap()[0];
    assert_eq!((level.paths.len(), level.tiles.len()), (65_000, 65_000));
    assert!(level.tiles.iter().enumerate().all(|(at, tile)| usize::from(tile.path) == at));
    // More than are counted were those of the last.
    let more = levels(vec![file(0, 0, 40_000), file(1, 40_000, 40_000)]);
    assert_eq!(more.unwrap_err().kind(), ErrorKind::Limit);
}
