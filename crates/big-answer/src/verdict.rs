//! What an answer comes to, in words: said once, and told by text, JSON, pages and figures alike.
//!
//! What to do next (which option allows more) is for the program that has the options to say.

use big_game::Game;
use big_game::equilibrium::{Cardinality, Equilibrium, SolutionConcept};

use crate::enumerate::EnumerateResult;
use crate::finite::{Count, FiniteResult, FiniteStatus, FiniteVerifyResult};
use crate::solve::{InfluencerResult, Influencers};
use crate::verify::RegretResult;
use crate::words::{choice, count, error, number, vector};

/// How somebody got the receiver where it wants it.
#[derive(Clone, Debug, PartialEq)]
enum Manner {
    /// It plays its target.
    Honest,
    /// On a line, by an action on the other side of 0.
    OtherSide { right: bool },
    /// On a line, by an action beyond its target.
    Beyond(f64),
    /// By another action than its target.
    As(Vec<f64>),
    /// Actions and targets are not of one dimension.
    Unsaid,
}

impl Manner {
    fn of(winner: &InfluencerResult) -> Self {
        let (x, t) = (&winner.action, &winner.target);
        if x.len() != t.len() {
            return Self::Unsaid;
        }
        if winner.is_honest() {
            return Self::Honest;
        }
        match (x.as_slice(), t.as_slice()) {
            (&[x], &[t]) if x > 0.0 && t < 0.0 => Self::OtherSide { right: true },
            (&[x], &[t]) if x < 0.0 && t > 0.0 => Self::OtherSide { right: false },
            (&[x], &[t]) if x.abs() > t.abs() => Self::Beyond(x),
            _ => Self::As(x.clone()),
        }
    }

    /// After "wins".
    fn words(&self) -> String {
        match self {
            Self::Honest => " by telling the truth".into(),
            Self::OtherSide { right: true } => " by pretending to be on the right".into(),
            Self::OtherSide { right: false } => " by pretending to be on the left".into(),
            Self::Beyond(x) => format!(" by exaggerating to {}", number(*x)),
            Self::As(x) => format!(" by pretending to want {}", vector(x)),
            Self::Unsaid => String::new(),
        }
    }
}

/// How many equilibria there are, where the receiver lands, who wins and how.
pub(crate) fn of_equilibrium(game: &Game, e: &Equilibrium, all: &Influencers<'_>) -> String {
    if !e.certificate.holds() {
        return format!(
            "UNFINISHED: this is as far as the solver got, not an equilibrium. The receiver is within {} of its place.",
            error(e.certificate.receiver_error_bound)
        );
    }
    let dominant = e.concept == SolutionConcept::WeaklyDominant;
    let (kind, kinds) = if dominant {
        ("weakly dominant equilibrium", "weakly dominant equilibria")
    } else {
        ("equilibrium", "equilibria")
    };
    let place = vector(&e.receiver);
    let dimension = e.dimension.unwrap_or(0);
    let mut text = match e.cardinality {
        Cardinality::Unique => format!("One {kind}; the receiver lands at {place}"),
        Cardinality::Infinite if dominant => format!(
            "Infinitely many {kinds}, a set of dimension {dimension}; at this one the receiver lands at {place}"
        ),
        Cardinality::Infinite => format!(
            "Infinitely many {kinds}, a set of dimension {dimension}; at all of them the receiver lands at {place}"
        ),
        Cardinality::Unknown => format!(
            "The receiver lands at {place}; one {kind} or many turns on a tie that rounding errors hide"
        ),
    };
    if !dominant {
        text += "; ";
        text += &winners(game, e, all);
    }
    text + "."
}

fn winners(game: &Game, e: &Equilibrium, all: &Influencers<'_>) -> String {
    let name = |i: usize| format!("'{}'", game.name(i));
    match e.winners.as_slice() {
        [] if !e.undecided.is_empty() => {
            "whether somebody wins turns on a distance below the bound on its error".into()
        }
        [] if (0..all.count()).all(|i| all.is_extreme(i)) => {
            "nobody gets it where they want it, and everybody is at the limit".into()
        }
        [] => "nobody gets it where they want it".into(),
        &[i] => format!("{} wins{}", name(i), Manner::of(&all.row(i)).words()),
        many if many.len() <= 3 => {
            let names: Vec<String> = many.iter().map(|&i| name(i)).collect();
            format!("{} want the same and win together", names.join(" and "))
        }
        many => format!(
            "{} want the same and win together",
            count(many.len(), "influencer")
        ),
    }
}

/// Is a profile an equilibrium, and if not, who gains most by what?
pub(crate) fn of_profile(equilibrium: bool, all: &[RegretResult], tolerance: f64) -> String {
    // Of those with the largest regret, the first.
    let most = all
        .iter()
        .rev()
        .max_by(|a, b| a.regret.total_cmp(&b.regret));
    match most {
        Some(most) if !equilibrium => format!(
            "Not an equilibrium: '{}' gains {} by playing {}.",
            most.name,
            number(most.regret),
            vector(&most.best_response)
        ),
        _ => format!(
            "An equilibrium: nobody gains more than {}.",
            number(tolerance)
        ),
    }
}

