//! Random meetings: most of a choice stays, and of some sixty items all choices are tried at once.
//!
//! A round draws a choice (the best so far, or one whose expected sum is the goal), deals items into four parts and
//! lets [their sums meet](super::parts). Everything is drawn from the number of the round, and rounds agree on the best
//! in a fixed order, so that threads change nothing.

use big_numeric::parallel;
use chacha20::ChaCha8Rng;
use rand_core::SeedableRng;

use super::join::Early;
use super::parts::{self, Met, Pairs, Part, Window, Wish, add_choice};
use super::tilt::{Tilt, shuffled, solve, unit};
use super::{Best, Budget, approximate_square};
use crate::choice::{Choice, choices_f64};
use crate::lattice::{Coordinate, List, Scaled, subtract};

/// Binary digits of the sizes of parts, in the first round and at most.
const SIZES: (u32, u32) = (8, 18);
/// The most coordinates of the sums of a part, which bounds the memory.
const MOST_COORDINATES: f64 = (1u64 << 21) as f64;
/// Rounds side by side.
const TASKS: u64 = 2;
/// Windows of a deal.
const WINDOWS: u32 = 4;
/// The most axes of a window.
const MOST_WINDOW_AXES: usize = 4;
/// The most items of a part, and numbers of items chosen from one.
const MOST_ITEMS: usize = 400;
const MOST_COUNTS: usize = 64;
/// Meetings that are expected within the distance looked at.
const EXPECTED: f64 = 4.0;
/// Meetings that are all looked at.
const FEW: f64 = (1u32 << 18) as f64;
/// Corrections of a window's width.
const TRIES: u32 = 3;
/// Products of coordinates that moments are taken from, a part.
const SAMPLE: usize = 1 << 18;

/// What rounds work on.
pub(crate) struct Search<'a, T: Coordinate> {
    pub(crate) scaled: &'a Scaled<T>,
    pub(crate) list: &'a List<T>,
    pub(crate) goal: &'a [T],
    pub(crate) floor: &'a T::Square,
    pub(crate) budget: &'a Budget<'a>,
    pub(crate) tilt: Tilt,
}

/// Items dealt into four parts.
struct Deal<T> {
    fixed: Choice,
    parts: [Part<T>; 4],
    /// How many the parts choose together, and the first two.
    count: usize,
    first: usize,
    /// The sum of the first two parts now, and what is missing to the goal without all four.
    now: Vec<T>,
    wish: Vec<T>,
}

