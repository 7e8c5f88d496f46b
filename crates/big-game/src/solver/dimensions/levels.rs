//! l1 balls and simplices whose actions have very many coordinates in common: the game in its levels.
//!
//! An l1 ball's (a simplex's) support function is its largest pull, so with `s_i` for influencer `i`'s largest pull per unit of weight
//! the dual (ours) is a projection between moving walls,
//! `min ½ ‖y − β‖² + Σ a_i s_i` with `σ (y_k − t_ik) + s_i ≥ 0` for every wall of `i`, `a_i = |w_i| · radius`,
//! where `β` is the receiver with everybody at the centre. A ball has two walls a coordinate (`σ = ±1`), a simplex one (`σ = sign w_i`).
//! The multiplier of a wall is how hard `i` pushes the receiver there: the primal. `y` is eliminated coordinate by coordinate, so that a
//! step of an interior-point method takes `O(n² d)` and a factorisation of `n × n`. Its last word is polished: which walls carry is read
//! off it, and the linear system of these alone has the answer to rounding.

use big_numeric::{Cholesky, Compensated, Lu};

use super::support::{center, movers};
use crate::action_space::{ActionSpace, ConvexSet};
use crate::game::Game;
use crate::profile::Profile;
use crate::solver::decomposition::Found;

/// The most numbers that one step may look at: those of all pairs of influencers in all coordinates.
const MOST: usize = 1 << 29;
/// The most walls and coordinates that are solved for together at the end, beside the levels.
const SHARED: usize = 400;
/// Steps, at most.
const STEPS: usize = 100;
/// How far to the nearest wall a step goes.
const STAY: f64 = 0.995;
/// The sum of all products of slack and push at which the walls that carry are known, as a share of the game's own squares.
const ENOUGH: f64 = 1e-24;
/// Where two push against each other so hard that they hide everybody else in rounding, walls give way by this share of the push on them.
const GIVE: f64 = 1e-12;
/// A wall is passed by more than this share of the game's scale.
const PASSED: f64 = 1e-14;
/// Rounds in which the walls that carry are corrected.
const CORRECTIONS: usize = 30;

/// All walls of one side of one influencer.
struct Wall {
    /// Among those who move.
    owner: usize,
    /// Upwards or downwards.
    sign: f64,
}

/// The dual.
struct Walls<'a> {
    game: &'a Game,
    /// Influencers that move, and their weights.
    movers: Vec<(usize, f64)>,
    /// `a_i`.
    mass: Vec<f64>,
    walls: Vec<Wall>,
    /// The receiver with everybody at the centre.
    base: Vec<f64>,
}

/// A point between the walls: slacks and pushes by walls, `d` each.
struct Point {
    y: Vec<f64>,
    levels: Vec<f64>,
    slack: Vec<f64>,
    push: Vec<f64>,
    /// The share of its push by which a wall gives way.
    give: f64,
}

/// The answer for a game of l1 balls and simplices; `None` for other games, for too many influencers, and where rounding is in the way.
pub(super) fn solve(game: &Game) -> Option<Found> {
    let walls = Walls::of(game)?;
    let mut point = walls.start();
    let mut passes = 1;
    let size: f64 = walls.square_size();
    while passes <= STEPS && point.complementarity() > ENOUGH * size + 2.0 * point.given() {
        passes += 1;
        if walls.step(&mut point).is_none() {
            if point.give > 0.0 {
                break;
            }
            point.give = GIVE;
            point.give_way();
        }
    }
    let push = walls
        .polished(&point)
        .or_else(|| walls.normalised(&point))?;
    let actions = walls.actions(&push);
    let y = crate::potential::receiver(game, &actions);
    Some(Found { y, actions, passes })
}

