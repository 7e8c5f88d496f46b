//! Mixed equilibria of games of k-subsets, for any number of influencers.
//!
//! With independent mixtures of means `μ_j`, influencer `i`'s expected loss from its sum `u` is `‖u − q_i‖²` and what does
//! not depend on `u`, where `q_i = G_i − Σ_{j≠i} μ_j`: only the others' means matter. So a profile is an equilibrium iff
//! every `μ_i` is in the hull of the sums nearest to `q_i`, and by Carathéodory's theorem of at most `d + 1` affinely
//! independent ones of them. For given supports that is a square linear system in the shares: `Σ_u λ_u = 1`, and the same
//! distance to `q_i` for all `u` of a support.

use num_bigint::{BigInt, BigUint};
use num_traits::{One, Signed, ToPrimitive, Zero};
use thiserror::Error;

use super::budget::Budget;
use super::choice::{Choice, binomial};
use super::enumerate::{EnumerateError, first_member, indices, too_many};
use super::index::Index;
use super::lattice::{Coordinate, Scaled};
use super::{FiniteGame, scaled};
use big_game::spec::Rational;

/// A mixed equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct MixedProfile {
    /// For each influencer what it plays and how often; of choices with one effect the first.
    pub mixtures: Vec<Vec<(Choice, Rational)>>,
    /// Where the receiver lands in expectation.
    pub receiver: Vec<Rational>,
}

/// Why the mixed equilibria are not to be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MixedProfilesError {
    /// The distinct means do not fit in memory.
    #[error(transparent)]
    Means(#[from] EnumerateError),
    /// Too many supports.
    #[error(
        "there are {supports} combinations of supports to go through, and the limit is {limit}"
    )]
    TooMany {
        /// How many there are.
        supports: BigUint,
        /// How many are gone through.
        limit: u64,
    },
}

/// All equilibria, pure ones among them, in which every influencer mixes at most `d + 1` sums that are affinely
/// independent and the supports determine the shares: one for each vector of means that an equilibrium can have, except where
/// such vectors form a continuum. O(supports · (n (d + 1))³).
///
/// ```
/// # use big_finite::{Budget, FiniteGame};
/// # use big_game::spec::{FiniteSpec, InfluencerSpec, ItemSet, Rational, WeightSpec};
/// # let number = |n: i64, d: i64| Rational::new(n.into(), d.into());
/// # let influencer = |target| InfluencerSpec {
/// #     cost: None,
/// #     name: None,
/// #     weight: WeightSpec::Scalar(number(1, 2)),
/// #     target: vec![target],
/// #     space: 0,
/// # };
/// // Example 5 of the paper with q = k = 2: two of the items ±1 and ±2 each, targets ∓1/16.
/// let game = FiniteGame::new(FiniteSpec {
/// #     bias: vec![number(0, 1)],
/// #     sets: vec![ItemSet {
/// #         items: [-1, 1, -2, 2].map(|v| vec![number(v, 1)]).to_vec(),
/// #         choose: 2,
/// #         repeats: false,
/// #     }],
/// #     influencers: vec![influencer(number(-1, 16)), influencer(number(1, 16))],
///     // …
/// })?;
/// let all = big_finite::mixed_profiles(&game, 100_000)?;
/// assert!(!all.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the supports have more than `limit` combinations.
pub fn mixed_profiles(
    game: &FiniteGame,
    limit: u64,
) -> Result<Vec<MixedProfile>, MixedProfilesError> {
    scaled!(game, s => run(game, s, limit))
}

/// A list's sums as fractions, and the supports that may occur.
struct ListSums {
    points: Vec<Vec<Rational>>,
    supports: Vec<Vec<usize>>,
}

