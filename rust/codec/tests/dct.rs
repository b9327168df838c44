//! JPEG with the DCT: what comes back from the encoders, streams put together by hand, and the corpus.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::similar_names,
    reason = "a test's own numbers and streams"
)]

mod corpus;

use radiogram_codec::dct::{ColorModel, Colour, Conversion, Dct, DctEncoder, Subsampling, describe_jpeg};
use radiogram_codec::{Decoded, Decoder, Encoder, ErrorKind, Image, Result};

fn image(rows: u32, columns: u32, components: u16, precision: u8) -> Image {
    Image { rows, columns, components, precision, is_signed: false }
}

/// A smooth picture with an edge.
fn samples(image: &Image) -> Vec<u8> {
    let most = (1_u32 << image.precision) - 1;
    let mut bytes = Vec::new();
    for row in 0..image.rows {
        for column in 0..image.columns {
            for component in 0..u32::from(image.components) {
                let ramp = (row * (3 + component) + column * 2) * most / 400;
                let edge = if row > column + 9 { most / 3 } else { 0 };
                let value = u16::try_from((ramp + edge).min(most)).unwrap();
                bytes.extend(value.to_ne_bytes().into_iter().take(image.sample_size()));
            }
        }
    }
    bytes
}

fn encoded(samples: &[u8], image: &Image, options: DctEncoder) -> Vec<u8> {
    let mut out = Vec::new();
    options.encode_into(samples, image, &mut out).unwrap();
    out
}

fn decode_as(colour: Colour, codestream: &[u8]) -> Result<(Vec<u8>, Decoded)> {
    let decoder = Dct { colour, ..Dct::default() };
    let image = decoder.describe(codestream)?;
    let mut out = vec![0; image.len()?];
    let decoded = decoder.decode_into(codestream, &image, &mut out)?;
    Ok((out, decoded))
}

fn decode(codestream: &[u8]) -> Result<(Vec<u8>, Decoded)> {
    decode_as(Colour::AsCoded, codestream)
}

fn values(bytes: &[u8], image: &Image) -> Vec<u16> {
    match image.sample_size() {
        1 => bytes.iter().map(|&byte| byte.into()).collect(),
        _ => bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_ne_bytes(*pair)).collect(),
    }
}

fn largest_difference(one: &[u8], other: &[u8], image: &Image) -> u16 {
    let pairs = values(one, image).into_iter().zip(values(other, image));
    pairs.map(|(one, other)| one.abs_diff(other)).max().unwrap_or(0)
}

#[test]
fn what_is_encoded_comes_back_within_rounding() {
    for (rows, columns) in [(1, 1), (8, 8), (7, 17), (33, 16), (40, 61)] {
        for (components, precision) in [(1, 8), (1, 12), (3, 8), (3, 12), (4, 8), (2, 12), (1, 10)] {
            let own = image(rows, columns, components, precision);
            let before = samples(&own);
            for conversion in [Conversion::YCbCr, Conversion::Rgb] {
                for restart_interval in [0, 1, 5] {
                    let options =
                        DctEncoder { quality: 100, conversion, restart_interval, ..DctEncoder::default() };
                    let stream = encoded(&before, &own, options);
                    let (after, decoded) = decode(&stream).unwrap();
                    assert_eq!(decoded, Decoded::whole(stream.len(), None));
                    assert!(largest_difference(&before, &after, &own) <= 2, "{own:?} {options:?}");
                }
            }
        }
    }
}

#[test]
fn colours_go_there_and_back() {
    for precision in [8, 12] {
        for subsampling in [Subsampling::Full, Subsampling::Half, Subsampling::Quarter] {
            let own = image(37, 51, 3, precision);
            // Alike in all components, so that subsampling loses nothing.
            let grey = samples(&image(37, 51, 1, precision));
            let size = own.sample_size();
            let before: Vec<u8> = grey.chunks(size).flat_map(|sample| sample.repeat(3)).collect();
            let options = DctEncoder { quality: 100, subsampling, ..DctEncoder::default() };
            let (after, _) = decode_as(Colour::Rgb, &encoded(&before, &own, options)).unwrap();
            assert!(largest_difference(&before, &after, &own) <= 3, "{precision} {subsampling:?}");
        }
    }
}

#[test]
fn a_lower_quality_is_shorter_and_the_best_tables_are_too() {
    let own = image(64, 64, 1, 8);
    let length = |quality, is_optimal| {
        encoded(&samples(&own), &own, DctEncoder { quality, is_optimal, ..DctEncoder::default() }).len()
    };
    assert!(length(30, false) < length(95, false));
    assert!(length(95, true) < length(95, false));
}

#[test]
fn the_stream_says_what_its_colours_are() {
    let own = image(8, 8, 3, 8);
    let model = |conversion| {
        let info =
            describe_jpeg(&encoded(&samples(&own), &own, DctEncoder { conversion, ..DctEncoder::default() }));
        info.map(|info| (info.model, info.is_stated)).unwrap()
    };
    assert_eq!(model(Conversion::RgbToYCbCr), (ColorModel::YCbCr, true));
    assert_eq!(model(Conversion::Rgb), (ColorModel::Rgb, true));
    let grey = encoded(&[7; 64], &image(8, 8, 1, 8), DctEncoder::default());
    assert_eq!(describe_jpeg(&grey).unwrap().model, ColorModel::Grey);
}

