//! Segmentations: whatever the data set says, there is an error, or arrays that agree with each other; and nothing is allocated that the
//! bytes that are there do not account for.

use std::sync::Arc;

use radiogram_core::Limits;
use radiogram_data::{Document, NodeId, Options, Source, read};

use crate::segmentation::{Form, Grid, Labels, Layers, Overlap, Segmentation};
use crate::slide::Rectangle;

/// Voxels of a grid that is put together here; a larger one is only described.
const MOST: u64 = 1 << 20;

/// Takes any bytes as a file of a segmentation, or as several that follow one another: the parts of a concatenation.
///
/// # Panics
///
/// Where maps and layers of one segmentation contradict each other.
pub fn fuzz_segments(data: &[u8]) {
    let limits = Limits { inflated: 1 << 20, ..Limits::DEFAULT };
    let options = Options { force: true, limits, ..Options::default() };
    let Ok(documents) = files(data)
        .into_iter()
        .map(|file| read(Source::Memory(Arc::new(file.to_vec())), &options))
        .collect::<Result<Vec<Document>, _>>()
    else {
        return;
    };
    let sources: Vec<(&Document, NodeId)> =
        documents.iter().map(|document| (document, document.root())).collect();
    let Ok(segmentation) = Segmentation::read_parts(&sources) else { return };
    let documents: Vec<&Document> = documents.iter().collect();
    let [frames, rows, columns] = segmentation.size();
    assert!(frames > 0 && rows > 0 && columns > 0, "there is a picture");
    if segmentation.matrix().is_some() {
        return regions_agree(&documents, &segmentation);
    }
    let Ok(grid) = segmentation.grid(None) else { return };
    assert_eq!(grid.places.len() as u64, frames, "each frame has a place");
    let [slices, ..] = grid.shape;
    assert!(grid.places.iter().all(|place| u64::from(*place) < slices), "places are on the grid");
    assert_eq!(
        segmentation.grid(Some((grid.shape, grid.affine))).ok().map(|same| same.places),
        Some(grid.places.clone())
    );
    if segmentation.admit().is_err() || slices.saturating_mul(rows).saturating_mul(columns) > MOST {
        return;
    }
    agree(&documents, &segmentation, &grid);
}

/// The files in these bytes: each begins 128 bytes in front of its prefix (PS3.10 7.1).
fn files(data: &[u8]) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = data
        .windows(4)
        .enumerate()
        .filter(|(at, four)| *four == b"DICM" && *at >= 128)
        .map(|(at, _)| at - 128)
        .take(4)
        .collect();
    // What is in front of the first is one of its faults.
    starts.first_mut().into_iter().for_each(|first| *first = 0);
    let ends = starts.iter().skip(1).copied().chain([data.len()]);
    let found: Vec<&[u8]> =
        starts.iter().zip(ends).filter_map(|(start, end)| data.get(*start..end.max(*start))).collect();
    if found.is_empty() { vec![data] } else { found }
}

fn agree(documents: &[&Document], segmentation: &Segmentation, grid: &Grid) {
    let here = |count: usize, each: &(dyn Fn(usize) + Sync)| (0..count).for_each(each);
    let voxels = usize::try_from(grid.shape.iter().product::<u64>()).expect("a small grid");
    let size = segmentation.label_dtype(None).size();
    let map = |overlap| {
        let wanted = Labels { segments: None, overlap, threshold: 0.5 };
        let mut out = vec![0; voxels * size];
        segmentation
            .labels_into(documents, grid, &wanted, &mut out, &here)
            .map(|(conflict, _)| (conflict, out))
    };
    let Ok((conflict, exact)) = map(Overlap::Error) else { return };
    let (_, first) = map(Overlap::First).expect("what can be read once can be read again");
    let (_, max) = map(Overlap::Max).expect("what can be read once can be read again");
    if conflict.is_none() {
        assert_eq!(exact, first, "without overlaps every rule gives the same");
        assert_eq!(exact, max, "without overlaps every rule gives the same");
    }
    let numbers: Vec<u16> = first
        .chunks_exact(size)
        .map(|cell| {
            if let [low, high] = *cell {
                u16::from_ne_bytes([low, high])
            } else {
                cell.iter().copied().map(u16::from).sum()
            }
        })
        .collect();
    let mut segments = numbers.clone();
    segments.sort_unstable();
    segments.dedup();
    segments.retain(|segment| *segment != 0);
    segments.truncate(4);
    let wanted = Layers { segments: &segments, form: Form::Mask(0.5) };
    let mut masks = vec![0; voxels * segments.len()];
    segmentation
        .layers_into(documents, grid, &wanted, &mut masks, &here)
        .expect("what a map can be made of has masks");
    for (segment, mask) in segments.iter().zip(masks.chunks_exact(voxels.max(1))) {
        let inside = numbers.iter().zip(mask).filter(|(number, _)| *number == segment);
        assert!(inside.into_iter().all(|(_, mask)| *mask == 1), "what is labelled is masked");
    }
}

