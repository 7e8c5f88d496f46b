//! Several figures on one page (arXiv:2502.01127, Figures 3, 4, 5 and 9 have two panels).

use super::{Figure, Kind};
use crate::draw::drawing::arrange;
use crate::draw::{Drawing, Style};

/// Figures side by side.
pub struct Panels {
    /// What they show together.
    pub caption: String,
    /// The figures, row by row.
    pub figures: Vec<Box<dyn Figure>>,
    /// How many stand in a row.
    pub columns: usize,
}

impl Figure for Panels {
    /// What its first panel shows.
    fn kind(&self) -> Kind {
        self.figures.first().map_or(Kind::Game, |f| f.kind())
    }

    fn caption(&self) -> String {
        self.caption.clone()
    }

    fn panels(&self) -> Vec<&dyn Figure> {
        self.figures.iter().map(AsRef::as_ref).collect()
    }

    /// Each panel has three quarters of the style's width.
    fn draw(&self, style: &Style) -> Drawing {
        let style = Style {
            width: 0.75 * style.page(),
            ..*style
        };
        let drawings: Vec<Drawing> = self.figures.iter().map(|f| f.draw(&style)).collect();
        arrange(
            style.theme,
            &drawings,
            self.columns,
            "Figures",
            &self.caption,
        )
    }
}
