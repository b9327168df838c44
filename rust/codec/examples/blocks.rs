use radiogram_codec::j2k::block::{CodedBlock, Orientation, Segment, Style, ebcot};
use std::time::Instant;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let d = std::fs::read(&a[1]).unwrap();
    let reps: usize = a[2].parse().unwrap();
    let n = u32::from_le_bytes(d[0..4].try_into().unwrap());
    let mut raw = vec![];
    let mut off = 4;
    for _ in 0..n {
        let h: Vec<u32> =
            (0..8).map(|i| u32::from_le_bytes(d[off + 4 * i..off + 4 * i + 4].try_into().unwrap())).collect();
        off += 32;
        let mut s = vec![];
        for _ in 0..h[6] {
            let k = u32::from_le_bytes(d[off..off + 4].try_into().unwrap());
            let l = u32::from_le_bytes(d[off + 4..off + 8].try_into().unwrap());
            off += 8;
            s.push(Segment { passes: k as u8, length: l });
        }
        raw.push((h.clone(), s, off..off + h[7] as usize));
        off += h[7] as usize;
    }
    let mut scratch = ebcot::Scratch::default();
    let mut out = vec![0u32; 4096];
    let mut best = vec![f64::MAX; raw.len()];
    let mut total = 0;
    let mut file: Vec<u8> = vec![];
    let mut es = ebcot::EncodeScratch::default();
    es.measures = std::env::var_os("M").is_some();
    let mut passes = radiogram_codec::j2k::block::Passes::default();
    let mut beste = vec![f64::MAX; raw.len()];
    let (mut same, mut differ) = (0, 0);
    for rep in 0..reps {
        total = 0;
        for (bi, (h, s, r)) in raw.iter().enumerate() {
            let o = [Orientation::LL, Orientation::HL, Orientation::LH, Orientation::HH][h[2] as usize];
            let st = h[5];
            let b = CodedBlock {
                width: h[0],
                height: h[1],
                orientation: o,
                planes: h[3] as u8,
                zero_planes: h[4] as u8,
                style: Style {
                    bypass: st & 1 != 0,
                    reset: st & 2 != 0,
                    termall: st & 4 != 0,
                    causal: st & 8 != 0,
                    predictable: st & 16 != 0,
                    symbols: st & 32 != 0,
                    ..Style::default()
                },
                data: &d[r.clone()],
                segments: s,
            };
            let k = (h[0] * h[1]) as usize;
            total += k;
            let t = Instant::now();
            let f = ebcot::decode::<u32>(&b, &mut scratch, &mut out[..k]).unwrap();
            best[bi] = best[bi].min(t.elapsed().as_secs_f64());
            let t = Instant::now();
            ebcot::encode(&out[..k], h[0], h[1], o, h[3] as u8, b.style, &mut es, &mut passes).unwrap();
            beste[bi] = beste[bi].min(t.elapsed().as_secs_f64());
            if rep == 0 {
                if passes.data == b.data && passes.zero_planes == b.zero_planes {
                    same += 1
                } else {
                    if differ < 3 {
                        println!(
                            "{} {} zp {} {} passes {}",
                            passes.data.len(),
                            b.data.len(),
                            passes.zero_planes,
                            b.zero_planes,
                            passes.passes.len()
                        );
                    }
                    differ += 1
                }
            }
            assert!(f.fault.is_none(), "{:?}", f);
            if rep == 0 {
                for v in &out[..k] {
                    let m = ((v & 0x7fff_ffff) >> (31 - h[3])) as i32;
                    file.extend_from_slice(&(if v >> 31 != 0 { -m } else { m }).to_le_bytes());
                }
            }
        }
    }
    if a.len() > 3 {
        std::fs::write(&a[3], file).unwrap();
    }
    let best: f64 = best.iter().sum();
    let beste: f64 = beste.iter().sum();
    println!(
        "{total} samples {:.1} ns/sample {:.1} MB/s(16 bit) encode {:.1} same {same} differ {differ}",
        best * 1e9 / total as f64,
        total as f64 * 2.0 / best / 1e6,
        beste * 1e9 / total as f64
    );
}
