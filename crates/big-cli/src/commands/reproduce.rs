//! `big reproduce`: every example, figure and experiment of the paper (arXiv:2502.01127), and what is proved beyond it.

use std::fs;
use std::path::PathBuf;

use big_answer::reproduce::{Claim, Reproduction};
use big_app::reproduce::reproduce;
use big_report::{Style, Theme, to_png};
use clap::Args;

use crate::failure::Failure;
use crate::options::ResultOptions;
use crate::output::{Outcome, put, write_file};
use crate::progress::watched;
use crate::words::{count, table};

/// What to reproduce, and where to.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The folder for the figures and the report
    #[arg(long, value_name = "DIR", default_value = "reproduction")]
    out: PathBuf,
    /// Also write each figure as PNG, two pixels to the unit
    #[arg(long)]
    png: bool,
    /// The seed of the random games and of the experiment
    #[arg(long, default_value_t = 2025)]
    seed: u64,
    #[command(flatten)]
    result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    fs::create_dir_all(&arguments.out).map_err(|e| Failure::unwritable(&arguments.out, &e))?;
    let found = watched(|monitor| reproduce(arguments.seed, monitor))?;
    let style = Style::default();
    for plate in &found.figures {
        let at = |format: &str| arguments.out.join(plate.file_as(format));
        write_file(&at("svg"), plate.figure.draw(&style).svg.as_bytes())?;
        if arguments.png {
            let picture = to_png(plate.figure.as_ref(), &style, 2.0)
                .map_err(|e| Failure::Internal(e.to_string()))?;
            write_file(&at("png"), &picture)?;
        }
    }
    let formats: &[&str] = if arguments.png {
        &["svg", "png"]
    } else {
        &["svg"]
    };
    let command = format!("big reproduce --seed {}", arguments.seed);
    let page = found
        .report(formats, Some(command), env!("CARGO_PKG_VERSION"))
        .render(Theme::Auto);
    write_file(&arguments.out.join("index.html"), page.as_bytes())?;
    put(&arguments.result, &found.answer, |answer| {
        text(answer)
            + &format!(
                "\n{} and a report are in {}.\n",
                count(found.figures.len(), "figure"),
                arguments.out.join("index.html").display()
            )
    })?;
    Ok(if found.answer.holds {
        Outcome::Answered
    } else {
        Outcome::No
    })
}

/// The claims for people.
fn text(answer: &Reproduction) -> String {
    let lines = |claims: &[Claim], who: &str| -> String {
        let line = |claim: &Claim| {
            let mark = if claim.holds { "holds" } else { "FAILS" };
            let Claim {
                source,
                claim,
                paper,
                ours,
                ..
            } = claim;
            format!(
                "{mark}  {source}: {claim}\n       {who:<11}{paper}\n       we got:    {ours}\n"
            )
        };
        claims.iter().map(line).collect()
    };
    let held = |claims: &[Claim]| claims.iter().filter(|c| c.holds).count();
    let row = |mark: &str, count: fn(usize, usize) -> usize| {
        let of = |claims: &[Claim]| count(claims.len(), held(claims)).to_string();
        vec![mark.to_owned(), of(&answer.claims), of(&answer.beyond)]
    };
    lines(&answer.claims, "the paper:")
        + "\nBeyond the paper\n\n"
        + &lines(&answer.beyond, "known:")
        + &table(
            &["", "the paper's claims", "beyond it"],
            [
                row("hold", |_, held| held),
                row("fail", |all, held| all - held),
            ],
        )
}
