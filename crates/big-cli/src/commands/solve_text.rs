//! What `big solve` tells people.

use std::path::Path;

use big_game::Game;
use big_io::result::{DerivativeResult, InfluencerResult, Influencers, SolveResult, WeightValue};

use crate::words::{ROWS, count, error, number, range, table, vector};

/// An answer that is to be told.
type Fresh<'a> = SolveResult<Influencers<'a>>;

/// An error of the social optimum above this share of its coordinates is told: digits that are printed are then open.
const VISIBLE: f64 = 1e-6;

/// The verdict, the table, the welfare, the certificate.
pub(crate) fn text(game: &Game, result: &Fresh<'_>, elsewhere: Option<&Path>) -> String {
    let mut text = String::new();
    if let Some(name) = &result.name {
        text += &format!("{name}\n\n");
    }
    text += &verdict(game, result);
    text += "\n";
    match (&result.influencers, elsewhere) {
        (Some(influencers), _) => text += &influencers_table(result, influencers),
        (None, Some(path)) => {
            text += &format!("The influencers' table is in {}.\n", path.display())
        }
        (None, None) => {}
    }
    text += "\n";
    text += &welfare(game, result);
    text += &certificate(result);
    if let Some(vertices) = &result.vertices {
        text += &match vertices {
            Some(vertices) => vertices_text(vertices),
            None => {
                "\nThe set of equilibria is no polytope, or has too many vertices to list.\n".into()
            }
        };
    }
    if result.sensitivity.is_some() {
        text += &sensitivity(result);
    }
    if let Some(seconds) = result.solver.seconds {
        text += &format!(
            "\nSolved in {} s by the {} method.\n",
            error(seconds),
            result.solver.method
        );
    }
    text
}

/// One or two sentences.
fn verdict(game: &Game, result: &Fresh<'_>) -> String {
    if result.status != "solved" {
        return format!(
            "UNFINISHED: this is as far as the solver got, not an equilibrium. The receiver is within {} of its place.\n",
            error(result.certificate.receiver_error_bound)
        );
    }
    let dominant = result.solution_concept == "weakly_dominant";
    let kind = if dominant {
        "weakly dominant equilibrium"
    } else {
        "equilibrium"
    };
    let kinds = if dominant {
        "weakly dominant equilibria"
    } else {
        "equilibria"
    };
    let place = vector(&result.receiver);
    let dimension = result.dimension.unwrap_or(0);
    let mut text = match result.cardinality.as_str() {
        "unique" => format!("One {kind}; the receiver lands at {place}"),
        "infinite" if dominant => {
            format!(
                "Infinitely many {kinds}, a set of dimension {dimension}; at this one the receiver lands at {place}"
            )
        }
        "infinite" => format!(
            "Infinitely many {kinds}, a set of dimension {dimension}; at all of them the receiver lands at {place}"
        ),
        _ => format!(
            "The receiver lands at {place}; one {kind} or many turns on a tie that rounding errors hide"
        ),
    };
    if !dominant {
        text += "; ";
        text += &winners(game, result);
    }
    text + ".\n"
}

