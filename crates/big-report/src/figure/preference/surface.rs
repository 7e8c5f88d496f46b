//! The log-likelihood over a two-dimensional ideal point: bands, the estimate, its confidence ellipse.

use crate::draw::axes::Frame;
use crate::draw::canvas::{Canvas, Mark, Pen, Point};
use crate::draw::contours::{Grid, bands};
use crate::draw::legend::{Key, Legend};
use crate::draw::place::beside;
use crate::draw::{Drawing, Ink, Rich, Style, number};
use crate::figure::common::{Page, remark, title_of};
use crate::figure::planar::frame_over;
use crate::figure::{Figure, Kind};

/// Bands of the surface.
const LEVELS: usize = 10;
/// The 95 % quantile of χ² with two degrees of freedom: `−2 ln 0.05`.
const QUANTILE: f64 = 5.991_464_547_107_979;

/// A log-likelihood surface.
#[derive(Clone, Debug, PartialEq)]
pub struct SurfaceFigure {
    /// Whose data it is.
    pub title: Option<String>,
    /// The log-likelihood.
    pub grid: Grid,
    /// `θ̂`.
    pub estimate: [f64; 2],
    /// The covariance of `θ̂`: its 95 % ellipse is drawn.
    pub covariance: Option<[[f64; 2]; 2]>,
    /// Other points to mark, with names: targets, fake ideal points. Those outside the grid stand at its edge.
    pub marks: Vec<(String, [f64; 2])>,
    /// A sentence for the caption: what is held fixed.
    pub remark: Option<String>,
}

impl SurfaceFigure {
    /// The rim of the 95 % confidence ellipse; empty where the covariance is not positive definite.
    pub fn ellipse(&self) -> Vec<[f64; 2]> {
        let Some([[a, b], [_, c]]) = self.covariance else {
            return Vec::new();
        };
        // Cholesky: the ellipse is the image of a circle.
        let determinant = a * c - b * b;
        if !(a > 0.0 && determinant > 0.0 && determinant.is_finite()) {
            return Vec::new();
        }
        let (l11, l21) = (a.sqrt(), b / a.sqrt());
        let l22 = (determinant / a).sqrt();
        (0..96)
            .map(|k| {
                let (s, c) = (std::f64::consts::TAU * f64::from(k) / 96.0).sin_cos();
                let r = QUANTILE.sqrt();
                [
                    self.estimate[0] + r * l11 * c,
                    self.estimate[1] + r * (l21 * c + l22 * s),
                ]
            })
            .collect()
    }
}

impl Figure for SurfaceFigure {
    fn kind(&self) -> Kind {
        Kind::Likelihood
    }

    fn caption(&self) -> String {
        let [x, y] = self.estimate.map(|v| number(v, 4));
        let ellipse = if self.covariance.is_some() {
            " with its 95 % confidence ellipse"
        } else {
            ""
        };
        format!(
            "The log-likelihood over the ideal point, darker where it is higher; the star is the estimate, ({x}, {y}){ellipse}.{}",
            remark(self.remark.as_deref())
        )
    }

    fn draw(&self, style: &Style) -> Drawing {
        let mut canvas = Canvas::new(style);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top);
        let frame = frame_over(&mut canvas, self.grid.x, self.grid.y, top, true);
        frame.grid(&mut canvas, true, true);
        canvas.clipped(frame.area, |canvas| {
            let levels: Vec<f64> = self.grid.summit_levels(LEVELS);
            bands(canvas, &frame, &self.grid, &levels, true);
            let rim: Vec<Point> = self.ellipse().iter().map(|&p| frame.at(p)).collect();
            canvas.polygon(&rim, None, Some(Pen::new(Ink::Text, 1.6).dashed("6 3")));
        });
        let place = |at: [f64; 2]| {
            let [x, y] = frame.at(at);
            let area = frame.area;
            [
                x.clamp(area.x, area.right()),
                y.clamp(area.y, area.bottom()),
            ]
        };
        let told =
            |name: &str, [x, y]: [f64; 2]| format!("{name}: ({}, {})", number(x, 4), number(y, 4));
        for (k, (name, at)) in self.marks.iter().enumerate() {
            let ink = Ink::Series(k as u8 + 1);
            canvas.told(&told(name, *at), |c| {
                c.mark(Mark::Diamond, place(*at), 5.2, ink)
            });
        }
        let at = frame.at(self.estimate);
        canvas.told(&told("the estimate", self.estimate), |c| {
            c.mark(Mark::Star, at, 6.5, Ink::Text);
        });
        beside(
            &mut canvas,
            &Rich::markup("$\\hat θ$"),
            at,
            9.0,
            frame.area,
            15.0,
            Ink::Text,
            true,
        );
        for (name, at) in &self.marks {
            let label = canvas.shorten(&Rich::plain(name), 13.0, 0.34 * frame.area.w);
            beside(
                &mut canvas,
                &label,
                place(*at),
                9.0,
                frame.area,
                13.0,
                Ink::Text,
                true,
            );
        }
        frame.x_axis(&mut canvas, Some(&Rich::markup("$θ_1$")));
        frame.y_axis(&mut canvas, Some(&Rich::markup("$θ_2$")));
        let mut legend = Legend::default();
        legend.add(Key::Mark(Mark::Star, Ink::Text), "estimate");
        if self.covariance.is_some() {
            legend.add(
                Key::Line(Pen::new(Ink::Text, 1.6).dashed("6 3")),
                "95 % confidence ellipse",
            );
        }
        legend.add(
            Key::Line(Pen::new(Ink::Band, 1.0).faint(0.6)),
            "equal likelihood",
        );
        let page = Page {
            legend: &legend,
            below: frame.area.bottom() + Frame::foot(true) + 6.0,
            title: self.title.as_deref(),
            otherwise: "Log-likelihood",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}
