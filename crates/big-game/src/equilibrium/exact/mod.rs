//! The set of equilibria of a small polytopal game in rational arithmetic: no tolerance, and a proof.
//!
//! From an approximate answer the tied atoms are guessed; the receiver position that ties them is solved for
//! exactly; every influencer's pull is then compared with every atom exactly, and a linear program in
//! rationals shows that the tied atoms reach the receiver. That is the optimality condition, so the position
//! is `r*` and the faces are the true ones. Dimension and ranges follow from the same program.

mod simplex;
mod vertices;

use num_traits::{One, Signed, ToPrimitive, Zero};

use self::simplex::{Tableau, reduce};
pub(crate) use self::vertices::vertices;
use crate::action_space::{ActionSpace, ConvexSet, Face, VERTEX_LIMIT, vertices_exact};
use crate::game::Game;
use crate::spec::{Rational, SpaceSpec, WeightSpec};
use crate::weight::Weight;

/// Tied atoms beyond this are not done exactly: the linear programs grow with them.
const TIES: usize = 120;

/// The exact description.
pub(crate) struct ExactSet {
    /// `r*`.
    pub(crate) receiver: Vec<Rational>,
    /// Affine dimension of the set, idle influencers left out.
    pub(crate) dimension: usize,
    /// Range of each coordinate of each influencer that has a tie: (influencer, lower, upper).
    pub(crate) ranges: Vec<(usize, Vec<Rational>, Vec<Rational>)>,
    /// Influencers with `t_i = r*` and a weight that is not zero.
    pub(crate) winners: Vec<usize>,
}

/// A group of atoms (see the decomposition solver): a coordinate of a box, or all of another polytope.
struct Group {
    influencer: usize,
    /// Which atom list, and which coordinate of a box.
    space: usize,
    coordinate: Option<usize>,
    /// Indices of the atoms that tie at `r*`; the first is the base.
    tied: Vec<usize>,
}

struct ExactGame<'a> {
    game: &'a Game,
    bias: Vec<Rational>,
    targets: Vec<Vec<Rational>>,
    weights: Vec<WeightSpec<Rational>>,
    /// Per distinct space, per group: the atoms in `R^m` (for a box: the two bounds of a coordinate).
    atoms: Vec<Vec<Vec<Vec<Rational>>>>,
}

/// Guesses of which atoms tie, as shares of the numbers involved: the first that proves itself is taken.
const GUESSES: [f64; 3] = [1e-11, 1e-13, 1e-15];

/// The set around the approximate answer `y`. `None`: not polytopal, larger than `effort` (influencers × atoms ×
/// dimension), or no guess of the ties holds.
pub(crate) fn describe(game: &Game, y: &[f64], effort: usize) -> Option<ExactSet> {
    let exact = ExactGame::new(game, effort)?;
    GUESSES
        .iter()
        .find_map(|&relative| described(&exact, y, relative))
}

fn described(exact: &ExactGame<'_>, y: &[f64], relative: f64) -> Option<ExactSet> {
    let game = exact.game;
    let (groups, receiver) = exact.tied(y, relative)?;
    let loose: Vec<&Group> = groups.iter().filter(|g| g.tied.len() > 1).collect();
    let program = Shares::new(exact, &groups, &receiver);
    let mut tableau = Tableau::feasible(&program.a, &program.b)?;
    let support = program.support(&mut tableau);
    let dimension = program.dimension(exact, &support);
    let mut ranges = Vec::new();
    let mut who: Vec<usize> = loose.iter().map(|g| g.influencer).collect();
    who.dedup();
    for i in who {
        let m = game.space(i).dim();
        let (mut lower, mut upper) = (Vec::with_capacity(m), Vec::with_capacity(m));
        for c in 0..m {
            let (constant, cost) = program.coordinate(exact, &groups, i, c);
            let negated: Vec<Rational> = cost.iter().map(|v| -v).collect();
            lower.push(&constant - tableau.maximise(&negated));
            upper.push(&constant + tableau.maximise(&cost));
        }
        ranges.push((i, lower, upper));
    }
    let winners = (0..game.influencers())
        .filter(|&i| !game.weight(i).is_zero() && exact.targets[i] == receiver)
        .collect();
    Some(ExactSet {
        receiver,
        dimension,
        ranges,
        winners,
    })
}

