//! From small to large: the minimiser for a sample of the influencers is where the search among all of
//! them begins, and the sample's curvature guides it, so that the passes over everybody are few and need
//! no second derivatives.

use big_numeric::parallel;
use big_numeric::sum;

use super::dual::{Dual, Visit};
use super::line;
use super::newton::Search;
use super::pass::{Point, Terms};
use crate::solver::plain_root::root;

/// Up to this many influencers there is no sample.
const FEW: usize = 32;
/// In so few dimensions second derivatives cost little more than first ones.
const FLAT: usize = 4;
/// Up to this many only the curvature is a sample's.
const BASE: usize = 4096;
/// One influencer in so many is in the sample, or fewer.
const RATIO: usize = 16;
/// The largest sample: a larger one saves no pass, and costs as much as one.
const MOST: usize = 1 << 14;
/// Neighbours that are drawn together: what a sample costs is the pages of memory that it touches.
const NEIGHBOURS: usize = 4;
/// Influencers that are drawn from together.
const BLOCK: usize = 1 << 14;
/// As many influencers tell where to begin, at least and at most.
const LEAST_GLANCE: usize = 16;
const GLANCE: usize = 128;
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
    let (n, d) = (dual.terms.len(), dual.terms.dim);
    let mut search = Search::new(dual);
    let visit = if n <= BASE {
        let mut here = search.first(start);
        if search.is_clear(&here) {
            here = search.coast(here);
        } else if let Some(start) = glance(dual) {
            here = search.first(start);
        }
        if dual.settled(&here) {
            here
        } else if n <= FEW || d <= FLAT {
            search.minimise(here.point, None)
        } else {
            // A sample's curvature, which costs no more than a pass, stands in for everybody's.
            let sample = Sample::of(dual.terms, (2 * n / d).clamp(FEW, n));
            let smaller = Dual::new(sample.terms(d), dual.background);
            let curvature = smaller.visit(here.point.clone(), true, &mut 0).hessian;
            search.minimise_from(here, curvature)
        }
    } else {
        let sample = Sample::of(dual.terms, (n / RATIO).clamp(LEAST, MOST));
        let mut smaller = Dual::new(sample.terms(d), dual.background);
        // What the sample leaves to chance is larger than this.
        smaller.goal = 0.02 * smaller.scale / (sample.pulls.len() as f64).sqrt();
        let (found, _) = descend(&smaller, start);
        let curvature = smaller.visit(found.point.clone(), true, &mut 0).hessian;
        search.minimise(found.point, curvature)
    };
    (visit, search.passes)
}

/// Where to begin: the minimiser, coordinate by coordinate, for a few influencers whose pulls are shared out evenly
/// among the coordinates. Where many crowd together around the solution, it is among them from the start, at the
/// scale on which they differ; `None` where the dual is too small for that to matter.
fn glance(dual: &Dual) -> Option<Point> {
    let (n, d) = (dual.terms.len(), dual.terms.dim);
    let few = (n / 16).clamp(LEAST_GLANCE, GLANCE).min(n);
    if few <= 2 {
        return None;
    }
    let rows: Vec<usize> = (0..few)
        .map(|s| {
            let (from, to) = (s * n / few, (s + 1) * n / few);
            from + ((to - from) as f64 * fraction(s as u64)) as usize
        })
        .collect();
    let share = n as f64 / few as f64 / (d as f64).sqrt();
    let total: f64 = rows.iter().map(|&i| share * dual.terms.pulls[i]).sum();
    let mut column: Vec<(f64, f64)> = Vec::with_capacity(few);
    let anchor = (0..d).map(|k| {
        column.clear();
        let pair = |&i: &usize| (dual.terms.target(i)[k], 2.0 * share * dual.terms.pulls[i]);
        column.extend(rows.iter().map(pair));
        let top = dual.background[k].value() + total;
        let (below, above) = root(&mut column, top);
        // Between two targets everybody below has jumped.
        if below == above {
            return below;
        }
        let jumped: f64 = column.iter().filter(|c| c.0 <= below).map(|c| c.1).sum();
        top - jumped
    });
    Some(Point::at(&anchor.collect::<Vec<f64>>()))
}

/// Some of the influencers, in the place of all.
struct Sample {
    targets: Vec<f64>,
    pulls: Vec<f64>,
}

impl Sample {
    /// About `size` of them. Those with a large share of the pull are in it as they are. The others are taken by groups of neighbours, one
    /// in each stratum of equal pull, chosen by a hash of the stratum's number and given the whole stratum's pull.
    fn of(terms: Terms, size: usize) -> Self {
        let blocks: Vec<&[f64]> = terms.pulls.chunks(BLOCK).collect();
        let sums = parallel::map(&blocks, |pulls| sum(pulls));
        let share = sums.iter().sum::<f64>() / size as f64;
        let parts = parallel::map(blocks.iter().enumerate(), |(b, pulls)| {
            Self::of_block(terms, b, pulls, share, size)
        });
        let count = parts.iter().map(|part| part.pulls.len()).sum::<usize>();
        let mut sample = Self::with_room(count, terms.dim);
        for part in parts {
            sample.targets.extend_from_slice(&part.targets);
            sample.pulls.extend_from_slice(&part.pulls);
        }
        sample
    }

    fn with_room(rows: usize, dim: usize) -> Self {
        Self {
            targets: Vec::with_capacity(rows * dim),
            pulls: Vec::with_capacity(rows),
        }
    }

    /// The sample of block `b`; a sampled influencer stands for the pull `share`.
    fn of_block(terms: Terms, b: usize, pulls: &[f64], share: f64, size: usize) -> Self {
        let mut sample = Self::with_room(2 * size * pulls.len() / terms.len(), terms.dim);
        let chance = |next: u64| fraction(((b as u64) << 32) + next);
        let stratum = NEIGHBOURS as f64 * share;
        let mut total = 0.0;
        let mut next = 0_u64;
        let mut mark = stratum * chance(next);
        let (groups, rest) = pulls.as_chunks::<NEIGHBOURS>();
        let groups = groups.iter().map(<[f64; NEIGHBOURS]>::as_slice);
        for (group, pulls) in groups.chain([rest]).enumerate() {
            let (mut light, mut heavy) = (0.0, false);
            for &pull in pulls {
                light += if pull < share { pull } else { 0.0 };
                heavy |= pull >= share;
            }
            total += light;
            if mark >= total && !heavy {
                continue;
            }
            let mut times = 0;
            while mark < total {
                times += 1;
                next += 1;
                mark = stratum * (next as f64 + chance(next));
            }
            let first = b * BLOCK + group * NEIGHBOURS;
            for (row, &pull) in (first..).zip(pulls) {
                let heavy = pull >= share;
                if heavy || (times > 0 && pull > 0.0) {
                    sample.targets.extend_from_slice(terms.target(row));
                    let factor = if heavy {
                        1.0
                    } else {
                        f64::from(times) * (stratum / light)
                    };
                    sample.pulls.push(pull * factor);
                }
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
pub(super) fn fraction(k: u64) -> f64 {
    let mut z = k.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / (1_u64 << 53) as f64
}