impl<'a> Walls<'a> {
    fn of(game: &'a Game) -> Option<Self> {
        let movers = movers(game)?;
        let (n, d) = (movers.len(), game.dim());
        if n.checked_mul(n)?.checked_mul(d)? > MOST {
            return None;
        }
        let mut base = game.bias().to_vec();
        let (mut mass, mut walls) = (Vec::new(), Vec::new());
        for (owner, &(i, w)) in movers.iter().enumerate() {
            let (size, signs): (f64, &[f64]) = match game.space(i) {
                ActionSpace::L1Ball(set) => {
                    game.weight(i).add_image(set.center(), &mut base);
                    (set.radius(), &[1.0, -1.0])
                }
                ActionSpace::Simplex(set) => (set.scale(), if w > 0.0 { &[1.0] } else { &[-1.0] }),
                _ => return None,
            };
            mass.push(w.abs() * size);
            walls.extend(signs.iter().map(|&sign| Wall { owner, sign }));
        }
        Some(Self {
            game,
            movers,
            mass,
            walls,
            base,
        })
    }

    fn target(&self, wall: &Wall) -> &[f64] {
        self.game.target(self.movers[wall.owner].0)
    }

    /// The squares of the numbers that the answer is made of.
    fn square_size(&self) -> f64 {
        let away = self.walls.iter().flat_map(|wall| {
            let pairs = self.target(wall).iter().zip(&self.base);
            pairs.map(|(t, b)| (t - b).powi(2))
        });
        away.sum()
    }

    /// Everybody pushes alike everywhere, and all walls are out of the way.
    fn start(&self) -> Point {
        let (d, count) = (self.base.len(), self.walls.len());
        let mut push = vec![0.0; count * d];
        for (wall, push) in self.walls.iter().zip(push.chunks_exact_mut(d)) {
            let sides = self.walls.iter().filter(|w| w.owner == wall.owner).count();
            push.fill(self.mass[wall.owner] / (sides * d) as f64);
        }
        let mut y = self.base.clone();
        self.add_push(&push, &mut y);
        let mut levels = vec![f64::NEG_INFINITY; self.mass.len()];
        for wall in &self.walls {
            let short = self.target(wall).iter().zip(&y);
            let most = short.fold(f64::NEG_INFINITY, |most, (t, y)| {
                most.max(wall.sign * (t - y))
            });
            levels[wall.owner] = levels[wall.owner].max(most);
        }
        let room = (self.square_size() / (count * d) as f64).sqrt();
        levels.iter_mut().for_each(|s| *s += room);
        let mut slack = vec![0.0; count * d];
        for (wall, slack) in self.walls.iter().zip(slack.chunks_exact_mut(d)) {
            for ((p, t), y) in slack.iter_mut().zip(self.target(wall)).zip(&y) {
                *p = wall.sign * (y - t) + levels[wall.owner];
            }
        }
        Point {
            y,
            levels,
            slack,
            push,
            give: 0.0,
        }
    }

    /// Adds what all pushes come to.
    fn add_push(&self, push: &[f64], y: &mut [f64]) {
        for (wall, push) in self.walls.iter().zip(push.chunks_exact(y.len())) {
            y.iter_mut()
                .zip(push)
                .for_each(|(y, u)| *y += wall.sign * u);
        }
    }

    /// A step of Mehrotra's predictor and corrector; `None` where it leads nowhere.
    fn step(&self, at: &mut Point) -> Option<()> {
        let system = System::of(self, at)?;
        let count = at.push.len();
        let mean = at.complementarity() / count as f64;
        let straight: Vec<f64> = at.push.iter().map(|u| -u).collect();
        let guess = system.direction(&straight)?;
        let length = at.room(&guess, 1.0);
        let after: f64 = (0..count)
            .map(|e| {
                (at.slack[e] + length * guess.slack[e]) * (at.push[e] + length * guess.push[e])
            })
            .sum();
        let center = (after / count as f64 / mean).powi(3) * mean;
        let bent: Vec<f64> = (0..count)
            .map(|e| (center - guess.slack[e] * guess.push[e]) / at.slack[e] - at.push[e])
            .collect();
        let direction = system.direction(&bent)?;
        let length = at.room(&direction, STAY);
        if length.is_nan() || length <= 1e-8 {
            return None;
        }
        let go = |values: &mut [f64], along: &[f64]| {
            values
                .iter_mut()
                .zip(along)
                .for_each(|(v, a)| *v += length * a);
        };
        go(&mut at.y, &direction.y);
        go(&mut at.levels, &direction.levels);
        go(&mut at.slack, &direction.slack);
        go(&mut at.push, &direction.push);
        at.give_way();
        Some(())
    }

