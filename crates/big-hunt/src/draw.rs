//! Games that nobody chose.

use crate::case::{Case, Influencer, Set, Weight, scaled};
use crate::linear::{Vector, dot, plus};
use crate::random::Random;
use crate::read::Game;

/// The kinds of games, by what their sets are or what is special about them.
pub const KINDS: [&str; 11] = [
    "boxes",
    "balls",
    "round",
    "polytopes",
    "mixed",
    "matrix",
    "flat",
    "inner",
    "crowd",
    "wide",
    "finite",
];

/// Their sizes.
pub const SCALES: [&str; 6] = ["unit", "tiny", "huge", "mixed", "subnormal", "edge"];

/// The share of the crowds that are drawn where there are other kinds: one takes as long as a hundred other games.
const CROWDS: f64 = 0.1;

/// How numbers are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Style {
    /// Small integers: ties everywhere.
    Integer,
    /// Quarters.
    Quarter,
    /// Tenths, which doubles cannot hold.
    Decimal,
    /// Anything.
    Real,
    /// Quarters, some of them missed by next to nothing.
    Near,
}

impl Style {
    fn value(self, random: &mut Random) -> f64 {
        match self {
            Self::Integer => f64::from(random.between(-4, 4)),
            Self::Quarter => f64::from(random.between(-12, 12)) / 4.0,
            Self::Decimal => f64::from(random.between(-30, 30)) / 10.0,
            Self::Real => 2.0 * random.normal(),
            Self::Near => {
                let value = f64::from(random.between(-8, 8)) / 4.0;
                if random.chance(0.3) {
                    value + 10.0_f64.powi(random.between(-16, -5)) * random.normal()
                } else {
                    value
                }
            }
        }
    }

    fn positive(self, random: &mut Random) -> f64 {
        match self.value(random).abs() {
            0.0 => 1.0,
            value => value,
        }
    }

    fn vector(self, random: &mut Random, m: usize) -> Vector {
        (0..m).map(|_| self.value(random)).collect()
    }
}

