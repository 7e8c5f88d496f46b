//! A continuous game as the search sees it: plain numbers that can be drawn, changed, made smaller and written.

use serde_json::{Map, Value, json};

use crate::linear::{Vector, norm};

/// A set of actions, as game files have them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Set {
    /// `lower ≤ x ≤ upper`.
    Box { lower: Vector, upper: Vector },
    /// `‖x − center‖₂ ≤ radius`.
    Ball { center: Vector, radius: f64 },
    /// `‖x − center‖₁ ≤ radius`.
    L1Ball { center: Vector, radius: f64 },
    /// `x ≥ 0, Σ x = scale`.
    Simplex { dim: usize, scale: f64 },
    /// `(x − center)ᵀ shape⁻¹ (x − center) ≤ 1`.
    Ellipsoid { center: Vector, shape: Vec<Vector> },
    /// The hull of points.
    Vertices(Vec<Vector>),
    /// `a x ≤ b`.
    Halfspaces { a: Vec<Vector>, b: Vector },
}

/// A weight.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Weight {
    /// `w I`.
    Scalar(f64),
    /// `d × m`, by rows.
    Matrix(Vec<Vector>),
}

/// One influencer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Influencer {
    /// How its action moves the receiver.
    pub(crate) weight: Weight,
    /// Where it wants the receiver.
    pub(crate) target: Vector,
    /// What it chooses from.
    pub(crate) set: Set,
}

/// A continuous game.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Case {
    /// Is the loss the inner product?
    pub(crate) inner_product: bool,
    /// The background.
    pub(crate) bias: Vector,
    /// At least one.
    pub(crate) influencers: Vec<Influencer>,
}

impl Weight {
    /// `W x`.
    pub(crate) fn image(&self, x: &[f64]) -> Vector {
        match self {
            Self::Scalar(w) => x.iter().map(|v| w * v).collect(),
            Self::Matrix(rows) => rows
                .iter()
                .map(|row| row.iter().zip(x).map(|(w, v)| w * v).sum())
                .collect(),
        }
    }

    /// `Wᵀ g`, of length `m`.
    pub(crate) fn pull_back(&self, g: &[f64], m: usize) -> Vector {
        match self {
            Self::Scalar(w) => g.iter().map(|v| w * v).collect(),
            Self::Matrix(rows) => (0..m)
                .map(|k| rows.iter().zip(g).map(|(row, v)| row[k] * v).sum())
                .collect(),
        }
    }

    /// The Frobenius norm, or the absolute value: at least what it stretches by.
    pub(crate) fn size(&self) -> f64 {
        match self {
            Self::Scalar(w) => w.abs(),
            Self::Matrix(rows) => norm(&rows.concat()),
        }
    }

    /// The same weight times a number.
    pub(crate) fn times(&self, by: f64) -> Self {
        match self {
            Self::Scalar(w) => Self::Scalar(w * by),
            Self::Matrix(rows) => Self::Matrix(rows.iter().map(|row| scaled(row, by)).collect()),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Scalar(w) => json!(w),
            Self::Matrix(rows) => json!(rows),
        }
    }
}

/// A vector times a number.
pub(crate) fn scaled(v: &[f64], by: f64) -> Vector {
    v.iter().map(|x| x * by).collect()
}

impl Set {
    /// The dimension of the actions.
    pub(crate) fn dim(&self) -> usize {
        match self {
            Self::Box { lower, .. } => lower.len(),
            Self::Ball { center, .. }
            | Self::L1Ball { center, .. }
            | Self::Ellipsoid { center, .. } => center.len(),
            Self::Simplex { dim, .. } => *dim,
            Self::Vertices(points) => points.first().map_or(0, Vec::len),
            Self::Halfspaces { a, .. } => a.first().map_or(0, Vec::len),
        }
    }

    /// Every length times a number (and every area times its square).
    pub(crate) fn times(&self, by: f64) -> Self {
        let v = |v: &Vector| scaled(v, by);
        match self {
            Self::Box { lower, upper } => Self::Box {
                lower: v(lower),
                upper: v(upper),
            },
            Self::Ball { center, radius } => Self::Ball {
                center: v(center),
                radius: radius * by,
            },
            Self::L1Ball { center, radius } => Self::L1Ball {
                center: v(center),
                radius: radius * by,
            },
            Self::Simplex { dim, scale } => Self::Simplex {
                dim: *dim,
                scale: scale * by,
            },
            Self::Ellipsoid { center, shape } => Self::Ellipsoid {
                center: v(center),
                shape: shape
                    .iter()
                    .map(|row| scaled(&scaled(row, by), by))
                    .collect(),
            },
            Self::Vertices(points) => Self::Vertices(points.iter().map(v).collect()),
            Self::Halfspaces { a, b } => Self::Halfspaces {
                a: a.clone(),
                b: v(b),
            },
        }
    }