/// The place of a marker.
fn find(stream: &[u8], marker: u8) -> usize {
    stream.windows(2).position(|pair| pair == [0xFF, marker]).unwrap()
}

/// The length of the segment at a place, marker and all.
fn length_at(stream: &[u8], at: usize) -> usize {
    2 + usize::from(u16::from_be_bytes([stream[at + 2], stream[at + 3]]))
}

#[test]
fn components_may_come_in_scans_of_their_own() {
    let own = image(21, 30, 3, 8);
    let before = samples(&own);
    let options = DctEncoder { quality: 90, conversion: Conversion::Rgb, ..DctEncoder::default() };
    let whole = encoded(&before, &own, options);
    // The same planes as three grey images, whose entropy-coded data are three scans of the colour one.
    let mut stream = whole[..find(&whole, 0xDA)].to_vec();
    for component in 0..3_u8 {
        let plane: Vec<u8> = before.iter().skip(component.into()).step_by(3).copied().collect();
        let grey = encoded(&plane, &image(21, 30, 1, 8), options);
        let at = find(&grey, 0xDA);
        stream.extend([0xFF, 0xDA, 0, 8, 1, component + 1, 0, 0, 63, 0]);
        stream.extend(&grey[at + length_at(&grey, at)..grey.len() - 2]);
    }
    stream.extend([0xFF, 0xD9]);
    assert_eq!(decode(&stream).unwrap(), (decode(&whole).unwrap().0, Decoded::whole(stream.len(), None)));
    // Two of them are not a picture.
    let last = stream.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    stream.truncate(last);
    assert_eq!(decode(&stream).unwrap_err().kind, ErrorKind::Truncated);
}

#[test]
fn the_number_of_lines_may_come_after_the_scan() {
    let own = image(19, 23, 1, 12);
    let whole = encoded(&samples(&own), &own, DctEncoder::default());
    let mut stream = whole.clone();
    let frame = find(&stream, 0xC1);
    stream[frame + 5..frame + 7].fill(0);
    assert_eq!(describe_jpeg(&stream).unwrap_err().kind, ErrorKind::Malformed);
    let end = stream.len() - 2;
    stream.splice(end..end, [0xFF, 0xDC, 0, 4, 0, 19]);
    assert_eq!(decode(&stream).unwrap(), (decode(&whole).unwrap().0, Decoded::whole(stream.len(), None)));
}

#[test]
fn what_follows_the_image_does_not_matter() {
    let own = image(19, 23, 3, 8);
    let whole = encoded(&samples(&own), &own, DctEncoder::default());
    let want = decode(&whole).unwrap().0;
    for tail in [&b"\0\0\0"[..], b"garbage", b"\xFF\xD8\xFF\xDA"] {
        let stream = [&whole, tail].concat();
        assert_eq!(decode(&stream).unwrap(), (want.clone(), Decoded::whole(whole.len(), None)));
    }
    let (after, decoded) = decode(&whole[..whole.len() - 2]).unwrap();
    assert!(after == want && decoded.fault.is_some(), "a missing EOI is noted");
    // Fill bytes before markers.
    let mut stream = whole.clone();
    for marker in [0xD9, 0xDA, 0xC4, 0xDB] {
        let at = stream.windows(2).rposition(|pair| pair == [0xFF, marker]).unwrap();
        stream.splice(at..at, [0xFF; 3]);
    }
    assert_eq!(decode(&stream).unwrap(), (want, Decoded::whole(stream.len(), None)));
}

#[test]
fn a_sequential_scan_that_claims_no_ac_coefficients_is_read_and_noted() {
    // So the NEMA compression samples of 12 bits are written: Se = 0.
    let own = image(24, 24, 1, 12);
    let mut stream = encoded(&samples(&own), &own, DctEncoder::default());
    let want = decode(&stream).unwrap().0;
    let at = find(&stream, 0xDA);
    stream[at + 8] = 0;
    let (after, decoded) = decode(&stream).unwrap();
    assert!(after == want && decoded.fault.is_some_and(|(place, _)| place == at));
}

#[test]
fn wide_quantisation_steps_are_read() {
    let own = image(16, 16, 1, 8);
    let mut stream = encoded(&samples(&own), &own, DctEncoder::default());
    let want = decode(&stream).unwrap().0;
    let at = find(&stream, 0xDB);
    let steps: Vec<u8> = stream[at + 5..at + 69].iter().flat_map(|&step| [0, step]).collect();
    stream.splice(at + 2..at + 69, [&[0, 131, 0x10][..], &steps].concat());
    assert_eq!(decode(&stream).unwrap().0, want);
}