fn run<T: Coordinate>(
    game: &FiniteGame,
    scaled: &Scaled<T>,
    limit: u64,
) -> Result<Vec<MixedProfile>, MixedProfilesError> {
    let indices =
        indices(scaled, &Budget::unlimited()).map_err(|(list, _)| too_many(game, scaled, list))?;
    let (n, d) = (scaled.list_of.len(), scaled.d);
    let refused = |supports: BigUint| MixedProfilesError::TooMany { supports, limit };
    for index in &indices {
        // Listed before they are tested.
        let listed: BigUint = (1..=d + 1).map(|s| binomial(index.table.len(), s)).sum();
        if listed > BigUint::from(limit) {
            return Err(refused(listed));
        }
    }
    let lists: Vec<ListSums> = indices.iter().map(|index| sums(index, d)).collect();
    let of = |i: usize| &lists[scaled.list_of[i]];
    let supports: BigUint = (0..n)
        .map(|i| BigUint::from(of(i).supports.len()))
        .product();
    let Some(total) = supports.to_u64().filter(|&count| count <= limit) else {
        return Err(refused(supports));
    };
    let goals: Vec<Vec<Rational>> = (0..n).map(|i| exact(scaled.goal(i))).collect();
    let mut found = Vec::new();
    for mut number in 0..total {
        let mut chosen = vec![0; n];
        for i in (0..n).rev() {
            let count = of(i).supports.len() as u64;
            chosen[i] = (number % count) as usize;
            number /= count;
        }
        let supports: Vec<&[usize]> = (0..n).map(|i| &of(i).supports[chosen[i]][..]).collect();
        let points: Vec<&[Vec<Rational>]> = (0..n).map(|i| &of(i).points[..]).collect();
        let Some((shares, means)) = at_supports(&points, &goals, &supports) else {
            continue;
        };
        let mut total = vec![Rational::zero(); d];
        for mean in &means {
            total.iter_mut().zip(mean).for_each(|(t, m)| *t += m);
        }
        let mixture = |(i, shares): (usize, Vec<Rational>)| {
            let (table, list) = (&indices[scaled.list_of[i]].table, scaled.list(i));
            let entries = supports[i].iter().zip(shares);
            entries
                .map(|(&u, share)| (first_member(table, list, u), share))
                .collect()
        };
        found.push(MixedProfile {
            mixtures: shares.into_iter().enumerate().map(mixture).collect(),
            receiver: scaled
                .origin
                .iter()
                .zip(&total)
                .map(|(o, s)| o + &scaled.unit * s)
                .collect(),
        });
    }
    Ok(found)
}

fn exact<T: Coordinate>(point: &[T]) -> Vec<Rational> {
    point.iter().map(|v| Rational::from(v.to_big())).collect()
}

/// The sums and the affinely independent sets of at most `d + 1` of them; of the largest, whose centre is determined,
/// only those with no sum nearer to it.
fn sums<T: Coordinate>(index: &Index<T>, d: usize) -> ListSums {
    let count = index.table.len();
    let points: Vec<Vec<Rational>> = (0..count).map(|u| exact(index.table.sum(u))).collect();
    let mut supports = Vec::new();
    for size in 1..=(d + 1).min(count) {
        let mut at = super::choice::first(size, false);
        loop {
            let support: Vec<usize> = at.iter().map(|&u| u as usize).collect();
            let (rows, right) = bisectors(&points, &support);
            let may = if size <= d {
                independent(rows)
            } else {
                solve(rows, right).is_some_and(|centre| is_nearest(&points, &support, &centre))
            };
            if may {
                supports.push(support);
            }
            if super::choice::advance(&mut at, count, false).is_none() {
                break;
            }
        }
    }
    ListSums { points, supports }
}

/// The hyperplanes of points as far from the first of a support as from each other one: `2⟨u − u_0, q⟩ = ‖u‖² − ‖u_0‖²`.
fn bisectors(points: &[Vec<Rational>], support: &[usize]) -> (Vec<Vec<Rational>>, Vec<Rational>) {
    let two = Rational::from(BigInt::from(2));
    let square = |u: usize| points[u].iter().map(|v| v * v).sum::<Rational>();
    let first = support[0];
    let rows = support[1..].iter().map(|&u| {
        let pairs = points[u].iter().zip(&points[first]);
        pairs.map(|(a, b)| (a - b) * &two).collect()
    });
    let right = support[1..].iter().map(|&u| square(u) - square(first));
    (rows.collect(), right.collect())
}

