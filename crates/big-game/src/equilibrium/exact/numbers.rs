//! A small polytopal game in exact numbers, its atoms computed when they are asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use big_numeric::{nearest, norm, rational};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

use super::integer::{Budget, Spent, common, solve};
use super::position::Hulls;
use crate::action_space::{ActionSpace, ConvexSet, Polytope, Source, VERTEX_LIMIT, vertices_exact};
use crate::game::Game;
use crate::spec::{Rational, SpaceSpec, WeightSpec};
use crate::weight::Weight;

/// A group of atoms whose convex combinations add up: a coordinate of a box, or all vertices of another polytope.
pub(super) struct AtomGroup {
    pub(super) influencer: usize,
    pub(super) coordinate: Option<usize>,
}

/// An atom over one denominator: `W a`, `⟨t, W a⟩` and the action `a` (a box's other coordinates are 0).
pub(super) struct Column {
    /// Length `d`.
    pub(super) image: Vec<BigInt>,
    pub(super) value: BigInt,
    /// Length `m`.
    pub(super) action: Vec<BigInt>,
    /// Positive.
    pub(super) denominator: BigInt,
}

/// The numbers of a game as they were written, or as the doubles are.
pub(super) struct ExactGame<'a> {
    pub(super) game: &'a Game,
    bias: Vec<Rational>,
    targets: Vec<Vec<Rational>>,
    weights: Vec<WeightSpec<Rational>>,
    /// Per distinct space; `None` for spaces that nobody here has.
    lists: Vec<Option<Atoms>>,
    groups: Vec<AtomGroup>,
    columns: RefCell<BTreeMap<(usize, usize), Rc<Column>>>,
}

/// The atoms of a space.
enum Atoms {
    Box {
        lower: Vec<Rational>,
        upper: Vec<Rational>,
    },
    Listed {
        /// By rows.
        doubles: Vec<f64>,
        points: Vec<Vec<Rational>>,
    },
    /// Where rows of half-spaces meet, `m` a vertex: solved for when asked.
    Meeting {
        doubles: Vec<f64>,
        rows: Vec<u32>,
        a: Vec<Vec<Rational>>,
        b: Vec<Rational>,
        known: RefCell<BTreeMap<usize, Vec<Rational>>>,
    },
}

impl<'a> ExactGame<'a> {
    /// The game with its idle influencers left out; `None` when it is not polytopal, or larger than `effort`
    /// (influencers × atoms × dimension).
    pub(super) fn new(game: &'a Game, effort: usize) -> Option<Self> {
        let active: Vec<usize> = (0..game.influencers())
            .filter(|&i| !game.weight(i).is_zero())
            .collect();
        Self::of(game, &active, effort)
    }

    /// The game with the atoms of some influencers only.
    pub(super) fn of(game: &'a Game, whose: &[usize], effort: usize) -> Option<Self> {
        let n = game.influencers();
        let mut work = game.dim().checked_mul(n)?;
        for &i in whose {
            let space = game.space(i);
            let atoms = match space {
                ActionSpace::Box(_) => 2,
                ActionSpace::L1Ball(_) => 2 * space.dim(),
                ActionSpace::Simplex(_) => space.dim(),
                ActionSpace::Polytope(set) => set.vertices()?.len() / space.dim(),
                ActionSpace::Ball(_) | ActionSpace::Ellipsoid(_) => return None,
            };
            work = work.checked_add(atoms.checked_mul(space.dim())?)?;
        }
        if work > effort {
            return None;
        }
        let mut lists: Vec<Option<Atoms>> = game.spaces().iter().map(|_| None).collect();
        let mut groups = Vec::new();
        for &i in whose {
            let s = game.space_index(i);
            if lists[s].is_none() {
                let written = game.exact().map(|spec| &spec.spaces[s]);
                lists[s] = Some(Atoms::of(game.space(i), written)?);
            }
            if matches!(game.space(i), ActionSpace::Box(_)) {
                groups.extend((0..game.space(i).dim()).map(|k| AtomGroup {
                    influencer: i,
                    coordinate: Some(k),
                }));
            } else {
                groups.push(AtomGroup {
                    influencer: i,
                    coordinate: None,
                });
            }
        }
        let (bias, targets, weights);
        if let Some(spec) = game.exact() {
            bias = spec.bias.clone();
            targets = spec.influencers.iter().map(|i| i.target.clone()).collect();
            weights = spec.influencers.iter().map(|i| i.weight.clone()).collect();
        } else {
            bias = rationals(game.bias());
            targets = (0..n).map(|i| rationals(game.target(i))).collect();
            weights = (0..n)
                .map(|i| match game.weight(i) {
                    Weight::Scalar(w) => WeightSpec::Scalar(rational(w)),
                    Weight::Matrix(w) => {
                        WeightSpec::Matrix((0..w.rows()).map(|k| rationals(w.row(k))).collect())
                    }
                })
                .collect();
        }
        Some(Self {
            game,
            bias,
            targets,
            weights,
            lists,
            groups,
            columns: RefCell::default(),
        })
    }

