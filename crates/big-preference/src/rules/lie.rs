//! Lies that pay.

use big_numeric::distance;

use crate::fit::FitError;

use super::people::{Electorate, World};
use super::{Rule, WORK};

/// Annotators whose lies are looked for: those who can do most.
const LIARS: usize = 32;
/// Coordinates in which claims are tried one by one.
const COORDINATES: usize = 8;
/// How many times as far as what it wants from the outcome a liar claims to be.
const STRETCHES: [f64; 10] = [1.0, 1.3, 1.7, 2.2, 3.0, 4.5, 7.0, 12.0, 40.0, 1e4];

/// The most that anybody gains by a lie while all other labels stay.
#[derive(Clone, Debug, PartialEq)]
pub struct Gain {
    /// What the best lie that was found gains: the loss `‖outcome − target‖²` that it saves.
    pub found: f64,
    /// A proven bound on what any labels of anybody gain; infinite where nothing is proved.
    pub bound: f64,
    /// Who; `None` where no lie pays that was tried.
    pub annotator: Option<usize>,
    /// The ideal point whose labels these are.
    pub report: Option<Vec<f64>>,
}

/// The search for one annotator's best lie.
struct Liar<'e> {
    electorate: &'e Electorate,
    rule: Rule,
    who: usize,
    /// Its loss while everybody is honest.
    before: f64,
    /// The best lie so far: what it saves, and the ideal point whose labels it is.
    best: Option<(f64, Vec<f64>)>,
}