/// Has no sum a smaller distance to the centre than those of the support?
fn is_nearest(points: &[Vec<Rational>], support: &[usize], centre: &[Rational]) -> bool {
    let square = |u: &Vec<Rational>| -> Rational {
        u.iter().zip(centre).map(|(a, b)| (a - b) * (a - b)).sum()
    };
    let own = square(&points[support[0]]);
    points.iter().all(|u| square(u) >= own)
}

type Shares = (Vec<Vec<Rational>>, Vec<Vec<Rational>>);

/// The shares and the means, if these supports have an equilibrium that they determine.
fn at_supports(
    points: &[&[Vec<Rational>]],
    goals: &[Vec<Rational>],
    supports: &[&[usize]],
) -> Option<Shares> {
    let (n, d) = (supports.len(), goals[0].len());
    let starts: Vec<usize> = supports
        .iter()
        .scan(0, |at, s| {
            let start = *at;
            *at += s.len();
            Some(start)
        })
        .collect();
    let unknowns = starts[n - 1] + supports[n - 1].len();
    let mut rows = Vec::with_capacity(unknowns);
    let mut right = Vec::with_capacity(unknowns);
    for i in 0..n {
        let mut sum = vec![Rational::zero(); unknowns];
        sum[starts[i]..starts[i] + supports[i].len()].fill(Rational::one());
        rows.push(sum);
        right.push(Rational::one());
        let (planes, heights) = bisectors(points[i], supports[i]);
        for (plane, height) in planes.into_iter().zip(heights) {
            // ⟨plane, G_i − Σ_{j≠i} μ_j⟩ = height.
            let along =
                |v: &[Rational]| -> Rational { plane.iter().zip(v).map(|(a, b)| a * b).sum() };
            let mut row = vec![Rational::zero(); unknowns];
            for j in (0..n).filter(|&j| j != i) {
                for (k, &u) in supports[j].iter().enumerate() {
                    row[starts[j] + k] = along(&points[j][u]);
                }
            }
            right.push(along(&goals[i]) - height);
            rows.push(row);
        }
    }
    let solution = solve(rows, right)?;
    if !solution.iter().all(Signed::is_positive) {
        return None;
    }
    let shares: Vec<Vec<Rational>> = (0..n)
        .map(|i| solution[starts[i]..starts[i] + supports[i].len()].to_vec())
        .collect();
    let means: Vec<Vec<Rational>> = (0..n)
        .map(|i| {
            let own = || supports[i].iter().zip(&shares[i]);
            (0..d)
                .map(|x| own().map(|(&u, share)| &points[i][u][x] * share).sum())
                .collect()
        })
        .collect();
    let settled = (0..n).all(|i| {
        let wish: Vec<Rational> = (0..d)
            .map(|x| {
                let others = means.iter().enumerate().filter(|(j, _)| *j != i);
                &goals[i][x] - others.map(|(_, mean)| &mean[x]).sum::<Rational>()
            })
            .collect();
        is_nearest(points[i], supports[i], &wish)
    });
    settled.then_some((shares, means))
}

/// Are the rows linearly independent?
fn independent(rows: Vec<Vec<Rational>>) -> bool {
    let count = rows.len();
    super::enumerate::rank(rows) == count
}

/// The solution of a square system; `None` where it is singular.
fn solve(mut rows: Vec<Vec<Rational>>, mut right: Vec<Rational>) -> Option<Vec<Rational>> {
    let size = rows.len();
    for k in 0..size {
        let pivot = (k..size).find(|&r| !rows[r][k].is_zero())?;
        rows.swap(k, pivot);
        right.swap(k, pivot);
        let (head, value) = (rows[k].clone(), right[k].clone());
        for r in (0..size).filter(|&r| r != k) {
            if rows[r][k].is_zero() {
                continue;
            }
            let share = &rows[r][k] / &head[k];
            for x in k..size {
                let step = &share * &head[x];
                rows[r][x] -= step;
            }
            right[r] -= &share * &value;
        }
    }
    Some((0..size).map(|k| &right[k] / &rows[k][k]).collect())
}