/// The exposed face of influencer `i` under the inner-product loss, ties decided exactly; `None` for round sets and
/// where the vertices are too many.
pub(crate) fn dominant_face(game: &Game, i: usize) -> Option<Face> {
    let exact = ExactGame::of(game, &[i], usize::MAX)?;
    let origin = vec![Rational::zero(); game.dim()];
    let g = exact.pull(i, &origin);
    let float = |q: &Rational| q.to_f64().unwrap_or(f64::NAN);
    let atoms = &exact.atoms[game.space_index(i)];
    if let ActionSpace::Box(set) = game.space(i) {
        let (mut lower, mut upper) = (set.lower().to_vec(), set.upper().to_vec());
        for k in 0..g.len() {
            if g[k].is_positive() {
                lower[k] = upper[k];
            } else if g[k].is_negative() {
                upper[k] = lower[k];
            }
        }
        return Some(if lower == upper {
            Face::Point(lower)
        } else {
            Face::Box { lower, upper }
        });
    }
    let values: Vec<Rational> = atoms[0].iter().map(|atom| product(&g, atom)).collect();
    let best = values.iter().max()?;
    let tied: Vec<Vec<f64>> = atoms[0]
        .iter()
        .zip(&values)
        .filter(|(_, v)| *v == best)
        .map(|(atom, _)| atom.iter().map(float).collect())
        .collect();
    Some(match tied.len() {
        1 => Face::Point(tied.concat()),
        _ => Face::Hull {
            dim: g.len(),
            vertices: tied.concat(),
        },
    })
}

/// Is `W_iᵀ t_i` exactly zero?
pub(crate) fn dominant_direction_is_zero(game: &Game, i: usize) -> Option<bool> {
    let exact = ExactGame::of(game, &[], usize::MAX)?;
    let origin = vec![Rational::zero(); game.dim()];
    Some(exact.pull(i, &origin).iter().all(Zero::is_zero))
}

fn from_float(v: f64) -> Option<Rational> {
    Rational::from_float(v)
}

fn floats(values: &[f64]) -> Option<Vec<Rational>> {
    values.iter().map(|&v| from_float(v)).collect()
}

impl<'a> ExactGame<'a> {
    fn new(game: &'a Game, effort: usize) -> Option<Self> {
        let everybody: Vec<usize> = (0..game.influencers()).collect();
        Self::of(game, &everybody, effort)
    }

    /// With the atoms of the spaces of some influencers only.
    fn of(game: &'a Game, whose: &[usize], effort: usize) -> Option<Self> {
        let n = game.influencers();
        if game.dim().checked_mul(n)? > effort {
            return None;
        }
        let mut atoms = Vec::new();
        let used: Vec<usize> = whose.iter().map(|&i| game.space_index(i)).collect();
        for (s, space) in game.spaces().iter().enumerate() {
            let written = game.exact().map(|spec| &spec.spaces[s]);
            atoms.push(if used.contains(&s) {
                atoms_of(space, written)?
            } else {
                Vec::new()
            });
        }
        let work: usize = whose
            .iter()
            .map(|&i| {
                let s = game.space_index(i);
                atoms[s].iter().map(Vec::len).sum::<usize>() * game.space(i).dim()
            })
            .sum();
        if work > effort {
            return None;
        }
        let (bias, targets, weights);
        if let Some(spec) = game.exact() {
            bias = spec.bias.clone();
            targets = spec.influencers.iter().map(|i| i.target.clone()).collect();
            weights = spec.influencers.iter().map(|i| i.weight.clone()).collect();
        } else {
            bias = floats(game.bias())?;
            targets = (0..n)
                .map(|i| floats(game.target(i)))
                .collect::<Option<_>>()?;
            weights = (0..n)
                .map(|i| match game.weight(i) {
                    Weight::Scalar(w) => from_float(w).map(WeightSpec::Scalar),
                    Weight::Matrix(w) => (0..w.rows())
                        .map(|k| floats(w.row(k)))
                        .collect::<Option<_>>()
                        .map(WeightSpec::Matrix),
                })
                .collect::<Option<_>>()?;
        }
        Some(Self {
            game,
            bias,
            targets,
            weights,
            atoms,
        })
    }

    /// `W_i x`.
    fn image(&self, i: usize, x: &[Rational]) -> Vec<Rational> {
        match &self.weights[i] {
            WeightSpec::Scalar(w) => x.iter().map(|v| w * v).collect(),
            WeightSpec::Matrix(rows) => rows.iter().map(|row| product(row, x)).collect(),
        }
    }

