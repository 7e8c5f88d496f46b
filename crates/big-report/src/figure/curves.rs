//! Curves over one number: what a penalty does, what a declared target does, how learning comes near.

use super::bars::sentence;
use super::common::{Page, title_of, wide_frame};
use super::{Figure, Kind};
use crate::draw::axes::{Frame, Scale, range};
use crate::draw::canvas::{Canvas, Pen, Point};
use crate::draw::legend::{Key, Legend};
use crate::draw::{Drawing, Ink, Rich, Style};

/// Named curves over one number.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvesFigure {
    /// What it is about.
    pub title: Option<String>,
    /// What runs across, and is it told by its powers of ten?
    pub across: (String, bool),
    /// What is measured upwards, and is it told by its powers of ten?
    pub upwards: (String, bool),
    /// What is to be seen.
    pub caption: String,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What it is called.
    pub name: String,
    /// Its points from left to right; where an axis is told by powers of ten, those above 0 are drawn.
    pub points: Vec<[f64; 2]>,
    /// Is it there to compare with: a bound, or where nothing would change?
    pub dashed: bool,
}

impl CurvesFigure {
    fn scale(&self, axis: usize) -> Scale {
        let logarithmic = [self.across.1, self.upwards.1][axis];
        let points = self.curves.iter().flat_map(|c| &c.points);
        let values = points.map(|p| p[axis]).filter(|v| !logarithmic || *v > 0.0);
        if logarithmic {
            let (low, high) = range(values);
            return match low > 0.0 && high.is_finite() {
                true => Scale::logarithmic(low, high.max(10.0 * low)),
                // Nothing is above 0.
                false => Scale::logarithmic(0.1, 1.0),
            };
        }
        Scale::around(values, if axis == 0 { 0.0 } else { 0.07 })
    }
}

impl Figure for CurvesFigure {
    fn kind(&self) -> Kind {
        Kind::Ranking
    }

    fn caption(&self) -> String {
        self.caption.clone()
    }

    fn draw(&self, style: &Style) -> Drawing {
        let width = style.page();
        let mut canvas = Canvas::new(style);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top) + 6.0;
        let height = (0.55 * width).min(420.0);
        let frame = wide_frame(&mut canvas, top, height, self.scale(0), self.scale(1));
        frame.grid(&mut canvas, true, true);
        let mut legend = Legend::default();
        let drawn =
            |p: &[f64; 2]| (!self.across.1 || p[0] > 0.0) && (!self.upwards.1 || p[1] > 0.0);
        for (at, curve) in self.curves.iter().enumerate() {
            let pen = match curve.dashed {
                true => Pen::new(Ink::Muted, 1.6).dashed("6 3"),
                // There are fewer curves than colours come round.
                false => Pen::new(Ink::Series(at as u8), 2.0),
            };
            let points = curve.points.iter().filter(|p| drawn(p));
            let points: Vec<Point> = points.map(|p| frame.at(*p)).collect();
            canvas.told(&curve.name, |c| c.polyline(&points, pen));
            legend.add(Key::Line(pen), Rich::plain(&curve.name));
        }
        frame.x_axis(&mut canvas, Some(&Rich::plain(&self.across.0)));
        frame.y_axis(&mut canvas, Some(&Rich::plain(&self.upwards.0)));
        let page = Page {
            legend: &legend,
            below: frame.area.bottom() + Frame::foot(true) + 6.0,
            title: self.title.as_deref(),
            otherwise: &sentence(&self.upwards.0),
            caption: &self.caption,
        };
        page.finish(canvas)
    }
}
