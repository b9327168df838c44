//! The encoders of the transfer syntaxes of JPEG 2000 with their options (PS3.5 8.2.4, 8.2.14, 10.18).

use radiogram_codec::j2k::block::Throughput;
use radiogram_codec::j2k::{Components, DecodeOptions, Executor, Jpeg2000, Jpeg2000Encoder, Layer, Order};
use radiogram_codec::{Encoder, Image, Result as CodecResult};
use radiogram_core::{Error, ErrorKind, Result};

use super::options::Options;
use super::quality;

/// Decomposition levels where nothing asks for others.
const LEVELS: u8 = 5;
/// PS3.5 10.18: a side of the lowest resolution, of which there is a thumbnail.
const THUMBNAIL: u32 = 64;

/// How often a step is tried, and how many decibels may be missing in the end.
const TRIES: usize = 6;
const NEAR_ENOUGH: f32 = 0.05;

/// An encoder, but for what depends on the image.
pub(super) struct Encoding {
    encoder: Jpeg2000Encoder,
    /// Whether three components are transformed.
    is_transformed: bool,
    /// How all of them are, where they are not colours.
    together: Option<Together>,
    /// Whether there are as many levels as make a thumbnail.
    has_thumbnail: bool,
}

/// The forms of JPEG 2000.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// T.800.
    Plain,
    /// The same with components transformed together (T.801, PS3.5 A.4.4).
    Together,
    /// Code blocks by T.814.
    HighThroughput,
    /// The same, resolutions first, with a thumbnail and tables of lengths.
    Rpcl,
}

/// What a transfer syntax allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) form: Form,
    /// Loss.
    pub(super) is_lossy: bool,
}

impl Encoding {
    /// Takes the options.
    pub(super) fn new(allowed: Allowed, options: &mut Options) -> Result<Self> {
        let Allowed { form, is_lossy } = allowed;
        let (is_high_throughput, is_rpcl) =
            (matches!(form, Form::HighThroughput | Form::Rpcl), form == Form::Rpcl);
        let base =
            if is_high_throughput { Jpeg2000Encoder::high_throughput() } else { Jpeg2000Encoder::default() };
        let layers = if is_lossy { layers(is_high_throughput, options)? } else { Vec::new() };
        let levels = options.whole("levels", 0..=32, u8::MAX)?;
        let order = if is_rpcl { Order::Rpcl } else { order(base.order, options)? };
        let tile = options.whole("tile", 0..=u32::from(u16::MAX), 0)?;
        let is_transformed = options.truth("mct", true)?;
        let together = if form == Form::Together { together(layers.is_empty(), options)? } else { None };
        let encoder = Jpeg2000Encoder {
            reversible: layers.is_empty(),
            levels: (levels != u8::MAX).then_some(levels),
            tile: (tile > 0).then_some((tile, tile)),
            tlm: is_rpcl || options.truth("tlm", base.tlm)?,
            plt: options.truth("plt", base.plt)?,
            order,
            layers,
            ..base
        };
        Ok(Self { encoder, is_transformed, together, has_thumbnail: is_rpcl })
    }

    fn of(&self, image: &Image) -> CodecResult<Jpeg2000Encoder> {
        let mut encoder =
            Jpeg2000Encoder { colour: self.is_transformed && image.components == 3, ..self.encoder.clone() };
        // One component has no other; three are colours, unless something is asked for.
        encoder.components = match &self.together {
            Some(together) if together.is_asked_for || !matches!(image.components, 1 | 3) => {
                together.components.clone()
            }
            _ => Components::Apart,
        };
        if self.has_thumbnail {
            let least = levels_to(THUMBNAIL, image.rows.min(image.columns));
            match encoder.levels {
                Some(levels) if levels < least => {
                    return Err(radiogram_codec::Error::new(
                        radiogram_codec::ErrorKind::Argument,
                        "fewer levels than make a side of 64 pixels, which the transfer syntax asks for",
                    ));
                }
                Some(_) => {}
                None => encoder.levels = Some(least.max(LEVELS)),
            }
        }
        Ok(encoder)
    }
}

impl Encoder for Encoding {
    fn encode_into(&self, samples: &[u8], image: &Image, out: &mut Vec<u8>) -> CodecResult<()> {
        self.encode_by(samples, image, Executor::HERE, out)
    }

