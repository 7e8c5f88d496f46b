//! From small to large: the minimiser for a sample of the influencers is where the search among all of
//! them begins, and the sample's curvature guides it, so that the passes over everybody are few and need
//! no second derivatives.

use super::dual::{Dual, Visit};
use super::exact_sum::Compensated;
use super::line;
use super::newton::Search;
use super::pass::{Point, Terms};

/// Up to this many influencers there is no sample.
const BASE: usize = 4096;
/// One influencer in so many is in the sample.
const RATIO: usize = 16;
/// But at least so many are.
const LEAST: usize = 1024;

/// The minimiser of the dual, and the number of passes over all influencers.
pub(super) fn solve(dual: &Dual) -> (Visit, usize) {
    let start = Point {
        anchor: dual.background.iter().map(|b| b.high).collect(),
        offset: dual.background.iter().map(|b| b.low).collect(),
    };
    let mut passes = 0;
    if dual.terms.pulls.iter().all(|&p| p == 0.0) {
        return (dual.visit(start, false, &mut passes), passes);
    }
    if let ([background], 1) = (dual.background, dual.terms.dim) {
        let point = line::solve(dual.terms, *background);
        return (dual.visit(point, false, &mut passes), passes + 1);
    }
    descend(dual, start)
}

fn descend(dual: &Dual, start: Point) -> (Visit, usize) {
    let mut search = Search::new(dual);
    let visit = if dual.terms.len() <= BASE {
        search.minimise(start, None)
    } else {
        let sample = Sample::of(dual.terms);
        let mut smaller = Dual::new(sample.terms(dual.terms.dim), dual.background);
        // What the sample leaves to chance is larger than this.
        smaller.goal = 0.02 * smaller.scale / (sample.pulls.len() as f64).sqrt();
        let (found, _) = descend(&smaller, start);
        let found = match found.hessian {
            Some(_) => found,
            None => smaller.visit(found.point, true, &mut 0),
        };
        search.minimise(found.point, found.hessian)
    };
    (visit, search.passes)
}

/// Some of the influencers, in the place of all.
struct Sample {
    targets: Vec<f64>,
    pulls: Vec<f64>,
}

impl Sample {
    /// Those with a large share of the pull are in it as they are; of the others one in each stratum of
    /// equal pull, chosen by a hash of the stratum's number and given the whole stratum's pull.
    fn of(terms: Terms) -> Self {
        let size = (terms.len() / RATIO).max(LEAST);
        let total: Compensated = terms.pulls.iter().copied().collect();
        let stratum = total.value() / size as f64;
        let mut sample = Self {
            targets: Vec::with_capacity(size * terms.dim),
            pulls: Vec::with_capacity(size),
        };
        let mut sum = 0.0;
        let mut next = 0_u64;
        let mut mark = stratum * fraction(next);
        for (row, &pull) in terms.pulls.iter().enumerate() {
            if pull >= stratum {
                sample.targets.extend_from_slice(terms.target(row));
                sample.pulls.push(pull);
                continue;
            }
            sum += pull;
            let mut times = 0;
            while mark < sum {
                times += 1;
                next += 1;
                mark = stratum * (next as f64 + fraction(next));
            }
            if times > 0 {
                sample.targets.extend_from_slice(terms.target(row));
                sample.pulls.push(f64::from(times) * stratum);
            }
        }
        sample
    }

    fn terms(&self, dim: usize) -> Terms<'_> {
        Terms {
            dim,
            targets: &self.targets,
            pulls: &self.pulls,
        }
    }
}

/// A number in [0, 1) that looks like chance (SplitMix64's finaliser).
fn fraction(k: u64) -> f64 {
    let mut z = k.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / (1_u64 << 53) as f64
}
