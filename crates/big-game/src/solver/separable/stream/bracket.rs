//! Brackets of the roots, from a stratified sample of the influencers.
//!
//! The sample is copied together and treated as the game itself is: a few of its rows bracket its roots, one pass
//! finds them.

use big_numeric::parallel;

use super::super::column::Boxes;
use super::super::select::scatter;
use super::pass::{self, Bracket, WeightedTargets};
use crate::action_space::BoxSet;
use crate::solver::plain_root::root;

/// Rows of the coarsest sample.
const FEW: usize = 1 << 11;
/// The largest sample, and its share of the influencers.
const MOST: usize = 1 << 16;
const SHARE: usize = 16;
/// Neighbours that are sampled together: what a sample costs is the pages of memory that it touches.
const CLUSTER: usize = 8;
/// Half the bracket's width, in standard deviations of what the sample leaves to chance.
const DEVIATIONS: f64 = 3.5;
/// A target that more sampled influencers have than this, and that is the root at both ends of what chance allows, is
/// taken to be the root.
const CROWD: usize = 12;

/// Sampled influencers.
struct Sample {
    weights: Vec<f64>,
    targets: Vec<f64>,
    /// How many influencers a sampled one stands for.
    scale: f64,
}

/// Brackets of every coordinate's root, and about which share of the influencers each of them holds.
pub(super) fn brackets(boxes: Boxes<'_>, set: &BoxSet) -> (Vec<Bracket>, f64) {
    let size = (boxes.weights.len() / SHARE).clamp(FEW, MOST);
    let everybody = WeightedTargets {
        weights: boxes.weights,
        targets: boxes.game.targets(),
    };
    let d = boxes.game.dim();
    if size == FEW {
        let few = Sample::of(everybody, d, FEW, 1);
        return (few.brackets(boxes, set), width(FEW));
    }
    let sample = Sample::of(everybody, d, size, CLUSTER);
    let few = Sample::of(sample.rows(), d, FEW, 1);
    let few = Sample {
        scale: few.scale * sample.scale,
        ..few
    };
    let coarse = few.brackets(boxes, set);
    (sample.refine(boxes, set, &coarse), width(size))
}

/// The share of the influencers in a bracket that a sample of a given size makes, where all weigh the same.
fn width(size: usize) -> f64 {
    DEVIATIONS / (size as f64).sqrt()
}

impl Sample {
    /// About `size` rows: as many neighbours as `cluster` says in each of the strata of equal length.
    fn of(rows: WeightedTargets<'_>, d: usize, size: usize, cluster: usize) -> Self {
        const CHUNK: usize = 1 << 7;
        let n = rows.weights.len();
        let stride = n as f64 / size as f64;
        let (mut weights, mut targets) = (vec![0.0; size], vec![0.0; size * d]);
        let chunks = (weights.chunks_mut(CHUNK * cluster))
            .zip(targets.chunks_mut(CHUNK * cluster * d))
            .enumerate();
        parallel::map(chunks, |(chunk, (weights, targets))| {
            let places = (chunk * CHUNK..)
                .zip(weights.chunks_mut(cluster))
                .zip(targets.chunks_mut(cluster * d));
            for ((s, w), t) in places {
                let share = scatter(s as u64) as f64 * (1.0 / (1_u128 << 64) as f64);
                let start = (s * cluster) as f64 * stride + share * cluster as f64 * (stride - 1.0);
                let row = (start as usize).min(n - w.len());
                w.copy_from_slice(&rows.weights[row..row + w.len()]);
                t.copy_from_slice(&rows.targets[row * d..row * d + t.len()]);
            }
        });
        Self {
            weights,
            targets,
            scale: stride,
        }
    }