/// A region of a slide is a part of every larger one, and masks have what is labelled.
fn regions_agree(documents: &[&Document], segmentation: &Segmentation) {
    let here = |count: usize, each: &(dyn Fn(usize) + Sync)| (0..count).for_each(each);
    let Some(matrix) = segmentation.matrix() else { return };
    let level = matrix.level();
    let large = Rectangle { row: 0, column: 0, height: level.rows.min(64), width: level.columns.min(64) };
    let small = Rectangle {
        row: large.height / 3,
        column: large.width / 4,
        height: large.height.div_ceil(2),
        width: large.width.div_ceil(2),
    };
    let size = segmentation.label_dtype(None).size();
    let cells =
        |at: Rectangle| usize::try_from(matrix.shape(at).iter().product::<u64>()).unwrap_or(usize::MAX);
    if cells(large) as u64 > MOST {
        return;
    }
    let map = |at: Rectangle| {
        let wanted = Labels { segments: None, overlap: Overlap::Max, threshold: 0.5 };
        let mut out = vec![0; cells(at) * size];
        segmentation.matrix_labels_into(documents, at, &wanted, &mut out, &here).map(|_| out)
    };
    let Ok(whole) = map(large) else { return };
    let part = map(small).expect("what can be read in a region can be read in a part of it");
    let line = |of: &[u8], at: Rectangle, plane: usize, row: usize, from: usize, count: usize| -> Vec<u8> {
        let begin = (plane * at.height as usize + row) * at.width as usize + from;
        of.iter().skip(begin * size).take(count * size).copied().collect()
    };
    for plane in 0..level.planes.len() {
        for row in 0..small.height as usize {
            let (width, left) = (small.width as usize, small.column as usize);
            let inside = line(&whole, large, plane, row + small.row as usize, left, width);
            assert_eq!(
                line(&part, small, plane, row, 0, width),
                inside,
                "a part is what the whole has there"
            );
        }
    }
    let segments: Vec<u16> = segmentation.segments().first().copied().into_iter().collect();
    let wanted = Layers { segments: &segments, form: Form::Mask(0.5) };
    let mut masks = vec![0; cells(large) * segments.len()];
    segmentation
        .matrix_layers_into(documents, large, &wanted, &mut masks, &here)
        .expect("what a map can be made of has masks");
    assert!(masks.iter().all(|cell| *cell <= 1), "a mask is 0 or 1");
}

#[cfg(test)]
pub(super) mod tests {
    use radiogram_core::fuzz::mutator::{Random, mutate, rounds};
    use radiogram_core::syntax::Syntax;
    use radiogram_data::json;
    use radiogram_data::write::{Form, WriteOptions, plan};

    use super::*;

    /// A file of a data set that is said in JSON.
    pub(in crate::fuzz) fn file_of(text: &str) -> Vec<u8> {
        let said = json::read(text, &Limits::DEFAULT).unwrap();
        let syntax = Syntax::from_uid("1.2.840.10008.1.2.1");
        let options = WriteOptions { form: Form::File, syntax, ..WriteOptions::default() };
        plan(&said.data_set, &said.meta, &options).unwrap().to_vec().unwrap()
    }

