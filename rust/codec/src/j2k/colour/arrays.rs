//! Component transforms by arrays (T.801 J.2): a decoder's side of the irreversible ones, pixel by pixel.
//!
//! Each of them makes `outputs` of `inputs`, vectors of one value a component.

/// An irreversible decorrelation (T.801 J.2.2.1): `outputs = matrix * inputs + offsets`. The matrix lies row by row, a row for an output.
pub(crate) fn decorrelate(matrix: &[f64], offsets: &[f64], inputs: &[f64], outputs: &mut [f64]) {
    let rows = matrix.chunks_exact(inputs.len().max(1));
    for ((output, row), offset) in
        outputs.iter_mut().zip(rows).zip(offsets.iter().chain(std::iter::repeat(&0.0)))
    {
        *output = row.iter().zip(inputs).map(|(factor, input)| factor * input).sum::<f64>() + offset;
    }
}

/// An irreversible dependency transform (T.801 J.2.2.3): each output is its input, plus its offset, plus outputs before it by the factors of
/// a triangle, whose row `n` (from 1) has `n` factors.
pub(crate) fn depend(triangle: &[f64], offsets: &[f64], inputs: &[f64], outputs: &mut [f64]) {
    let mut row = 0;
    for number in 0..outputs.len() {
        let factors = triangle.get(row..row + number).unwrap_or_default();
        row += number;
        let sum: f64 = factors.iter().zip(&*outputs).map(|(factor, output)| factor * output).sum();
        let offset = offsets.get(number).copied().unwrap_or(0.0);
        let input = inputs.get(number).copied().unwrap_or(0.0);
        if let Some(output) = outputs.get_mut(number) {
            *output = input + sum + offset;
        }
    }
}
