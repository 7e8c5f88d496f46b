//! The HTML report: what it says, and that nothing given as text can become markup.
#![allow(clippy::unwrap_used)]

use big_answer::solve::SolveResult;
use big_game::equilibrium::{Selection, assess};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::welfare::welfare;
use big_game::{Game, SolveOptions, solve};
use big_report::html::{Cell, Section, Table};
use big_report::{EquilibriumReport, Report, Theme, equilibrium_figures, equilibrium_report};
use resvg::usvg::roxmltree;

const EVIL: &str = "<img src=x onerror=alert(1)> & \"'</script>]]>";

fn game(targets: &[f64]) -> Game {
    let influencers = targets.iter().enumerate().map(|(i, t)| InfluencerSpec {
        cost: None,
        name: Some(format!("{EVIL}{i}")),
        weight: WeightSpec::Scalar(0.5),
        target: vec![*t],
        space: 0,
    });
    GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: vec![0.0],
        spaces: vec![SpaceSpec::Box {
            lower: vec![-1.0],
            upper: vec![1.0],
        }],
        influencers: influencers.collect(),
    }
    .check()
    .unwrap()
}

fn rendered(game: &Game) -> String {
    let equilibrium = solve(game, &SolveOptions::default()).unwrap();
    let assessment = assess(game, &equilibrium.actions);
    let welfare = welfare(game, &equilibrium).unwrap();
    let report = equilibrium_report(&EquilibriumReport {
        answer: &SolveResult::new(
            Some(EVIL.into()),
            game,
            &equilibrium,
            &welfare,
            Selection::default(),
        ),
        game,
        description: Some(EVIL),
        equilibrium: &equilibrium,
        assessment: &assessment,
        welfare: &welfare,
        run: None,
        command: Some(EVIL),
        version: EVIL,
    });
    report.render(Theme::Auto)
}

#[test]
fn everything_is_escaped() {
    let page = rendered(&game(&[-0.8, -0.3]));
    assert!(!page.contains("<img"));
    assert_eq!(page.matches("</script>").count(), 1);
    assert_eq!(page, rendered(&game(&[-0.8, -0.3])), "the same bytes");
    // Nothing from outside: no addresses but the names of XML namespaces.
    let elsewhere = page.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !elsewhere.contains("http://")
            && !elsewhere.contains("https://")
            && !elsewhere.contains("url(h"),
        "outside"
    );
}

/// The body closes every element that it opens: read as XML once the elements that HTML leaves open are gone.
#[test]
fn the_body_is_well_formed() {
    let page = rendered(&game(&[-0.8, -0.3, 0.4]));
    let main = &page[page.find("<main>").unwrap()..page.find("</main>").unwrap() + "</main>".len()];
    let tree = roxmltree::Document::parse(main).unwrap();
    let count = |name: &str| {
        tree.descendants()
            .filter(|n| n.tag_name().name() == name)
            .count()
    };
    assert_eq!(count("section"), 4);
    assert_eq!(count("table"), 3);
    assert!(count("svg") >= 1);
    for table in tree
        .descendants()
        .filter(|n| n.tag_name().name() == "table")
    {
        let columns = table
            .descendants()
            .filter(|n| n.tag_name().name() == "th")
            .count();
        for row in table
            .descendants()
            .filter(|n| n.tag_name().name() == "tr")
            .skip(1)
        {
            assert_eq!(
                row.children()
                    .filter(|n| n.tag_name().name() == "td")
                    .count(),
                columns
            );
        }
    }
}