/// Draws the game of this number: its kind, its scale and the game.
pub(crate) fn game(
    random: &mut Random,
    kinds: &[&'static str],
    scales: &[&'static str],
) -> (&'static str, &'static str, Game) {
    let mut kind = random.pick(kinds);
    while kind == "crowd" && kinds.len() > 1 && !random.chance(CROWDS) {
        kind = random.pick(kinds);
    }
    if kind == "finite" {
        return (kind, "unit", Game::Finite(crate::finite::draw(random)));
    }
    // Most games are of ordinary size.
    let scale = if scales.contains(&"unit") && random.chance(0.7) {
        "unit"
    } else {
        random.pick(scales)
    };
    let mut case = continuous(random, kind);
    rescale(random, &mut case, scale);
    (kind, scale, Game::Continuous(case))
}

fn continuous(random: &mut Random, kind: &str) -> Case {
    let style = random.pick(&[
        Style::Integer,
        Style::Integer,
        Style::Quarter,
        Style::Quarter,
        Style::Decimal,
        Style::Real,
        Style::Real,
        Style::Near,
    ]);
    let d = match kind {
        "wide" => random.between(7, 24) as usize,
        "crowd" => random.between(1, 3) as usize,
        _ => random.pick(&[1, 1, 2, 2, 2, 3, 3, 3, 4, 5, 6]),
    };
    let n = match kind {
        "crowd" => random.pick(&[30, 60, 100, 300, 1000]),
        "wide" => random.between(1, 6) as usize,
        _ => random.pick(&[1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 8, 12]),
    };
    let shared = random.chance(0.5) || kind == "crowd";
    let common = set(random, kind, style, d);
    let mut case = Case {
        inner_product: kind == "inner",
        bias: if random.chance(0.6) {
            vec![0.0; d]
        } else {
            style.vector(random, d)
        },
        influencers: Vec::new(),
    };
    for _ in 0..n {
        let by_matrix =
            kind == "matrix" || (matches!(kind, "mixed" | "inner") && random.chance(0.15));
        let m = if by_matrix && random.chance(0.4) {
            random.between(1, 4) as usize
        } else {
            d
        };
        let own = if shared && m == d && random.chance(0.8) {
            common.clone()
        } else {
            set(random, kind, style, m)
        };
        let weight = if by_matrix {
            matrix(random, style, d, m)
        } else {
            Weight::Scalar(scalar(random, style, n))
        };
        case.influencers.push(Influencer {
            weight,
            target: vec![0.0; d],
            set: own,
        });
    }
    targets(random, style, &mut case);
    if random.chance(0.1) && n > 1 {
        let copy = case.influencers[0].clone();
        case.influencers.push(copy);
    }
    case
}

fn scalar(random: &mut Random, style: Style, n: usize) -> f64 {
    match random.below(8) {
        0 | 1 => 0.5,
        2 | 3 => 1.0,
        4 => random.pick(&[-1.0, -0.5, 2.0, 0.25]),
        5 if random.chance(0.3) => 0.0,
        5 => 1.0 / n as f64,
        _ => style.value(random) / 2.0,
    }
}

fn matrix(random: &mut Random, style: Style, d: usize, m: usize) -> Weight {
    let mut rows: Vec<Vector> = (0..d)
        .map(|_| scaled(&style.vector(random, m), 0.5))
        .collect();
    match random.below(10) {
        0 => rows.iter_mut().flatten().for_each(|v| *v = 0.0),
        1 if d > 1 => rows[1] = rows[0].clone(),
        2 => {
            for (i, row) in rows.iter_mut().enumerate() {
                for (j, v) in row.iter_mut().enumerate() {
                    *v = if i == j { 0.5 } else { 0.0 };
                }
            }
        }
        _ => {}
    }
    Weight::Matrix(rows)
}

fn set(random: &mut Random, kind: &str, style: Style, m: usize) -> Set {
    let sort = match kind {
        "boxes" => 0,
        "balls" => 1,
        "round" => random.pick(&[1, 2, 2]),
        "polytopes" => random.pick(&[0, 3, 4, 5, 5, 6]),
        "crowd" => random.pick(&[0, 0, 1, 1, 2, 3, 4, 5]),
        "wide" => random.pick(&[0, 1, 2, 3, 4, 5]),
        _ => random.below(7),
    };
    let flat = kind == "flat" || random.chance(0.05);
    let center = if random.chance(0.4) {
        vec![0.0; m]
    } else {
        style.vector(random, m)
    };
    match sort {
        0 if random.chance(0.3) => Set::Box {
            lower: vec![-1.0; m],
            upper: vec![1.0; m],
        },
        0 => {
            let width: Vector = (0..m)
                .map(|_| match flat && random.chance(0.5) {
                    true => 0.0,
                    false => style.positive(random),
                })
                .collect();
            Set::Box {
                upper: plus(&center, &width),
                lower: center,
            }
        }
        1 | 3 => {
            let radius = if flat && random.chance(0.2) {
                0.0
            } else {
                style.positive(random)
            };
            if sort == 1 {
                Set::Ball { center, radius }
            } else {
                Set::L1Ball { center, radius }
            }
        }
        2 => Set::Ellipsoid {
            shape: shape(random, style, m),
            center,
        },
        4 => Set::Simplex {
            dim: m,
            scale: style.positive(random),
        },
        5 => Set::Vertices(points(random, style, m, flat)),
        _ if m <= 3 => halfspaces(random, style, m),
        _ => Set::Vertices(points(random, style, m, flat)),
    }
}

/// `L Lᵀ` with an `L` that has a diagonal.
fn shape(random: &mut Random, style: Style, m: usize) -> Vec<Vector> {
    let mut factor = vec![vec![0.0; m]; m];
    for i in 0..m {
        for j in 0..i {
            factor[i][j] = if random.chance(0.5) {
                style.value(random)
            } else {
                0.0
            };
        }
        // In many dimensions a thin shape is none: the products round it away.
        let least = if m > 6 { 0.25 } else { 1e-3 };
        factor[i][i] = style.positive(random).max(least);
    }
    let mut shape = vec![vec![0.0; m]; m];
    for i in 0..m {
        for j in 0..=i {
            shape[i][j] = dot(&factor[i], &factor[j]);
            shape[j][i] = shape[i][j];
        }
    }
    shape
}

fn points(random: &mut Random, style: Style, m: usize, flat: bool) -> Vec<Vector> {
    if m == 2 && random.chance(0.2) {
        let k = random.between(3, 16);
        let corner = |j: i32| std::f64::consts::TAU * f64::from(j) / f64::from(k);
        return (0..k)
            .map(|j| vec![corner(j).cos(), corner(j).sin()])
            .collect();
    }
    let count = random.between(1, m.min(8) as i32 + 5) as usize;
    let mut points: Vec<Vector> = (0..count).map(|_| style.vector(random, m)).collect();
    if flat {
        let (k, value) = (random.below(m), style.value(random));
        points.iter_mut().for_each(|p| p[k] = value);
    }
    if random.chance(0.1) {
        let copy = points[0].clone();
        points.push(copy);
    }
    points
}

/// A box around a point, cut a few times.
fn halfspaces(random: &mut Random, style: Style, m: usize) -> Set {
    let center = style.vector(random, m);
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for k in 0..m {
        for sign in [1.0, -1.0] {
            let mut row = vec![0.0; m];
            row[k] = sign;
            b.push(sign * center[k] + style.positive(random));
            a.push(row);
        }
    }
    for _ in 0..random.below(5) {
        let row: Vector = (0..m).map(|_| f64::from(random.between(-2, 2))).collect();
        if row.iter().any(|&v| v != 0.0) {
            b.push(dot(&row, &center) + style.positive(random));
            a.push(row);
        }
    }
    Set::Halfspaces { a, b }
}

/// Targets anywhere, shared, or at a place where something is tied: a reachable corner, a centre, a vertex.
fn targets(random: &mut Random, style: Style, case: &mut Case) {
    let d = case.dim();
    let same = random.chance(0.1);
    let listed = crate::geometry::listed(case);
    for i in 0..case.influencers.len() {
        let target = match random.below(10) {
            _ if same && i > 0 => case.influencers[0].target.clone(),
            0 | 1 if i > 0 => {
                let other = random.below(i);
                case.influencers[other].target.clone()
            }
            2 => vec![0.0; d],
            3 => match &listed {
                Some(listed) => listed.reach(&style.vector(random, d)),
                None => style.vector(random, d),
            },
            4 => middle(case, i).unwrap_or_else(|| style.vector(random, d)),
            5 => scaled(&style.vector(random, d), 3.0),
            6 => scaled(&style.vector(random, d), 0.25),
            _ => style.vector(random, d),
        };
        case.influencers[i].target = target;
    }
}

/// Where an influencer's centre or a vertex of its puts the receiver by itself.
fn middle(case: &Case, i: usize) -> Option<Vector> {
    let one = &case.influencers[i];
    let x = match &one.set {
        Set::Ball { center, .. } | Set::L1Ball { center, .. } | Set::Ellipsoid { center, .. } => {
            center.clone()
        }
        Set::Box { lower, .. } => lower.clone(),
        Set::Vertices(points) => points.first()?.clone(),
        Set::Simplex { .. } | Set::Halfspaces { .. } => return None,
    };
    Some(plus(&case.bias, &one.weight.image(&x)))
}

/// Other sizes, by powers of two.
fn rescale(random: &mut Random, case: &mut Case, scale: &str) {
    let power = |e: i32| 2.0_f64.powi(e);
    match scale {
        "tiny" => *case = case.times(power(-random.between(20, 460))),
        "huge" => *case = case.times(power(random.between(20, 460))),
        "mixed" => {
            let wild = if random.chance(0.3) { 300 } else { 40 };
            for one in &mut case.influencers {
                let e = random.between(-wild, wild);
                one.set = one.set.times(power(e));
                if random.chance(0.7) {
                    one.weight = one.weight.times(power(-e));
                }
            }
        }
        "subnormal" => {
            let small = random.pick(&[1e-310, 1e-320, 1e-300, 5e-324, 1e-160]);
            let mut numbers = case.numbers_mut();
            let changed = random.between(1, 3);
            for _ in 0..changed {
                let at = random.below(numbers.len());
                let value = numbers.remove(at);
                *value = if *value < 0.0 { -small } else { small };
                if numbers.is_empty() {
                    break;
                }
            }
        }
        // One influencer's weight or reach next to nothing, or towering.
        "edge" => {
            let i = random.below(case.influencers.len());
            let by = 10.0_f64.powi(random.between(-16, 12));
            let one = &mut case.influencers[i];
            match random.below(3) {
                0 => one.weight = one.weight.times(by),
                1 => one.set = one.set.times(by),
                _ => one.target = scaled(&one.target, by),
            }
        }
        _ => {}
    }
    case.symmetrise();
    repair(case);
}

/// Makes bounds of boxes go together again after numbers were changed.
fn repair(case: &mut Case) {
    for one in &mut case.influencers {
        if let Set::Box { lower, upper } = &mut one.set {
            for (l, u) in lower.iter_mut().zip(upper) {
                if *l > *u {
                    std::mem::swap(l, u);
                }
            }
        }
    }
}