    /// `W_iᵀ (t_i − y)`.
    fn pull(&self, i: usize, y: &[Rational]) -> Vec<Rational> {
        let gap: Vec<Rational> = self.targets[i].iter().zip(y).map(|(t, v)| t - v).collect();
        match &self.weights[i] {
            WeightSpec::Scalar(w) => gap.iter().map(|v| w * v).collect(),
            WeightSpec::Matrix(rows) => (0..rows.first().map_or(0, Vec::len))
                .map(|c| rows.iter().zip(&gap).map(|(row, v)| &row[c] * v).sum())
                .collect(),
        }
    }

    fn atom(&self, group: &Group, at: usize) -> &[Rational] {
        &self.atoms[group.space][group.coordinate.unwrap_or(0)][at]
    }

    /// An atom as an action (a box's other coordinates are 0).
    fn action(&self, group: &Group, at: usize) -> Vec<Rational> {
        match group.coordinate {
            None => self.atom(group, at).to_vec(),
            Some(k) => {
                let mut x = vec![Rational::zero(); self.game.space(group.influencer).dim()];
                x[k] = self.atom(group, at)[0].clone();
                x
            }
        }
    }

    /// `W (atom − base)`.
    fn column(&self, group: &Group, at: usize) -> Vec<Rational> {
        let base = self.action(group, group.tied[0]);
        let difference: Vec<Rational> = self
            .action(group, at)
            .iter()
            .zip(&base)
            .map(|(a, b)| a - b)
            .collect();
        self.image(group.influencer, &difference)
    }

    /// The groups with the atoms that tie, and the position that ties them, proved to be each other's.
    fn tied(&self, y: &[f64], relative: f64) -> Option<(Vec<Group>, Vec<Rational>)> {
        let mut groups = self.guess(y, relative);
        let receiver = self.position(&groups)?;
        self.confirm(&mut groups, &receiver)?;
        let ties = groups.iter().map(|g| g.tied.len()).filter(|&t| t > 1);
        (ties.sum::<usize>() <= TIES).then_some((groups, receiver))
    }

    /// Every group with the atoms that tie, up to `relative`, at the approximate `y`.
    fn guess(&self, y: &[f64], relative: f64) -> Vec<Group> {
        let game = self.game;
        let mut groups = Vec::new();
        for i in (0..game.influencers()).filter(|&i| !game.weight(i).is_zero()) {
            let gap: Vec<f64> = game.target(i).iter().zip(y).map(|(t, v)| t - v).collect();
            let mut g = vec![0.0; game.space(i).dim()];
            game.weight(i).pull_back(&gap, &mut g);
            let size = game
                .target(i)
                .iter()
                .chain(y)
                .chain(game.bias())
                .fold(game.scale(), |s, v| s.max(v.abs()));
            let space = game.space_index(i);
            for (k, atoms) in self.atoms[space].iter().enumerate() {
                let boxed = matches!(game.space(i), ActionSpace::Box(_));
                let value = |atom: &Vec<Rational>| -> f64 {
                    let float = |q: &Rational| q.to_f64().unwrap_or(0.0);
                    if boxed {
                        g[k] * float(&atom[0])
                    } else {
                        atom.iter().zip(&g).map(|(a, g)| float(a) * g).sum()
                    }
                };
                let values: Vec<f64> = atoms.iter().map(value).collect();
                let best = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let (low, high) = game.space(i).bounding_box();
                let extent = low
                    .iter()
                    .zip(&high)
                    .fold(0.0_f64, |s, (l, u)| s.max(u - l));
                let tolerance = relative * game.weight(i).norm_bound() * size * extent;
                groups.push(Group {
                    influencer: i,
                    space,
                    coordinate: boxed.then_some(k),
                    tied: (0..atoms.len())
                        .filter(|&a| values[a] >= best - tolerance)
                        .collect(),
                });
            }
        }
        groups
    }