impl Liar<'_> {
    fn target(&self) -> &[f64] {
        &self.electorate.votes[self.who].point
    }

    /// The outcome when it gives the labels that a position with these coefficients would give without doubt; `None` where there is
    /// none.
    fn reached(&self, q: &[f64]) -> Result<Option<Vec<f64>>, FitError> {
        let rows = self.electorate.people[self.who].told(q);
        let vote = self.electorate.vote(&rows)?;
        let lie = (rows, vote);
        match World::with_lie(self.electorate, self.who, &lie).outcome(self.rule) {
            Ok(reached) => Ok(Some(reached)),
            Err(FitError::NoMaximum(_) | FitError::NotConverged { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    fn attempt(&mut self, report: Vec<f64>) -> Result<(), FitError> {
        let coefficients = self.electorate.own.coefficients(&report);
        if let Some(reached) = self.reached(&coefficients)? {
            let saved = self.before - distance(&reached, self.target()).powi(2);
            if saved > self.best.as_ref().map_or(0.0, |best| best.0) {
                self.best = Some((saved, report));
            }
        }
        Ok(())
    }

    /// Claims to be farther out in the direction that it wants, then from the best of these one coordinate after the other.
    fn search(&mut self, outcome: &[f64]) -> Result<(), FitError> {
        for stretch in STRETCHES {
            let point = outcome.iter().zip(self.target());
            self.attempt(point.map(|(m, t)| m + stretch * (t - m)).collect())?;
        }
        let reach = self.before.sqrt();
        for step in [reach, 0.3 * reach] {
            for k in 0..self.electorate.dim.min(COORDINATES) {
                for sign in [1.0, -1.0] {
                    let from = self.best.as_ref().map_or(self.target(), |best| &best.1);
                    let mut point = from.to_vec();
                    point[k] += sign * step;
                    self.attempt(point)?;
                }
            }
        }
        Ok(())
    }
}

/// The largest gain from a lie, of those who could do most, and a bound for everybody.
pub(super) fn largest_gain(
    electorate: &Electorate,
    rule: Rule,
    outcome: &[f64],
) -> Result<Gain, FitError> {
    let n = electorate.len();
    let liar = |who: usize| Liar {
        electorate,
        rule,
        who,
        before: distance(outcome, &electorate.votes[who].point).powi(2),
        best: None,
    };
    let mut gain = Gain {
        found: 0.0,
        bound: bound(electorate, rule, outcome, &liar)?,
        annotator: None,
        report: None,
    };
    if gain.bound == 0.0 {
        return Ok(gain);
    }
    let mut order: Vec<usize> = (0..n).filter(|&i| electorate.share(i) > 0.0).collect();
    let could = |i: usize| electorate.share(i) * distance(outcome, &electorate.votes[i].point);
    order.sort_by(|&a, &b| could(b).total_cmp(&could(a)).then(a.cmp(&b)));
    let tries = STRETCHES.len() + 4 * electorate.dim.min(COORDINATES);
    let each = electorate.cost(rule) * tries as f64;
    order.truncate((WORK / each).clamp(2.0, LIARS as f64) as usize);
    // What rounding and the end of a search may account for is no gain.
    let size = outcome.iter().map(|v| v * v).sum::<f64>();
    for i in order {
        let mut liar = liar(i);
        liar.search(outcome)?;
        if let Some((saved, report)) = liar.best
            && saved > gain.found
            && saved > 1e-9 * (liar.before + size)
        {
            gain.found = saved;
            gain.annotator = Some(i);
            gain.report = Some(report);
        }
    }
    gain.bound = gain.bound.max(gain.found);
    Ok(gain)
}

/// What any labels of anybody gain, at most.
fn bound<'e>(
    electorate: &'e Electorate,
    rule: Rule,
    outcome: &[f64],
    liar: &dyn Fn(usize) -> Liar<'e>,
) -> Result<f64, FitError> {
    let (n, d) = (electorate.len(), electorate.dim);
    let mut most = 0.0_f64;
    let mut within = |who: usize, bounds: &dyn Fn(usize) -> [f64; 2]| {
        let liar = liar(who);
        let target = liar.target();
        let saved: f64 = (0..d)
            .map(|k| {
                let [l, u] = bounds(k);
                let left = target[k] - target[k].max(l).min(u);
                (target[k] - outcome[k]).powi(2) - left * left
            })
            .sum();
        most = most.max(saved);
    };
    match rule {
        Rule::MedianOfEstimates => {
            let medians = Medians::of(electorate, 0.0);
            for i in 0..n {
                within(i, &|k| medians.bounds(i, k));
            }
        }
        Rule::PessimisticMedian => {
            let lower = Medians::of(electorate, -electorate.radius);
            let upper = Medians::of(electorate, electorate.radius);
            for i in 0..n {
                within(i, &|k| {
                    let ([l0, l1], [u0, u1]) = (lower.bounds(i, k), upper.bounds(i, k));
                    let r = electorate.reference[k];
                    [r.max(l0).min(u0), r.max(l1).min(u1)]
                });
            }
        }
        // On a line an estimate rises with every label that speaks for more, so that the ends are reached by labels that all do.
        Rule::PooledMle if d == 1 && 2.0 * n as f64 * electorate.cost(rule) <= WORK => {
            for i in 0..n {
                let bounds = [
                    liar(i).reached(&[-1.0, 0.0])?,
                    liar(i).reached(&[1.0, 0.0])?,
                ];
                let [Some(lower), Some(upper)] = bounds else {
                    return Ok(f64::INFINITY);
                };
                within(i, &|_| [lower[0], upper[0]]);
            }
        }
        _ => return Ok(f64::INFINITY),
    }
    Ok(most.max(0.0))
}

/// Where the lower medians can be moved by whoever changes its vote.
struct Medians {
    /// In each coordinate the votes in order, with the place of everybody's own.
    sorted: Vec<Vec<f64>>,
    places: Vec<Vec<usize>>,
}

impl Medians {
    /// Of points so many standard deviations beside the estimates.
    fn of(electorate: &Electorate, beside: f64) -> Self {
        let n = electorate.len();
        let (mut sorted, mut places) = (Vec::new(), Vec::new());
        for k in 0..electorate.dim {
            let at = |i: usize| {
                let vote = &electorate.votes[i];
                vote.point[k] + beside * vote.spread[k]
            };
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|&a, &b| at(a).total_cmp(&at(b)));
            let mut place = vec![0; n];
            for (at, &i) in order.iter().enumerate() {
                place[i] = at;
            }
            sorted.push(order.into_iter().map(at).collect());
            places.push(place);
        }
        Self { sorted, places }
    }

    /// Between which values `who` can choose the median of coordinate `k`.
    fn bounds(&self, who: usize, k: usize) -> [f64; 2] {
        let (sorted, own) = (&self.sorted[k], self.places[k][who]);
        let middle = (sorted.len() - 1) / 2;
        // The place of another's vote once one's own is out of the way.
        let other = |place: usize| sorted.get(place + usize::from(place >= own)).copied();
        let below = middle.checked_sub(1).and_then(other);
        [
            below.unwrap_or(f64::NEG_INFINITY),
            other(middle).unwrap_or(f64::INFINITY),
        ]
    }
}