impl<T: Coordinate> Search<'_, T> {
    /// A turn of rounds side by side; improves `best`.
    pub(crate) fn turn(&self, turn: u64, best: &mut Best<T>) {
        let known: &Best<T> = best;
        let found = parallel::map(0..TASKS, |task| self.round(turn, task, known));
        for found in found.into_iter().flatten() {
            if found.square < best.square {
                *best = found;
            }
        }
    }

    fn round(&self, turn: u64, task: u64, known: &Best<T>) -> Option<Best<T>> {
        let rng = &mut ChaCha8Rng::seed_from_u64(turn * TASKS + task);
        let size = size(turn, self.scaled.d);
        let base = if task.is_multiple_of(2) {
            known.choice.clone()
        } else {
            self.tilt.draw(rng)
        };
        let deal = self.deal(rng, base, size).ok()?;
        let mut best: Option<Best<T>> = None;
        // A budget that ends takes nothing away from what was found.
        let _ = self.windows(&deal, size, known, rng, &mut best);
        best
    }

    /// Tries the windows of a deal.
    fn windows(
        &self,
        deal: &Deal<T>,
        size: f64,
        known: &Best<T>,
        rng: &mut ChaCha8Rng,
        best: &mut Option<Best<T>>,
    ) -> Result<(), Early> {
        let parts = deal.parts.each_ref();
        let d = self.scaled.d;
        let last = deal.count - deal.first;
        let all = [
            parts::pairs_of(parts[0], parts[1], deal.first),
            parts::pairs_of(parts[2], parts[3], last),
        ];
        if all[0] < 1.0 || all[1] < 1.0 {
            return Ok(());
        }
        let sides = self.sides(deal);
        let wish = self.scaled.approximate(&deal.wish);
        let mut axes: Vec<usize> = (0..d).collect();
        let spread = |x: usize| sides[0].variance(x) + sides[1].variance(x);
        axes.sort_by(|&x, &y| spread(y).total_cmp(&spread(x)).then(x.cmp(&y)));
        axes.retain(|&x| spread(x) > 0.0);
        let mut reach = approximate_square::<T>(&known.square, self.scaled.shift).sqrt();
        let middle = Moments::middle(&sides[0], &sides[1], &wish);
        // How dense pairs are in the middle, and their meetings at the wish.
        let crowds = axes.iter().map(|&x| {
            let second = bell(sides[1].variance(x), wish[x] - middle[x] - sides[1].mean[x]);
            bell(sides[0].variance(x), middle[x] - sides[0].mean[x]).max(second)
        });
        let crowds: Vec<f64> = crowds.collect();
        let meetings: Vec<f64> = axes.iter().map(|&x| bell(spread(x), 0.0)).collect();
        let (used, mut width) = window(all[0].max(all[1]), size, reach, &crowds, &meetings);
        let now = self.scaled.approximate(&deal.now);
        let mut ease = 1.0;
        for turn in 0..if used == 0 { 1 } else { WINDOWS } {
            let mut center = deal.now.clone();
            if used > 0 {
                for at in 0..used {
                    let x = axes[at];
                    let deviation = sides[0].variance(x).min(sides[1].variance(x)).sqrt();
                    let steps = (deviation / (2.0 * width)).floor().min(1e6);
                    let step = if turn == 0 {
                        0.0
                    } else {
                        ((2.0 * steps + 1.0) * unit(rng)).floor() - steps
                    };
                    let by = middle[x] + 2.0 * width * step - now[x];
                    // Coordinates are known to fit only within reach.
                    let by = by.clamp(-0.5 * self.scaled.reach, 0.5 * self.scaled.reach);
                    if let Some(by) = parts::whole::<T>(by, self.scaled.shift) {
                        center[x] = center[x].plus(&by);
                    }
                }
            }
            let mut other = deal.wish.clone();
            subtract(&mut other, &center);
            let most = 4 * size as usize;
            let side = |two: [&Part<T>; 2], count, center: &[T], width| -> Result<Pairs, Early> {
                let window = Window {
                    center,
                    axes: &axes[..used],
                    width,
                    shift: self.scaled.shift,
                };
                parts::pairs(two, count, &window, most, self.budget)
            };
            let mut held;
            let mut tries = 0;
            loop {
                held = [
                    side([parts[0], parts[1]], deal.first, &center, width)?,
                    side([parts[2], parts[3]], last, &other, width)?,
                ];
                // The normal law says little about tails: the first window corrects the width.
                let count = held[0].len().max(held[1].len()) as f64;
                let right = (0.5 * size..2.0 * size).contains(&count);
                if used == 0 || right || turn > 0 || tries == TRIES {
                    break;
                }
                tries += 1;
                width *= (size / count.max(1.0))
                    .powf(1.0 / used as f64)
                    .clamp(0.25, 4.0);
            }
            let pairs = held.each_ref().map(|side| side.len() as f64);
            let expected = expected(pairs[0] * pairs[1], used, width, &meetings) * ease;
            let floor = approximate_square::<T>(self.floor, self.scaled.shift).sqrt();
            // Few pairs are simply compared.
            let few = pairs[0] * pairs[1] <= FEW;
            let distance = if few {
                reach
            } else {
                expected.max(floor + 0.5).min(reach)
            };
            let asked = Wish {
                center: &center,
                goal: &deal.wish,
                axes: &axes,
                shift: self.scaled.shift,
                known: best.as_ref().map_or(&known.square, |b| &b.square),
                floor: self.floor,
            };
            let work = 400 * (held[0].len() + held[1].len()) as u64 + FEW as u64;
            let next = |square: &T::Square| approximate_square::<T>(square, self.scaled.shift);
            let Met { best: met, early } = parts::meet(
                parts,
                held.each_ref(),
                &asked,
                distance * distance,
                work,
                self.budget,
                &next,
            );
            match &met {
                Some(_) => {}
                None if early == Some(Early::Work) => ease *= 0.5,
                None => ease *= 1.2,
            }
            if let Some(meeting) = met {
                reach = next(&meeting.square).sqrt();
                let found = parts::choice(parts, &meeting, &deal.fixed);
                *best = Some(Best {
                    choice: found,
                    square: meeting.square,
                });
            }
            match early {
                Some(Early::Spent) => return Err(Early::Spent),
                Some(Early::Enough) => return Ok(()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Deals items into four parts of up to `size` sums each; the rest of the choice stays.
    fn deal(&self, rng: &mut ChaCha8Rng, base: Choice, size: f64) -> Result<Deal<T>, Early> {
        let (m, k, d) = (self.list.count, self.list.choose, self.scaled.d);
        let repeats = self.list.repeats;
        let (items, each) = shape(m, k, repeats, size);
        // Undecided items first, at random.
        let mut keys: Vec<(f64, u32)> = shuffled(m, rng)
            .into_iter()
            .map(|a| {
                let share = self.tilt.share[a as usize];
                let weight = if repeats {
                    share
                } else {
                    share * (1.0 - share)
                };
                (-(1.0 - unit(rng)).ln() / (weight.max(0.0) + 0.01), a)
            })
            .collect();
        keys.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
        let mut order: Vec<u32> = keys.into_iter().map(|(_, a)| a).collect();
        let mut groups: [Vec<u32>; 4] = Default::default();
        let mut free: [Vec<u32>; 4] = Default::default();
        let mut fixed = Choice::new();
        if repeats {
            // Any of the chosen ones may be chosen anew.
            order.truncate(4 * items);
            order
                .iter()
                .enumerate()
                .for_each(|(p, &a)| groups[p % 4].push(a));
            for (p, at) in shuffled(k, rng).into_iter().enumerate() {
                let a = base[at as usize];
                let group = &groups[p % 4];
                if p < 4 * each && !group.is_empty() {
                    free[p % 4].push(a);
                } else {
                    fixed.push(a);
                }
            }
        } else {
            let inside = |a: &u32| base.binary_search(a).is_ok();
            let (chosen, others): (Vec<u32>, Vec<u32>) = order.into_iter().partition(inside);
            let most = if 4 * items >= m { k } else { (4 * each).min(k) };
            fixed.extend_from_slice(&chosen[most..]);
            for (p, &a) in chosen[..most].iter().enumerate() {
                groups[p % 4].push(a);
                free[p % 4].push(a);
            }
            // The fullest of the chosen get the fewest others.
            let room = (4 * items).saturating_sub(most);
            for (p, &a) in (most..).zip(others.iter().take(room)) {
                groups[p % 4].push(a);
            }
            for (group, free) in groups.iter_mut().zip(&mut free) {
                while choices_f64(group.len(), free.len(), false) > size {
                    let Some(out) = group.pop() else { break };
                    if let Some(place) = free.iter().position(|&a| a == out) {
                        fixed.push(free.swap_remove(place));
                    }
                }
            }
        }
        let mut wish = self.goal.to_vec();
        let mut taken = vec![T::zero(); d];
        add_choice(&mut taken, self.list, d, &fixed);
        subtract(&mut wish, &taken);
        let mut now = vec![T::zero(); d];
        for chosen in &free[..2] {
            add_choice(&mut now, self.list, d, chosen);
        }
        let [a, b, c, e] = groups;
        let counts = free.each_ref().map(Vec::len);
        let part = |mut items: Vec<u32>, count: usize| {
            items.sort_unstable();
            let counts = counts_around(items.len(), count, k, repeats, size);
            Part::new(self.list, d, items, counts, self.budget)
        };
        Ok(Deal {
            fixed,
            parts: [
                part(a, counts[0])?,
                part(b, counts[1])?,
                part(c, counts[2])?,
                part(e, counts[3])?,
            ],
            count: counts.iter().sum(),
            first: counts[0] + counts[1],
            now,
            wish,
        })
    }

    /// The moments of the sums of the first two parts, and of the last two.
    fn sides(&self, deal: &Deal<T>) -> [Moments; 2] {
        let (d, shift) = (self.scaled.d, self.scaled.shift);
        let m = self.list.count as f64;
        // How many items one part chooses of those of two varies, which must not count as spread.
        let mut mean = vec![0.0; d];
        for item in self.list.items.chunks_exact(d) {
            for (mean, v) in mean.iter_mut().zip(item) {
                *mean += v.approx(shift) / m;
            }
        }
        let of = |two: &[Part<T>], count: usize| {
            let mut moments = Moments {
                mean: mean.iter().map(|v| v * count as f64).collect(),
                covariance: vec![0.0; d * d],
            };
            for part in two {
                let stride = (part.len() * d * d / SAMPLE).max(1);
                let n = part.len().div_ceil(stride).max(1) as f64;
                let mut first = vec![0.0; d];
                let mut second = vec![0.0; d * d];
                let mut v = vec![0.0; d];
                for (count, number) in part.numbers().step_by(stride) {
                    for (x, at) in part.sum(number).iter().enumerate() {
                        v[x] = at.approx(shift) - mean[x] * count as f64;
                        first[x] += v[x] / n;
                        for y in 0..=x {
                            second[x * d + y] += v[x] * v[y] / n;
                        }
                    }
                }
                for x in 0..d {
                    moments.mean[x] += first[x];
                    for y in 0..=x {
                        moments.covariance[x * d + y] += second[x * d + y] - first[x] * first[y];
                    }
                }
            }
            moments
        };
        [
            of(&deal.parts[..2], deal.first),
            of(&deal.parts[2..], deal.count - deal.first),
        ]
    }
}

/// Mean and covariance (its lower triangle, by rows) of the sums of two parts.
struct Moments {
    mean: Vec<f64>,
    covariance: Vec<f64>,
}

impl Moments {
    fn variance(&self, x: usize) -> f64 {
        self.covariance[x * self.mean.len() + x].max(0.0)
    }

    /// The expected sum of one side when both together make the wish.
    fn middle(first: &Self, second: &Self, wish: &[f64]) -> Vec<f64> {
        let d = wish.len();
        let missing: Vec<f64> = (0..d)
            .map(|x| wish[x] - first.mean[x] - second.mean[x])
            .collect();
        let both = first.covariance.iter().zip(&second.covariance);
        let mut both: Vec<f64> = both.map(|(a, b)| a + b).collect();
        let trace: f64 = (0..d).map(|x| both[x * d + x]).sum();
        for x in 0..d {
            both[x * d + x] += 1e-9 * trace;
        }
        let Some(pull) = solve(both, &missing) else {
            return (0..d).map(|x| first.mean[x] + 0.5 * missing[x]).collect();
        };
        let row = |x: usize| -> f64 {
            let entry = |y: usize| first.covariance[x.max(y) * d + x.min(y)];
            (0..d).map(|y| entry(y) * pull[y]).sum()
        };
        (0..d).map(|x| first.mean[x] + row(x)).collect()
    }
}

/// How many sums a part has, and pairs a window, in a turn.
fn size(turn: u64, d: usize) -> f64 {
    let grown = turn.min(64) as u32 / 2;
    let size = 2.0_f64.powi((SIZES.0 + grown).min(SIZES.1) as i32);
    size.min((MOST_COORDINATES / d as f64).max(2.0_f64.powi(SIZES.0 as i32)))
}

/// About how many pairs of sums a turn lists.
pub(crate) fn pairs_in_turn(turn: u64, d: usize) -> f64 {
    2.0 * size(turn, d) * f64::from(WINDOWS) * TASKS as f64
}

/// How many items a part has, and how many of them are chosen, for lists of about `size`.
fn shape(m: usize, k: usize, repeats: bool, size: f64) -> (usize, usize) {
    let mut items = m.div_ceil(4).min(MOST_ITEMS);
    loop {
        let even = (items * k).div_ceil(m.max(1)).max(k.div_ceil(4).min(2));
        let fits = |each: &usize| choices_f64(items, *each, repeats) <= size;
        if repeats {
            // The more the better.
            let each = (1..=k.div_ceil(4).min(MOST_COUNTS)).take_while(fits).last();
            if let Some(each) = each {
                return (items, each);
            }
        } else if fits(&even) {
            return (items, even);
        }
        if items <= 1 {
            return (1, 1);
        }
        items -= (items / 16).max(1);
    }
}

/// Numbers of items to choose, around one, whose choices fit the size.
fn counts_around(
    items: usize,
    count: usize,
    most: usize,
    repeats: bool,
    size: f64,
) -> std::ops::RangeInclusive<usize> {
    let (mut low, mut high) = (count, count);
    let choices = |c: usize| choices_f64(items, c, repeats);
    let mut total = choices(count);
    for _ in 0..MOST_COUNTS {
        let up = if high < most { choices(high + 1) } else { 0.0 };
        let down = if low > 0 { choices(low - 1) } else { 0.0 };
        if up >= 1.0 && total + up <= 1.5 * size {
            high += 1;
            total += up;
        } else if down >= 1.0 && total + down <= 1.5 * size {
            low -= 1;
            total += down;
        } else {
            break;
        }
    }
    low..=high
}

/// Along how many axes, and how wide, a window should be to hold about `size` of all pairs, yet not be narrower than the
/// distance looked for, which would lose meetings.
fn window(all: f64, size: f64, reach: f64, crowds: &[f64], meetings: &[f64]) -> (usize, f64) {
    if all <= 2.0 * size || crowds.is_empty() {
        return (0, f64::INFINITY);
    }
    let mut log = (size / all).ln();
    let most = crowds.len().min(MOST_WINDOW_AXES);
    for used in 1..=most {
        log -= crowds[used - 1].ln();
        let width = 0.5 * (log / used as f64).exp();
        let near = expected(size * size, used, width, meetings).min(reach);
        if width >= 0.5 * near || used == most {
            return (used, width);
        }
    }
    (0, f64::INFINITY)
}

/// Within what distance a few of these pairs of pairs should meet: those held are spread evenly over a window along the
/// first axes, and normally along the others.
fn expected(pairs: f64, used: usize, width: f64, meetings: &[f64]) -> f64 {
    let mut log = (EXPECTED / pairs.max(1.0)).ln() - log_ball(meetings.len());
    for (at, density) in meetings.iter().enumerate() {
        log -= if at < used {
            -(2.0 * width).ln()
        } else {
            density.ln()
        };
    }
    (log / meetings.len().max(1) as f64).exp()
}

/// The density of a normal distribution at a distance from its mean, kept from vanishing.
fn bell(variance: f64, gap: f64) -> f64 {
    let variance = variance.max(f64::MIN_POSITIVE);
    (-0.5 * (gap * gap / variance).min(20.0)).exp() / (2.0 * std::f64::consts::PI * variance).sqrt()
}

/// The logarithm of the volume of the ball of radius one.
fn log_ball(d: usize) -> f64 {
    let pi = std::f64::consts::PI;
    let start = if d.is_multiple_of(2) {
        0.0
    } else {
        2.0_f64.ln()
    };
    (1..=d)
        .filter(|n| n % 2 == d % 2 && *n > 1)
        .fold(start, |log, n| log + (2.0 * pi / n as f64).ln())
}