fn winners(game: &Game, result: &Fresh<'_>) -> String {
    let name = |i: usize| format!("'{}'", game.name(i));
    match result.winners.as_slice() {
        [] if !result.undecided.is_empty() => {
            "whether somebody wins turns on a distance below the bound on its error".into()
        }
        [] => match &result.influencers {
            Some(all) if (0..all.count()).all(|i| all.is_extreme(i)) => {
                "nobody gets it where they want it, and everybody is at the limit".into()
            }
            _ => "nobody gets it where they want it".into(),
        },
        &[i] => {
            let how = result
                .influencers
                .as_ref()
                .map_or(String::new(), |all| how(&all.row(i)));
            format!("{} wins{how}", name(i))
        }
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

/// How the winner did it.
fn how(winner: &InfluencerResult) -> String {
    let (x, t) = (&winner.action, &winner.target);
    let size = t.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    if x.len() != t.len() {
        return String::new();
    }
    if winner.exaggeration <= 1e-9 * size {
        return " by telling the truth".into();
    }
    match (x.as_slice(), t.as_slice()) {
        (&[x], &[t]) if x > 0.0 && t < 0.0 => " by pretending to be on the right".into(),
        (&[x], &[t]) if x < 0.0 && t > 0.0 => " by pretending to be on the left".into(),
        (&[x], &[t]) if x.abs() > t.abs() => format!(" by exaggerating to {}", number(x)),
        _ => format!(" by pretending to want {}", vector(x)),
    }
}

fn influencers_table(result: &Fresh<'_>, influencers: &Influencers<'_>) -> String {
    let free = result.cardinality != "unique";
    let mut header = vec!["influencer", "weight", "target", "action"];
    if free {
        header.push("range");
    }
    header.extend(["loss", "gain", ""]);
    let row = |(i, influencer): (usize, InfluencerResult)| {
        let mut row = vec![
            influencer.name.clone(),
            match &influencer.weight {
                WeightValue::Scalar(w) => number(*w),
                WeightValue::Matrix(rows) => {
                    format!("{}×{}", rows.len(), rows.first().map_or(0, Vec::len))
                }
            },
            vector(&influencer.target),
            vector(&influencer.action),
        ];
        if free {
            row.push(range(
                &influencer.action_range.lower,
                &influencer.action_range.upper,
            ));
        }
        row.push(number(influencer.loss));
        row.push(number(influencer.gain));
        let mut marks = Vec::new();
        if influencer.extreme {
            marks.push("extreme");
        }
        if result.winners.contains(&i) {
            marks.push("winner");
        }
        row.push(marks.join(", "));
        row
    };
    let mut text = table(&header, influencers.rows().enumerate().take(ROWS).map(row));
    if influencers.count() > ROWS {
        text += &format!(
            "… and {}; --actions FILE writes them all, --json shows them\n",
            count(influencers.count() - ROWS, "more influencer")
        );
    }
    text
}

fn welfare(game: &Game, result: &Fresh<'_>) -> String {
    let w = &result.welfare;
    let price = match (w.price_of_anarchy, w.price_of_anarchy_at_least) {
        (Some(price), _) => format!("; price of anarchy {}", number(price)),
        (None, Some(least)) if least > 1.0 => {
            format!("; price of anarchy at least {}", number(least))
        }
        (None, _) => String::new(),
    };
    let within = match w.optimum_error_bound {
        Some(bound) if bound > VISIBLE * game.scale() => format!(" (within {})", error(bound)),
        _ => String::new(),
    };
    format!(
        "Total loss {} against {} at best, with the receiver at {}{within}{price}. If all told the truth it would land at {}.\n",
        number(w.equilibrium_cost),
        number(w.optimal_cost),
        vector(&w.optimal_receiver),
        vector(&w.truthful_receiver),
    )
}

fn certificate(result: &Fresh<'_>) -> String {
    let c = &result.certificate;
    format!(
        "Certificate: duality gap {}, receiver within {}, largest regret {} ({} method).\n",
        error(c.duality_gap),
        error(c.receiver_error_bound),
        error(c.max_regret),
        result.solver.method,
    )
}

fn vertices_text(vertices: &[Vec<Vec<f64>>]) -> String {
    let mut text = format!(
        "\nThe set of equilibria has {}:\n",
        if vertices.len() == 1 {
            "1 vertex".to_owned()
        } else {
            format!("{} vertices", vertices.len())
        }
    );
    for vertex in vertices.iter().take(ROWS) {
        let actions: Vec<String> = vertex.iter().take(8).map(|x| vector(x)).collect();
        let more = if vertex.len() > 8 { "  …" } else { "" };
        text += &format!("  {}{more}\n", actions.join("  "));
    }
    if vertices.len() > ROWS {
        text += &format!(
            "  … and {} more; --json shows them\n",
            vertices.len() - ROWS
        );
    }
    text
}

fn sensitivity(result: &Fresh<'_>) -> String {
    let Some(s) = &result.sensitivity else {
        return String::new();
    };
    let derivative = |d: &Option<DerivativeResult>| -> String {
        let rows = |m: &[Vec<f64>]| match m.len() {
            1 | 2 => m.iter().map(|r| vector(r)).collect::<Vec<_>>().join("; "),
            _ => {
                let squares: f64 = m.iter().flatten().map(|v| v * v).sum();
                format!("norm {}", number(squares.sqrt()))
            }
        };
        match d {
            None => "unknown".into(),
            Some(d) => match &d.decrease {
                None => rows(&d.increase),
                Some(down) => format!("up {} | down {}", rows(&d.increase), rows(down)),
            },
        }
    };
    let mut text = format!(
        "\nHow the receiver follows ({}){}:\n",
        match result.receiver.len() {
            1 | 2 => "rows: its coordinates",
            _ => "--json gives the matrices",
        },
        if s.differentiable {
            ""
        } else {
            "; at a kink the two directions differ"
        }
    );
    text += &table(
        &["", "with the target", "with the weight", "value of weight"],
        std::iter::once(vec![
            "background".into(),
            derivative(&s.background),
            String::new(),
            String::new(),
        ])
        .chain(s.influencers.iter().take(ROWS).map(|i| {
            vec![
                i.name.clone(),
                derivative(&i.target),
                derivative(&i.weight),
                i.value_of_weight.map_or("unknown".into(), number),
            ]
        })),
    );
    if s.influencers.len() > ROWS {
        text += "… --json shows all\n";
    }
    text
}
