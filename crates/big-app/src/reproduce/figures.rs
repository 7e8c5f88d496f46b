//! The paper's nine figures.

use big_game::equilibrium::{assess, vertices};
use big_report::figure::preference::{
    BisectionFigure, FakePoints, IterationsFigure, LikelihoodFigure, PairPoint, ScatterFigure,
};
use big_report::figure::{DirectionsFigure, Figure, LineFigure, Panels, PlaneFigure};

use super::examples::solved;
use super::experiment::{Experiment, TARGETS};
use super::plate::Plate;
use crate::error::AppError;

/// How many figures the paper has.
pub(super) const PAPER: usize = 9;

/// All nine, in order.
pub(super) fn all(experiment: &Experiment) -> Result<Vec<Plate>, AppError> {
    let about: [&str; PAPER] = [
        "Example 1 with targets on opposite sides: both go to the limit, and the receiver stays in the middle.",
        "Example 1 with targets on the same side: the moderate one wins by misreporting its side.",
        "Example 2: a continuum of equilibria, and a unique one in opposite corners.",
        "Examples 3 and 4: weakly dominant actions under the inner-product loss, vertices and a whole edge.",
        "Each influencer's truthful preference data.",
        "The pooled truthful data with the maximum-likelihood estimate, and its log-likelihood.",
        "The bisection by which influencer 1 finds its best response.",
        "Fake ideal points and the estimate over the iterations of best responses.",
        "Each influencer's preference data at the equilibrium.",
    ];
    let figures: Vec<Box<dyn Figure>> = vec![
        line("example-1-opposite")?,
        line("example-1-same-side")?,
        panels(
            "Left: infinitely many equilibria. Right: exactly one.",
            vec![plane("example-2-continuum")?, plane("example-2-corner")?],
        ),
        panels(
            "Left: generic targets. Right: a target normal to an edge.",
            vec![
                directions("example-3-diamond")?,
                directions("example-4-diamond-face")?,
            ],
        ),
        scatters(
            "Truthful labels, one panel an influencer.",
            &experiment.truthful,
            &TARGETS,
        ),
        pooled(experiment),
        Box::new(BisectionFigure {
            title: Some("Influencer 1's best response".into()),
            evaluations: experiment.tried.clone(),
            target: TARGETS[0],
            bounds: [-1.0, 1.0],
        }),
        iterations(experiment),
        scatters(
            "Labels at the equilibrium, one panel an influencer.",
            &experiment.equilibrium,
            &[
                experiment.state.actions[0][0],
                experiment.state.actions[1][0],
            ],
        ),
    ];
    Ok(figures
        .into_iter()
        .zip(about)
        .enumerate()
        .map(|(at, (figure, about))| Plate {
            file: format!("figure-{}", at + 1),
            heading: format!("Figure {}", at + 1),
            about: about.into(),
            figure,
        })
        .collect())
}

fn panels(caption: &str, figures: Vec<Box<dyn Figure>>) -> Box<dyn Figure> {
    Box::new(Panels {
        caption: caption.into(),
        columns: figures.len(),
        figures,
    })
}

fn undrawable(id: &str) -> AppError {
    AppError::Internal(format!("the example '{id}' cannot be drawn"))
}

fn line(id: &str) -> Result<Box<dyn Figure>, AppError> {
    let (game, answer) = solved(id)?;
    let figure = LineFigure::new(&game, None, &answer, &assess(&game, &answer.actions));
    Ok(Box::new(figure.ok_or_else(|| undrawable(id))?))
}

fn plane(id: &str) -> Result<Box<dyn Figure>, AppError> {
    let (game, answer) = solved(id)?;
    let corners = vertices(&game, &answer, 100);
    let assessment = assess(&game, &answer.actions);
    let figure = PlaneFigure::new(&game, None, &answer, &assessment, corners.as_deref(), &[]);
    Ok(Box::new(figure.ok_or_else(|| undrawable(id))?))
}

fn directions(id: &str) -> Result<Box<dyn Figure>, AppError> {
    let (game, answer) = solved(id)?;
    let figure = DirectionsFigure::new(&game, None, &answer);
    Ok(Box::new(figure.ok_or_else(|| undrawable(id))?))
}

fn scatters(caption: &str, data: &[Vec<PairPoint>], ideals: &[f64]) -> Box<dyn Figure> {
    let figures = data
        .iter()
        .zip(ideals)
        .enumerate()
        .map(|(i, (points, ideal))| {
            let title = format!("Influencer {}", i + 1);
            Box::new(ScatterFigure::new(
                Some(&title),
                points.iter().copied(),
                Some(*ideal),
            )) as Box<dyn Figure>
        });
    panels(caption, figures.collect())
}

fn pooled(experiment: &Experiment) -> Box<dyn Figure> {
    const STEPS: i32 = 200;
    let all: Vec<PairPoint> = experiment.truthful.iter().flatten().copied().collect();
    let best = experiment.pooled.theta[0];
    let scatter = ScatterFigure::new(Some("All labels"), all, Some(best));
    let curve = (-STEPS..=STEPS).map(|at| {
        let theta = f64::from(at) / f64::from(STEPS);
        [theta, experiment.log_likelihood(theta)]
    });
    let likelihood = LikelihoodFigure {
        title: Some("Their log-likelihood".into()),
        curve: curve.collect(),
        maximiser: [best, experiment.log_likelihood(best)],
        standard_error: experiment.pooled.standard_errors.as_ref().map(|e| e[0]),
        marks: vec![
            ("target 1".into(), TARGETS[0]),
            ("target 2".into(), TARGETS[1]),
        ],
        remark: None,
    };
    panels(
        "Left: all truthful labels and the estimate. Right: the log-likelihood and its maximiser.",
        vec![Box::new(scatter), Box::new(likelihood)],
    )
}

fn iterations(experiment: &Experiment) -> Box<dyn Figure> {
    let state = &experiment.state;
    let mut points: Vec<Vec<f64>> = state.start.iter().map(|x| vec![x[0]]).collect();
    let mut estimate = vec![state.start_theta_hat[0]];
    for step in &state.moves {
        for (i, of) in points.iter_mut().enumerate() {
            let last = of[of.len() - 1];
            of.push(if i == step.influencer {
                step.action[0]
            } else {
                last
            });
        }
        estimate.push(step.theta_hat[0]);
    }
    let influencers = points
        .into_iter()
        .zip(TARGETS)
        .enumerate()
        .map(|(i, (points, target))| FakePoints {
            name: format!("influencer {}", i + 1),
            target: Some(target),
            points,
        });
    Box::new(IterationsFigure {
        title: None,
        influencers: influencers.collect(),
        estimate,
        bounds: Some([-1.0, 1.0]),
    })
}
