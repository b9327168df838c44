//! What is broken is an error or a fault, and never a panic.

use super::*;
use crate::ErrorKind;

#[test]
fn sizes_that_no_block_has_are_refused() {
    let mut scratch = Scratch::default();
    for (width, height, samples) in
        [(0, 4, 0), (4, 0, 0), (1025, 1, 1025), (65, 64, 4160), (8, 8, 63), (u32::MAX, u32::MAX, 1)]
    {
        let block = CodedBlock {
            width,
            height,
            orientation: Orientation::LL,
            planes: 8,
            zero_planes: 0,
            style: Style::default(),
            data: &[],
            segments: &[],
        };
        let done = decode::<u32>(&block, &mut scratch, &mut vec![0; samples]);
        assert_eq!(done.unwrap_err().kind, ErrorKind::Argument);
    }
}

#[test]
fn planes_have_room_or_are_refused() {
    let mut scratch = Scratch::default();
    let segments = [Segment { length: 3, passes: 1 }];
    for planes in 0..=255 {
        for zero_planes in [0, 1, 30, 31, 62, 63, 64, 255] {
            let block = CodedBlock {
                width: 8,
                height: 8,
                orientation: Orientation::LL,
                planes,
                zero_planes,
                style: Style::default(),
                data: &[1, 2, 3],
                segments: &segments,
            };
            assert_eq!(decode::<u32>(&block, &mut scratch, &mut [0; 64]).is_ok(), planes < 32);
            let done = decode::<u64>(&block, &mut scratch, &mut [0; 64]);
            assert_eq!(
                done.map(|done| done.fault.is_some()).ok(),
                (planes < 64).then_some(zero_planes >= planes)
            );
        }
    }
}

/// A block that is cut off anywhere has the passes that were there, and says so.
#[test]
fn cut_data_give_what_they_hold() {
    let mut random = Random(5);
    let (mut scratch, mut encode_scratch) = (Scratch::default(), EncodeScratch::default());
    let mut passes = Passes::default();
    for number in 0..128 {
        let case = case::<u64>(&mut random, number);
        case.encode(&mut encode_scratch, &mut passes);
        let segments = segments(case.style, &passes, passes.passes.len());
        let whole = case.coded(&passes, &segments);
        if whole.data.is_empty() {
            continue;
        }
        let block = CodedBlock { data: &passes.data[..random.below(passes.data.len())], ..whole };
        let mut out = vec![1; case.words.len()];
        let outcome = decode(&block, &mut scratch, &mut out).unwrap();
        assert!(outcome.fault.is_some());
        // Every magnitude bit above the half bit is right.
        for (got, full) in out.iter().zip(case.kept(0)) {
            let magnitude = got & !u64::SIGN;
            if magnitude != 0 {
                let half = magnitude & magnitude.wrapping_neg();
                let kept = full & !u64::SIGN & !(half | (half - 1));
                assert!(magnitude == half | kept && (got ^ full) >> 63 == 0 || *got == full, "{number}");
            }
        }
    }
}

#[test]
fn a_missing_symbol_and_a_broken_end_are_faults() {
    let mut random = Random(6);
    let (mut scratch, mut encode_scratch) = (Scratch::default(), EncodeScratch::default());
    let mut passes = Passes::default();
    let mut noticed = [0; 2];
    let mut tried = 0;
    for number in 0..64 {
        for (noticed, style) in noticed.iter_mut().zip([
            Style { symbols: true, ..Style::default() },
            Style { predictable: true, ..Style::default() },
        ]) {
            let words = words::<u32>(&mut random, 1024, 12);
            let case = Case { width: 32, height: 32, orientation: Orientation::LL, planes: 12, style, words };
            case.encode(&mut encode_scratch, &mut passes);
            if passes.data.len() < 40 {
                continue;
            }
            tried += 1;
            let at = random.below(passes.data.len() - 30);
            passes.data[at] ^= 1 << random.below(8);
            let segments = segments(case.style, &passes, passes.passes.len());
            let outcome =
                decode(&case.coded(&passes, &segments), &mut scratch, &mut vec![0_u32; 1024]).unwrap();
            *noticed += usize::from(outcome.fault.is_some());
            assert!(number < 64);
        }
    }
    // Both were tried `tried / 2` times. Of broken ends one in 2 to 256 is as predicted by chance, by how many bits the last byte has left.
    assert!(noticed[0] * 10 > tried * 4 && noticed[1] * 10 > tried * 4, "{noticed:?} of {tried}");
}

/// T.800 D.4.2: the last bits of a segment are those of the lowest point of the interval, whatever the symbols before them were.
#[test]
fn last_bits_that_are_not_the_predicted_ones_are_a_fault() {
    let mut random = Random(9);
    let (mut scratch, mut encode_scratch) = (Scratch::default(), EncodeScratch::default());
    let mut passes = Passes::default();
    let (mut noticed, mut tried) = (0, 0);
    for _ in 0..64 {
        let words = words::<u32>(&mut random, 1024, 12);
        let style = Style { predictable: true, ..Style::default() };
        let case = Case { width: 32, height: 32, orientation: Orientation::LL, planes: 12, style, words };
        case.encode(&mut encode_scratch, &mut passes);
        let segments = segments(case.style, &passes, passes.passes.len());
        let length = case.coded(&passes, &segments).data.len();
        let Some(last) = passes.data.get_mut(length.saturating_sub(1)) else { continue };
        *last ^= 1 << random.below(2);
        tried += 1;
        let outcome = decode(&case.coded(&passes, &segments), &mut scratch, &mut vec![0_u32; 1024]).unwrap();
        noticed += usize::from(outcome.fault.is_some());
    }
    assert!(tried > 40 && noticed * 10 > tried * 9, "{noticed} of {tried}");
}

#[test]
fn segments_that_mix_raw_and_coded_passes_are_a_fault() {
    let mut scratch = Scratch::default();
    let segments = [Segment { length: 200, passes: 40 }];
    let block = CodedBlock {
        width: 16,
        height: 16,
        orientation: Orientation::HH,
        planes: 20,
        zero_planes: 2,
        style: Style { bypass: true, ..Style::default() },
        data: &[0x5A; 200],
        segments: &segments,
    };
    let outcome = decode::<u32>(&block, &mut scratch, &mut [0; 256]).unwrap();
    assert!(outcome.fault.is_some_and(|fault| fault.contains("raw")));
}
