//! Decodes a file, and encodes what it got, again and again: `measure KIND FILE [TIMES [ROWS COLUMNS COMPONENTS BITS]]`. Prints the best MB/s
//! of samples of both; where MEASURE_OUT names a file, the encoded bytes go there.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a program for the terminal"
)]

use std::time::Instant;

use radiogram_codec::dct::{Dct, DctEncoder};
use radiogram_codec::j2k::{Executor, Jpeg2000, Jpeg2000Encoder};
use radiogram_codec::jpegls::{JpegLs, JpegLsEncoder};
use radiogram_codec::jxl::{Jxl, JxlEncoder};
use radiogram_codec::lossless::{Lossless, LosslessEncoder};
use radiogram_codec::rle::Rle;
use radiogram_codec::{Decoder, Encoder, Image, Result};

/// JPEG 2000 in one worker.
struct Alone(Jpeg2000Encoder);

impl Encoder for Alone {
    fn encode_into(&self, samples: &[u8], image: &Image, out: &mut Vec<u8>) -> Result<()> {
        self.0.encode_into(image, samples, Executor::HERE, out)
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, kind, file, numbers @ ..] = arguments.as_slice() else {
        return println!("measure KIND FILE [TIMES]");
    };
    let numbers: Vec<u32> = numbers.iter().map(|text| text.parse().expect("a number")).collect();
    let data = std::fs::read(file).expect("a file");
    let (decoder, encoder): (&dyn Decoder, &dyn Encoder) = match kind.as_str() {
        "ljpeg" => (&Lossless::default(), &LosslessEncoder::default()),
        "rle" => (&Rle, &Rle),
        "dct" => (&Dct::default(), &DctEncoder::default()),
        "jpegls" => (&JpegLs, &JpegLsEncoder::default()),
        "j2k" => (&Jpeg2000, &Alone(Jpeg2000Encoder::default())),
        "htj2k" => (&Jpeg2000, &Alone(Jpeg2000Encoder::high_throughput())),
        "jxl" => (&Jxl, &JxlEncoder::default()),
        _ => return println!("dct, htj2k, j2k, jpegls, jxl, ljpeg, rle"),
    };
    let image = match *numbers.as_slice() {
        [_, rows, columns, components, bits] => Image {
            rows,
            columns,
            components: u16::try_from(components).expect("components"),
            precision: u8::try_from(bits).expect("bits"),
            is_signed: false,
        },
        _ => decoder.describe(&data).expect("a header"),
    };
    let times = numbers.first().map_or(10, |&times| times);
    let mut out = vec![0; image.len().expect("a size")];
    let mut codestream = Vec::new();
    let (mut decoding, mut encoding) = (f64::MAX, f64::MAX);
    for _ in 0..times {
        let start = Instant::now();
        decoder.decode_into(&data, &image, &mut out).expect("an image");
        decoding = decoding.min(start.elapsed().as_secs_f64());
        codestream.clear();
        let start = Instant::now();
        encoder.encode_into(&out, &image, &mut codestream).expect("a codestream");
        encoding = encoding.min(start.elapsed().as_secs_f64());
    }
    let rate = |seconds: f64| out.len() as f64 / seconds / 1e6;
    if let Some(path) = std::env::var_os("MEASURE_OUT") {
        std::fs::write(path, &codestream).expect("a file to write to");
    }
    println!("{:.0} {:.0} {}", rate(decoding), rate(encoding), codestream.len());
}