/// The page says what the answer says: a proved equilibrium, and one that is none.
#[test]
fn the_page_leads_with_the_verdict_of_the_answer() {
    let same_side = game(&[-0.8, -0.3]);
    let mut equilibrium = solve(&same_side, &SolveOptions::default()).unwrap();
    let assessment = assess(&same_side, &equilibrium.actions);
    let welfare = welfare(&same_side, &equilibrium).unwrap();
    for gap in [equilibrium.certificate.duality_gap, f64::NAN] {
        equilibrium.certificate.duality_gap = gap;
        let answer = SolveResult::new(
            None,
            &same_side,
            &equilibrium,
            &welfare,
            Selection::default(),
        );
        let expected = if gap.is_nan() {
            "UNFINISHED: this is as far as the solver got, not an equilibrium."
        } else {
            "One equilibrium; the receiver lands at -0.3;"
        };
        assert!(answer.verdict.starts_with(expected), "{}", answer.verdict);
        let report = equilibrium_report(&EquilibriumReport {
            answer: &answer,
            game: &same_side,
            description: None,
            equilibrium: &equilibrium,
            assessment: &assessment,
            welfare: &welfare,
            run: None,
            command: None,
            version: "1",
        });
        assert_eq!(report.lead, answer.verdict);
        assert!(report.sections[0].paragraphs[0].contains("by playing 0.4"));
    }
}

#[test]
fn every_game_gets_a_figure() {
    for d in 1..=4 {
        for n in [1, 2, 5, 80] {
            for loss in [Loss::SquaredEuclidean, Loss::InnerProduct] {
                let people = (0..n).map(|i| InfluencerSpec {
                    cost: None,
                    name: None,
                    weight: WeightSpec::Scalar(1.0 / f64::from(n)),
                    target: (0..d)
                        .map(|k| (f64::from(i * 4 + k) * 0.618).fract() - 0.5)
                        .collect(),
                    space: 0,
                });
                let spec = GameSpec {
                    coalitions: Vec::new(),
                    loss,
                    bias: vec![0.0; d as usize],
                    spaces: vec![SpaceSpec::Box {
                        lower: vec![-1.0; d as usize],
                        upper: vec![1.0; d as usize],
                    }],
                    influencers: people.collect(),
                };
                let game = spec.check().unwrap();
                let equilibrium = solve(&game, &SolveOptions::default()).unwrap();
                let assessment = assess(&game, &equilibrium.actions);
                let figures =
                    equilibrium_figures(&game, Some("game"), &equilibrium, &assessment, None);
                assert!(!figures.is_empty(), "d = {d}, n = {n}");
            }
        }
    }
}

#[test]
fn plain_reports_need_no_game() {
    let report = Report {
        title: "Audit".into(),
        lead: String::new(),
        sections: vec![Section {
            heading: "Ranks".into(),
            tables: vec![Table {
                caption: String::new(),
                columns: vec!["name".into(), "value".into()],
                rows: vec![
                    vec!["a".into(), Cell::Number(f64::NAN)],
                    vec!["b".into(), Cell::Number(1e-9)],
                ],
            }],
            ..Section::default()
        }],
        command: None,
        version: "1".into(),
    };
    let page = report.render(Theme::Auto);
    assert!(page.contains("<td class=\"n\" data-label=\"value\" data-v=\"0.000000001\">1e−9</td>"));
    assert!(page.contains("not a number"));
}

fn report(tables: Vec<Table>) -> Report {
    let section = |heading: &str, tables: Vec<Table>| Section {
        heading: heading.into(),
        tables,
        ..Section::default()
    };
    Report {
        title: "A page".into(),
        sections: vec![section("First", tables), section("Second", Vec::new())],
        ..Report::default()
    }
}

fn table(rows: Vec<Vec<Cell>>) -> Table {
    Table {
        caption: "Points & more".into(),
        columns: vec!["name".into(), "value".into(), "point".into()],
        rows,
    }
}