    /// The position that ties the guessed atoms: `y = r_0 + N μ` with `Nᵀ y = s`.
    fn position(&self, groups: &[Group]) -> Option<Vec<Rational>> {
        let mut origin = self.bias.clone();
        let (mut columns, mut heights) = (Vec::new(), Vec::new());
        for group in groups {
            add(
                &mut origin,
                &self.image(group.influencer, &self.action(group, group.tied[0])),
            );
            for &at in &group.tied[1..] {
                let column = self.column(group, at);
                heights.push(product(&column, &self.targets[group.influencer]));
                columns.push(column);
            }
            if columns.len() > TIES {
                return None;
            }
        }
        // [Nᵀ N | s − Nᵀ r_0], row-reduced; free multipliers are 0.
        let mut rows: Vec<Vec<Rational>> = columns
            .iter()
            .zip(&heights)
            .map(|(a, s)| {
                let mut row: Vec<Rational> = columns.iter().map(|b| product(a, b)).collect();
                row.push(s - product(a, &origin));
                row
            })
            .collect();
        let pivots = reduce(&mut rows);
        if pivots.last() == Some(&columns.len()) {
            return None; // the ties contradict each other
        }
        for (row, &k) in rows.iter().zip(&pivots) {
            let share = &row[columns.len()];
            for (o, v) in origin.iter_mut().zip(&columns[k]) {
                *o += share * v;
            }
        }
        Some(origin)
    }

    /// Replaces the guess by the exact ties at `y`; `None` when a guessed atom is beaten.
    fn confirm(&self, groups: &mut [Group], y: &[Rational]) -> Option<()> {
        for group in groups {
            let g = self.pull(group.influencer, y);
            let atoms = &self.atoms[group.space][group.coordinate.unwrap_or(0)];
            let values: Vec<Rational> = atoms
                .iter()
                .map(|atom| match group.coordinate {
                    Some(k) => &g[k] * &atom[0],
                    None => product(&g, atom),
                })
                .collect();
            let best = values.iter().max()?;
            if group.tied.iter().any(|&a| &values[a] != best) {
                return None;
            }
            group.tied = (0..atoms.len()).filter(|&a| &values[a] == best).collect();
        }
        Some(())
    }
}

/// The program in the shares of tied atoms: `Σ share · column = y − r_0`, shares of a group sum to 1.
struct Shares {
    /// (group, atom) of each variable; the base's share is the slack variable of its group.
    variables: Vec<(usize, usize)>,
    a: Vec<Vec<Rational>>,
    b: Vec<Rational>,
    /// The groups with ties, cloned from the game's.
    loose: Vec<Group>,
}

impl Shares {
    fn new(exact: &ExactGame<'_>, groups: &[Group], y: &[Rational]) -> Self {
        let mut rest = y.to_vec();
        for (r, b) in rest.iter_mut().zip(&exact.bias) {
            *r -= b;
        }
        let mut loose = Vec::new();
        for group in groups {
            let base = exact.image(group.influencer, &exact.action(group, group.tied[0]));
            for (r, v) in rest.iter_mut().zip(&base) {
                *r -= v;
            }
            if group.tied.len() > 1 {
                loose.push(Group {
                    tied: group.tied.clone(),
                    ..*group
                });
            }
        }
        let variables: Vec<(usize, usize)> = loose
            .iter()
            .enumerate()
            .flat_map(|(g, group)| group.tied.iter().map(move |&at| (g, at)))
            .collect();
        let columns: Vec<Vec<Rational>> = variables
            .iter()
            .map(|&(g, at)| exact.column(&loose[g], at))
            .collect();
        let mut a: Vec<Vec<Rational>> = (0..rest.len())
            .map(|k| columns.iter().map(|c| c[k].clone()).collect())
            .collect();
        let mut b = rest;
        for g in 0..loose.len() {
            let one = |of: usize| {
                if of == g {
                    Rational::one()
                } else {
                    Rational::zero()
                }
            };
            a.push(variables.iter().map(|&(of, _)| one(of)).collect());
            b.push(Rational::one());
        }
        Self {
            variables,
            a,
            b,
            loose,
        }
    }

    /// Which shares are positive somewhere in the set.
    fn support(&self, tableau: &mut Tableau) -> Vec<bool> {
        let mut positive = vec![false; self.variables.len()];
        let mark = |tableau: &Tableau, positive: &mut Vec<bool>| {
            for (p, v) in positive.iter_mut().zip(tableau.values()) {
                *p |= v.is_positive();
            }
        };
        mark(tableau, &mut positive);
        for k in 0..positive.len() {
            if !positive[k] {
                let mut cost = vec![Rational::zero(); positive.len()];
                cost[k] = Rational::one();
                tableau.maximise(&cost);
                mark(tableau, &mut positive);
            }
        }
        positive
    }

