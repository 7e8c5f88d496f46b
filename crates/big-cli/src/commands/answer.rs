//! Answers about finite games and preference data, as figures and tables.

use big_io::result_finite::FiniteResult;
use big_io::result_preference::{AuditResult, FitResult, PlayResult};
use big_report::figure::preference::{FakePoints, IterationsFigure};
use big_report::figure::{Bar, BarsFigure, Figure};
use big_report::html::{Cell, Table};
use serde_json::Value;

use super::finite::{choice, verdict};
use crate::words::{number, vector};

/// The most annotators that are ranked by bars.
const RANKED: usize = 40;

/// What is told of an answer.
pub(crate) struct Answer {
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) figures: Vec<Box<dyn Figure>>,
    pub(crate) tables: Vec<Table>,
}

impl Answer {
    /// The answer in a JSON value; `None` when it is of no kind that is known here.
    pub(crate) fn of(value: &Value) -> serde_json::Result<Option<Self>> {
        let has = |key: &str| value.get(key).is_some();
        let read = value.clone();
        Ok(if has("potential_minimum") {
            Some(Self::finite(&serde_json::from_value(read)?))
        } else if has("manipulability") {
            Some(Self::audit(&serde_json::from_value(read)?))
        } else if has("iterations") && has("equilibrium") {
            Some(Self::play(&serde_json::from_value(read)?))
        } else if has("log_likelihood") && has("theta") {
            Some(Self::fit(&serde_json::from_value(read)?))
        } else {
            None
        })
    }

    /// A pure equilibrium of a finite game.
    pub(crate) fn finite(result: &FiniteResult) -> Self {
        let rows = result.influencers.iter().map(|i| {
            vec![
                Cell::from(i.name.as_str()),
                Cell::Point(i.target.clone()),
                Cell::Point(i.action.clone()),
                Cell::Text(choice(&i.choice)),
                Cell::Text(choice(&i.truthful_choice)),
                Cell::Number(i.loss),
                Cell::Number(i.regret),
            ]
        });
        let table = table(
            "The influencers at the equilibrium",
            &[
                "influencer",
                "target",
                "action",
                "items",
                "items if truthful",
                "loss",
                "regret",
            ],
            rows,
        );
        Self {
            title: result
                .name
                .clone()
                .unwrap_or_else(|| "A finite game".into()),
            lead: verdict(result),
            figures: Vec::new(),
            tables: vec![table],
        }
    }

    fn fit(result: &FitResult) -> Self {
        let errors = result.standard_errors.clone().unwrap_or_default();
        let rows = result.theta.iter().enumerate().map(|(k, theta)| {
            vec![
                Cell::Number(k as f64 + 1.0),
                Cell::Number(*theta),
                errors
                    .get(k)
                    .map_or_else(|| Cell::from("unknown"), |e| Cell::Number(*e)),
            ]
        });
        let mut tables = vec![table(
            "The pooled estimate",
            &["coordinate", "ideal point", "standard error"],
            rows,
        )];
        if let Some(annotators) = &result.annotators {
            let rows = annotators.iter().map(|a| {
                vec![
                    Cell::from(a.annotator.as_str()),
                    a.theta
                        .clone()
                        .map_or_else(|| Cell::from("does not exist"), Cell::Point),
                    Cell::Number(a.comparisons as f64),
                ]
            });
            tables.push(table(
                "By annotator",
                &["annotator", "ideal point", "comparisons"],
                rows,
            ));
        }
        let verdict = result
            .model_check
            .as_ref()
            .map_or(String::new(), |m| format!(" {}", m.verdict));
        Self {
            title: "An ideal point".into(),
            lead: format!(
                "The maximum-likelihood ideal point of {} comparisons is {}, with log-likelihood {}.{verdict}",
                result.comparisons,
                vector(&result.theta),
                number(result.log_likelihood)
            ),
            figures: Vec::new(),
            tables,
        }
    }

