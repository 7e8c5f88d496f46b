//! The figures beyond the paper.

use big_answer::Answer;
use big_game::equilibrium::assess;
use big_game::spec::SpaceSpec;
use big_game::{Coalition, Game, SolveOptions, solve};
use big_io::{Source, catalogue};
use big_report::Story;
use big_report::figure::{Curve, CurvesFigure, Figure, Panels, PlaneFigure};

use super::super::examples::solved;
use super::super::plate::Plate;
use super::together::{first_two, three_in_a_disc};
use crate::error::AppError;
use crate::monitor::Monitor;
use crate::{mechanisms, otherwise, solve as question};

/// Steps along a curve.
const STEPS: i32 = 120;
/// Rounds of learning.
const ROUNDS: usize = 4096;

/// All of them, in the order of the claims.
pub(crate) fn figures(monitor: &Monitor<'_>) -> Result<Vec<Plate>, AppError> {
    let debate = || entry("vaccine-debate");
    let rules = mechanisms::mechanisms(&mechanisms::Request::new(debate()?), monitor)?;
    let learnt = otherwise::learn(&debate()?, ROUNDS, monitor)?;
    let request = question::Request::new(entry("private-committees")?);
    let question::Solved::Private(private) = question::solve(&request, monitor)? else {
        return Err(internal("the committees' targets are private"));
    };
    let all: Vec<(&str, &str, Box<dyn Figure>)> = vec![
        (
            "What a penalty does",
            "The game of Example 1 with targets on one side, in which a lie costs λ times its square: as λ grows the moderate \
             influencer loses what it won by lying, and both come to the truth.",
            penalty()?,
        ),
        (
            "Two who play as one",
            "Three in a disc. The first two are both better off when they play for the middle of their targets.",
            Box::new(Panels {
                caption: "Left: everybody alone. Right: the first two as one.".into(),
                columns: 2,
                figures: vec![disc(Vec::new())?, disc(first_two())?],
            }),
        ),
        (
            "The battle as a voting rule",
            "Where the receiver lands, by the target that one of three voters declares: the median of that target and of what \
             the voter can force. No other declaration serves it better than the truth.",
            vote()?,
        ),
        (
            "What rules cost, and what they leave to gain",
            "Nine rules in the receiver's place, in the debate of the catalogue.",
            told(Answer::Mechanisms(Box::new(rules)))?,
        ),
        (
            "Private targets",
            "Committees whose targets depend on what they have seen: what each type says, and where it expects the receiver.",
            told(Answer::SolvePrivate(private))?,
        ),
        (
            "Learning",
            "Everybody in the debate follows the slope of its own loss.",
            told(Answer::Learn(Box::new(learnt)))?,
        ),
    ];
    let plate = |(at, (heading, about, figure)): (usize, (&str, &str, Box<dyn Figure>))| Plate {
        file: format!("beyond-{}", at + 1),
        heading: heading.into(),
        about: about.into(),
        figure,
    };
    Ok(all.into_iter().enumerate().map(plate).collect())
}

fn internal(message: &str) -> AppError {
    AppError::Internal(message.into())
}

fn entry(id: &str) -> Result<Source, AppError> {
    let entry = catalogue::get(id).ok_or_else(|| internal("the catalogue lacks a game"))?;
    Ok(Source::text(id, entry.text))
}

/// The first figure of what is told of an answer.
fn told(answer: Answer) -> Result<Box<dyn Figure>, AppError> {
    let figures = Story::of(&answer).map(|story| story.figures);
    let first = figures.and_then(|figures| figures.into_iter().next());
    first.ok_or_else(|| internal("an answer without a figure"))
}

fn curve(name: impl Into<String>, points: Vec<[f64; 2]>, dashed: bool) -> Curve {
    Curve {
        name: name.into(),
        points,
        dashed,
    }
}

fn penalty() -> Result<Box<dyn Figure>, AppError> {
    let (game, _) = solved("example-1-same-side")?;
    let n = game.influencers();
    let mut curves: Vec<Vec<[f64; 2]>> = vec![Vec::new(); n + 1];
    for step in 0..=STEPS {
        // From a thousandth to a hundred.
        let cost = 10.0_f64.powf(-3.0 + 5.0 * f64::from(step) / f64::from(STEPS));
        let costly = game.as_ref().clone().with_lying_costs(vec![cost; n], None);
        let costly = costly.map_err(|e| AppError::Internal(e.to_string()))?;
        let answer = solve(&costly, &SolveOptions::default())?;
        for (i, points) in curves.iter_mut().enumerate() {
            let at = if i < n {
                answer.actions.action(i)[0]
            } else {
                answer.receiver[0]
            };
            points.push([cost, at]);
        }
    }
    let named = curves.into_iter().enumerate().map(|(i, points)| {
        let name = if i < n {
            format!("what influencer {} says", i + 1)
        } else {
            "receiver".into()
        };
        curve(name, points, false)
    });
    Ok(Box::new(CurvesFigure {
        title: None,
        across: ("what a lie costs, λ".into(), true),
        upwards: ("position".into(), false),
        caption: "What two influencers say and where the receiver lands, by what a lie costs."
            .into(),
        curves: named.collect(),
    }))
}

fn disc(groups: Vec<Coalition>) -> Result<Box<dyn Figure>, AppError> {
    let game = three_in_a_disc().and_then(|game| game.with_coalitions(groups));
    let game = game.map_err(|e| AppError::Internal(e.to_string()))?;
    let answer = solve(&game, &SolveOptions::default())?;
    let assessment = assess(&game, &answer.actions);
    let figure = PlaneFigure::new(&game, None, &answer, &assessment, None, &[]);
    Ok(Box::new(
        figure.ok_or_else(|| internal("a disc cannot be drawn"))?,
    ))
}

fn vote() -> Result<Box<dyn Figure>, AppError> {
    let game = Game::builder()
        .space(SpaceSpec::cube(1, -1.0, 1.0))
        .influencer(0.3, [0.0])
        .influencer(0.4, [0.7])
        .influencer(0.4, [-0.8])
        .build()
        .map_err(|e| AppError::Internal(e.to_string()))?;
    let mut points = Vec::new();
    for step in -STEPS..=STEPS {
        let declared = f64::from(step) / f64::from(STEPS);
        let mut targets = game.targets().to_vec();
        targets[0] = declared;
        let answer = solve(&game.with_targets(targets), &SolveOptions::default())?;
        points.push([declared, answer.receiver[0]]);
    }
    let truth = points.iter().map(|p| [p[0], p[0]]).collect();
    Ok(Box::new(CurvesFigure {
        title: None,
        across: ("the target that voter 1 declares".into(), false),
        upwards: ("receiver".into(), false),
        caption: "Where the receiver lands by what one voter declares: its median with what that voter can force.".into(),
        curves: vec![
            curve("receiver", points, false),
            curve("where voter 1 is asked for", truth, true),
        ],
    }))
}
