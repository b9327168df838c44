//! Which context a sample has, by what is significant around it (T.800 Annex D.3).
//!
//! A neighbourhood is nine bits, three a row from the top: left, middle, right. The sample itself, bit 4, says nothing.

use crate::j2k::block::Orientation;

use super::states::SIGN;

/// The contexts of significance for every neighbourhood.
pub(super) type Labels = [u8; 512];

/// T.800 Table D.1, for bands of the orientation.
pub(super) const fn significance(orientation: Orientation) -> &'static Labels {
    match orientation {
        Orientation::LL | Orientation::LH => &VERTICALLY_HIGH,
        Orientation::HL => &HORIZONTALLY_HIGH,
        Orientation::HH => &DIAGONALLY_HIGH,
    }
}

static VERTICALLY_HIGH: Labels = labels(Orientation::LH);
static HORIZONTALLY_HIGH: Labels = labels(Orientation::HL);
static DIAGONALLY_HIGH: Labels = labels(Orientation::HH);

const fn labels(orientation: Orientation) -> Labels {
    let mut labels = [0; 512];
    let mut around = 0;
    while around < 512 {
        let horizontal = (around >> 3 & 1) + (around >> 5 & 1);
        let vertical = (around >> 1 & 1) + (around >> 7 & 1);
        let diagonal = (around & 1) + (around >> 2 & 1) + (around >> 6 & 1) + (around >> 8 & 1);
        labels[around] = match orientation {
            Orientation::HH => label_hh(horizontal + vertical, diagonal),
            Orientation::HL => label(vertical, horizontal, diagonal),
            _ => label(horizontal, vertical, diagonal),
        };
        around += 1;
    }
    labels
}

const fn label(along: usize, across: usize, diagonal: usize) -> u8 {
    match (along, across, diagonal) {
        (2, _, _) => 8,
        (1, 1.., _) => 7,
        (1, 0, 1..) => 6,
        (1, 0, 0) => 5,
        (0, 2, _) => 4,
        (0, 1, _) => 3,
        (0, 0, 2..) => 2,
        (0, 0, 1) => 1,
        _ => 0,
    }
}

const fn label_hh(straight: usize, diagonal: usize) -> u8 {
    match (diagonal, straight) {
        (3.., _) => 8,
        (2, 1..) => 7,
        (2, 0) => 6,
        (1, 2..) => 5,
        (1, 1) => 4,
        (1, 0) => 3,
        (0, 2..) => 2,
        (0, 1) => 1,
        _ => 0,
    }
}

/// Context of a sign and, in bit 7, whether the coded symbol is turned round (T.800 Tables D.2 and D.3).
///
/// The index: bits 1, 3, 5, 7 say that the upper, left, right, lower neighbour is significant, the bit below each that it is negative.
pub(super) static SIGNS: [u8; 256] = {
    let mut signs = [0; 256];
    let mut index = 0;
    while index < 256 {
        let vertical = one(index) + one(index >> 6);
        let horizontal = one(index >> 2) + one(index >> 4);
        // The rule is the same for both senses: a negative horizontal sum, or a negative vertical one where that is nought, turns it round.
        let is_turned = horizontal < 0 || (horizontal == 0 && vertical < 0);
        let (horizontal, vertical) = if is_turned {
            (-horizontal.signum(), -vertical.signum())
        } else {
            (horizontal.signum(), vertical.signum())
        };
        let context = match (horizontal, vertical) {
            (1, 1) => 4,
            (1, 0) => 3,
            (1, _) => 2,
            (_, 1) => 1,
            _ => 0,
        };
        signs[index] = (SIGN + context) | (is_turned as u8) << 7;
        index += 1;
    }
    signs
};

const fn one(bits: usize) -> i32 {
    match bits & 3 {
        2 => 1,
        3 => -1,
        _ => 0,
    }
}