    /// The pushes of the walls that carry, by the linear system of these alone, corrected until no push pulls and no wall is passed;
    /// `None` where they are too many to solve for, and where that does not end.
    fn polished(&self, at: &Point) -> Option<Vec<f64>> {
        let d = self.base.len();
        let carrying = at.push.iter().zip(&at.slack);
        let mut carries: Vec<bool> = carrying.map(|(u, p)| u > p).collect();
        let size = self.game.scale();
        for _ in 0..CORRECTIONS {
            let (push, levels) = self.carried(&carries)?;
            let mut y = self.base.clone();
            self.add_push(&push, &mut y);
            let mut changed = false;
            for (w, wall) in self.walls.iter().enumerate() {
                for (k, t) in self.target(wall).iter().enumerate() {
                    let e = w * d + k;
                    let slack = wall.sign * (y[k] - t) + levels[wall.owner];
                    let right = if carries[e] {
                        push[e] >= 0.0
                    } else {
                        slack >= -PASSED * size
                    };
                    changed |= !right;
                    carries[e] ^= !right;
                }
            }
            if !changed {
                return Some(push);
            }
        }
        None
    }

    /// The pushes of these walls and the levels, as if no other was there.
    fn carried(&self, carries: &[bool]) -> Option<(Vec<f64>, Vec<f64>)> {
        let (n, d) = (self.mass.len(), self.base.len());
        let mut alone: Vec<(usize, usize)> = Vec::new();
        let mut shared: Vec<(usize, usize)> = Vec::new(); // wall, coordinate
        let mut coordinates: Vec<usize> = Vec::new();
        for k in 0..d {
            let here = (0..self.walls.len()).filter(|&w| carries[w * d + k]);
            match here.clone().count() {
                0 => {}
                1 => alone.extend(here.map(|w| (w, k))),
                _ => {
                    shared.extend(here.map(|w| (w, k)));
                    coordinates.push(k);
                }
            }
        }
        // Unknown: the levels, the receiver where walls meet, the pushes there.
        let size = n + coordinates.len() + shared.len();
        if coordinates.len() + shared.len() > SHARED {
            return None;
        }
        let mut matrix = vec![0.0; size * size];
        let mut side = vec![Compensated::default(); size];
        for (i, &mass) in self.mass.iter().enumerate() {
            side[i].add(mass);
        }
        for &(w, k) in &alone {
            // The push is σ (t − β) − s.
            let wall = &self.walls[w];
            side[wall.owner].add(-wall.sign * self.target(wall)[k]);
            side[wall.owner].add(wall.sign * self.base[k]);
            matrix[wall.owner * size + wall.owner] -= 1.0;
        }
        for (c, &k) in coordinates.iter().enumerate() {
            matrix[(n + c) * size + n + c] = 1.0;
            side[n + c].add(self.base[k]);
        }
        for (p, &(w, k)) in shared.iter().enumerate() {
            let wall = &self.walls[w];
            // In increasing order, and it was put there.
            let c = coordinates.binary_search(&k).ok()?;
            let column = n + coordinates.len() + p;
            matrix[wall.owner * size + column] = 1.0;
            matrix[(n + c) * size + column] = -wall.sign;
            matrix[column * size + n + c] = 1.0;
            matrix[column * size + wall.owner] = wall.sign;
            side[column].add(self.target(wall)[k]);
        }
        let side: Vec<f64> = side.into_iter().map(Compensated::value).collect();
        let mut found = Lu::new(matrix, size)?.solve(&side);
        let mut push = vec![0.0; carries.len()];
        for &(w, k) in &alone {
            let wall = &self.walls[w];
            push[w * d + k] = wall.sign * (self.target(wall)[k] - self.base[k]) - found[wall.owner];
        }
        for (p, &(w, k)) in shared.iter().enumerate() {
            push[w * d + k] = found[n + coordinates.len() + p];
        }
        found.truncate(n);
        let finite = push.iter().chain(&found).all(|v| v.is_finite());
        finite.then_some((push, found))
    }

