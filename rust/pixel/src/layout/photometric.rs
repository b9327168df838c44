//! How samples are to be understood as colours.

/// Photometric Interpretation (PS3.3 C.7.6.3.1.2).
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names are the standard's")]
pub enum Photometric {
    Monochrome1,
    Monochrome2,
    PaletteColor,
    Rgb,
    YbrFull,
    YbrFull422,
    YbrPartial422,
    YbrPartial420,
    YbrIct,
    YbrRct,
    Hsv,
    Argb,
    Cmyk,
    Xyb,
    /// Anything else, or nothing: the samples can be had, a picture cannot.
    Unknown,
}

impl Photometric {
    /// The interpretation of that name.
    pub fn from_name(name: &str) -> Self {
        match name {
            "MONOCHROME1" => Self::Monochrome1,
            "MONOCHROME2" => Self::Monochrome2,
            "PALETTE COLOR" => Self::PaletteColor,
            "RGB" => Self::Rgb,
            "YBR_FULL" => Self::YbrFull,
            "YBR_FULL_422" => Self::YbrFull422,
            "YBR_PARTIAL_422" => Self::YbrPartial422,
            "YBR_PARTIAL_420" => Self::YbrPartial420,
            "YBR_ICT" => Self::YbrIct,
            "YBR_RCT" => Self::YbrRct,
            "HSV" => Self::Hsv,
            "ARGB" => Self::Argb,
            "CMYK" => Self::Cmyk,
            "XYB" => Self::Xyb,
            _ => Self::Unknown,
        }
    }

    /// True for the two grey interpretations.
    pub const fn is_grey(&self) -> bool {
        matches!(self, Self::Monochrome1 | Self::Monochrome2)
    }

    /// True where two neighbours share their chrominance when stored uncompressed.
    pub(super) const fn is_422(&self) -> bool {
        matches!(self, Self::YbrFull422 | Self::YbrPartial422)
    }
}
