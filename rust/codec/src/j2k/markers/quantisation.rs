//! QCD and QCC: guard bits and step sizes (T.800 A.6.4, A.6.5).

use crate::Result;
use crate::j2k::block::Orientation;

use super::{Fields, Segment};

/// One step for LL, three for each of 32 levels.
pub(crate) const MAX_STEPS: usize = 97;

/// How step sizes are stated (T.800 Table A.28).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Scheme {
    /// Exponents alone.
    #[default]
    None,
    /// One step, from which the others follow.
    Derived,
    /// A step a band.
    Expounded,
}

/// A step: `2^(R - exponent) * (1 + mantissa / 2^11)` (T.800 E-3).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Step {
    pub(crate) exponent: u8,
    pub(crate) mantissa: u16,
}

/// The steps of a component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Quantisation {
    pub(crate) scheme: Scheme,
    pub(crate) guard: u8,
    /// LL, then HL, LH, HH of each resolution from low to high.
    pub(crate) steps: [Step; MAX_STEPS],
    /// How many of them are stated.
    pub(crate) count: u8,
}

impl Quantisation {
    fn read(fields: &mut Fields) -> Result<Self> {
        let style = fields.u8()?;
        let scheme = match style & 31 {
            0 => Scheme::None,
            1 => Scheme::Derived,
            2 => Scheme::Expounded,
            _ => return Err(fields.fault("JPEG 2000: an unknown quantisation")),
        };
        let mut quantisation =
            Self { scheme, guard: style >> 5, steps: [Step::default(); MAX_STEPS], count: 0 };
        for step in &mut quantisation.steps {
            if fields.is_empty() {
                break;
            }
            *step = match scheme {
                Scheme::None => Step { exponent: fields.u8()? >> 3, mantissa: 0 },
                Scheme::Derived | Scheme::Expounded => {
                    let word = fields.u16()?;
                    Step { exponent: word.to_be_bytes()[0] >> 3, mantissa: word & 0x7FF }
                }
            };
            quantisation.count += 1;
            if scheme == Scheme::Derived {
                break;
            }
        }
        if quantisation.count == 0 {
            return Err(fields.fault("JPEG 2000: a quantisation without steps"));
        }
        Ok(quantisation)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let style = match self.scheme {
            Scheme::None => 0,
            Scheme::Derived => 1,
            Scheme::Expounded => 2,
        };
        out.push(style | self.guard << 5);
        for step in self.steps.iter().take(usize::from(self.count)) {
            if self.scheme == Scheme::None {
                out.push(step.exponent << 3);
            } else {
                let word = u16::from(step.exponent) << 11 | step.mantissa;
                out.extend_from_slice(&word.to_be_bytes());
            }
        }
    }

    /// The step of a band, if it is stated: `level` is its decomposition level nb, `levels` how many the component has.
    pub(crate) fn step(&self, levels: u8, level: u8, orientation: Orientation) -> Option<Step> {
        if self.scheme == Scheme::Derived {
            // T.800 E-5: the exponent falls by one a level.
            let [first, ..] = self.steps;
            let exponent = (i16::from(first.exponent) - i16::from(levels) + i16::from(level)).max(0);
            return Some(Step { exponent: u8::try_from(exponent).unwrap_or(0), mantissa: first.mantissa });
        }
        let offset = match orientation {
            Orientation::LL => 0,
            Orientation::HL => 1,
            Orientation::LH => 2,
            Orientation::HH => 3,
        };
        let index = match orientation {
            Orientation::LL => 0,
            _ => usize::from(levels.saturating_sub(level)) * 3 + offset,
        };
        let stated = self.steps.get(..usize::from(self.count)).unwrap_or_default();
        stated.get(index).copied()
    }
}

/// Reads QCD.
pub(crate) fn read_qcd(segment: &Segment) -> Result<Quantisation> {
    Quantisation::read(&mut segment.fields())
}

/// Reads QCC: a component and its steps.
pub(crate) fn read_qcc(segment: &Segment, components: usize) -> Result<(u16, Quantisation)> {
    let mut fields = segment.fields();
    let component = fields.component(components)?;
    Ok((component, Quantisation::read(&mut fields)?))
}

/// Appends QCD.
pub(crate) fn write_qcd(out: &mut Vec<u8>, quantisation: &Quantisation) -> Result<()> {
    super::write(out, super::QCD, |out| quantisation.write(out))
}