    fn encode_by(
        &self,
        samples: &[u8],
        image: &Image,
        executor: Executor<'_>,
        out: &mut Vec<u8>,
    ) -> CodecResult<()> {
        let mut encoder = self.of(image)?;
        let wanted = match *encoder.layers {
            [Layer::Psnr(wanted)] if encoder.style.ht != Throughput::Off => wanted,
            _ => return encoder.encode_into(image, samples, executor, out),
        };
        // T.814: blocks cannot be cut, so that the step alone decides. How far it leads depends on how many coefficients are 0: it is seen.
        let start = out.len();
        let mut decoded = vec_of(samples.len())?;
        let mut asked = wanted;
        for _ in 0..TRIES {
            out.truncate(start);
            encoder.layers = vec![Layer::Psnr(asked)];
            encoder.encode_into(image, samples, executor, out)?;
            let made = out.get(start..).unwrap_or_default();
            Jpeg2000::decode_with(made, &DecodeOptions::default(), executor, image, &mut decoded)?;
            let missing = wanted - quality::decibels(samples, &decoded, image);
            if missing <= NEAR_ENOUGH {
                break;
            }
            asked += missing;
        }
        Ok(())
    }
}

fn vec_of(size: usize) -> CodecResult<Vec<u8>> {
    let limit = radiogram_codec::Error::new(radiogram_codec::ErrorKind::Limit, "no memory for the frame");
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(|_| limit)?;
    bytes.resize(size, 0);
    Ok(bytes)
}

/// How often a side is halved until it has no more than so many pixels.
fn levels_to(most: u32, mut side: u32) -> u8 {
    let mut levels = 0;
    while side > most {
        side = side.div_ceil(2);
        levels += 1;
    }
    levels
}

/// How components are transformed together.
struct Together {
    components: Components,
    /// True where the caller said so.
    is_asked_for: bool,
}

/// By what the caller gives, or by what fits the loss.
fn together(is_lossless: bool, options: &mut Options) -> Result<Option<Together>> {
    let matrix = options.numbers("matrix")?;
    let default = if is_lossless { Components::Differences } else { Components::Principal };
    let names = [("apart", 0), ("differences", 1), ("principal", 2)];
    let components = match (options.word("components", &names, 3)?, matrix) {
        (3, Some(matrix)) if is_lossless => Components::Steps(whole(&matrix)?),
        (3, Some(matrix)) => Components::Matrix(matrix),
        (3, None) => return Ok(Some(Together { components: default, is_asked_for: false })),
        (0, None) => return Ok(None),
        (1, None) => Components::Differences,
        (_, None) => Components::Principal,
        (_, Some(_)) => {
            return Err(Error::new(ErrorKind::Argument, "components are transformed by a name or a matrix"));
        }
    };
    let is_fit = matches!(components, Components::Differences | Components::Steps(_)) == is_lossless;
    if !is_fit {
        let message =
            "differences lose nothing, and principal axes something: \"rate\" or \"quality\" says how much";
        return Err(Error::new(ErrorKind::Argument, message));
    }
    Ok(Some(Together { components, is_asked_for: true }))
}

/// Numbers that have to be whole: those of reversible steps.
fn whole(numbers: &[f64]) -> Result<Vec<i32>> {
    let range = f64::from(i32::MIN)..=f64::from(i32::MAX);
    if !numbers.iter().all(|number| range.contains(number) && number.fract() == 0.0) {
        let message =
            "a matrix that loses nothing is one of steps: whole numbers, a column more than rows (T.801 J.2)";
        return Err(Error::new(ErrorKind::Argument, message));
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers within the range")]
    Ok(numbers.iter().map(|number| *number as i32).collect())
}

/// The layers: none where nothing is to be lost.
fn layers(is_high_throughput: bool, options: &mut Options) -> Result<Vec<Layer>> {
    let wrong = |message| Err(Error::new(ErrorKind::Argument, message));
    #[expect(
        clippy::cast_possible_truncation,
        reason = "ratios and decibels have but some digits that matter"
    )]
    let narrow = |number: f64| number as f32;
    let qualities = options.positives("quality")?;
    let is_rising = |numbers: &[f64]| numbers.is_sorted_by(|a, b| a < b);
    if !is_rising(&qualities) {
        return wrong("the qualities of layers rise");
    }
    if is_high_throughput {
        // T.814: what is coded cannot be cut to a rate.
        if qualities.len() > 1 {
            return wrong("high-throughput JPEG 2000 has one quality");
        }
        return Ok(qualities.into_iter().map(|quality| Layer::Psnr(narrow(quality))).collect());
    }
    let mut rates = options.positives("rate")?;
    rates.reverse();
    if !is_rising(&rates) {
        return wrong("the rates of layers fall");
    }
    if rates.iter().any(|rate| *rate < 1.0) {
        return wrong("a rate says how many times smaller a frame becomes: 1 or more");
    }
    if !rates.is_empty() && !qualities.is_empty() {
        return wrong("layers have rates or qualities, not both");
    }
    let rates = rates.into_iter().rev().map(|rate| Layer::Ratio(narrow(rate)));
    Ok(rates.chain(qualities.into_iter().map(|quality| Layer::Psnr(narrow(quality)))).collect())
}