    /// A segmentation of six frames of 5 x 3 pixels, in two segments and three of five places.
    fn sound(kind: &str, bits: u32, pixels: &str) -> Vec<u8> {
        let frame = |segment: u32, z: f64| {
            format!(
                r#"{{"00209113":{{"vr":"SQ","Value":[{{"00200032":{{"vr":"DS","Value":[-4.5,2.0,{z}]}}}}]}},
                "0062000A":{{"vr":"SQ","Value":[{{"0062000B":{{"vr":"US","Value":[{segment}]}}}}]}}}}"#
            )
        };
        let frames: Vec<String> =
            [(1, 0.0), (1, 2.5), (1, 10.0), (2, 0.0), (2, 2.5), (2, 10.0)].map(|(s, z)| frame(s, z)).to_vec();
        let high = bits - 1;
        file_of(&format!(
            r#"{{"00080016":{{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.66.4"]}},"00080018":{{"vr":"UI","Value":["1.2.3"]}},
            "00280002":{{"vr":"US","Value":[1]}},"00280004":{{"vr":"CS","Value":["MONOCHROME2"]}},
            "00280008":{{"vr":"IS","Value":[6]}},"00280010":{{"vr":"US","Value":[3]}},"00280011":{{"vr":"US","Value":[5]}},
            "00280100":{{"vr":"US","Value":[{bits}]}},"00280101":{{"vr":"US","Value":[{bits}]}},
            "00280102":{{"vr":"US","Value":[{high}]}},"00280103":{{"vr":"US","Value":[0]}},
            "00620001":{{"vr":"CS","Value":["{kind}"]}},"0062000E":{{"vr":"US","Value":[200]}},
            "52009229":{{"vr":"SQ","Value":[{{"00209116":{{"vr":"SQ","Value":[{{"00200037":{{"vr":"DS","Value":[1,0,0,0,1,0]}}}}]}},
            "00289110":{{"vr":"SQ","Value":[{{"00280030":{{"vr":"DS","Value":[0.5,0.7]}}}}]}}}}]}},
            "52009230":{{"vr":"SQ","Value":[{}]}},"7FE00010":{{"vr":"OB","InlineBinary":"{pixels}"}}}}"#,
            frames.join(",")
        ))
    }

    /// The same in two parts of two and four frames: elements that say so in front of the others, and their frames.
    fn divided() -> Vec<u8> {
        let part = |number: u32, first: usize, places: &[(u32, f64)], pixels: &str| {
            let frame = |(segment, z): &(u32, f64)| {
                format!(
                    r#"{{"00209113":{{"vr":"SQ","Value":[{{"00200032":{{"vr":"DS","Value":[-4.5,2.0,{z}]}}}}]}},
                    "0062000A":{{"vr":"SQ","Value":[{{"0062000B":{{"vr":"US","Value":[{segment}]}}}}]}}}}"#
                )
            };
            let frames: Vec<String> = places.iter().map(frame).collect();
            let count = frames.len();
            file_of(&format!(
                r#"{{"00080016":{{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.66.4"]}},"00080018":{{"vr":"UI","Value":["1.2.3.{number}"]}},
                "00209161":{{"vr":"UI","Value":["1.2.3"]}},"00209162":{{"vr":"US","Value":[{number}]}},
                "00209163":{{"vr":"US","Value":[2]}},"00209228":{{"vr":"UL","Value":[{first}]}},
                "00280002":{{"vr":"US","Value":[1]}},"00280004":{{"vr":"CS","Value":["MONOCHROME2"]}},
                "00280008":{{"vr":"IS","Value":[{count}]}},"00280010":{{"vr":"US","Value":[3]}},"00280011":{{"vr":"US","Value":[5]}},
                "00280100":{{"vr":"US","Value":[1]}},"00280101":{{"vr":"US","Value":[1]}},
                "00280102":{{"vr":"US","Value":[0]}},"00280103":{{"vr":"US","Value":[0]}},
                "00620001":{{"vr":"CS","Value":["BINARY"]}},
                "52009229":{{"vr":"SQ","Value":[{{"00209116":{{"vr":"SQ","Value":[{{"00200037":{{"vr":"DS","Value":[1,0,0,0,1,0]}}}}]}},
                "00289110":{{"vr":"SQ","Value":[{{"00280030":{{"vr":"DS","Value":[0.5,0.7]}}}}]}}}}]}},
                "52009230":{{"vr":"SQ","Value":[{}]}},"7FE00010":{{"vr":"OB","InlineBinary":"{pixels}"}}}}"#,
                frames.join(",")
            ))
        };
        let second = part(2, 2, &[(1, 10.0), (2, 0.0), (2, 2.5), (2, 10.0)], "AAECAwQFBgc=");
        [second, part(1, 0, &[(1, 0.0), (1, 2.5)], "AAECAw==")].concat()
    }

    #[test]
    fn fuzz_what_parts_of_segmentations_say() {
        let sound = divided();
        let documents: Vec<Document> = files(&sound)
            .into_iter()
            .map(|file| read(Source::Memory(Arc::new(file.to_vec())), &Options::default()).unwrap())
            .collect();
        let sources: Vec<(&Document, NodeId)> =
            documents.iter().map(|document| (document, document.root())).collect();
        let segmentation = Segmentation::read_parts(&sources).unwrap();
        assert_eq!((segmentation.size(), segmentation.order()), ([6, 3, 5], vec![1, 0]));
        assert_eq!(segmentation.grid(None).unwrap().shape, [5, 3, 5]);
        fuzz_segments(&sound);
        let pieces: [&[u8]; 4] =
            [b"\x28\0\x08\0IS\x02\x009 ", b"\x62\0\x0B\0US\x02\0\x01\0", b"\xFF\xFF\xFF\xFF", b"DICM"];
        let mut random = Random(20_261_202);
        for _ in rounds(4_000) {
            let mut data = sound.clone();
            mutate(&mut random, &mut data, &pieces);
            fuzz_segments(&data);
        }
    }

    /// A segmentation of a slide of 7 x 8 pixels: six tiles of 3 x 5, some of them beside the grid.
    fn tiled() -> Vec<u8> {
        let frame = |segment: u32, row: u32, column: u32| {
            format!(
                r#"{{"0048021A":{{"vr":"SQ","Value":[{{"0040074A":{{"vr":"DS","Value":[0]}},
                "0048021E":{{"vr":"SL","Value":[{column}]}},"0048021F":{{"vr":"SL","Value":[{row}]}}}}]}},
                "0062000A":{{"vr":"SQ","Value":[{{"0062000B":{{"vr":"US","Value":[{segment}]}}}}]}}}}"#
            )
        };
        let frames: Vec<String> = [(1, 1, 1), (1, 1, 6), (1, 4, 1), (2, 5, 6), (2, 7, 1), (2, 2, 3)]
            .map(|(s, r, c)| frame(s, r, c))
            .to_vec();
        file_of(&format!(
            r#"{{"00080016":{{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.66.4"]}},"00080018":{{"vr":"UI","Value":["1.2.3"]}},
            "00209311":{{"vr":"CS","Value":["TILED_SPARSE"]}},
            "00280002":{{"vr":"US","Value":[1]}},"00280004":{{"vr":"CS","Value":["MONOCHROME2"]}},
            "00280008":{{"vr":"IS","Value":[6]}},"00280010":{{"vr":"US","Value":[3]}},"00280011":{{"vr":"US","Value":[5]}},
            "00280100":{{"vr":"US","Value":[8]}},"00280101":{{"vr":"US","Value":[8]}},
            "00280102":{{"vr":"US","Value":[7]}},"00280103":{{"vr":"US","Value":[0]}},
            "00480006":{{"vr":"UL","Value":[8]}},"00480007":{{"vr":"UL","Value":[7]}},
            "00620001":{{"vr":"CS","Value":["FRACTIONAL"]}},"0062000E":{{"vr":"US","Value":[200]}},
            "52009230":{{"vr":"SQ","Value":[{}]}},"7FE00010":{{"vr":"OB","InlineBinary":"{}"}}}}"#,
            frames.join(","),
            "AMhkMgAA".repeat(15)
        ))
    }

    #[test]
    fn fuzz_what_segmentations_of_slides_say() {
        let sound = tiled();
        let document = read(Source::Memory(Arc::new(sound.clone())), &Options::default()).unwrap();
        let segmentation = Segmentation::read(&document, document.root()).unwrap();
        assert_eq!(segmentation.matrix().unwrap().level().tiles.len(), 6);
        fuzz_segments(&sound);
        let pieces: [&[u8]; 6] = [
            b"\x62\0\x0B\0US\x02\0\x01\0",
            b"\xFF\xFF\xFF\xFF",
            b"\x28\0\x10\0US\x02\0\x01\0",
            b"\x48\0\x07\0UL\x04\0\xFF\xFF\xFF\x7F",
            b"\x48\0\x1F\x02SL\x04\0\0\0\0\x80",
            b"TILED_FULL\x20\x20",
        ];
        let mut random = Random(20_261_130);
        for _ in rounds(4_000) {
            let mut data = sound.clone();
            mutate(&mut random, &mut data, &pieces);
            fuzz_segments(&data);
        }
    }

    #[test]
    fn fuzz_what_segmentations_say() {
        // Twelve bytes of bits, 90 bytes of fractions.
        let bits = sound("BINARY", 1, "AAECAwQFBgcICQoL");
        let bytes = sound("FRACTIONAL", 8, &"AMhkMgAA".repeat(15));
        for file in [&bits, &bytes] {
            let document = read(Source::Memory(Arc::new(file.clone())), &Options::default()).unwrap();
            let segmentation = Segmentation::read(&document, document.root()).unwrap();
            assert_eq!(segmentation.grid(None).unwrap().shape, [5, 3, 5]);
            fuzz_segments(file);
        }
        let pieces: [&[u8]; 8] = [
            b"\x62\0\x0B\0US\x02\0\x01\0",
            b"\x28\0\x08\0IS\x06\x00999999",
            b"\x28\0\x10\0US\x02\0\xFF\xFF",
            b"1e300\\0",
            b"\\0\\-1\\",
            b"\x28\0\x30\0DS\x08\x001e-9\\0.7",
            b"LABELMAP",
            b"\x28\0\0\x01US\x02\0\x10\0",
        ];
        let mut random = Random(20_261_129);
        for round in rounds(6_000) {
            let mut data = if round % 2 == 0 { bits.clone() } else { bytes.clone() };
            mutate(&mut random, &mut data, &pieces);
            fuzz_segments(&data);
        }
    }
}
