#![allow(warnings, clippy::all, clippy::pedantic, clippy::restriction)]
use radiogram_codec::j2k::*;
use std::io::{BufRead, Write};
use std::time::Instant;
fn main() {
    // Lines on stdin: in out reduce layers times [x y w h]; prints a line each.
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let f: Vec<&str> = line.split('\t').collect();
        let data = std::fs::read(f[0]).unwrap();
        let mut o = DecodeOptions::default();
        o.reduce = f[2].parse().unwrap();
        let l: u16 = f[3].parse().unwrap();
        if l > 0 {
            o.layers = Some(l);
        }
        let times: usize = f[4].parse().unwrap();
        if f.len() > 5 {
            let n: Vec<u32> = f[5..9].iter().map(|t| t.parse().unwrap()).collect();
            o.region = Some(Region { x: n[0], y: n[1], columns: n[2], rows: n[3] });
        }
        let start = Instant::now();
        let image = match Jpeg2000::describe_with(&data, &o) {
            Ok(i) => i,
            Err(e) => {
                println!("ERR describe {e} {:?}", e.kind);
                continue;
            }
        };
        if image.len().map_or(true, |l| l > 1 << 30) {
            println!("ERR too large {image:?}");
            continue;
        }
        let mut out = vec![0u8; image.len().unwrap()];
        let mut best = f64::MAX;
        let mut r = Jpeg2000::decode_with(&data, &o, Executor::HERE, &image, &mut out);
        best = start.elapsed().as_secs_f64();
        for _ in 1..times {
            let start = Instant::now();
            r = Jpeg2000::decode_with(&data, &o, Executor::HERE, &image, &mut out);
            best = best.min(start.elapsed().as_secs_f64());
        }
        match r {
            Err(e) => println!("ERR decode {e} {:?}", e.kind),
            Ok(d) => {
                if f[1] != "-" {
                    std::fs::write(f[1], &out).unwrap();
                }
                println!(
                    "OK {} {} {} {} {} {} {:.6} {:?}",
                    image.rows,
                    image.columns,
                    image.components,
                    image.precision,
                    image.is_signed as u8,
                    image.sample_size(),
                    best,
                    d.fault
                );
            }
        }
        std::io::stdout().flush().unwrap();
    }
}