    pub(super) fn target(&self, i: usize) -> &[Rational] {
        &self.targets[i]
    }

    pub(super) fn group(&self, g: usize) -> &AtomGroup {
        &self.groups[g]
    }

    /// Are two influencers the same but for their names?
    pub(super) fn alike(&self, i: usize, j: usize) -> bool {
        self.game.space_index(i) == self.game.space_index(j)
            && self.targets[i] == self.targets[j]
            && self.weights[i] == self.weights[j]
    }

    fn list(&self, group: &AtomGroup) -> Option<&Atoms> {
        self.lists[self.game.space_index(group.influencer)].as_ref()
    }

    /// An atom as an action, a box's other coordinates 0.
    pub(super) fn action(
        &self,
        group: &AtomGroup,
        atom: usize,
        budget: &mut Budget,
    ) -> Result<Vec<Rational>, Spent> {
        let list = self.list(group).ok_or(Spent)?;
        match (list, group.coordinate) {
            (Atoms::Box { lower, upper }, k) => {
                let k = k.unwrap_or(0);
                let mut action = vec![Rational::zero(); lower.len()];
                action[k] = if atom == 0 { &lower[k] } else { &upper[k] }.clone();
                Ok(action)
            }
            (list, _) => list.point(atom, budget),
        }
    }

    /// `W_i x`.
    pub(super) fn image(&self, i: usize, x: &[Rational]) -> Vec<Rational> {
        match &self.weights[i] {
            WeightSpec::Scalar(w) => x.iter().map(|v| w * v).collect(),
            WeightSpec::Matrix(rows) => rows.iter().map(|row| inner(row, x)).collect(),
        }
    }

    /// `W_iᵀ v`.
    pub(super) fn pull_back(&self, i: usize, v: &[Rational]) -> Vec<Rational> {
        match &self.weights[i] {
            WeightSpec::Scalar(w) => v.iter().map(|v| w * v).collect(),
            WeightSpec::Matrix(rows) => (0..rows.first().map_or(0, Vec::len))
                .map(|c| rows.iter().zip(v).map(|(row, v)| &row[c] * v).sum())
                .collect(),
        }
    }
}