    /// The pushes as they are, without those of walls that do not carry, everybody's brought to what it has.
    fn normalised(&self, at: &Point) -> Option<Vec<f64>> {
        let d = self.base.len();
        let carrying = at.push.iter().zip(&at.slack);
        let mut push: Vec<f64> = carrying
            .map(|(&u, &p)| if u > p { u } else { 0.0 })
            .collect();
        let mut sums = vec![0.0; self.mass.len()];
        for (wall, push) in self.walls.iter().zip(push.chunks_exact(d)) {
            sums[wall.owner] += push.iter().sum::<f64>();
        }
        for (wall, push) in self.walls.iter().zip(push.chunks_exact_mut(d)) {
            let factor = self.mass[wall.owner] / sums[wall.owner];
            push.iter_mut().for_each(|u| *u *= factor);
        }
        push.iter().all(|u| u.is_finite()).then_some(push)
    }

    /// Everybody's action; who does not move tells the truth.
    fn actions(&self, push: &[f64]) -> Profile {
        let d = self.base.len();
        let mut actions = Profile::zeros(self.game);
        for i in 0..self.game.influencers() {
            let x = actions.action_mut(i);
            self.game.space(i).project(self.game.target(i), x);
        }
        for &(i, _) in &self.movers {
            actions.action_mut(i).fill(0.0);
        }
        for (wall, push) in self.walls.iter().zip(push.chunks_exact(d)) {
            let (i, w) = self.movers[wall.owner];
            let x = actions.action_mut(i);
            x.iter_mut()
                .zip(push)
                .for_each(|(x, u)| *x += wall.sign * u / w);
        }
        for &(i, _) in &self.movers {
            let x = actions.action_mut(i);
            let (size, whole) = match self.game.space(i) {
                ActionSpace::L1Ball(set) => (set.radius(), false),
                ActionSpace::Simplex(set) => (set.scale(), true),
                _ => continue,
            };
            // What rounding has left over goes to where it is the smallest share.
            let mut sum = Compensated::default();
            x.iter().for_each(|v| sum.add(v.abs()));
            let rest = size - sum.value();
            let largest = (0..d).max_by(|&a, &b| x[a].abs().total_cmp(&x[b].abs()));
            if let Some(k) = largest.filter(|_| whole || rest < 0.0) {
                x[k] += rest * x[k].signum();
            }
            for (k, x) in x.iter_mut().enumerate() {
                *x += center(self.game, i, k);
            }
        }
        actions
    }
}

impl Point {
    /// `Σ` of slack times push: the duality gap, but for what rounding does to the equations.
    fn complementarity(&self) -> f64 {
        self.slack.iter().zip(&self.push).map(|(p, u)| p * u).sum()
    }

    /// What of it walls that give way account for.
    fn given(&self) -> f64 {
        self.push.iter().map(|u| self.give * u * u).sum()
    }

    fn give_way(&mut self) {
        for (p, u) in self.slack.iter_mut().zip(&self.push) {
            *p = p.max(self.give * u);
        }
    }

    /// How far a direction leads before a slack or a push is used up to this share, at most 1.
    fn room(&self, along: &Direction, share: f64) -> f64 {
        let pairs = (self.slack.iter().zip(&along.slack)).chain(self.push.iter().zip(&along.push));
        pairs.fold(1.0, |length, (v, a)| {
            if *a < 0.0 {
                length.min(share * v / -a)
            } else {
                length
            }
        })
    }
}

/// Where to go.
struct Direction {
    y: Vec<f64>,
    levels: Vec<f64>,
    slack: Vec<f64>,
    push: Vec<f64>,
}

