//! A seeded, stable mutator: the same seed gives the same inputs on every machine and in every version.

#![forbid(unsafe_code)]

/// `SplitMix64`.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// A number from 0 to `bound - 1`; 0 where there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % (bound as u64).max(1)).unwrap_or(0)
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or(0)
    }
}

/// Changes a few bytes: one overwritten, a run removed, repeated or replaced by one of `pieces`, the end cut off.
pub fn mutate(random: &mut Random, data: &mut Vec<u8>, pieces: &[&[u8]]) {
    for _ in 0..=random.below(6) {
        let at = random.below(data.len());
        let to = (at + 1 + random.below(16)).min(data.len());
        match random.below(6) {
            0 | 1 => {
                let byte = random.byte();
                data.get_mut(at).into_iter().for_each(|held| *held = byte);
            }
            2 => drop(data.splice(at..to, [])),
            3 => {
                let run: Vec<u8> = data.get(at..to).unwrap_or_default().to_vec();
                drop(data.splice(at..at, run));
            }
            4 => {
                let piece = pieces.get(random.below(pieces.len())).copied().unwrap_or_default();
                drop(data.splice(at..to, piece.iter().copied()));
            }
            _ if random.below(4) == 0 => data.truncate(at),
            _ => {}
        }
    }
}

/// How long one test goes on at the most.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(20);

/// The rounds of a test: as many as `RADIOGRAM_FUZZ_ROUNDS` says, else `usual`; where these would take longer than [`LONGEST`], fewer.
pub fn rounds(usual: usize) -> impl Iterator<Item = usize> {
    let asked = std::env::var("RADIOGRAM_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok());
    let begin = std::time::Instant::now();
    (0..asked.unwrap_or(usual)).take_while(move |_| begin.elapsed() < LONGEST)
}
