//! The answer of `big solve --json` as numbers; whatever is not a number where one belongs is told.

use serde_json::Value;

use crate::case::{Case, scaled};
use crate::linear::Vector;
use crate::read::{number, vector};

/// One influencer's part of the answer.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) action: Vector,
    pub(crate) truthful: Vector,
    pub(crate) loss: f64,
    pub(crate) regret: f64,
    pub(crate) exaggeration: f64,
    pub(crate) extreme: bool,
    pub(crate) gain: f64,
    pub(crate) lower: Vector,
    pub(crate) upper: Vector,
}

/// The answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) solved: bool,
    pub(crate) receiver: Vector,
    pub(crate) potential: f64,
    pub(crate) cardinality: String,
    pub(crate) dimension: Option<usize>,
    pub(crate) winners: Vec<usize>,
    pub(crate) rows: Vec<Row>,
    pub(crate) equilibrium_cost: f64,
    pub(crate) optimal_cost: f64,
    pub(crate) price: Option<f64>,
    pub(crate) truthful_receiver: Vector,
    pub(crate) optimal_receiver: Vector,
    pub(crate) optimum_bound: Option<f64>,
    pub(crate) gap: f64,
    pub(crate) bound: f64,
    pub(crate) max_regret: f64,
    pub(crate) method: String,
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    /// The field that is missing, of a wrong length, or not a finite number.
    pub(crate) fn read(value: &Value, case: &Case) -> Result<Self, String> {
        let d = case.dim();
        let at = |what: &str, e: String| format!("{what}: {e}");
        let one = |v: &Value, what: &str| number(v).map_err(|e| at(what, e));
        let many = |v: &Value, what: &str, length: usize| -> Result<Vector, String> {
            let v = vector(v).map_err(|e| at(what, e))?;
            if v.len() == length {
                Ok(v)
            } else {
                Err(at(what, format!("{} numbers instead of {length}", v.len())))
            }
        };
        let rows = value["influencers"]
            .as_array()
            .ok_or("influencers: not a list")?;
        if rows.len() != case.influencers.len() {
            return Err(format!("influencers: {} of them", rows.len()));
        }
        let row = |(i, row): (usize, &Value)| -> Result<Row, String> {
            let m = case.influencers[i].set.dim();
            let named = |what: &str| format!("influencers[{i}].{what}");
            let point = |v: &Value, what: &str| many(v, &named(what), m);
            Ok(Row {
                action: point(&row["action"], "action")?,
                truthful: point(&row["truthful_action"], "truthful_action")?,
                loss: one(&row["loss"], &named("loss"))?,
                regret: one(&row["regret"], &named("regret"))?,
                exaggeration: one(&row["exaggeration"], &named("exaggeration"))?,
                extreme: row["extreme"] == true,
                gain: one(&row["gain"], &named("gain"))?,
                lower: point(&row["action_range"]["lower"], "action_range.lower")?,
                upper: point(&row["action_range"]["upper"], "action_range.upper")?,
            })
        };
        let (welfare, proof) = (&value["welfare"], &value["certificate"]);
        let optional = |v: &Value, what: &str| match v {
            Value::Null => Ok(None),
            v => one(v, what).map(Some),
        };
        Ok(Self {
            solved: value["status"] == "solved",
            receiver: many(&value["receiver"], "receiver", d)?,
            potential: one(&value["potential"], "potential")?,
            cardinality: value["cardinality"].as_str().unwrap_or_default().into(),
            dimension: value["dimension"].as_u64().map(|v| v as usize),
            winners: value["winners"]
                .as_array()
                .ok_or("winners: not a list")?
                .iter()
                .filter_map(|v| v.as_u64().map(|v| v as usize))
                .collect(),
            rows: rows.iter().enumerate().map(row).collect::<Result<_, _>>()?,
            equilibrium_cost: one(&welfare["equilibrium_cost"], "equilibrium_cost")?,
            optimal_cost: one(&welfare["optimal_cost"], "optimal_cost")?,
            price: optional(&welfare["price_of_anarchy"], "price_of_anarchy")?,
            truthful_receiver: many(&welfare["truthful_receiver"], "truthful_receiver", d)?,
            optimal_receiver: many(&welfare["optimal_receiver"], "optimal_receiver", d)?,
            optimum_bound: optional(&welfare["optimum_error_bound"], "optimum_error_bound")?,
            gap: one(&proof["duality_gap"], "duality_gap")?,
            bound: one(&proof["receiver_error_bound"], "receiver_error_bound")?,
            max_regret: one(&proof["max_regret"], "max_regret")?,
            method: value["solver"]["method"]
                .as_str()
                .unwrap_or_default()
                .into(),
        })
    }

    /// The answer of the game with every length times `by`, a power of two.
    pub(crate) fn times(&self, by: f64) -> Self {
        let area = |v: f64| v * by * by;
        Self {
            receiver: scaled(&self.receiver, by),
            potential: area(self.potential),
            rows: self
                .rows
                .iter()
                .map(|row| Row {
                    action: scaled(&row.action, by),
                    truthful: scaled(&row.truthful, by),
                    loss: area(row.loss),
                    regret: area(row.regret),
                    exaggeration: row.exaggeration * by,
                    extreme: row.extreme,
                    gain: area(row.gain),
                    lower: scaled(&row.lower, by),
                    upper: scaled(&row.upper, by),
                })
                .collect(),
            equilibrium_cost: area(self.equilibrium_cost),
            optimal_cost: area(self.optimal_cost),
            truthful_receiver: scaled(&self.truthful_receiver, by),
            optimal_receiver: scaled(&self.optimal_receiver, by),
            optimum_bound: self.optimum_bound.map(|v| v * by),
            gap: area(self.gap),
            bound: self.bound * by,
            max_regret: area(self.max_regret),
            ..self.clone()
        }
    }

    /// The actions.
    pub(crate) fn actions(&self) -> Vec<Vector> {
        self.rows.iter().map(|row| row.action.clone()).collect()
    }
}
