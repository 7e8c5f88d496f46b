//! Makes a game that was found smaller, as long as the same thing is wrong with it.

use std::time::{Duration, Instant};

use crate::case::{Case, Set, Weight};
use crate::finite::{self, FiniteCase};
use crate::route::Route;
use crate::routes::{Bench, examine};

/// The game made small by dropping influencers, vertices and coordinates and by making numbers simpler.
pub(crate) fn continuous(
    bench: &Bench,
    case: &Case,
    routes: &[Route],
    check: &str,
    time: Duration,
) -> Case {
    let begun = Instant::now();
    let wrong = |case: &Case| {
        begun.elapsed() < time
            && examine(bench, case, routes)
                .findings
                .iter()
                .any(|f| f.check == check)
    };
    let mut best = case.clone();
    // Which of the routes it takes hardly matters for the size, but for the time.
    loop {
        let before = best.clone();
        for smaller in [
            fewer_influencers,
            fewer_points,
            fewer_coordinates,
            simpler_sets,
            simpler_numbers,
        ] {
            smaller(&mut best, &wrong);
        }
        if best == before || begun.elapsed() >= time {
            return best;
        }
    }
}

type Wrong<'a> = &'a dyn Fn(&Case) -> bool;

fn try_it(best: &mut Case, other: Case, wrong: Wrong<'_>) -> bool {
    let better = other != *best && wrong(&other);
    if better {
        *best = other;
    }
    better
}

fn fewer_influencers(best: &mut Case, wrong: Wrong<'_>) {
    // Halves of a crowd first.
    let mut part = best.influencers.len() / 2;
    while part > 0 {
        let mut at = 0;
        while at + part <= best.influencers.len() && best.influencers.len() > part {
            let mut other = best.clone();
            other.influencers.drain(at..at + part);
            if !try_it(best, other, wrong) {
                at += part;
            }
        }
        part /= 2;
    }
}

fn fewer_points(best: &mut Case, wrong: Wrong<'_>) {
    for i in 0..best.influencers.len() {
        let mut at = 0;
        loop {
            let mut other = best.clone();
            match &mut other.influencers[i].set {
                Set::Vertices(points) if at < points.len() && points.len() > 1 => {
                    points.remove(at);
                }
                Set::Halfspaces { a, b } if at < b.len() => {
                    a.remove(at);
                    b.remove(at);
                }
                _ => break,
            }
            if !try_it(best, other, wrong) {
                at += 1;
            }
        }
    }
}

fn fewer_coordinates(best: &mut Case, wrong: Wrong<'_>) {
    let mut k = 0;
    while k < best.dim() && best.dim() > 1 {
        let mut other = best.clone();
        other.bias.remove(k);
        for one in &mut other.influencers {
            one.target.remove(k);
            match &mut one.weight {
                Weight::Scalar(_) => match one.set.without(k) {
                    Some(set) => one.set = set,
                    None => return,
                },
                Weight::Matrix(rows) => {
                    rows.remove(k);
                }
            }
        }
        if !try_it(best, other, wrong) {
            k += 1;
        }
    }
}

fn simpler_sets(best: &mut Case, wrong: Wrong<'_>) {
    for i in 0..best.influencers.len() {
        let m = best.influencers[i].set.dim();
        let first = best.influencers[0].set.clone();
        for set in [
            first,
            Set::Box {
                lower: vec![-1.0; m],
                upper: vec![1.0; m],
            },
            Set::Ball {
                center: vec![0.0; m],
                radius: 1.0,
            },
        ] {
            let mut other = best.clone();
            other.influencers[i].set = set;
            if best.influencers[i].set.dim() == other.influencers[i].set.dim()
                && try_it(best, other, wrong)
            {
                break;
            }
        }
    }
}

fn simpler_numbers(best: &mut Case, wrong: Wrong<'_>) {
    let mut at = 0;
    loop {
        let mut copy = best.clone();
        let Some(value) = copy.numbers_mut().into_iter().nth(at).map(|v| *v) else {
            return;
        };
        let digits = |v: f64, digits: usize| format!("{v:.digits$e}").parse::<f64>().unwrap_or(v);
        for simple in [
            0.0,
            1.0,
            value.round(),
            (4.0 * value).round() / 4.0,
            digits(value, 0),
            digits(value, 2),
        ] {
            // Only towards what is shorter.
            if simple.to_string().len() >= value.to_string().len() && simple.abs() >= value.abs() {
                continue;
            }
            let mut other = best.clone();
            if let Some(v) = other.numbers_mut().into_iter().nth(at) {
                *v = simple;
            }
            other.symmetrise();
            if try_it(best, other, wrong) {
                break;
            }
        }
        at += 1;
    }
}

/// The same for a finite game.
pub(crate) fn finite(bench: &Bench, case: &FiniteCase, check: &str, time: Duration) -> FiniteCase {
    let begun = Instant::now();
    let wrong = |case: &FiniteCase| {
        begun.elapsed() < time
            && finite::examine(bench, case)
                .findings
                .iter()
                .any(|f| f.check == check)
    };
    let mut best = case.clone();
    loop {
        let before = best.clone();
        let mut others = Vec::new();
        for i in 0..best.players.len() {
            if best.players.len() > 1 {
                let mut other = best.clone();
                other.players.remove(i);
                others.push(other);
            }
            for j in 0..best.players[i].items.len() {
                let mut other = best.clone();
                other.players[i].items.remove(j);
                if other.players[i].items.len() >= other.players[i].choose {
                    others.push(other);
                }
            }
        }
        if let Some(smaller) = others
            .into_iter()
            .find(|other| !other.players[0].items.is_empty() && wrong(other))
        {
            best = smaller;
        }
        if best == before {
            return best;
        }
    }
}
