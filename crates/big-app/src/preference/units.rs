//! Coordinates measured from their mean in their standard deviation, so that those in other units count alike.

use big_answer::words::vector;
use big_io::InputError;
use big_io::preference::PreferenceTable;
use big_preference::data::{Floats, ResponseColumn};

/// The mean and the standard deviation of each coordinate over all responses, first and second.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Units {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Units {
    /// Of a table of embeddings: one pass. A coordinate that is constant is measured in its own unit.
    pub(super) fn of(table: &PreferenceTable) -> Result<Self, InputError> {
        let d = table.dim();
        let mut first: Option<Vec<f64>> = None;
        let (mut sums, mut squares) = (vec![0.0; d], vec![0.0; d]);
        let mut count = 0_u64;
        let mut values = Vec::new();
        table.pass::<InputError>(&mut |block| {
            for side in [block.a, block.b] {
                let ResponseColumn::Embeddings(side) = side else {
                    continue; // tables of items are not measured
                };
                values.clear();
                side.append_to(&mut values);
                // From the first response on, so that squares do not cancel.
                let origin = first.get_or_insert_with(|| values[..d].to_vec());
                for response in values.chunks_exact(d) {
                    count += 1;
                    for (k, value) in response.iter().enumerate() {
                        let from = value - origin[k];
                        sums[k] += from;
                        squares[k] += from * from;
                    }
                }
            }
            Ok(())
        })?;
        let n = count.max(1) as f64;
        let origin = first.unwrap_or_else(|| vec![0.0; d]);
        let deviation = |k: usize| {
            let mean = sums[k] / n;
            let variance = squares[k] / n - mean * mean;
            if variance > 0.0 { variance.sqrt() } else { 1.0 }
        };
        Ok(Self {
            deviation: (0..d).map(deviation).collect(),
            mean: (0..d).map(|k| origin[k] + sums[k] / n).collect(),
        })
    }

    /// The responses in these units.
    pub(super) fn apply(&self, responses: Floats<'_>, out: &mut Vec<f64>) {
        out.clear();
        responses.append_to(out);
        for response in out.chunks_exact_mut(self.mean.len()) {
            for (k, value) in response.iter_mut().enumerate() {
                *value = (*value - self.mean[k]) / self.deviation[k];
            }
        }
    }

    /// In a sentence.
    pub(super) fn words(&self) -> String {
        format!(
            "Coordinates are measured from {} in units of {}.",
            vector(&self.mean),
            vector(&self.deviation)
        )
    }
}
