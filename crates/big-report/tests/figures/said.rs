//! What figures say of themselves: what they leave out, what lies on what, what the font lacks.

use std::time::Instant;

use big_game::spec::{Loss, SpaceSpec};
use big_report::figure::{LineFigure, PlaneFigure};
use big_report::{Drawing, Figure, Style, Theme, to_png};

use crate::{Person, game, line, plane, solved, unit_box};

/// All that is written on a figure.
fn words(drawing: &Drawing) -> String {
    let texts: Vec<&str> = drawing.texts.iter().map(|(_, text)| &**text).collect();
    texts.join(" ")
}

fn drawn(figure: &dyn Figure) -> Drawing {
    figure.draw(&Style::default())
}

fn interval(lower: f64, upper: f64) -> SpaceSpec<f64> {
    SpaceSpec::Box {
        lower: vec![lower],
        upper: vec![upper],
    }
}

fn on_line(space: SpaceSpec<f64>, bias: f64, people: &[Person<'_>]) -> LineFigure {
    let game = game(Loss::SquaredEuclidean, &[bias], space, people);
    let (equilibrium, assessment) = solved(&game);
    LineFigure::new(&game, None, &equilibrium, &assessment).unwrap()
}

/// The ends of the ticks of the horizontal axis.
fn ticks(drawing: &Drawing) -> Vec<f64> {
    let numbers = drawing.texts.iter();
    numbers
        .filter_map(|(_, text)| text.replace('−', "-").parse().ok())
        .collect()
}

#[test]
fn an_axis_is_where_the_game_is() {
    let people: [Person<'_>; 2] = [("a", 0.5, &[1_000_000.2]), ("b", 0.5, &[1_000_000.7])];
    let far = drawn(&on_line(interval(1e6, 1e6 + 1.0), 0.0, &people));
    let ticks = ticks(&far);
    assert!(ticks.len() >= 3);
    assert!(
        ticks.iter().all(|t| (999_999.0..=1_000_002.0).contains(t)),
        "{ticks:?}"
    );
    // And numbers are told apart.
    assert!(words(&far).contains("r* = 1000000.5"), "{}", words(&far));
    let corner = SpaceSpec::Box {
        lower: vec![1e6; 2],
        upper: vec![1e6 + 1.0; 2],
    };
    let target = [1e6 + 0.2, 1e6 + 0.6];
    let square = drawn(&plane(corner, &[("a", 1.0, &target)]));
    assert!(!words(&square).contains(" 0 "), "{}", words(&square));
}

#[test]
fn a_background_beyond_the_axis_is_said() {
    let people: [Person<'_>; 2] = [("a", 0.5, &[-0.3]), ("b", 0.5, &[0.8])];
    let mut figure = on_line(interval(-1.0, 1.0), 0.0, &people);
    assert!(!words(&drawn(&figure)).contains("background"));
    figure.background = 1e6;
    assert!(words(&drawn(&figure)).contains("The background, 1000000, is beyond the axis."));
}

#[test]
fn who_is_left_out_is_said_on_the_figure() {
    let targets: Vec<f64> = (0..50).map(|k| (f64::from(k) * 0.618).fract()).collect();
    let (_, fifty) = line(&targets);
    let said = words(&drawn(&fifty));
    assert!(
        said.contains("The 30 that exaggerate most are shown, 20 more are not."),
        "{said}"
    );
    // At one place there is no room for twenty names.
    let names: Vec<String> = (0..20)
        .map(|k| format!("a party with number {k}"))
        .collect();
    let people: Vec<Person<'_>> = names
        .iter()
        .map(|n| (&**n, 0.04, &[0.5, 0.9][..]))
        .collect();
    let crowded = words(&drawn(&plane(unit_box(2), &people)));
    assert!(crowded.contains("of 20 names are written"), "{crowded}");
    // Marks at one place are counted.
    assert!(crowded.contains("×20"), "{crowded}");
}

#[test]
fn axes_of_different_scales_are_said() {
    let tall = |high: f64| SpaceSpec::Box {
        lower: vec![-1.0, -high],
        upper: vec![1.0, high],
    };
    let people: [Person<'_>; 2] = [("a", 0.5, &[-0.4, 0.5]), ("b", 0.5, &[0.7, -0.5])];
    let of = |high: f64| drawn(&plane(tall(high), &people));
    assert!(!words(&of(3.0)).contains("different scales"));
    let sliver = of(100.0);
    assert!(words(&sliver).contains("The axes have different scales"));
    // The set fills the figure.
    let d = sliver.svg.split("<path d=\"M").nth(1).unwrap();
    assert!(!d.is_empty() && sliver.height < 1.2 * sliver.width);
}

#[test]
fn negative_weights_and_far_targets_have_signs() {
    let people: [Person<'_>; 2] = [("for", 0.5, &[-0.4, 0.5]), ("against", -0.5, &[1e4, -0.5])];
    let said = words(&drawn(&plane(unit_box(2), &people)));
    assert!(said.contains("weight below 0"), "{said}");
    assert!(said.contains("target beyond the edge"), "{said}");
    let people: [Person<'_>; 2] = [("a", -0.5, &[-0.3]), ("b", -0.5, &[1e4])];
    let said = words(&drawn(&on_line(interval(-1.0, 1.0), 0.0, &people)));
    assert!(said.contains("w = −0.5"), "{said}");
    assert!(said.contains("target beyond the axis"), "{said}");
}

#[test]
fn what_is_truthful_and_the_receiver_look_different() {
    let figure = plane(
        unit_box(2),
        &[("a", 0.5, &[-1.4, 0.1]), ("b", 0.25, &[0.7, 0.4])],
    );
    let drawing = drawn(&figure);
    assert!(words(&drawing).contains("receiver if all were truthful"));
    assert!(
        drawing
            .svg
            .contains("<title>the receiver if all were truthful (")
    );
    assert!(drawing.svg.contains("<title>a wants (−1.4, 0.1)</title>"));
}

#[test]
fn names_are_cut_in_the_middle() {
    let long = |end: &str| format!("the association of everybody who is concerned {end}");
    let names = [long("north"), long("south")];
    let people: Vec<Person<'_>> = names.iter().map(|n| (&**n, 0.5, &[0.25][..])).collect();
    let said = words(&drawn(&on_line(interval(-1.0, 1.0), 0.0, &people)));
    assert!(said.contains("north") && said.contains("south"), "{said}");
    assert!(said.contains('…'));
}

/// Pictures have no fonts but the bundled one.
#[test]
fn names_in_other_writing_are_told_in_pictures() {
    let names = ["漢字", "里", "李", "محمد", "👍", "Ж"];
    let people: Vec<Person<'_>> = names.iter().map(|n| (*n, 0.1, &[0.25][..])).collect();
    let figure = on_line(interval(-1.0, 1.0), 0.0, &people);
    let svg = drawn(&figure);
    assert!(svg.svg.contains("漢字</text>") && !words(&svg).contains('‹'));
    let picture = figure.draw(&Style {
        latin: true,
        ..Style::default()
    });
    assert!(!picture.svg.contains("<text"));
    let said = words(&picture);
    for name in ["‹Han Zi›", "‹Li›", "‹Li 2›", "Ж"] {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert!(said.contains("in Latin letters"), "{said}");
}

#[test]
fn a_reader_of_an_svg_may_prefer_dark_paper() {
    let (_, figure) = line(&[-0.8, -0.3]);
    let style = |theme: Theme| Style {
        theme,
        ..Style::default()
    };
    let auto = figure.draw(&style(Theme::Auto)).svg;
    assert!(auto.contains("@media (prefers-color-scheme:dark)"));
    // A picture cannot ask.
    let png = |theme: Theme| to_png(&figure, &style(theme), 1.0).unwrap();
    assert_eq!(png(Theme::Auto), png(Theme::Light));
    assert_ne!(png(Theme::Auto), png(Theme::Dark));
}

/// Names of any length cost what is shown of them.
#[test]
fn long_names_are_not_laid_out() {
    let names = ["a".repeat(400_000), "漢".repeat(400_000)];
    let people: Vec<Person<'_>> = names
        .iter()
        .map(|n| (&**n, 0.5, &[0.25, 0.5][..]))
        .collect();
    let before = Instant::now();
    let figure: PlaneFigure = plane(unit_box(2), &people);
    for latin in [false, true] {
        let drawing = figure.draw(&Style {
            latin,
            ..Style::default()
        });
        assert!(words(&drawing).len() < 2000);
    }
    let seconds = before.elapsed().as_secs_f64();
    assert!(seconds < 30.0, "{seconds} s");
}
