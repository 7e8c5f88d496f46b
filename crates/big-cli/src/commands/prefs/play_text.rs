//! What `big prefs play` tells people.

use big_answer::preference::PlayResult;

use crate::words::{ROWS, count, number, rest, table, vector};

pub(super) fn text(result: &PlayResult) -> String {
    let truthful = vec![
        "0".to_owned(),
        "everybody".to_owned(),
        "the truth".to_owned(),
        vector(&result.start.theta_hat),
        String::new(),
        String::new(),
    ];
    let shown = result.iterations.len().min(ROWS);
    let mut text = table(
        &["move", "who", "reports", "estimate", "loss", "evaluations"],
        std::iter::once(truthful).chain(result.iterations[..shown].iter().map(|m| {
            vec![
                m.iteration.to_string(),
                m.name.clone(),
                vector(&m.action),
                vector(&m.theta_hat),
                number(m.loss),
                m.evaluations.to_string(),
            ]
        })),
    );
    text += &rest(
        result.iterations.len(),
        shown,
        "more move",
        "; --json gives them all",
    );
    let moves = count(result.iterations.len(), "move");
    text += "\n";
    let at = vector(&result.equilibrium.theta_hat);
    let gain = number(result.tolerance);
    let line =
        result.equilibrium.theta_hat.len() == 1 && matches!(&*result.receiver, "mle" | "affine");
    text += &if result.method == "bisection" {
        format!(
            "The equilibrium by bisection: everybody with a target above the estimate reports the upper end, everybody with one\n\
             below it the lower end. The estimate is at {at}.\n"
        )
    } else if !result.converged {
        format!(
            "Not converged after {moves}; --max-iterations allows more. The estimate is at {at}.\n"
        )
    } else if line {
        format!(
            "An empirical equilibrium after {moves}: nobody gains more than {gain}. The estimate is at {at}.\n"
        )
    } else if result.starts > 0 {
        format!(
            "An empirical equilibrium after {moves}, as far as was searched: from {} all over the space each, nobody found a\n\
             report that gains more than {gain}. There may be one. The estimate is at {at}.\n",
            count(result.starts, "point")
        )
    } else {
        format!(
            "An empirical equilibrium after {moves}, as far as was searched: near what they report, nobody found a report that\n\
             gains more than {gain}. There may be one, near or far (--starts N looks farther). The estimate is at {at}.\n"
        )
    };
    if let Some(bisection) = result
        .bisection
        .as_ref()
        .filter(|_| result.method != "bisection")
    {
        text += &format!(
            "By bisection the equilibrium's estimate is at {}.\n",
            vector(&bisection.theta_hat)
        );
    }
    if let Some(affinity) = &result.affinity {
        text += &format!(
            "On the {} that it met the receiver was affine with R² = {}: weights {}, shrinkage {}.\n",
            count(affinity.profiles, "profile"),
            number(affinity.r_squared),
            vector(&affinity.weights),
            number(affinity.shrinkage),
        );
    }
    let prediction = result.affine_prediction.as_ref();
    let mut header = vec!["influencer", "target", "reports"];
    if prediction.is_some() {
        header.push("predicted");
    }
    text += "\n";
    text += &table(
        &header,
        result
            .influencers
            .iter()
            .enumerate()
            .take(ROWS)
            .map(|(i, influencer)| {
                let mut row = vec![
                    influencer.name.clone(),
                    influencer
                        .target
                        .as_deref()
                        .map_or_else(String::new, vector),
                    vector(&result.equilibrium.actions[i]),
                ];
                row.extend(prediction.map(|p| vector(&p.actions[i])));
                row
            }),
    );
    if let Some(prediction) = prediction {
        text += &format!(
            "The affine receiver predicts an estimate at {}.\n",
            vector(&prediction.receiver)
        );
    }
    text += &format!(
        "{} of the receiver; seed {}.\n",
        count(result.evaluations, "evaluation"),
        result.seed
    );
    text
}