/// The linear system of a step, `y` eliminated.
struct System<'a> {
    walls: &'a Walls<'a>,
    /// Push over slack, by walls.
    stiff: Vec<f64>,
    /// `1 + Σ` of these in a coordinate.
    total: Vec<f64>,
    /// Of each mover in each coordinate, the sum of `σ` times these.
    signed: Vec<f64>,
    schur: Cholesky,
    /// What is left of the equations for `y` and for the masses.
    rest: Vec<f64>,
    short: Vec<f64>,
}

impl<'a> System<'a> {
    fn of(walls: &'a Walls<'a>, at: &Point) -> Option<Self> {
        let (n, d) = (walls.mass.len(), walls.base.len());
        let stiff: Vec<f64> = at.push.iter().zip(&at.slack).map(|(u, p)| u / p).collect();
        let (mut plain, mut signed) = (vec![0.0; n * d], vec![0.0; n * d]);
        // 4 T₊ T₋ = (T₊ + T₋)² − (T₊ − T₋)², without cancellation.
        let mut both = vec![0.0; n * d];
        for (wall, stiff) in walls.walls.iter().zip(stiff.chunks_exact(d)) {
            let from = wall.owner * d;
            for k in 0..d {
                both[from + k] += 4.0 * plain[from + k] * stiff[k];
                plain[from + k] += stiff[k];
                signed[from + k] += wall.sign * stiff[k];
            }
        }
        let mut total = vec![1.0; d];
        for plain in plain.chunks_exact(d) {
            total.iter_mut().zip(plain).for_each(|(m, p)| *m += p);
        }
        let mut schur = vec![0.0; n * n];
        // 1 + what all others have, summed up from both ends, since a difference would cancel.
        let mut others = vec![1.0; n * d];
        let mut before = vec![0.0; d];
        for i in 0..n {
            for k in 0..d {
                others[i * d + k] += before[k];
                before[k] += plain[i * d + k];
            }
        }
        let mut after = vec![0.0; d];
        for i in (0..n).rev() {
            for k in 0..d {
                others[i * d + k] += after[k];
                after[k] += plain[i * d + k];
            }
        }
        for i in 0..n {
            let row = i * d..(i + 1) * d;
            let own = (plain[row.clone()].iter().zip(&others[row.clone()]))
                .zip(&both[row.clone()])
                .zip(&total)
                .map(|(((p, o), b), m)| (p * o + b) / m);
            schur[i * n + i] = own.sum();
            for j in 0..i {
                let pairs = signed[row.clone()]
                    .iter()
                    .zip(&signed[j * d..(j + 1) * d])
                    .zip(&total);
                let value: f64 = pairs.map(|((a, b), m)| a / m * b).sum();
                schur[i * n + j] = -value;
                schur[j * n + i] = -value;
            }
        }
        let mut rest = walls.base.clone();
        walls.add_push(&at.push, &mut rest);
        rest.iter_mut().zip(&at.y).for_each(|(r, y)| *r -= y);
        let mut short = walls.mass.clone();
        for (wall, push) in walls.walls.iter().zip(at.push.chunks_exact(d)) {
            short[wall.owner] -= push.iter().sum::<f64>();
        }
        Some(Self {
            walls,
            stiff,
            total,
            signed,
            schur: Cholesky::new(&schur, n)?,
            rest,
            short,
        })
    }

