//! The vertices of the set of equilibria of a small polytopal game, exactly.

use num_traits::{One, Signed, ToPrimitive, Zero};

use super::simplex::{Tableau, reduce};
use super::{ExactGame, GUESSES, Shares};
use crate::action_space::{ConvexSet, double_description};
use crate::game::Game;
use crate::profile::Profile;
use crate::spec::Rational;

/// The vertices around the approximate receiver position `y` (see [`describe`](super::describe)), in a fixed order,
/// idle influencers left at 0; `None` for games that are not small and polytopal, or with more than `limit`.
pub(crate) fn vertices(
    game: &Game,
    y: &[f64],
    effort: usize,
    limit: usize,
) -> Option<Vec<Profile>> {
    let exact = ExactGame::new(game, effort)?;
    let (groups, receiver) = GUESSES
        .iter()
        .find_map(|&relative| exact.tied(y, relative))?;
    let shares = Shares::new(&exact, &groups, &receiver);
    // Row-reduced, every solution is a basic one plus a combination of the free columns.
    let columns = shares.variables.len();
    let mut rows: Vec<Vec<Rational>> = shares.a.clone();
    for (row, b) in rows.iter_mut().zip(&shares.b) {
        row.push(b.clone());
    }
    let pivots = reduce(&mut rows);
    rows.truncate(pivots.len());
    let free: Vec<usize> = (0..columns).filter(|k| !pivots.contains(k)).collect();
    let spread = |z: &[Rational]| -> Vec<Rational> {
        let mut share = vec![Rational::zero(); columns];
        for (row, &pivot) in rows.iter().zip(&pivots) {
            let moved: Rational = free.iter().zip(z).map(|(&k, v)| &row[k] * v).sum();
            share[pivot] = &row[columns] - moved;
        }
        for (&k, v) in free.iter().zip(z) {
            share[k] = v.clone();
        }
        share
    };
    let corners = if free.is_empty() {
        vec![Vec::new()]
    } else {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for (at, _) in free.iter().enumerate() {
            let mut row = vec![Rational::zero(); free.len()];
            row[at] = -Rational::one();
            a.push(row);
            b.push(Rational::zero());
        }
        for row in &rows {
            a.push(free.iter().map(|&k| row[k].clone()).collect());
            b.push(row[columns].clone());
        }
        double_description(&a, &b, free.len(), limit.saturating_mul(64)).ok()?
    };
    let mut points: Vec<Vec<Rational>> = corners
        .iter()
        .map(|z| spread(z))
        .filter(|share| share.iter().all(|v| !v.is_negative()))
        .map(|share| actions(&exact, &groups, &shares, &share))
        .collect();
    points.sort();
    points.dedup();
    // Shares of dependent atoms have corners whose actions are no corner of the set.
    if points.len() > 2 {
        points = (0..points.len())
            .filter(|&p| !is_between(&points, p))
            .map(|p| points[p].clone())
            .collect();
    }
    if points.len() > limit {
        return None;
    }
    let profile = |point: &Vec<Rational>| {
        let mut profile = Profile::zeros(game);
        for (x, q) in profile.values_mut().iter_mut().zip(point) {
            *x = q.to_f64().unwrap_or(f64::NAN);
        }
        profile
    };
    Some(points.iter().map(profile).collect())
}

/// All actions, one after the other, that the shares make.
fn actions(
    exact: &ExactGame<'_>,
    groups: &[super::Group],
    shares: &Shares,
    share: &[Rational],
) -> Vec<Rational> {
    let game = exact.game;
    let mut by_influencer: Vec<Vec<Rational>> = (0..game.influencers())
        .map(|i| vec![Rational::zero(); game.space(i).dim()])
        .collect();
    for group in groups.iter().filter(|g| g.tied.len() == 1) {
        super::add(
            &mut by_influencer[group.influencer],
            &exact.action(group, group.tied[0]),
        );
    }
    for (&(g, at), weight) in shares.variables.iter().zip(share) {
        let group = &shares.loose[g];
        for (x, v) in by_influencer[group.influencer]
            .iter_mut()
            .zip(exact.action(group, at))
        {
            *x += weight * v;
        }
    }
    by_influencer.concat()
}

/// Is the point a convex combination of the others?
fn is_between(points: &[Vec<Rational>], p: usize) -> bool {
    let others: Vec<&Vec<Rational>> = points
        .iter()
        .enumerate()
        .filter(|(q, _)| *q != p)
        .map(|(_, v)| v)
        .collect();
    let mut a: Vec<Vec<Rational>> = (0..points[p].len())
        .map(|k| others.iter().map(|v| v[k].clone()).collect())
        .collect();
    let mut b = points[p].clone();
    a.push(vec![Rational::one(); others.len()]);
    b.push(Rational::one());
    Tableau::feasible(&a, &b).is_some()
}
