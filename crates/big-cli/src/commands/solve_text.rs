//! What `big solve` tells people.

use std::path::Path;

use big_answer::private::PrivateResult;
use big_answer::sensitivity::DerivativeResult;
use big_answer::solve::{
    Cardinality, HonestyResult, InfluencerResult, InfluencerRows, SolveResult, WeightValue,
};

use crate::words::{ROWS, error, number, range, rest, table, vector};

/// An error of the social optimum above this share of its coordinates is told: digits that are printed are then open.
const VISIBLE: f64 = 1e-6;

/// The verdict, the table, the welfare, the certificate.
pub(crate) fn text<I: InfluencerRows>(
    scale: f64,
    result: &SolveResult<I>,
    elsewhere: Option<&Path>,
) -> String {
    let mut text = String::new();
    if let Some(name) = &result.name {
        text += &format!("{name}\n\n");
    }
    text += &result.verdict;
    text += "\n\n";
    if let Some(terms) = &result.terms {
        text += &format!("{}\n\n", terms.words());
    }
    match (&result.influencers, elsewhere) {
        (Some(influencers), _) => text += &influencers_table(result, influencers),
        (None, Some(path)) => {
            text += &format!("The influencers' table is in {}.\n", path.display())
        }
        (None, None) => {}
    }
    text += "\n";
    text += &welfare(scale, result);
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
    if let Some(honesty) = &result.honesty {
        text += &self::honesty(honesty);
    }
    if let Some(seconds) = result.solver.seconds {
        text += &format!(
            "\nSolved in {} s by the {} method.\n",
            error(seconds),
            result.solver.method.name()
        );
    }
    text
}

fn influencers_table<I: InfluencerRows>(result: &SolveResult<I>, influencers: &I) -> String {
    let free = result.cardinality != Cardinality::Unique;
    let mut header = vec!["influencer", "weight", "target", "action"];
    if free {
        header.push("range");
    }
    header.push("loss");
    let priced = result.welfare.lying_cost.is_some();
    if priced {
        header.push("cost of lying");
    }
    header.extend(["gain", ""]);
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
        if priced {
            row.push(influencer.cost.map_or("free".into(), number));
        }
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
    let mut text = table(
        &header,
        (0..influencers.count().min(ROWS)).map(|i| row((i, influencers.row(i)))),
    );
    text += &rest(
        influencers.count(),
        ROWS,
        "more influencer",
        "; --actions FILE writes them all, --json shows them",
    );
    text
}

fn welfare<I>(scale: f64, result: &SolveResult<I>) -> String {
    let w = &result.welfare;
    let price = match (w.price_of_anarchy, w.price_of_anarchy_at_least) {
        (Some(price), _) => format!("; price of anarchy {}", number(price)),
        (None, Some(least)) if least > 1.0 => {
            format!("; price of anarchy at least {}", number(least))
        }
        (None, _) => String::new(),
    };
    let within = match w.optimum_error_bound {
        Some(bound) if bound > VISIBLE * scale => format!(" (within {})", error(bound)),
        _ => String::new(),
    };
    let lies = w.lying_cost.map_or(String::new(), |cost| {
        format!(" All lies together cost {} on top.", number(cost))
    });
    format!(
        "Total loss {} against {} at best, with the receiver at {}{within}{price}. If all told the truth it would land at {}.{lies}\n",
        number(w.equilibrium_cost),
        number(w.optimal_cost),
        vector(&w.optimal_receiver),
        vector(&w.truthful_receiver),
    )
}

fn certificate<I>(result: &SolveResult<I>) -> String {
    let c = &result.certificate;
    let actions = c.action_error_bound.map_or(String::new(), |bound| {
        format!(", every action within {}", error(bound))
    });
    format!(
        "Certificate: duality gap {}, receiver within {}{actions}, largest regret {} ({} method).\n",
        error(c.duality_gap),
        error(c.receiver_error_bound),
        error(c.max_regret),
        result.solver.method.name(),
    )
}

fn honesty(honesty: &HonestyResult) -> String {
    let epsilon = number(honesty.epsilon);
    match (honesty.lying_cost, honesty.largest_exaggeration) {
        (Some(0.0), Some(largest)) => format!(
            "\nNobody exaggerates by more than {epsilon} though lies are free: at most by {}.\n",
            number(largest)
        ),
        (Some(cost), Some(largest)) => format!(
            "\nNobody exaggerates by more than {epsilon} where a lie costs everybody {} per square of its length: then at most by {}.\n",
            number(cost),
            number(largest)
        ),
        _ => format!("\nNo cost of lying below 1e100 keeps everybody within {epsilon}.\n"),
    }
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

fn sensitivity<I: InfluencerRows>(result: &SolveResult<I>) -> String {
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
    let priced = result.welfare.lying_cost.is_some();
    let mut header = vec!["", "with the target", "with the weight", "value of weight"];
    let mut background = vec!["background".into(), derivative(&s.background)];
    background.resize(header.len(), String::new());
    if priced {
        header.push("with the cost of lying");
        background.push(String::new());
    }
    text += &table(
        &header,
        std::iter::once(background).chain(s.influencers.iter().take(ROWS).map(|i| {
            let mut row = vec![
                i.name.clone(),
                derivative(&i.target),
                derivative(&i.weight),
                i.value_of_weight.map_or("unknown".into(), number),
            ];
            if priced {
                row.push(
                    i.lying_cost
                        .as_ref()
                        .map_or("".into(), |d| derivative(&Some(d.clone()))),
                );
            }
            row
        })),
    );
    if s.influencers.len() > ROWS {
        text += "… --json shows all\n";
    }
    text
}

/// A Bayesian equilibrium.
pub(super) fn private(result: &PrivateResult) -> String {
    let mut text = String::new();
    if let Some(name) = &result.name {
        text += &format!("{name}\n\n");
    }
    text += &format!("{}\n\n", result.verdict);
    let rows = result.influencers.iter().flat_map(|i| {
        i.types.iter().map(|t| {
            vec![
                i.name.clone(),
                number(t.probability),
                vector(&t.target),
                vector(&t.action),
                vector(&t.receiver),
                number(t.loss),
                error(t.regret),
            ]
        })
    });
    text += &table(
        &[
            "influencer",
            "with probability",
            "wants",
            "plays",
            "expects the receiver at",
            "expected loss",
            "regret",
        ],
        rows,
    );
    let rows = result.influencers.iter().map(|i| {
        let or_unknown = |v: Option<f64>| v.map_or("unknown".to_owned(), number);
        vec![
            i.name.clone(),
            number(i.loss),
            or_unknown(i.loss_if_known),
            or_unknown(i.value_of_knowing),
        ]
    });
    text += "\n";
    text += &table(
        &[
            "influencer",
            "expected loss",
            "if all were known",
            "saved then",
        ],
        rows,
    );
    text += &format!(
        "Certificate: duality gap {}, receiver within {} (root mean square), no type gains more than {}.\n",
        error(result.certificate.duality_gap),
        error(result.certificate.receiver_error_bound),
        error(result.certificate.max_regret)
    );
    text
}