    /// The direction in which pushes change by `wanted` where no wall moves.
    fn direction(&self, wanted: &[f64]) -> Option<Direction> {
        let (n, d) = (self.short.len(), self.total.len());
        let walls = &self.walls.walls;
        let mut y = self.rest.clone();
        self.walls.add_push(wanted, &mut y);
        let mut levels: Vec<f64> = self.short.iter().map(|s| -s).collect();
        for (wall, wanted) in walls.iter().zip(wanted.chunks_exact(d)) {
            levels[wall.owner] += wanted.iter().sum::<f64>();
        }
        for i in 0..n {
            let signed = self.signed[i * d..(i + 1) * d].iter();
            let pairs = signed.zip(&y).zip(&self.total);
            levels[i] -= pairs.map(|((q, c), m)| q / m * c).sum::<f64>();
        }
        self.schur.solve(&mut levels);
        for (signed, s) in self.signed.chunks_exact(d).zip(&levels) {
            y.iter_mut().zip(signed).for_each(|(y, q)| *y -= q * s);
        }
        y.iter_mut().zip(&self.total).for_each(|(y, m)| *y /= m);
        let (mut slack, mut push) = (Vec::new(), wanted.to_vec());
        for (w, wall) in walls.iter().enumerate() {
            let s = levels[wall.owner];
            let moved = y.iter().map(|y| wall.sign * y + s);
            let own = push[w * d..(w + 1) * d].iter_mut();
            for ((u, stiff), p) in own.zip(&self.stiff[w * d..]).zip(moved) {
                *u -= stiff * p;
                slack.push(p);
            }
        }
        let finite = levels.iter().all(|s| s.is_finite());
        finite.then_some(Direction {
            y,
            levels,
            slack,
            push,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // in tests a panic is the report
mod tests {
    use super::solve;
    use crate::Game;
    use crate::equilibrium::certify;
    use crate::solver::decomposition;
    use crate::spec::SpaceSpec;
    use big_numeric::distance;
    use proptest::prelude::*;

    /// Targets around 0, and sets so large that their actions have most coordinates in common.
    fn game(d: usize, sets: &[(bool, f64, f64)], numbers: &[f64]) -> Game {
        let number = |at: usize| numbers[at % numbers.len()] + (at / numbers.len()) as f64 * 0.01;
        let mut builder = Game::builder();
        for (i, &(ball, size, weight)) in sets.iter().enumerate() {
            let space = if ball {
                let center = (0..d).map(|k| 0.1 * number(3 * k + i)).collect();
                SpaceSpec::L1Ball {
                    center,
                    radius: size,
                }
            } else {
                SpaceSpec::Simplex {
                    dim: d,
                    scale: size,
                }
            };
            let target: Vec<f64> = (0..d).map(|k| number(7 * k + 31 * i)).collect();
            builder = builder.space(space).influencer(weight, target);
        }
        builder.build().unwrap()
    }

    proptest! {
        #[test]
        fn the_levels_tell_where_the_receiver_lands(
            d in 3_usize..80,
            sets in prop::collection::vec((any::<bool>(), 0.1_f64..60.0, prop_oneof![0.1_f64..2.0, -1.0_f64..-0.1]), 1..5),
            numbers in prop::collection::vec(-2.0_f64..2.0, 97),
        ) {
            let game = game(d, &sets, &numbers);
            let found = solve(&game).unwrap();
            let proof = certify(&game, &found.actions, Some(&found.y));
            prop_assert!(proof.duality_gap <= 1e-9 * proof.allowed_gap, "{proof:?}");
            let other = decomposition::solve(&game).unwrap();
            let bound = proof.receiver_error_bound + 1e-9 * game.scale();
            prop_assert!(distance(&found.y, &other.y) <= bound);
        }

        /// Ties everywhere: many answers, and no pair of walls that carries alone.
        #[test]
        fn ties_are_no_obstacle(
            d in 3_usize..40,
            sets in prop::collection::vec((any::<bool>(), 1_i32..20, prop_oneof![Just(1.0), Just(0.5), Just(-0.5)]), 1..5),
            numbers in prop::collection::vec(-2_i32..3, 11),
        ) {
            let sets: Vec<(bool, f64, f64)> = sets.iter().map(|&(b, s, w)| (b, f64::from(s), w)).collect();
            let numbers: Vec<f64> = numbers.iter().map(|&v| f64::from(v)).collect();
            let game = game(d, &sets, &numbers);
            let found = solve(&game).unwrap();
            let proof = certify(&game, &found.actions, Some(&found.y));
            prop_assert!(proof.holds(), "{proof:?}");
        }
    }
}