/// The texts of a column's cells.
fn column(page: &str, at: usize) -> Vec<String> {
    let main = &page[page.find("<main>").unwrap()..page.find("</main>").unwrap() + 7];
    let tree = roxmltree::Document::parse(main).unwrap();
    tree.descendants()
        .filter(|n| n.has_tag_name("tbody"))
        .flat_map(|body| body.children().filter(|n| n.has_tag_name("tr")))
        .map(|row| {
            let mut cells = row.children().filter(|n| n.has_tag_name("td"));
            let cell = cells.nth(at).unwrap();
            assert!(cell.attribute("data-label").is_some());
            cell.text().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn a_column_has_the_same_decimals_and_long_points_are_whole() {
    let eight: Vec<f64> = (0..8).map(|k| f64::from(k) / 4.0 - 1.0).collect();
    let row = |v: f64, p: &[f64]| vec!["a".into(), Cell::Number(v), Cell::Point(p.to_vec())];
    let many = vec![0.5; 100];
    let page = report(vec![table(vec![
        row(0.5, &eight),
        row(-0.125, &[1.0; 8]),
        row(0.0, &many),
    ])])
    .render(Theme::Auto);
    assert_eq!(column(&page, 1), ["0.500", "−0.125", "0.000"]);
    let points = column(&page, 2);
    assert_eq!(
        points[0],
        "(−1.00, −0.75, −0.50, −0.25, 0.00, 0.25, 0.50, 0.75)"
    );
    assert!(points[2].ends_with("0.50, …)"));
    assert!(page.contains("Of 100 coordinates the first 12 are shown"));
    assert!(page.contains("data-p=\"[-1.0,-0.75,-0.5,-0.25,0.0,0.25,0.5,0.75]\""));
}

/// Words among numbers stand where the numbers do.
#[test]
fn a_column_of_numbers_is_aligned() {
    let row = |cell: Cell| vec!["a".into(), cell, Cell::Point(vec![1.0])];
    let page = report(vec![table(vec![
        row("unknown".into()),
        row(Cell::Number(1.0)),
    ])])
    .render(Theme::Auto);
    assert!(page.contains("<td class=\"n\" data-label=\"value\">unknown</td>"));
    assert!(page.contains("<th scope=\"col\" class=\"n\"><button type=\"button\">value<"));
    assert!(page.contains("<td data-label=\"name\">a</td>"));
}

#[test]
fn a_page_has_a_list_of_contents_and_one_theme_if_asked() {
    let row = || vec!["a".into(), Cell::Number(1.0), Cell::Point(vec![1.0])];
    let two = || vec![table(vec![row()]), table(vec![row()])];
    let page = report(two()).render(Theme::Auto);
    for link in [
        "<a href=\"#s0\">First</a>",
        "<a href=\"#t1\">Points &amp; more</a>",
        "<a href=\"#s1\">Second</a>",
    ] {
        assert!(page.contains(link), "{link}");
    }
    for id in ["s0", "s1", "t0", "t1"] {
        assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1);
    }
    assert!(!report(Vec::new()).render(Theme::Auto).contains("<nav"));
    let preference = "@media (prefers-color-scheme:dark)";
    assert!(page.contains(preference));
    for theme in [Theme::Light, Theme::Dark] {
        assert!(!report(two()).render(theme).contains(preference));
    }
    // A heading does not end a printed page.
    assert!(page.contains("break-after:avoid"));
}

/// Who exaggerates most comes first, where not all are listed.
#[test]
fn the_most_exaggerated_are_in_their_order() {
    let targets: Vec<f64> = (0..700)
        .map(|k| (f64::from(k) * 0.618).fract() * 2.0 - 1.0)
        .collect();
    let page = rendered(&game(&targets));
    assert!(page.contains(
        "The 500 of 700 influencers that exaggerate most, the largest exaggeration first"
    ));
    let start = page.find("<tbody>").unwrap();
    let rows = &page[start..start + page[start..].find("</tbody>").unwrap()];
    let lies: Vec<f64> = rows
        .split("data-label=\"exaggeration\" data-v=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(lies.len(), 500);
    assert!(lies.is_sorted_by(|a, b| a >= b));
}
