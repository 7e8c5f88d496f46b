//! Named points in a plane of two measures: what rules cost, and what they leave to gain.

use super::bars::sentence;
use super::common::{Page, title_of, wide_frame};
use super::{Figure, Kind};
use crate::draw::axes::{Frame, SMALL, Scale};
use crate::draw::canvas::{Canvas, Mark, Pen, Point};
use crate::draw::legend::Legend;
use crate::draw::place::beside;
use crate::draw::{Area, Drawing, Ink, Rich, Style, number};

/// The radius of a point.
const MARK: f64 = 4.5;

/// Named points by two measures.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterFigure {
    /// What it is about.
    pub title: Option<String>,
    /// What is measured across.
    pub across: String,
    /// What is measured upwards.
    pub upwards: String,
    /// What is to be seen.
    pub caption: String,
    /// The points.
    pub points: Vec<NamedPoint>,
}

/// A named point; upwards it may be known between two values only.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPoint {
    /// What it is called.
    pub name: String,
    /// Across.
    pub x: f64,
    /// Upwards: what was found, and a bound.
    pub y: (f64, Option<f64>),
    /// Is it one of those that stand out?
    pub marked: bool,
}

impl Figure for ScatterFigure {
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
        top += title_of(&mut canvas, self.title.as_deref(), top) + 14.0;
        let x = Scale::around(self.points.iter().map(|p| p.x), 0.12);
        let y = Scale::around(self.points.iter().map(|p| p.y.0).chain([0.0]), 0.12);
        let height = (0.6 * width).min(420.0);
        let frame = wide_frame(&mut canvas, top, height, x, y);
        frame.grid(&mut canvas, true, true);
        let area = frame.area;
        for point in &self.points {
            let at = frame.at([point.x, point.y.0]);
            if let Some(bound) = point.y.1.filter(|b| *b > point.y.0) {
                let end = frame.y(bound).max(area.y);
                let pen = Pen::new(Ink::Text, 1.0).dashed("2 3").faint(0.5);
                canvas.line(at, [at[0], end], pen);
            }
            let ink = Ink::Series(u8::from(!point.marked));
            let [x, y] = [point.x, point.y.0].map(|v| number(v, 4));
            let words = format!("{}: {x} across, {y} upwards", point.name);
            canvas.told(&words, |c| c.mark(Mark::Dot, at, MARK, ink));
        }
        let places = self.points.iter().map(|p| frame.at([p.x, p.y.0]));
        let places: Vec<Point> = places.collect();
        for at in &places {
            canvas.reserve(Area {
                x: at[0] - MARK,
                y: at[1] - MARK,
                w: 2.0 * MARK,
                h: 2.0 * MARK,
            });
        }
        // Points at one place share a label.
        let near = |a: &Point, b: &Point| (a[0] - b[0]).hypot(a[1] - b[1]) < MARK;
        for (i, at) in places.iter().enumerate() {
            if places[..i].iter().any(|before| near(before, at)) {
                continue;
            }
            let those = places.iter().zip(&self.points).skip(i);
            let names: Vec<&str> = those
                .filter(|(place, _)| near(place, at))
                .map(|(_, point)| point.name.as_str())
                .collect();
            let label = canvas.shorten(&Rich::plain(&names.join(", ")), SMALL, 0.6 * area.w);
            beside(
                &mut canvas,
                &label,
                *at,
                MARK + 3.0,
                area,
                SMALL,
                Ink::Text,
                true,
            );
        }
        frame.x_axis(&mut canvas, Some(&Rich::plain(&self.across)));
        frame.y_axis(&mut canvas, Some(&Rich::plain(&self.upwards)));
        let page = Page {
            legend: &Legend::default(),
            below: area.bottom() + Frame::foot(true) + 2.0,
            title: self.title.as_deref(),
            otherwise: &sentence(&self.upwards),
            caption: &self.caption,
        };
        page.finish(canvas)
    }
}
