//! What goes in comes out, whatever the style, and as the plainest decoder has it.

use super::*;

fn reads_again<W: Word>(seed: u64, cases: usize) {
    let mut random = Random(seed);
    let (mut scratch, mut encode_scratch) = (Scratch::default(), EncodeScratch::default());
    let mut passes = Passes::default();
    for number in 0..cases {
        let case = case::<W>(&mut random, number);
        case.encode(&mut encode_scratch, &mut passes);
        let all = passes.passes.len();
        let segments = segments(case.style, &passes, all);
        let mut out = vec![W::ONE; case.words.len()];
        let outcome = decode(&case.coded(&passes, &segments), &mut scratch, &mut out).unwrap();
        assert_eq!(outcome.fault, None, "{number}: {:?} {}x{}", case.style, case.width, case.height);
        assert!(out == case.kept(0), "{number}: {:?} {}x{}", case.style, case.width, case.height);
    }
}

#[test]
fn narrow_blocks_come_out_as_they_went_in() {
    reads_again::<u32>(1, 1_000);
}

#[test]
fn wide_blocks_come_out_as_they_went_in() {
    reads_again::<u64>(2, 500);
}

/// Cut at any pass, by the length that the encoder says, the plainest decoder and this one agree; after a whole plane, they have just the
/// planes above.
#[test]
fn every_pass_may_be_the_last() {
    let mut random = Random(3);
    let (mut scratch, mut encode_scratch) = (Scratch::default(), EncodeScratch::default());
    let mut passes = Passes::default();
    for number in 0..320 {
        let case = case::<u64>(&mut random, number);
        if case.words.len() > 1024 {
            continue;
        }
        case.encode(&mut encode_scratch, &mut passes);
        let depth = passes.passes.len().div_ceil(3);
        for count in 1..=passes.passes.len() {
            if count > 4 && count < passes.passes.len() && random.below(4) > 0 {
                continue;
            }
            let segments = segments(case.style, &passes, count);
            let block = case.coded(&passes, &segments);
            let mut out = vec![1; case.words.len()];
            let outcome = decode(&block, &mut scratch, &mut out).unwrap();
            let is_whole = count == passes.passes.len() || case.style.termall;
            assert!(
                outcome.fault.is_none() || (case.style.predictable && !is_whole),
                "{number} {count} {outcome:?}"
            );
            assert!(out == super::plain::decode(&block), "{number} {count} {:?}", case.style);
            if count % 3 == 1 {
                assert!(out == case.kept((depth - count.div_ceil(3)) as u32), "{number} {count}");
            }
        }
    }
}

/// The distortions of all passes sum up to the energy, where no fraction is left.
#[test]
fn passes_take_all_of_the_error() {
    let mut random = Random(4);
    let (mut scratch, mut passes) = (EncodeScratch::default(), Passes::default());
    for number in 0..64 {
        let case = case::<u64>(&mut random, number);
        case.encode(&mut scratch, &mut passes);
        if case.planes > 50 {
            // Their squares are beyond what f32 holds.
            assert!(passes.passes.iter().all(|pass| pass.distortion.is_finite()));
            continue;
        }
        let unit = (f64::from(case.planes) - 63.0).exp2();
        let energy: f64 = case.words.iter().map(|&word| ((word & !u64::SIGN) as f64 * unit).powi(2)).sum();
        let fall: f64 = passes.passes.iter().map(|pass| f64::from(pass.distortion)).sum();
        assert!((energy - fall).abs() <= energy * 1e-2, "{number}: {energy} {fall}");
    }
}

#[test]
fn an_empty_block_has_no_pass() {
    let (mut scratch, mut passes) = (EncodeScratch::default(), Passes::default());
    encode(&[0_u32; 64], 8, 8, Orientation::HL, 9, Style::default(), &mut scratch, &mut passes).unwrap();
    assert_eq!((passes.zero_planes, passes.data.len(), passes.passes.len()), (9, 0, 0));
}