    fn rows(&self) -> WeightedTargets<'_> {
        WeightedTargets {
            weights: &self.weights,
            targets: &self.targets,
        }
    }

    /// Half the width of a bracket of side 1, in units of the root's level, were all rows drawn one by one.
    fn margin(&self) -> f64 {
        let squares: f64 = self.weights.iter().map(|w| w * w).sum();
        0.5 * DEVIATIONS * self.scale * squares.sqrt()
    }

    /// The same, coordinate by coordinate, where neighbours were drawn together and may be alike: as far as they pull the
    /// same way at a point.
    fn margins(&self, point: &[f64]) -> Vec<f64> {
        let d = point.len();
        let mut squares = vec![0.0; d];
        let mut sums = vec![0.0; d];
        let clusters = (self.weights.chunks(CLUSTER)).zip(self.targets.chunks(CLUSTER * d));
        for (weights, targets) in clusters {
            sums.fill(0.0);
            for (w, target) in weights.iter().zip(targets.chunks_exact(d)) {
                for ((sum, t), y) in sums.iter_mut().zip(target).zip(point) {
                    *sum += if t > y { *w } else { -w };
                }
            }
            for (square, sum) in squares.iter_mut().zip(&sums) {
                *square += sum * sum;
            }
        }
        let margin = |square: &f64| 0.5 * DEVIATIONS * self.scale * square.sqrt();
        squares.iter().map(margin).collect()
    }

    /// Brackets by selection.
    fn brackets(&self, boxes: Boxes<'_>, set: &BoxSet) -> Vec<Bracket> {
        let d = boxes.game.dim();
        let margin = self.margin();
        let of = |k: usize| {
            let (l, u) = (set.lower()[k], set.upper()[k]);
            let top: f64 = self.weights.iter().map(|w| (w * l).max(w * u)).sum();
            let mut column: Vec<(f64, f64)> = (self.targets.iter().skip(k).step_by(d))
                .zip(&self.weights)
                .map(|(&t, w)| (t, self.scale * w.abs() * (u - l)))
                .collect();
            let level = boxes.game.bias()[k] + self.scale * top;
            bracket(&mut column, level, margin * (u - l), None)
        };
        parallel::map(0..d, of)
    }

    /// Brackets by a pass over the sample; its roots are expected inside the `coarse` ones.
    fn refine(&self, boxes: Boxes<'_>, set: &BoxSet, coarse: &[Bracket]) -> Vec<Bracket> {
        let (parts, _) = self.rows().pass(coarse, self.weights.len());
        let (plus, minus) = pass::totals(&parts);
        let somewhere = |b: &Bracket| {
            if b.below.is_finite() {
                b.below
            } else {
                b.above
            }
        };
        let margins = self.margins(&coarse.iter().map(somewhere).collect::<Vec<f64>>());
        let of = |k: usize| {
            if !coarse[k].atom.is_nan() {
                return coarse[k];
            }
            let (l, u) = (set.lower()[k], set.upper()[k]);
            let jump = self.scale * (u - l);
            let base: f64 = parts.iter().map(|part| part.base[k].to_f64()).sum();
            let top = plus.to_f64() * u - minus.to_f64() * l;
            let level = boxes.game.bias()[k] + self.scale * top - jump * base;
            let mut inside: Vec<(f64, f64)> = (parts.iter())
                .flat_map(|part| part.inside(k))
                .map(|listed| (listed.target, jump * listed.mass))
                .collect();
            bracket(&mut inside, level, margins[k] * (u - l), Some(coarse[k]))
        };
        parallel::map(0..coarse.len(), of)
    }
}

/// The bracket around the root of `y + Σ_{t < y} jump = level` among some targets and their jumps, from the place of
/// the root for a lower level to that for a higher one. Where a root is outside the targets, the bracket ends as the
/// one `within` which they are.
fn bracket(column: &mut [(f64, f64)], level: f64, margin: f64, within: Option<Bracket>) -> Bracket {
    let (low, other) = root(column, level - margin);
    let (least, high) = root(column, level + margin);
    let atom = low == high
        && low == other
        && low == least
        && column.iter().filter(|s| s.0 == low).nth(CROWD).is_some();
    let (lowest, highest) =
        within.map_or((f64::NEG_INFINITY, f64::INFINITY), |w| (w.below, w.above));
    Bracket {
        below: if low.is_finite() {
            low.next_down()
        } else {
            lowest
        },
        above: if high.is_finite() {
            high.next_up()
        } else {
            highest
        },
        atom: if atom { low } else { f64::NAN },
    }
}
