//! Component transforms by arrays, made ready from what the header says (T.801 Annex J).

use crate::Result;
use crate::j2k::colour::arrays;
use crate::j2k::markers::transforms::{Collection, Kind, Transforms};
use crate::j2k::markers::{malformed, unsupported};

/// One collection: which components it takes and gives, and its numbers.
#[derive(Clone, Debug)]
struct Step {
    kind: Kind,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    matrix: Vec<f64>,
    offsets: Vec<f64>,
}

/// All stages, in the order in which a decoder undoes them.
#[derive(Clone, Debug)]
pub(super) struct Arrays(Vec<Vec<Step>>);

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
        for stage in &self.0 {
            before.clear();
            before.extend_from_slice(values);
            for step in stage {
                for column in 0..width {
                    let of =
                        |component: &usize| before.get(component * width + column).copied().unwrap_or(0.0);
                    inputs.clear();
                    inputs.extend(step.inputs.iter().map(of));
                    outputs.clear();
                    outputs.resize(step.outputs.len(), 0.0);
                    step.undo(&inputs, &mut outputs);
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
        if collection.is_reversible && collection.matrix != 0 {
            return Err(unsupported("JPEG 2000: a reversible component transform by arrays"));
        }
        let (expected, is_square) = match collection.kind {
            _ if collection.matrix == 0 => (0, rows == columns),
            Kind::Decorrelation => (rows * columns, true),
            _ => (rows * rows.saturating_sub(1) / 2, rows == columns),
        };
        if matrix.len() != expected || !is_square || !matches!(offsets.len(), 0) && offsets.len() != rows {
            return Err(malformed("JPEG 2000: an array of the wrong size"));
        }
        Ok(Self { kind: collection.kind, inputs, outputs, matrix, offsets })
    }

    fn undo(&self, inputs: &[f64], outputs: &mut [f64]) {
        if self.matrix.is_empty() {
            // Offsets alone: T.801 A.3.8, an index of 0 says that there is no array.
            let offsets = self.offsets.iter().chain(std::iter::repeat(&0.0));
            for ((output, input), offset) in outputs.iter_mut().zip(inputs).zip(offsets) {
                *output = input + offset;
            }
            return;
        }
        match self.kind {
            Kind::Decorrelation => arrays::decorrelate(&self.matrix, &self.offsets, inputs, outputs),
            _ => arrays::depend(&self.matrix, &self.offsets, inputs, outputs),
        }
    }
}
