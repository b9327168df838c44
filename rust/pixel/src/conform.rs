//! What the codestreams of a data set say of its pixels, against what its header says.

use radiogram_core::syntax::Syntax;

use crate::codec::headers::Jpeg2000Headers;
use crate::codec::{Headers, Process};
use crate::layout::{Finding, FindingKind, Photometric, PixelLayout};
use crate::tags;

/// Compares the headers of the first codestream with the header of the data set: the layout becomes what decoders give, with what was assumed.
pub(crate) fn conform(headers: &Headers, syntax: Option<&Syntax>, layout: &mut PixelLayout) {
    if let Err(name) = headers.fits(syntax) {
        let assumed = format!("{name}, as the codestream says, not what the transfer syntax says").into();
        layout.findings.push(Finding { kind: FindingKind::Codestream, tag: tags::PIXELS, assumed });
    }
    if let Some(jpeg2000) = headers.jpeg2000 {
        samples(jpeg2000, layout);
    }
    if layout.samples == 3 {
        colours(headers, layout);
    }
}

fn attribute(
    layout: &mut PixelLayout,
    tag: radiogram_core::Tag,
    assumed: impl Into<std::borrow::Cow<'static, str>>,
) {
    layout.findings.push(Finding { kind: FindingKind::Attributes, tag, assumed: assumed.into() });
}

/// PS3.5 8.2.4, 8.2.14: the header of the data set is consistent with that of the codestream, which is without boxes.
fn samples(headers: Jpeg2000Headers, layout: &mut PixelLayout) {
    if headers.is_boxed {
        let assumed = "the codestream in a file of boxes".into();
        layout.findings.push(Finding { kind: FindingKind::Codestream, tag: tags::PIXELS, assumed });
    }
    if headers.is_signed != layout.signed {
        let words = if layout.signed {
            "negative numbers in the low bits of what the codestream calls unsigned"
        } else {
            "the low bits of what the codestream calls signed"
        };
        attribute(layout, tags::REPRESENTATION, words);
    }
    let precision = u32::from(headers.precision).min(layout.bits_allocated);
    if precision > layout.bits_stored {
        // Values of more bits are there as they were coded, as pydicom gives them: cut off, they would be others.
        let words = format!("{precision} bits, as the codestream says, not {}", layout.bits_stored);
        attribute(layout, tags::BITS_STORED, words);
        layout.bits_stored = precision;
    }
    // What a codestream holds are numbers: they begin at bit 0.
    layout.high_bit = layout.bits_stored - 1;
}

fn colours(headers: &Headers, layout: &mut PixelLayout) {
    if headers.process == Process::JpegXl {
        // PS3.5 8.2.15: what the header says is how colours were coded; the codec undoes it.
        if layout.photometric != Photometric::PaletteColor {
            layout.photometric = Photometric::Rgb;
        }
        return;
    }
    let is_ybr = !matches!(
        layout.photometric,
        Photometric::Rgb
            | Photometric::Monochrome1
            | Photometric::Monochrome2
            | Photometric::PaletteColor
            | Photometric::Hsv
            | Photometric::Unknown
    );
    // As pydicom reads them: names of components come before JFIF's marker, which comes before the header. Where the header says RGB,
    // Adobe's marker does too; where it says luminance and chrominance, it is believed.
    let stated = if headers.is_rgb && layout.photometric != Photometric::Rgb {
        Some((Photometric::Rgb, "RGB, as the codestream names its components"))
    } else if headers.is_jfif && !headers.is_rgb && !is_ybr {
        Some((Photometric::YbrFull, "YBR_FULL, as JFIF's marker in the codestream says"))
    } else if headers.adobe == Some(1) && !headers.is_rgb && layout.photometric == Photometric::Rgb {
        Some((Photometric::YbrFull, "YBR_FULL, as Adobe's marker in the codestream says"))
    } else if headers.adobe == Some(0) && is_ybr {
        Some((
            layout.photometric.clone(),
            "what the header says, not RGB, as Adobe's marker in the codestream says",
        ))
    } else if headers.jpeg2000.is_some_and(|jpeg2000| jpeg2000.is_transformed) && is_ybr {
        // PS3.5 8.2.4: transformed colours are called YBR_RCT or YBR_ICT, which the layout knows as RGB. As pydicom reads them.
        Some((layout.photometric.clone(), "what the header says of colours that the codestream transforms"))
    } else {
        None
    };
    if let Some((photometric, assumed)) = stated {
        layout.photometric = photometric;
        attribute(layout, tags::PHOTOMETRIC, assumed);
    }
}
