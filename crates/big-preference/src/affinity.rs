//! How affine is a receiver, on the profiles that it was asked about?
//!
//! What a trained model does with everybody's reports is affine up to noise and some shrinkage; how much of either is measured where
//! play went, by least squares.

use std::cell::RefCell;
use std::rc::Rc;

use big_numeric::{Cholesky, dot};
use serde::{Deserialize, Serialize};

use crate::receiver::{Receiver, ReceiverError};

/// Numbers of a profile beyond which nothing is remembered.
const LARGEST: usize = 1000;

/// The affine receiver `r(x) = b + Σ_i w_i x_i` with scalar weights that is nearest to what was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Affinity {
    /// How many profiles were asked about.
    pub profiles: usize,
    /// The weight `w_i` of each influencer.
    pub weights: Vec<f64>,
    /// Where it lands by itself, `b` (length `d`).
    pub bias: Vec<f64>,
    /// `1 − Σ‖θ̂ − r‖² / Σ‖θ̂ − mean θ̂‖²`, in [0, 1] up to rounding.
    pub r_squared: f64,
}

impl Affinity {
    /// How much less than everybody together the receiver moves: `1 − Σ_i w_i`.
    pub fn shrinkage(&self) -> f64 {
        1.0 - self.weights.iter().sum::<f64>()
    }
}

/// A receiver that remembers what it was asked.
pub struct Recorded<'r> {
    receiver: Box<dyn Receiver + 'r>,
    met: Record,
}

/// A profile, all actions one after the other, and the answer to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Met {
    actions: Vec<f64>,
    answer: Vec<f64>,
}

impl Met {
    /// Is it of so many influencers in so many dimensions, in numbers?
    pub fn fits(&self, influencers: usize, dim: usize) -> bool {
        let numbers =
            |values: &[f64], n: usize| values.len() == n && values.iter().all(|v| v.is_finite());
        numbers(&self.actions, influencers * dim) && numbers(&self.answer, dim)
    }
}

/// What a receiver was asked, so far.
pub type Record = Rc<RefCell<Vec<Met>>>;

impl<'r> Recorded<'r> {
    /// Around a receiver; what it is asked is added to the record. Of profiles with more than a thousand numbers nothing is remembered.
    pub fn new(receiver: Box<dyn Receiver + 'r>, met: &Record) -> Self {
        Self {
            receiver,
            met: Rc::clone(met),
        }
    }

    /// The affine receiver nearest to the answers, by least squares with scalar weights; `None` where the profiles do not tell the weights
    /// apart, or all answers are the same. O(p·n²·d) for `p` profiles.
    pub fn affinity(&self) -> Option<Affinity> {
        affinity(&self.met.borrow(), self.influencers(), self.dim())
    }
}

impl Receiver for Recorded<'_> {
    fn dim(&self) -> usize {
        self.receiver.dim()
    }

    fn influencers(&self) -> usize {
        self.receiver.influencers()
    }

    fn respond(&mut self, actions: &[Vec<f64>]) -> Result<Vec<f64>, ReceiverError> {
        let answer = self.receiver.respond(actions)?;
        if actions.len() * answer.len() <= LARGEST {
            self.met.borrow_mut().push(Met {
                actions: actions.concat(),
                answer: answer.clone(),
            });
        }
        Ok(answer)
    }
}

fn affinity(met: &[Met], n: usize, d: usize) -> Option<Affinity> {
    // Fewer unknowns than equations, or a perfect fit says nothing.
    if met.len() * d <= n + d {
        return None;
    }
    let (mut actions, mut answers) = (vec![0.0; n * d], vec![0.0; d]);
    for one in met {
        for (mean, values) in [(&mut actions, &one.actions), (&mut answers, &one.answer)] {
            for (m, v) in mean.iter_mut().zip(values) {
                *m += v / met.len() as f64;
            }
        }
    }
    let less =
        |x: &[f64], mean: &[f64]| -> Vec<f64> { x.iter().zip(mean).map(|(x, m)| x - m).collect() };
    let (mut gram, mut right, mut total) = (vec![0.0; n * n], vec![0.0; n], 0.0);
    for one in met {
        let (x, theta) = (less(&one.actions, &actions), less(&one.answer, &answers));
        total += dot(&theta, &theta);
        let of = |i: usize| &x[i * d..(i + 1) * d];
        for i in 0..n {
            right[i] += dot(of(i), &theta);
            for j in 0..n {
                gram[i * n + j] += dot(of(i), of(j));
            }
        }
    }
    if total <= 0.0 || !told_apart(&gram, n) {
        return None;
    }
    let mut weights = right;
    Cholesky::new(&gram, n)?.solve(&mut weights);
    let bias = (0..d).map(|k| {
        let moved: f64 = (0..n).map(|i| weights[i] * actions[i * d + k]).sum();
        answers[k] - moved
    });
    let bias: Vec<f64> = bias.collect();
    let mut residual = 0.0;
    for one in met {
        for k in 0..d {
            let at: f64 = (0..n).map(|i| weights[i] * one.actions[i * d + k]).sum();
            residual += (one.answer[k] - bias[k] - at).powi(2);
        }
    }
    let r_squared = 1.0 - residual / total;
    (r_squared.is_finite() && weights.iter().all(|w| w.is_finite())).then_some(Affinity {
        profiles: met.len(),
        weights,
        bias,
        r_squared,
    })
}

/// Do the actions tell the weights apart, so that the solution is more than rounding?
fn told_apart(gram: &[f64], n: usize) -> bool {
    let scale: Vec<f64> = (0..n).map(|i| gram[i * n + i].sqrt()).collect();
    if scale.iter().any(|s| *s <= 0.0) {
        return false;
    }
    let correlations: Vec<f64> = (0..n * n)
        .map(|k| gram[k] / (scale[k / n] * scale[k % n]))
        .collect();
    big_numeric::matrix::eigen(&correlations, n)
        .is_some_and(|(values, _)| values.iter().all(|v| *v > 1e-10))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Met, affinity};

    #[test]
    fn an_affine_receiver_is_found_and_a_bent_one_is_measured() {
        let (weights, bias) = ([0.4, 0.25], [0.1, -0.3]);
        let mut met = Vec::new();
        let mut state = 1_u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        };
        for _ in 0..12 {
            let x: Vec<f64> = (0..4).map(|_| draw()).collect();
            let at = |k: usize| bias[k] + weights[0] * x[k] + weights[1] * x[2 + k];
            let answer = vec![at(0), at(1)];
            met.push(Met { actions: x, answer });
        }
        let found = affinity(&met, 2, 2).unwrap();
        assert!((found.weights[0] - 0.4).abs() < 1e-12 && (found.weights[1] - 0.25).abs() < 1e-12);
        assert!((found.bias[0] - 0.1).abs() < 1e-12 && (found.bias[1] + 0.3).abs() < 1e-12);
        assert!((found.shrinkage() - 0.35).abs() < 1e-12 && found.r_squared > 1.0 - 1e-12);
        for one in &mut met {
            one.answer[0] += 0.3 * one.actions[0] * one.actions[0];
        }
        let bent = affinity(&met, 2, 2).unwrap();
        assert!(bent.r_squared < 0.99 && bent.r_squared > 0.5);
        // Where only one ever moved, nobody's weight is known; one profile says nothing.
        for one in &mut met {
            one.actions[2] = 0.5;
            one.actions[3] = 0.5;
        }
        assert!(affinity(&met, 2, 2).is_none());
        assert!(affinity(&met[..1], 2, 2).is_none());
    }
}