fn order(default: Order, options: &mut Options) -> Result<Order> {
    let orders = [
        ("LRCP", Order::Lrcp),
        ("RLCP", Order::Rlcp),
        ("RPCL", Order::Rpcl),
        ("PCRL", Order::Pcrl),
        ("CPRL", Order::Cprl),
    ];
    options.word("order", &orders, default)
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Value};
    use super::*;

    const LOSSY: Allowed = Allowed { form: Form::Plain, is_lossy: true };

    fn given(name: &str, value: Value) -> Options {
        Options::new(vec![(name.to_owned(), value)])
    }

    fn of(allowed: Allowed, name: &str, value: Value) -> Result<Encoding> {
        Encoding::new(allowed, &mut given(name, value))
    }

    #[test]
    fn rates_fall_and_qualities_rise() {
        let made = of(LOSSY, "rate", Value::Several(vec![20.0, 5.0])).unwrap();
        assert_eq!(made.encoder.layers, [Layer::Ratio(20.0), Layer::Ratio(5.0)]);
        assert!(!made.encoder.reversible);
        assert!(of(LOSSY, "rate", Value::Several(vec![5.0, 20.0])).is_err());
        assert!(of(LOSSY, "rate", Value::Real(0.5)).is_err());
        let made = of(LOSSY, "quality", Value::Whole(40)).unwrap();
        assert_eq!(made.encoder.layers, [Layer::Psnr(40.0)]);
        assert!(of(LOSSY, "quality", Value::Several(vec![40.0, 40.0])).is_err());
        let throughput = Allowed { form: Form::HighThroughput, ..LOSSY };
        assert!(of(throughput, "quality", Value::Several(vec![30.0, 40.0])).is_err());
    }

    #[test]
    fn nothing_is_lost_unless_it_is_asked_for() {
        for form in [Form::Plain, Form::Together, Form::HighThroughput] {
            let allowed = Allowed { form, ..LOSSY };
            assert!(Encoding::new(allowed, &mut Options::default()).unwrap().encoder.reversible);
        }
    }

    #[test]
    fn a_thumbnail_has_a_side_of_64_pixels() {
        let image = |rows, columns| Image { rows, columns, components: 1, precision: 8, is_signed: false };
        let allowed = Allowed { form: Form::Rpcl, is_lossy: false };
        let made = Encoding::new(allowed, &mut Options::default()).unwrap();
        assert_eq!((made.encoder.order, made.encoder.tlm), (Order::Rpcl, true));
        assert_eq!(made.of(&image(512, 512)).unwrap().levels, Some(5));
        assert_eq!(made.of(&image(4097, 9000)).unwrap().levels, Some(7));
        let few = of(allowed, "levels", Value::Whole(2)).unwrap();
        assert!(few.of(&image(512, 512)).is_err());
        assert!(few.of(&image(256, 9000)).is_ok());
    }

    #[test]
    fn components_are_transformed_as_the_loss_allows() {
        let allowed = Allowed { form: Form::Together, ..LOSSY };
        let image = |components| Image { rows: 8, columns: 8, components, precision: 8, is_signed: false };
        let made = Encoding::new(allowed, &mut Options::default()).unwrap();
        let chosen = [1, 2, 3].map(|count| made.of(&image(count)).unwrap().components);
        assert_eq!(chosen, [Components::Apart, Components::Differences, Components::Apart]);
        let several = |numbers: &[f64]| Value::Several(numbers.to_vec());
        let steps = of(allowed, "matrix", several(&[1.0, 2.0, 4.0, 3.0, 2.0, 1.0])).unwrap();
        let expected = Components::Steps(vec![1, 2, 4, 3, 2, 1]);
        assert_eq!(steps.of(&image(3)).unwrap().components, expected);
        assert!(of(allowed, "matrix", several(&[0.5])).is_err());
        assert!(of(allowed, "components", Value::Word("principal".to_owned())).is_err());
        let both = vec![
            ("quality".to_owned(), Value::Whole(40)),
            ("components".to_owned(), Value::Word("differences".to_owned())),
        ];
        assert!(Encoding::new(allowed, &mut Options::new(both)).is_err());
        let lossy = of(allowed, "quality", Value::Whole(40)).unwrap();
        assert_eq!(lossy.of(&image(2)).unwrap().components, Components::Principal);
    }
}