    /// The set without one of its coordinates; `None` where nothing would be left.
    pub(crate) fn without(&self, k: usize) -> Option<Self> {
        if self.dim() < 2 {
            return None;
        }
        let cut = |v: &Vector| {
            let mut v = v.clone();
            v.remove(k);
            v
        };
        Some(match self {
            Self::Box { lower, upper } => Self::Box {
                lower: cut(lower),
                upper: cut(upper),
            },
            Self::Ball { center, radius } => Self::Ball {
                center: cut(center),
                radius: *radius,
            },
            Self::L1Ball { center, radius } => Self::L1Ball {
                center: cut(center),
                radius: *radius,
            },
            Self::Simplex { dim, scale } => Self::Simplex {
                dim: dim - 1,
                scale: *scale,
            },
            Self::Ellipsoid { center, shape } => {
                let mut rows: Vec<Vector> = shape.iter().map(cut).collect();
                rows.remove(k);
                Self::Ellipsoid {
                    center: cut(center),
                    shape: rows,
                }
            }
            Self::Vertices(points) => Self::Vertices(points.iter().map(cut).collect()),
            Self::Halfspaces { a, b } => Self::Halfspaces {
                a: a.iter().map(cut).collect(),
                b: b.clone(),
            },
        })
    }

    /// The set as game files have it.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Box { lower, upper } => json!({"type": "box", "lower": lower, "upper": upper}),
            Self::Ball { center, radius } => {
                json!({"type": "ball", "radius": radius, "center": center})
            }
            Self::L1Ball { center, radius } => {
                json!({"type": "l1_ball", "radius": radius, "center": center})
            }
            Self::Simplex { scale, .. } => json!({"type": "simplex", "scale": scale}),
            Self::Ellipsoid { center, shape } => {
                json!({"type": "ellipsoid", "center": center, "shape": shape})
            }
            Self::Vertices(points) => json!({"type": "polytope", "vertices": points}),
            Self::Halfspaces { a, b } => {
                json!({"type": "polytope", "halfspaces": {"a": a, "b": b}})
            }
        }
    }
}

impl Case {
    /// The receiver's dimension.
    pub(crate) fn dim(&self) -> usize {
        self.bias.len()
    }

    /// How many numbers it is made of.
    pub(crate) fn numbers(&self) -> usize {
        let mut copy = self.clone();
        copy.numbers_mut().len()
    }

    /// Every number of it.
    pub(crate) fn numbers_mut(&mut self) -> Vec<&mut f64> {
        let mut all: Vec<&mut f64> = self.bias.iter_mut().collect();
        for one in &mut self.influencers {
            match &mut one.weight {
                Weight::Scalar(w) => all.push(w),
                Weight::Matrix(rows) => all.extend(rows.iter_mut().flatten()),
            }
            all.extend(one.target.iter_mut());
            match &mut one.set {
                Set::Box { lower, upper } => all.extend(lower.iter_mut().chain(upper)),
                Set::Ball { center, radius } | Set::L1Ball { center, radius } => {
                    all.extend(center.iter_mut());
                    all.push(radius);
                }
                Set::Simplex { scale, .. } => all.push(scale),
                Set::Ellipsoid { center, shape } => {
                    all.extend(center.iter_mut());
                    all.extend(shape.iter_mut().flatten());
                }
                Set::Vertices(points) => all.extend(points.iter_mut().flatten()),
                Set::Halfspaces { a, b } => {
                    all.extend(a.iter_mut().flatten());
                    all.extend(b.iter_mut());
                }
            }
        }
        all
    }

    /// Makes shapes symmetric again after a number of theirs was changed.
    pub(crate) fn symmetrise(&mut self) {
        for one in &mut self.influencers {
            if let Set::Ellipsoid { shape, .. } = &mut one.set {
                for i in 0..shape.len() {
                    for j in 0..i {
                        shape[j][i] = shape[i][j];
                    }
                }
            }
        }
    }

    /// Every length times a number.
    pub(crate) fn times(&self, by: f64) -> Self {
        Self {
            inner_product: self.inner_product,
            bias: scaled(&self.bias, by),
            influencers: self
                .influencers
                .iter()
                .map(|one| Influencer {
                    weight: one.weight.clone(),
                    target: scaled(&one.target, by),
                    set: one.set.times(by),
                })
                .collect(),
        }
    }

    /// The game file. Influencers whose set is that of the first share it.
    pub(crate) fn json(&self) -> Value {
        let mut file = Map::new();
        if self.inner_product {
            file.insert("loss".into(), json!("inner_product"));
        }
        file.insert("receiver".into(), json!({"bias": self.bias}));
        // The set of a crowd is the one that most have: in drawn games that is the first or the last one's.
        let common = self.influencers.first().map(|one| &one.set);
        if let Some(set) = common {
            file.insert("action_space".into(), set.json());
        }
        let influencers: Vec<Value> = self
            .influencers
            .iter()
            .map(|one| {
                let mut fields = Map::new();
                fields.insert("weight".into(), one.weight.json());
                fields.insert("target".into(), json!(one.target));
                // The common simplex takes its dimension from each weight, so it may be written once.
                if Some(&one.set) != common {
                    fields.insert("action_space".into(), one.set.json());
                }
                Value::Object(fields)
            })
            .collect();
        file.insert("influencers".into(), Value::Array(influencers));
        Value::Object(file)
    }
}
