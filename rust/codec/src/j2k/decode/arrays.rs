//! Component transforms by arrays, made ready from what the header says (T.801 Annex J).

use crate::j2k::colour::arrays;
use crate::j2k::markers::transforms::{Collection, Kind, Transforms};
use crate::j2k::markers::{malformed, unsupported};
use crate::Result;

/// One collection: which components it takes and gives, and its numbers.
#[derive(Clone, Debug)]
struct Step {
    kind: Kind,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    matrix: Vec<f64>,
    offsets: Vec<f64>,
    /// The same as whole numbers, for reversible transforms.
    whole: Option<(Vec<i64>, Vec<i64>)>,
}

/// All stages, in the order in which a decoder undoes them.
#[derive(Clone, Debug)]
pub(super) struct Arrays(Vec<Vec<Step>>);

#[expect(clippy::cast_possible_truncation, reason = "whole numbers of at most 32 bits, or saturated")]
fn whole(values: &[f64]) -> Vec<i64> {
    values.iter().map(|value| *value as i64).collect()
}

impl Arrays {
    /// For an image of so many components.
    pub(super) fn new(transforms: &Transforms, components: usize) -> Result<Self> {
        let mut stages = Vec::new();
        for &index in &transforms.order {
            let stage = transforms
                .stage_of(index)
                .ok_or(malformed("JPEG 2000: a stage of component transforms is missing"))?;
            let steps: Result<Vec<_>> =
                stage.iter().map(|collection| Step::new(transforms, collection, components)).collect();
            stages.push(steps?);
        }
        Ok(Self(stages))
    }

    /// Undoes all stages on rows of `width` values, one a component.
    pub(super) fn undo(&self, values: &mut [f64], width: usize) {
        let (mut before, mut inputs, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
        let (mut whole_in, mut whole_out) = (Vec::new(), Vec::new());
        for stage in &self.0 {
            before.clear();
            before.extend_from_slice(values);
            for step in stage {
                for column in 0..width {
                    let of = |component: &usize| before.get(component * width + column).copied().unwrap_or(0.0);
                    inputs.clear();
                    inputs.extend(step.inputs.iter().map(of));
                    outputs.clear();
                    outputs.resize(step.outputs.len(), 0.0);
                    step.undo(&inputs, &mut outputs, (&mut whole_in, &mut whole_out));
                    for (component, &output) in step.outputs.iter().zip(&outputs) {
                        if let Some(value) = values.get_mut(component * width + column) {
                            *value = output;
                        }
                    }
                }
            }
        }
    }
}

impl Step {
    fn new(transforms: &Transforms, collection: &Collection, components: usize) -> Result<Self> {
        let list = |held: &[u16]| held.iter().map(|&index| usize::from(index)).collect::<Vec<_>>();
        let (inputs, outputs) = (list(&collection.inputs), list(&collection.outputs));
        if inputs.iter().chain(&outputs).any(|&index| index >= components) {
            return Err(unsupported("JPEG 2000: transforms that give more components than are coded"));
        }
        let array = |kind, index| -> Result<Vec<f64>> {
            if index == 0 {
                return Ok(Vec::new());
            }
            let held = transforms.array_of(kind, index);
            held.map(|array| array.values.clone()).ok_or(malformed("JPEG 2000: an array is missing"))
        };
        let (matrix, offsets) =
            (array(collection.kind, collection.matrix)?, array(Kind::Offset, collection.offsets)?);
        let (rows, columns) = (outputs.len(), inputs.len());
        let expected = match (collection.kind, collection.is_reversible) {
            _ if collection.matrix == 0 => 0,
            (Kind::Decorrelation, false) => rows * columns,
            (Kind::Decorrelation, true) => (rows + 1) * columns,
            (_, false) => rows * rows.saturating_sub(1) / 2,
            (_, true) => rows * rows.saturating_sub(1) / 2 + rows.saturating_sub(1),
        };
        let is_square = rows == columns || collection.kind == Kind::Decorrelation && !collection.is_reversible;
        if matrix.len() != expected || !is_square || !matches!(offsets.len(), 0) && offsets.len() != rows {
            return Err(malformed("JPEG 2000: an array of the wrong size"));
        }
        let whole = collection.is_reversible.then(|| (whole(&matrix), whole(&offsets)));
        Ok(Self { kind: collection.kind, inputs, outputs, matrix, offsets, whole })
    }

    fn undo(&self, inputs: &[f64], outputs: &mut [f64], (from, to): (&mut Vec<i64>, &mut Vec<i64>)) {
        if self.matrix.is_empty() {
            // Offsets alone: T.801 A.3.8, an index of 0 says that there is no array.
            let offsets = self.offsets.iter().chain(std::iter::repeat(&0.0));
            for ((output, input), offset) in outputs.iter_mut().zip(inputs).zip(offsets) {
                *output = input + offset;
            }
            return;
        }
        let Some((matrix, offsets)) = &self.whole else {
            match self.kind {
                Kind::Decorrelation => arrays::decorrelate(&self.matrix, &self.offsets, inputs, outputs),
                _ => arrays::depend(&self.matrix, &self.offsets, inputs, outputs),
            }
            return;
        };
        from.clear();
        from.extend(whole(inputs));
        to.clear();
        to.resize(outputs.len(), 0);
        match self.kind {
            Kind::Decorrelation => arrays::decorrelate_reversibly(matrix, offsets, from, to),
            _ => arrays::depend_reversibly(matrix, offsets, from, to),
        }
        for (output, &value) in outputs.iter_mut().zip(&*to) {
            #[expect(clippy::cast_precision_loss, reason = "samples have at most 38 bits")]
            let value = value as f64;
            *output = value;
        }
    }
}
