//! How few labels can swap two items: a bound from below that holds for every way to change them.
//!
//! Let `ŝ` be the estimate and `s` one from changed labels that ranks `j` at least as high as `i`, `u = s − ŝ`, `y_r = u_a − u_b` for a
//! pair `r = (a, b)`, and `g = ŝ_i − ŝ_j ≤ u_j − u_i`. The wins of the items are `∇A(s)` with `A(s) = Σ_r n_r log(e^{s_a} + e^{s_b})`, so
//!
//! `Q = ⟨u, ∇A(s) − ∇A(ŝ)⟩ = Σ_r n_r y_r (σ(x_r + y_r) − σ(x_r)) ≤ Σ_r f_r |y_r|`,
//!
//! where `f_r` labels of the pair were changed (or dropped: that moves a row's part by less than one win): a changed label moves one
//! win, and only from the winner. If all `|y_r| ≤ M`, the left side is at least `Σ_r n_r c_r y_r²` with `c_r = (σ(|x_r| + M) − σ(|x_r|))/M`,
//! a network of conductances `n_r c_r`: so `Q ≥ y_r²/R_r` and `Q ≥ g²/R_ij` for its effective resistances `R`, and
//!
//! `g/√R_ij ≤ √Q ≤ Σ_r f_r √R_r ≤ T_k`,
//!
//! the sum of the `k` largest `√R_r` (as often as there are labels to change), `k = Σ f_r`. Also `M = max |y_r| ≤ √(max R) T_k`; where that
//! is below `M₀` when the network is made for `M₀`, it is so for every larger `M` as well, since `M c_r` grows with `M`; then the true `M`
//! is below `M₀`. (A ridge `λ` adds `λ‖u‖²` to the left side, and `λ` to the diagonal of the network: all else stays.) So `k` changes are too few if, for some `M₀`, `√(max R) T_k < M₀` and `T_k < g/√R_ij`. The same holds for annotators: the
//! right side is `Σ ⟨u, δ_i⟩ ≤ √Q Σ √(δ_iᵀ L_c⁺ δ_i)` over those who change their labels, `δ_i` the wins that `i` moves.

use big_numeric::Cholesky;

use super::model::sigmoid;
use super::system::{dense, diagonal};
use super::{Pair, Tally};

/// The `M₀` that are tried: from 2^-6 by √2.
const STEPS: usize = 26;
/// Pairs of one annotator up to which each is taken with each.
const SHORT: usize = 200;
/// Slack for rounding.
const SLACK: f64 = 1e-9;

/// Two items, the first above the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Swap {
    pub(super) above: u32,
    pub(super) below: u32,
}

/// How many changed labels, and annotators with all labels changed, are certainly too few, swap by swap; O(n³) for each `M₀`.
pub(super) fn too_few(
    tally: &Tally,
    pairs: &[Pair],
    scores: &[f64],
    ridge: f64,
    swaps: &[Swap],
) -> Vec<(u64, usize)> {
    let n = tally.items();
    let mut best = vec![(0, 0); swaps.len()];
    let x = |pair: &Pair| (scores[pair.a as usize] - scores[pair.b as usize]).abs();
    for step in 0..STEPS {
        let most = 2_f64.powf(-6.0 + 0.5 * step as f64);
        let weights: Vec<f64> = pairs
            .iter()
            .map(|pair| pair.weight() * chord(x(pair), most))
            .collect();
        let diagonal = diagonal(n, pairs, &weights, ridge);
        let Some(factor) = Cholesky::new(&dense(n, pairs, &weights, &diagonal), n) else {
            continue;
        };
        let inverse = factor.inverse();
        let root = |a: u32, b: u32| {
            let (a, b) = (a as usize, b as usize);
            let resistance = inverse[a * n + a] + inverse[b * n + b] - 2.0 * inverse[a * n + b];
            resistance.max(0.0).sqrt() * (1.0 + SLACK)
        };
        let mut labels = Vec::with_capacity(2 * pairs.len());
        let mut largest = 0.0_f64;
        for pair in pairs {
            let root = root(pair.a, pair.b);
            largest = largest.max(root);
            labels.push((root, pair.a_wins.max(pair.b_wins)));
            labels.push((0.5 * root, pair.ties));
        }
        labels.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut people: Vec<f64> = tally
            .entries()
            .chunk_by(|a, b| a.annotator == b.annotator)
            .map(|rows| norm(rows, &inverse, n, &root))
            .collect();
        people.sort_by(|a, b| b.total_cmp(a));
        for (best, swap) in best.iter_mut().zip(swaps) {
            let gap = scores[swap.above as usize] - scores[swap.below as usize];
            let limit = (gap / root(swap.above, swap.below)).min(most / largest) * (1.0 - SLACK);
            best.0 = best.0.max(labels_below(&labels, limit));
            best.1 = best.1.max(people_below(&people, limit));
        }
    }
    best
}

/// A bound on `√(δᵀ L_c⁺ δ)` over all wins `δ = Σ ± f_r (e_a − e_b)` that the labels of one annotator can move, `f_r` up to what is there:
/// the root of `Σ f_r f_q |G_rq|` with `G_rq = (e_a − e_b)ᵀ L_c⁺ (e_c − e_d)`, or of somebody with very many pairs `Σ f_r √R_r`.
fn norm(rows: &[Pair], inverse: &[f64], n: usize, root: &dyn Fn(u32, u32) -> f64) -> f64 {
    let most = |pair: &Pair| pair.a_wins.max(pair.b_wins) + 0.5 * pair.ties;
    if rows.len() > SHORT {
        return rows
            .iter()
            .map(|pair| root(pair.a, pair.b) * most(pair))
            .sum();
    }
    let entry = |i: u32, j: u32| inverse[i as usize * n + j as usize];
    let mut sum = 0.0;
    for r in rows {
        for q in rows {
            let g = entry(r.a, q.a) - entry(r.a, q.b) - entry(r.b, q.a) + entry(r.b, q.b);
            sum += most(r) * most(q) * g.abs();
        }
    }
    sum.sqrt() * (1.0 + SLACK)
}

/// The least slope of a chord of the sigmoid over `[x, x + y]`, `|y| ≤ most`, for `x` at a distance from 0.
fn chord(x: f64, most: f64) -> f64 {
    // By complements: σ(x + M) − σ(x) = σ(−x) − σ(−x − M), which do not cancel where σ is near 1.
    (sigmoid(-x) - sigmoid(-x - most)) / most
}

/// The largest number of labels (of value and number, from the largest value) whose values sum to less than a limit.
fn labels_below(labels: &[(f64, f64)], limit: f64) -> u64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for &(value, number) in labels {
        if sum + value * number < limit {
            sum += value * number;
            count += number;
            continue;
        }
        // A part of a label is none.
        count += ((limit - sum) / value).max(0.0).min(number);
        break;
    }
    count.floor() as u64
}

fn people_below(people: &[f64], limit: f64) -> usize {
    let mut sum = 0.0;
    people
        .iter()
        .take_while(|value| {
            sum += **value;
            sum < limit
        })
        .count()
}