/// How a run of best responses ended.
pub(crate) fn of_play(
    converged: bool,
    rounds: usize,
    cycle: Option<usize>,
    tolerance: f64,
) -> String {
    let rounds = count(rounds, "round");
    match cycle {
        Some(period) => format!(
            "Play goes round in circles: a cycle of {}, found after {rounds}.",
            count(period, "round")
        ),
        None if converged => format!(
            "Converged after {rounds}: nobody gains more than {}.",
            number(tolerance)
        ),
        None => format!("Not converged after {rounds}."),
    }
}

/// A pure equilibrium of a finite game.
pub(crate) fn of_choices(result: &FiniteResult) -> String {
    let place = vector(&result.receiver);
    let mut text = match (result.status, result.potential_minimum) {
        (FiniteStatus::Solved, Some(true)) => {
            format!(
                "The pure equilibrium of least potential, proven; the receiver lands at {place}."
            )
        }
        (FiniteStatus::Solved, _) => {
            format!("A pure equilibrium; the receiver lands at {place}.")
        }
        (FiniteStatus::Approximate, _) => {
            let proven = result.influencers.iter().filter(|i| i.proven).count();
            format!(
                "APPROXIMATE: the time limit ended first. The receiver lands at {place}, and nobody gains more than {}. \
                 That nobody gains at all is proven for {proven} of {}.",
                number(result.regret_bound.unwrap_or(result.max_regret)),
                count(result.influencers.len(), "influencer")
            )
        }
    };
    if let (Some(false), Some(bound)) = (result.potential_minimum, result.potential_lower_bound) {
        text += &format!(
            " The potential is {} and cannot be below {}.",
            number(result.potential),
            number(bound)
        );
    }
    text
}

/// Is a profile of a finite game an equilibrium?
pub(crate) fn of_finite_profile(result: &FiniteVerifyResult) -> String {
    let most = result
        .influencers
        .iter()
        .rev()
        .max_by(|a, b| a.regret.total_cmp(&b.regret));
    match (result.equilibrium, most) {
        (Some(false), Some(most)) => format!(
            "Not an equilibrium: '{}' gains {}{} by choosing {}.",
            most.name,
            if most.proven { "" } else { "at least " },
            number(most.regret),
            choice(&most.best_response)
        ),
        (None, _) => format!(
            "Not decided: the time limit ended before it was proved. Nobody was found to gain more than {}, and nobody \
             can gain more than {}.",
            number(result.max_regret),
            number(result.regret_bound.unwrap_or(result.max_regret))
        ),
        _ if result.tolerance > 0.0 => format!(
            "An equilibrium within {}: nobody gains more than {}.",
            number(result.tolerance),
            number(result.regret_bound.unwrap_or(result.max_regret))
        ),
        _ => "An equilibrium: nobody gains anything, exactly.".to_owned(),
    }
}

/// How a run of best responses in a finite game ended.
pub(crate) fn of_finite_play(
    (converged, interrupted): (bool, bool),
    rounds: usize,
    cycle: Option<usize>,
    tolerance: f64,
) -> String {
    let rounds = count(rounds, "round");
    match cycle {
        Some(period) => format!(
            "Play goes round in circles: a cycle of {}.",
            count(period, "round")
        ),
        None if converged && tolerance == 0.0 => {
            format!("Converged after {rounds}: nobody gains, exactly.")
        }
        None if converged => format!(
            "Converged after {rounds}: nobody gains more than {}.",
            number(tolerance)
        ),
        None if interrupted => format!(
            "Not converged after {rounds}: the time limit ended first, and whether anybody still gains was not decided."
        ),
        None => format!("Not converged after {rounds}."),
    }
}

/// Everybody's dominant choices.
pub(crate) fn of_dominant(profiles: &Count, receiver: &[f64]) -> String {
    let what = if profiles.is_one() {
        "Everybody has one dominant choice".into()
    } else {
        format!("Everybody has dominant choices, with {profiles} combinations")
    };
    format!(
        "{what}: best whatever the others do. At the first the receiver lands at {}.",
        vector(receiver)
    )
}

/// How many pure equilibria there are.
pub(crate) fn of_enumeration(result: &EnumerateResult) -> String {
    let total = &result.count;
    let pure = if result.epsilon > 0.0 {
        format!("pure {}-", number(result.epsilon))
    } else {
        "pure ".into()
    };
    let noun = if total.is_one() {
        "equilibrium"
    } else {
        "equilibria"
    };
    if !result.complete {
        return format!("At least {total} {pure}{noun}: the search was cut short.");
    }
    let distinct = match &result.distinct {
        None => "how many differ in their means is not known".into(),
        Some(distinct) => format!("{distinct} differ in their means"),
    };
    let strict = match &result.strict {
        None => "unknown".into(),
        Some(strict) => strict.to_string(),
    };
    format!("{total} {pure}{noun} in all; {distinct}; strict: {strict}.")
}