#[test]
fn the_same_coefficients_give_the_same_samples_sequential_and_progressive() {
    // A picture of 21 × 19 pixels, 4:2:0, of ten scans.
    let (sequential, _) = decode(include_bytes!("data/sequential.jpg")).unwrap();
    let (progressive, decoded) = decode(include_bytes!("data/progressive.jpg")).unwrap();
    assert!(sequential == progressive && decoded.fault.is_none());
    // Without its last scans, which hold the last bits, it is a picture still, and that is noted.
    let stream = include_bytes!("data/progressive.jpg");
    let last = stream.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    assert!(decode(&stream[..last]).unwrap().1.fault.is_some());
}

#[test]
fn every_cut_is_an_error_or_noted() {
    let own = image(20, 25, 3, 8);
    let options =
        DctEncoder { restart_interval: 3, subsampling: Subsampling::Quarter, ..DctEncoder::default() };
    for stream in [encoded(&samples(&own), &own, options), include_bytes!("data/progressive.jpg").to_vec()] {
        for length in 0..stream.len() {
            if let Ok((_, decoded)) = decode(&stream[..length]) {
                assert!(decoded.fault.is_some(), "{length} of {}", stream.len());
            }
        }
    }
}

#[test]
fn other_processes_are_refused_by_name() {
    let stream = encoded(&[7; 64], &image(8, 8, 1, 8), DctEncoder::default());
    let at = find(&stream, 0xC0);
    for (marker, word) in
        [(0xC3, "lossless"), (0xC9, "arithmetic"), (0xC5, "hierarchical"), (0xCA, "arithmetic")]
    {
        let mut other = stream.clone();
        other[at + 1] = marker;
        let error = describe_jpeg(&other).unwrap_err();
        assert!(error.kind == ErrorKind::Unsupported && error.message.contains(word), "{error}");
    }
    let wrong = image(8, 8, 3, 8);
    let result = Dct::default().decode_into(&stream, &wrong, &mut [0; 192]);
    assert_eq!(result.unwrap_err().kind, ErrorKind::Argument);
}

/// Fragments of one codestream together: a new one begins with SOI.
fn codestreams(fragments: Vec<&[u8]>) -> Vec<Vec<u8>> {
    let mut joined: Vec<Vec<u8>> = Vec::new();
    for fragment in fragments {
        match joined.last_mut() {
            Some(last) if !fragment.starts_with(b"\xFF\xD8\xFF") => last.extend(fragment),
            _ => joined.push(fragment.to_vec()),
        }
    }
    joined
}

#[test]
fn the_corpus_decodes_as_the_reference_decoders_do() {
    let Some(folder) = corpus::folder() else { return };
    let mut count = 0;
    for row in corpus::rows(&folder) {
        let syntax = row["transfer_syntax"].strip_prefix("1.2.840.10008.1.2.4.");
        let is_dct = syntax.is_some_and(|last| ["50", "51", "53", "55"].contains(&last));
        // genFile holds no codestream; the frames of multiframe are of another size than its header says; SC_rgb_jpeg has implicit VRs.
        let other = ["genFile.dcm", "multiframe.dcm", "SC_rgb_jpeg.dcm"];
        if !is_dct || other.iter().any(|name| row["file"].ends_with(name)) {
            continue;
        }
        let file = std::fs::read(folder.join(&row["file"])).unwrap();
        let mut pixels = Vec::new();
        for codestream in codestreams(corpus::fragments(&file)) {
            pixels.extend(decode(&codestream).unwrap().0);
        }
        if row["file"].ends_with("RG3_JPLY") {
            // Eight samples are 1024 in an image of 10 bits; the stated hash is of these cut off to 10 bits, black.
            let words = pixels.as_chunks_mut::<2>().0;
            for word in words {
                *word = (u16::from_ne_bytes(*word) & 1023).to_ne_bytes();
            }
        }
        let stated = row["agreed_by"].split_once("candidate=").map_or("", |(_, hash)| hash);
        let stated = if row["pixel_sha256"].is_empty() { stated } else { &row["pixel_sha256"] };
        assert_eq!(corpus::sha256(&pixels), stated, "{}", row["file"]);
        count += 1;
    }
    assert_eq!(count, 33);
}

#[test]
fn the_compliance_streams_agree_with_each_other() {
    let Some(folder) = corpus::folder() else { return };
    let folder = folder.join("codec/pydicom+pylibjpeg-data/ljdata/jpg/10918");
    let read = |name: &str| decode(&std::fs::read(folder.join(name)).unwrap());
    // ISO/IEC 10918-2: the same coefficients, baseline and extended, interleaved or not.
    let (baseline, extended) = (read("p1/A1.JPG").unwrap().0, read("p2/C1.JPG").unwrap().0);
    assert_eq!(baseline.len(), extended.len());
    assert!(extended == read("p2/C2.JPG").unwrap().0);
    assert!(read("p4/E1.JPG").unwrap().0 == read("p4/E2.JPG").unwrap().0);
    assert_eq!(read("p1/B1.JPG").unwrap_err().kind, ErrorKind::Malformed);
    assert_eq!(read("p1/B2.JPG").unwrap_err().kind, ErrorKind::Unsupported);
}