impl Hulls for ExactGame<'_> {
    fn origin(&self) -> Vec<Rational> {
        self.bias.clone()
    }

    fn groups(&self) -> usize {
        self.groups.len()
    }

    fn atoms(&self, g: usize) -> usize {
        let group = &self.groups[g];
        match (self.list(group), group.coordinate) {
            (Some(Atoms::Box { lower, upper }), Some(k)) => 1 + usize::from(lower[k] != upper[k]),
            (Some(Atoms::Listed { points, .. }), _) => points.len(),
            (Some(Atoms::Meeting { doubles, .. }), _) => {
                doubles.len() / self.game.space(group.influencer).dim()
            }
            _ => 0,
        }
    }

    fn column(&self, g: usize, atom: usize, budget: &mut Budget) -> Result<Rc<Column>, Spent> {
        if let Some(known) = self.columns.borrow().get(&(g, atom)) {
            return Ok(Rc::clone(known));
        }
        let group = &self.groups[g];
        let action = self.action(group, atom, budget)?;
        let image = self.image(group.influencer, &action);
        let value = inner(&image, &self.targets[group.influencer]);
        let d = image.len();
        let all: Vec<Rational> = image.into_iter().chain([value]).chain(action).collect();
        let (mut image, denominator) = common(&all);
        budget.spend(10 * image.len(), denominator.bits())?;
        let action = image.split_off(d + 1);
        let value = image.pop().unwrap_or_default();
        let column = Rc::new(Column {
            image,
            value,
            action,
            denominator,
        });
        self.columns
            .borrow_mut()
            .insert((g, atom), Rc::clone(&column));
        Ok(column)
    }

    /// `⟨Wᵀ (t − y), a⟩` in doubles. Every number is within one rounding of the exact one, and a product of sums of
    /// `k` terms errs by less than `k + 4` roundings of the sum of the terms' sizes.
    fn values(&self, g: usize, y: &[f64], out: &mut Vec<f64>) -> f64 {
        out.clear();
        let group = &self.groups[g];
        let (game, i) = (self.game, group.influencer);
        let m = game.space(i).dim();
        let target = game.target(i);
        let gap: Vec<f64> = target.iter().zip(y).map(|(t, v)| t - v).collect();
        let size: Vec<f64> = target
            .iter()
            .zip(y)
            .map(|(t, v)| t.abs() + v.abs())
            .collect();
        let (mut pull, mut most) = (vec![0.0; m], vec![0.0; m]);
        match game.weight(i) {
            Weight::Scalar(w) => {
                for k in 0..m {
                    pull[k] = w * gap[k];
                    most[k] = w.abs() * size[k];
                }
            }
            Weight::Matrix(w) => {
                for k in 0..gap.len() {
                    for (c, v) in w.row(k).iter().enumerate() {
                        pull[c] += v * gap[k];
                        most[c] += v.abs() * size[k];
                    }
                }
            }
        }
        let roundings = 4.0 * (m + y.len() + 8) as f64 * f64::EPSILON;
        let (low, high) = game.space(i).bounding_box();
        let reach = |k: usize| low[k].abs().max(high[k].abs());
        let terms = match (self.list(group), group.coordinate) {
            (Some(Atoms::Box { lower, upper }), Some(k)) => {
                out.push(pull[k] * low[k]);
                if lower[k] != upper[k] {
                    out.push(pull[k] * high[k]);
                }
                most[k] * reach(k)
            }
            (Some(Atoms::Listed { doubles, .. } | Atoms::Meeting { doubles, .. }), _) => {
                out.extend(doubles.chunks_exact(m).map(|a| {
                    let terms = a.iter().zip(&pull).map(|(a, g)| a * g);
                    terms.sum::<f64>()
                }));
                (0..m).map(|k| most[k] * reach(k)).sum()
            }
            _ => 0.0,
        };
        // What underflow can hide is far below the smallest normal number times the sizes involved.
        let size = (1.0 + norm(&low) + norm(&high)) * (1.0 + game.weight(i).norm_bound());
        roundings * terms + f64::MIN_POSITIVE * size * (m + y.len()) as f64
    }
}

impl Atoms {
    fn of(space: &ActionSpace, written: Option<&SpaceSpec<Rational>>) -> Option<Self> {
        if let ActionSpace::Polytope(set) = space {
            return Self::of_polytope(set, written);
        }
        let of_doubles;
        let spec = match (written, space) {
            (Some(spec), _) => spec,
            (None, ActionSpace::Box(set)) => {
                of_doubles = SpaceSpec::Box {
                    lower: rationals(set.lower()),
                    upper: rationals(set.upper()),
                };
                &of_doubles
            }
            (None, ActionSpace::L1Ball(set)) => {
                of_doubles = SpaceSpec::L1Ball {
                    center: rationals(set.center()),
                    radius: rational(set.radius()),
                };
                &of_doubles
            }
            (None, ActionSpace::Simplex(set)) => {
                of_doubles = SpaceSpec::Simplex {
                    dim: set.dim(),
                    scale: rational(set.scale()),
                };
                &of_doubles
            }
            (None, _) => return None,
        };
        match spec {
            SpaceSpec::Box { lower, upper } => Some(Self::Box {
                lower: lower.clone(),
                upper: upper.clone(),
            }),
            _ => vertices_exact(spec, VERTEX_LIMIT).map(Self::listed),
        }
    }

