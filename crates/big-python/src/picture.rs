//! Figures and pages.

use big_app::AppError;
use big_app::picture::{Subject, subject};
use big_io::Source;
use big_report::{Figure, Kind, Story, Style, Theme, to_pdf, to_png};
use pyo3::prelude::*;

use crate::call::call;
use crate::game::Game;
use crate::question::chosen;

/// What is drawn, and how: the keys of `big_game._pictures`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Picture {
    /// `svg`, `pdf`, `png` or `html`.
    format: String,
    figure: String,
    theme: String,
    width: f64,
    scale: f64,
}

/// The same, checked.
pub(crate) struct Wanted {
    format: Format,
    figure: Option<Kind>,
    style: Style,
    scale: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Svg,
    Pdf,
    Png,
    Html,
}

impl Picture {
    pub(crate) fn checked(&self, py: Python<'_>) -> PyResult<Wanted> {
        let formats = [
            ("svg", Format::Svg),
            ("pdf", Format::Pdf),
            ("png", Format::Png),
            ("html", Format::Html),
        ];
        let figures = [
            ("auto", None),
            ("game", Some(Kind::Game)),
            ("potential", Some(Kind::Potential)),
            ("ranking", Some(Kind::Ranking)),
            ("trajectory", Some(Kind::Trajectory)),
            ("equilibria", Some(Kind::Equilibria)),
            ("likelihood", Some(Kind::Likelihood)),
            ("pairs", Some(Kind::Pairs)),
            ("estimates", Some(Kind::Estimates)),
        ];
        let themes = [
            ("light", Theme::Light),
            ("dark", Theme::Dark),
            ("auto", Theme::Auto),
        ];
        Ok(Wanted {
            format: chosen(py, "format", &self.format, &formats)?,
            figure: chosen(py, "figure", &self.figure, &figures)?,
            style: Style {
                theme: chosen(py, "theme", &self.theme, &themes)?,
                width: self.width.clamp(320.0, 4000.0),
                ..Style::default()
            },
            scale: self.scale,
        })
    }
}

impl Wanted {
    fn of(&self, subject: Subject) -> Result<Vec<u8>, AppError> {
        match subject {
            Subject::Story(story) => self.of_story(story),
            Subject::Equilibrium(pictured) if self.format == Format::Html => Ok(pictured
                .report(None, &big_answer::version())
                .render(Theme::Auto)
                .into_bytes()),
            Subject::Equilibrium(pictured) => {
                let moves = pictured.run().is_some() && pictured.solved.game.dim() != 2;
                self.figure_of(pictured.figures(), moves.then_some(Kind::Trajectory))
            }
        }
    }

    pub(crate) fn of_story(&self, story: Story) -> Result<Vec<u8>, AppError> {
        if self.format == Format::Html {
            return Ok(story
                .report(None, &big_answer::version())
                .render(Theme::Auto)
                .into_bytes());
        }
        self.figure_of(story.figures, None)
    }

    fn figure_of(
        &self,
        figures: Vec<Box<dyn Figure>>,
        first: Option<Kind>,
    ) -> Result<Vec<u8>, AppError> {
        let wanted = self.figure.or(first);
        let at = match wanted {
            Some(kind) => figures.iter().position(|f| f.kind() == kind),
            None => Some(0),
        };
        let at = at.or(self.figure.is_none().then_some(0));
        let Some(figure) = at.and_then(|at| figures.get(at)) else {
            return Err(AppError::unfit(
                "there is no such figure of this",
                "leave figure= out, or see the report",
            ));
        };
        match self.format {
            Format::Png => to_png(figure.as_ref(), &self.style, self.scale)
                .map_err(|e| AppError::unfit(e.to_string(), "choose another width or scale")),
            Format::Pdf => to_pdf(figure.as_ref(), &self.style)
                .map_err(|e| AppError::unfit(e.to_string(), "draw it as SVG or PNG")),
            _ => Ok(figure.draw(&self.style).svg.into_bytes()),
        }
    }
}

/// A figure of, or a page about, a game or, given its JSON, an answer.
#[pyfunction]
pub(crate) fn draw(
    py: Python<'_>,
    game: Option<&Game>,
    answer: Option<&str>,
    picture: Picture,
    watch: Option<Py<PyAny>>,
) -> PyResult<Vec<u8>> {
    let source = match game {
        Some(game) => game.source(),
        None => Source::text("the answer", answer.unwrap_or_default()),
    };
    let wanted = picture.checked(py)?;
    call(py, watch, move |monitor| {
        wanted.of(subject(source, monitor)?)
    })
}