    fn play(result: &PlayResult) -> Self {
        let rows = result.iterations.iter().map(|i| {
            vec![
                Cell::Number(i.iteration as f64),
                Cell::from(i.name.as_str()),
                Cell::Point(i.action.clone()),
                Cell::Point(i.theta_hat.clone()),
                Cell::Number(i.loss),
                Cell::Number(i.evaluations as f64),
            ]
        });
        let table = table(
            "The moves",
            &[
                "iteration",
                "who moves",
                "to",
                "estimate",
                "loss",
                "evaluations",
            ],
            rows,
        );
        let line = result.start.theta_hat.len() == 1;
        Self {
            title: "Best responses with preference data".into(),
            lead: format!(
                "{} The estimate is at {}.",
                if result.converged {
                    "Nobody can improve."
                } else {
                    "Not converged."
                },
                vector(&result.equilibrium.theta_hat)
            ),
            figures: if line {
                vec![iterations(result)]
            } else {
                Vec::new()
            },
            tables: vec![table],
        }
    }

    fn audit(result: &AuditResult) -> Self {
        let shown = result.annotators.iter().take(RANKED);
        let bars = shown.map(|a| Bar {
            name: a.annotator.clone(),
            value: a.reach,
            interval: None,
            kind: 0,
        });
        let figure = BarsFigure::ranking(
            Some("Who can move the estimate"),
            "reach of the worst report",
            &[],
            bars.collect(),
        );
        let rows = result.annotators.iter().map(|a| {
            vec![
                Cell::from(a.annotator.as_str()),
                Cell::Number(a.comparisons as f64),
                Cell::Number(a.influence),
                Cell::Number(a.reach),
                a.pull.map_or_else(|| Cell::from("unknown"), Cell::Number),
                Cell::Number(a.extremeness),
            ]
        });
        let table = table(
            "The annotators, by reach",
            &[
                "annotator",
                "comparisons",
                "influence",
                "reach",
                "pull",
                "extremeness",
            ],
            rows,
        );
        Self {
            title: "The audit of a preference data set".into(),
            lead: format!(
                "The manipulability of these {} comparisons is {}: so much of the way to the farthest report can one \
                 annotator move the estimate.",
                result.comparisons,
                number(result.manipulability)
            ),
            figures: vec![Box::new(figure)],
            tables: vec![table],
        }
    }
}

fn table(caption: &str, columns: &[&str], rows: impl Iterator<Item = Vec<Cell>>) -> Table {
    Table {
        caption: caption.into(),
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        rows: rows.collect(),
    }
}

/// The fake ideal points of a run on a line. The targets are the truthful start.
fn iterations(result: &PlayResult) -> Box<dyn Figure> {
    let mut points: Vec<Vec<f64>> = result.start.actions.iter().map(|x| vec![x[0]]).collect();
    let mut names: Vec<String> = (1..=points.len())
        .map(|i| format!("influencer {i}"))
        .collect();
    let mut estimate = vec![result.start.theta_hat[0]];
    for step in &result.iterations {
        for (i, of) in points.iter_mut().enumerate() {
            let last = of[of.len() - 1];
            of.push(if i == step.influencer {
                step.action[0]
            } else {
                last
            });
        }
        if let Some(name) = names.get_mut(step.influencer) {
            name.clone_from(&step.name);
        }
        estimate.push(step.theta_hat[0]);
    }
    let all = points.iter().flatten().copied();
    let (least, greatest) = all.fold((0.0_f64, 0.0_f64), |(l, g), v| (l.min(v), g.max(v)));
    Box::new(IterationsFigure {
        title: Some("Fake ideal points and the estimate".into()),
        influencers: names
            .into_iter()
            .zip(points)
            .map(|(name, points)| FakePoints {
                name,
                target: points[0],
                points,
            })
            .collect(),
        estimate,
        bounds: [least, greatest],
    })
}