    /// `Σ dim aff(supported atoms) − rank of their images`.
    fn dimension(&self, exact: &ExactGame<'_>, support: &[bool]) -> usize {
        let mut directions = 0;
        let mut images = Vec::new();
        for (g, group) in self.loose.iter().enumerate() {
            let points: Vec<Vec<Rational>> = self
                .variables
                .iter()
                .zip(support)
                .filter(|((of, _), s)| *of == g && **s)
                .map(|(&(_, at), _)| exact.action(group, at))
                .collect();
            let Some((base, others)) = points.split_first() else {
                continue;
            };
            let mut rows: Vec<Vec<Rational>> = others
                .iter()
                .map(|p| p.iter().zip(base).map(|(a, b)| a - b).collect())
                .collect();
            let rank = reduce(&mut rows).len();
            directions += rank;
            images.extend(
                rows[..rank]
                    .iter()
                    .map(|row| exact.image(group.influencer, row)),
            );
        }
        directions - reduce(&mut images).len()
    }

    /// Coordinate `c` of influencer `i`'s action as a constant plus a cost on the shares.
    fn coordinate(
        &self,
        exact: &ExactGame<'_>,
        groups: &[Group],
        i: usize,
        c: usize,
    ) -> (Rational, Vec<Rational>) {
        let mut constant = Rational::zero();
        for group in groups
            .iter()
            .filter(|g| g.influencer == i && g.tied.len() == 1)
        {
            constant += &exact.action(group, group.tied[0])[c];
        }
        let cost = self
            .variables
            .iter()
            .map(|&(g, at)| {
                let group = &self.loose[g];
                if group.influencer == i {
                    exact.action(group, at)[c].clone()
                } else {
                    Rational::zero()
                }
            })
            .collect();
        (constant, cost)
    }
}

/// The atoms of a space by group, from the numbers as written or from the doubles.
fn atoms_of(
    space: &ActionSpace,
    written: Option<&SpaceSpec<Rational>>,
) -> Option<Vec<Vec<Vec<Rational>>>> {
    match written {
        Some(spec) => atoms_as_written(spec),
        None => atoms_as_written(&spec_of(space)?),
    }
}

/// A set of doubles as a specification of exact numbers; `None` for a round set.
fn spec_of(space: &ActionSpace) -> Option<SpaceSpec<Rational>> {
    Some(match space {
        ActionSpace::Box(set) => SpaceSpec::Box {
            lower: floats(set.lower())?,
            upper: floats(set.upper())?,
        },
        ActionSpace::L1Ball(set) => SpaceSpec::L1Ball {
            center: floats(set.center())?,
            radius: from_float(set.radius())?,
        },
        ActionSpace::Simplex(set) => SpaceSpec::Simplex {
            dim: set.dim(),
            scale: from_float(set.scale())?,
        },
        // The vertices of half-spaces are rational, but not doubles: go back to what was given.
        ActionSpace::Polytope(set) => match set.halfspaces() {
            Some((a, b)) => SpaceSpec::Halfspaces {
                a: a.chunks_exact(set.dim())
                    .map(floats)
                    .collect::<Option<_>>()?,
                b: floats(b)?,
            },
            None => SpaceSpec::Vertices(
                set.vertices()?
                    .chunks_exact(set.dim())
                    .map(floats)
                    .collect::<Option<_>>()?,
            ),
        },
        ActionSpace::Ball(_) | ActionSpace::Ellipsoid(_) => return None,
    })
}

fn atoms_as_written(spec: &SpaceSpec<Rational>) -> Option<Vec<Vec<Vec<Rational>>>> {
    match spec {
        SpaceSpec::Box { lower, upper } => Some(segments(lower, upper)),
        _ => vertices_exact(spec, VERTEX_LIMIT).map(|atoms| vec![atoms]),
    }
}

fn segments(lower: &[Rational], upper: &[Rational]) -> Vec<Vec<Vec<Rational>>> {
    lower
        .iter()
        .zip(upper)
        .map(|(l, u)| {
            if l == u {
                vec![vec![l.clone()]]
            } else {
                vec![vec![l.clone()], vec![u.clone()]]
            }
        })
        .collect()
}

fn product(a: &[Rational], b: &[Rational]) -> Rational {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn add(out: &mut [Rational], v: &[Rational]) {
    for (o, v) in out.iter_mut().zip(v) {
        *o += v;
    }
}