    fn of_polytope(set: &Polytope, written: Option<&SpaceSpec<Rational>>) -> Option<Self> {
        let dim = set.dim();
        let rows_of = |flat: &[f64]| flat.chunks_exact(dim).map(rationals).collect();
        match (set.source(), written) {
            (Source::Points, Some(SpaceSpec::Vertices(points))) => {
                Some(Self::listed(points.clone()))
            }
            (Source::Points, _) => Some(Self::listed(rows_of(set.vertices()?))),
            (Source::Listed(points), _) => Some(Self::listed(points.clone())),
            (Source::Meeting(rows), written) => {
                let (a, b) = match written {
                    Some(SpaceSpec::Halfspaces { a, b }) => (a.clone(), b.clone()),
                    _ => {
                        let (a, b) = set.halfspaces()?;
                        (rows_of(a), rationals(b))
                    }
                };
                Some(Self::Meeting {
                    doubles: set.vertices()?.to_vec(),
                    rows: rows.clone(),
                    a,
                    b,
                    known: RefCell::default(),
                })
            }
            (Source::Unlisted, _) => None,
        }
    }

    fn listed(points: Vec<Vec<Rational>>) -> Self {
        Self::Listed {
            doubles: points.iter().flatten().map(nearest).collect(),
            points,
        }
    }

    fn point(&self, atom: usize, budget: &mut Budget) -> Result<Vec<Rational>, Spent> {
        match self {
            // A box has no list: its atoms are its coordinates' bounds.
            Self::Box { lower, .. } => Ok(lower.clone()),
            Self::Listed { points, .. } => Ok(points[atom].clone()),
            Self::Meeting {
                rows, a, b, known, ..
            } => {
                if let Some(point) = known.borrow().get(&atom) {
                    return Ok(point.clone());
                }
                let m = a.first().map_or(0, Vec::len);
                let system = rows[atom * m..(atom + 1) * m].iter().map(|&row| {
                    let row = row as usize;
                    let all: Vec<Rational> = a[row].iter().chain([&b[row]]).cloned().collect();
                    common(&all).0
                });
                // The rows were found to meet in one point.
                let (solution, denominator) = solve(system.collect(), budget)?.ok_or(Spent)?;
                let point: Vec<Rational> = solution
                    .into_iter()
                    .map(|mut v| Rational::new(v.pop().unwrap_or_default(), denominator.clone()))
                    .collect();
                known.borrow_mut().insert(atom, point.clone());
                Ok(point)
            }
        }
    }
}

/// `⟨a, b⟩`.
pub(super) fn inner(a: &[Rational], b: &[Rational]) -> Rational {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn rationals(values: &[f64]) -> Vec<Rational> {
    values.iter().map(|&v| rational(v)).collect()
}

/// The largest of some exact numbers in size, as a double: for nothing that has to be exact.
pub(super) fn approximate(numerator: &BigInt, denominator: &BigInt) -> f64 {
    if numerator.bits().max(denominator.bits()) < 1000 {
        let value = numerator.to_f64().zip(denominator.to_f64());
        return value.map_or(f64::NAN, |(n, d)| n / d);
    }
    // Both shortened alike.
    let excess = numerator.bits().max(denominator.bits()) - 900;
    let short = (numerator.abs() >> excess, denominator >> excess);
    let value = match (short.0.to_f64(), short.1.to_f64()) {
        (Some(n), Some(d)) if d > 0.0 => n / d,
        _ => f64::MAX,
    };
    if numerator.is_negative() {
        -value
    } else {
        value
    }
}
