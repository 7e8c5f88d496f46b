//! Estimates with their intervals: the coordinates of an ideal point, or annotators on a line.

use crate::draw::Area;
use crate::draw::axes::{Frame, SMALL, Scale, TEXT};
use crate::draw::canvas::{Anchor, Canvas, Mark, Pen};
use crate::draw::legend::{Key, Legend};
use crate::draw::number::column;
use crate::draw::place::reserve_line;
use crate::draw::{Drawing, Ink, Rich, Style, count, number};
use crate::figure::common::{Page, title_of};
use crate::figure::{Figure, Kind};

/// The most estimates that get a row.
const MOST_ROWS: usize = 40;
/// 97.5 % of a Gaussian are below so many deviations.
pub(super) const QUANTILE: f64 = 1.96;

/// Numbers with their standard errors, one row each.
#[derive(Clone, Debug, PartialEq)]
pub struct EstimatesFigure {
    /// What it is about.
    pub title: Option<String>,
    /// What is estimated.
    pub axis: String,
    /// The rows, in the order in which they are drawn.
    pub rows: Vec<Estimate>,
    /// A number to compare with, and its name.
    pub reference: Option<(String, f64)>,
    /// How many rows are not shown.
    pub hidden: usize,
}

/// One estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Of what.
    pub name: String,
    /// The estimate.
    pub value: f64,
    /// Its standard error, where it has one.
    pub error: Option<f64>,
}

impl EstimatesFigure {
    /// The figure of estimates in their order; of very many, the ones farthest from the reference (from 0 where there is
    /// none) are kept. Values that are not finite are left out and counted as hidden. O(n log n).
    pub fn new(
        title: Option<&str>,
        axis: &str,
        rows: Vec<Estimate>,
        reference: Option<(&str, f64)>,
    ) -> Self {
        let all = rows.len();
        let center = reference.map_or(0.0, |(_, v)| v);
        let mut kept: Vec<(usize, Estimate)> = rows
            .into_iter()
            .enumerate()
            .filter(|(_, row)| row.value.is_finite())
            .collect();
        if kept.len() > MOST_ROWS {
            let far = |row: &Estimate| (row.value - center).abs();
            kept.sort_by(|(i, p), (j, q)| far(q).total_cmp(&far(p)).then(i.cmp(j)));
            kept.truncate(MOST_ROWS);
            kept.sort_by_key(|(at, _)| *at);
        }
        Self {
            title: title.map(str::to_owned),
            axis: axis.to_owned(),
            hidden: all - kept.len(),
            rows: kept.into_iter().map(|(_, row)| row).collect(),
            reference: reference.map(|(name, v)| (name.to_owned(), v)),
        }
    }

    /// Is there an interval?
    fn uncertain(&self) -> bool {
        self.rows.iter().any(|row| row.interval().is_some())
    }
}

impl Estimate {
    /// The 95 % interval.
    fn interval(&self) -> Option<[f64; 2]> {
        let half = QUANTILE * self.error.filter(|e| e.is_finite())?;
        Some([self.value - half, self.value + half])
    }
}

impl Figure for EstimatesFigure {
    fn kind(&self) -> Kind {
        Kind::Estimates
    }

    fn caption(&self) -> String {
        let intervals = if self.uncertain() {
            " with their 95 % intervals (1.96 standard errors)"
        } else {
            ""
        };
        let reference = self
            .reference
            .as_ref()
            .map_or_else(String::new, |(name, v)| {
                format!(" The dashed line is {name}, {}.", number(*v, 4))
            });
        let hidden = match self.hidden {
            0 => String::new(),
            more => format!(" {} more are not shown.", count(more)),
        };
        format!("Estimates (dots){intervals}.{reference}{hidden}")
    }

    fn draw(&self, style: &Style) -> Drawing {
        let width = style.page();
        let mut canvas = Canvas::new(style);
        let many = self.rows.len() > 12;
        let (step, size) = if many { (19.0, SMALL) } else { (27.0, TEXT) };
        let (mut left, mut right) = (30.0_f64, 16.0_f64);
        let mut names = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let name = canvas.shorten(&Rich::plain(&row.name), size, 0.36 * width);
            left = left.max(canvas.measure(&name, size) + 22.0);
            names.push(name);
        }
        let numbers: Vec<f64> = self.rows.iter().map(|row| row.value).collect();
        let values: Vec<Rich> = column(&numbers, 3).iter().map(|v| Rich::plain(v)).collect();
        for value in &values {
            right = right.max(canvas.measure(value, SMALL) + 24.0);
        }
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top);
        let area = Area {
            x: left,
            y: top,
            w: width - left - right,
            h: self.rows.len().max(1) as f64 * step + 8.0,
        };
        let ends = self
            .rows
            .iter()
            .flat_map(|row| row.interval().unwrap_or([row.value; 2]));
        let reference = self.reference.as_ref().map(|(_, v)| *v);
        let frame = Frame {
            area,
            x: Scale::around(ends.chain(reference), 0.05),
            y: Scale::linear(0.0, 1.0),
        };
        frame.grid(&mut canvas, false, true);
        let dashed = Pen::new(Ink::Text, 1.4).dashed("6 3");
        if let Some(v) = reference {
            let x = frame.x(v);
            canvas.line([x, area.y], [x, area.bottom()], dashed);
        }
        let whisker = Pen::new(Ink::Series(0), 2.0);
        for (at, (row, name)) in self.rows.iter().zip(&names).enumerate() {
            let y = area.y + 4.0 + (at as f64 + 0.5) * step;
            if let Some(interval) = row.interval() {
                let [a, b] = interval.map(|v| frame.x(v));
                canvas.line([a, y], [b, y], whisker);
                reserve_line(&mut canvas, [a, y], [b, y]);
                for x in [a, b] {
                    canvas.line([x, y - 4.0], [x, y + 4.0], whisker);
                }
            }
            let mut words = format!("{}: {}", row.name, number(row.value, 6));
            if let Some(error) = row.error {
                words.push_str(&format!(" ± {}", number(error, 3)));
            }
            let middle = [frame.x(row.value), y];
            canvas.told(&words, |c| c.mark(Mark::Dot, middle, 4.4, Ink::Series(0)));
            let place = [left - 10.0, y + 0.33 * size];
            canvas.text(name, place, Anchor::End, size, Ink::Text);
            let place = [width - 10.0, y + 0.33 * SMALL];
            canvas.text(&values[at], place, Anchor::End, SMALL, Ink::Text);
        }
        if self.hidden > 0 {
            canvas.note(format!(
                "{} are shown; {} more are not.",
                self.rows.len(),
                count(self.hidden)
            ));
        }
        frame.x_axis(&mut canvas, Some(&Rich::plain(&self.axis)));
        let mut legend = Legend::default();
        legend.add(Key::Mark(Mark::Dot, Ink::Series(0)), "estimate");
        if self.uncertain() {
            legend.add(Key::Line(whisker), "95 % interval");
        }
        if let Some((name, _)) = &self.reference {
            legend.add(Key::Line(dashed), Rich::plain(name));
        }
        let page = Page {
            legend: &legend,
            below: area.bottom() + Frame::foot(true) + 6.0,
            title: self.title.as_deref(),
            otherwise: "Estimates",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}
