//! A histogram: the exaggeration of up to millions of influencers.

use big_game::equilibrium::Assessment;

use super::bars::sentence;
use super::common::{Page, title_of, wide_frame};
use super::{Figure, Kind};
use crate::draw::Area;
use crate::draw::axes::{Frame, SMALL, Scale, range};
use crate::draw::canvas::{Anchor, Canvas, Fill, Pen};
use crate::draw::legend::Legend;
use crate::draw::{Drawing, Ink, Rich, Style, count, number, ticks};

/// How often values fall into intervals of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramFigure {
    /// What it is about.
    pub title: Option<String>,
    /// What was measured.
    pub axis: String,
    /// What is counted.
    pub counted: String,
    /// The first interval's lower end.
    pub start: f64,
    /// The intervals' length, a nice number.
    pub step: f64,
    /// How many values each interval holds; its upper end belongs to the next.
    pub counts: Vec<usize>,
    /// The median.
    pub median: f64,
    /// How many values there are.
    pub total: usize,
}

impl HistogramFigure {
    /// Counts the finite values. O(n).
    pub fn new(title: Option<&str>, axis: &str, counted: &str, values: &[f64]) -> Self {
        let mut finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let (lo, hi) = range(finite.iter().copied());
        let wanted = (2.0 * (finite.len() as f64).cbrt()).clamp(6.0, 48.0) as usize;
        let nice = ticks(lo, hi, wanted).at;
        let step = if nice.len() >= 2 {
            nice[1] - nice[0]
        } else {
            (hi - lo).max(1.0)
        };
        let start = (lo / step + 1e-9).floor() * step;
        let bins = (((hi - start) / step).floor() as usize + 1).min(4 * wanted + 4);
        let mut counts = vec![0; bins];
        for v in &finite {
            // Rounding must not put a value that stands on a limit into the interval before it.
            let at = ((v - start) / step + 1e-9).floor().max(0.0) as usize;
            counts[at.min(bins - 1)] += 1;
        }
        let middle = finite.len() / 2;
        let median = if finite.is_empty() {
            0.0
        } else {
            *finite.select_nth_unstable_by(middle, f64::total_cmp).1
        };
        Self {
            title: title.map(str::to_owned),
            axis: axis.to_owned(),
            counted: counted.to_owned(),
            start,
            step,
            counts,
            median,
            total: finite.len(),
        }
    }

    /// The exaggeration of all influencers.
    pub fn exaggeration(name: Option<&str>, assessment: &Assessment) -> Self {
        Self::new(
            name,
            "exaggeration: distance from target to action",
            "influencers",
            &assessment.exaggeration,
        )
    }

    /// One interval that dwarfs the others asks for a logarithmic axis.
    fn logarithmic(&self) -> bool {
        let mut filled: Vec<usize> = self.counts.iter().copied().filter(|&c| c > 0).collect();
        filled.sort_unstable();
        filled.len() > 2 && filled[filled.len() - 1] > 100 * filled[filled.len() / 2]
    }
}

impl Figure for HistogramFigure {
    fn kind(&self) -> Kind {
        Kind::Ranking
    }

    fn caption(&self) -> String {
        let scale = if self.logarithmic() {
            " The vertical axis is logarithmic."
        } else {
            ""
        };
        format!(
            "{}: how many of {} {} lie in each interval; the line marks the median, {}.{scale}",
            sentence(&self.axis),
            count(self.total),
            self.counted,
            number(self.median, 4)
        )
    }

    fn draw(&self, style: &Style) -> Drawing {
        let width = style.page();
        let mut canvas = Canvas::new(style);
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top) + 20.0;
        let most = self.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
        let y = if self.logarithmic() {
            Scale::logarithmic(0.6, 1.4 * most)
        } else {
            Scale::linear(0.0, 1.04 * most)
        };
        let height = (0.5 * width).min(360.0);
        let end = self.start + self.step * self.counts.len() as f64;
        let x = Scale::linear(self.start, end);
        let frame = wide_frame(&mut canvas, top, height, x, y);
        let area = frame.area;
        frame.grid(&mut canvas, true, false);
        for (at, &held) in self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, held)| **held > 0)
        {
            let a = frame.x(self.start + self.step * at as f64);
            let b = frame.x(self.start + self.step * (at + 1) as f64);
            let summit = frame.y(held as f64);
            let bar = Area {
                x: a + 0.5,
                y: summit,
                w: (b - a - 1.0).max(0.6),
                h: area.bottom() - summit,
            };
            canvas.reserve(bar);
            let [from, to] = [at, at + 1].map(|k| number(self.start + self.step * k as f64, 4));
            let words = format!("{} from {from} to {to}", count(held));
            canvas.told(&words, |c| {
                c.rect(bar, Some(Fill::new(Ink::Series(0))), None)
            });
        }
        let x = frame.x(self.median);
        canvas.line(
            [x, area.y - 4.0],
            [x, area.bottom()],
            Pen::new(Ink::Text, 1.6).dashed("5 3"),
        );
        let label = Rich::plain(&format!("median {}", number(self.median, 3)));
        let half = 0.5 * canvas.measure(&label, SMALL);
        let middle = x.clamp(area.x + half, area.right() - half);
        canvas.text(
            &label,
            [middle, area.y - 9.0],
            Anchor::Middle,
            SMALL,
            Ink::Text,
        );
        frame.x_axis(&mut canvas, Some(&Rich::markup(&self.axis)));
        frame.y_axis(&mut canvas, Some(&Rich::plain(&self.counted)));
        let page = Page {
            legend: &Legend::default(),
            below: frame.area.bottom() + Frame::foot(true) + 2.0,
            title: self.title.as_deref(),
            otherwise: &sentence(&self.axis),
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}
