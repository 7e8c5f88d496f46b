//! Bars: the influencers that exaggerate most, the annotators that could move most.

use big_game::Game;
use big_game::equilibrium::{Assessment, Equilibrium};

use super::common::{Page, most_exaggerated, remark, title_of};
use super::{Figure, Kind};
use crate::draw::Area;
use crate::draw::axes::{Frame, SMALL, Scale, TEXT};
use crate::draw::canvas::{Anchor, Canvas, Fill, Pen};
use crate::draw::legend::{Key, Legend};
use crate::draw::number::column;
use crate::draw::{Drawing, Ink, Rich, Style, count, number};

/// The most bars.
pub const MOST_BARS: usize = 30;

/// A ranking, the largest value first.
#[derive(Clone, Debug, PartialEq)]
pub struct BarsFigure {
    /// What it is about.
    pub title: Option<String>,
    /// What the bars measure.
    pub axis: String,
    /// The kinds of bars: the legend, where there are several.
    pub kinds: Vec<String>,
    /// The bars, longest first.
    pub rows: Vec<Bar>,
    /// How many are not shown.
    pub hidden: usize,
}

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Whose it is.
    pub name: String,
    /// Its length, at least 0.
    pub value: f64,
    /// An interval of uncertainty, drawn as whiskers.
    pub interval: Option<[f64; 2]>,
    /// Index into [`BarsFigure::kinds`].
    pub kind: usize,
}

impl BarsFigure {
    /// A ranking of anything (for instance, of an audit: how far each annotator could move the estimate). Sorted
    /// here, longest first, equals in the order given; the first [`MOST_BARS`] are kept. Values that are not finite
    /// are left out and counted as hidden.
    pub fn ranking(title: Option<&str>, axis: &str, kinds: &[&str], mut rows: Vec<Bar>) -> Self {
        let all = rows.len();
        rows.retain(|row| row.value.is_finite());
        rows.sort_by(|a, b| b.value.total_cmp(&a.value));
        rows.truncate(MOST_BARS);
        Self {
            title: title.map(str::to_owned),
            axis: axis.to_owned(),
            kinds: kinds.iter().map(|&k| k.to_owned()).collect(),
            hidden: all - rows.len(),
            rows,
        }
    }

    /// How far each influencer's action is from its target, the largest first.
    pub fn exaggeration(
        game: &Game,
        name: Option<&str>,
        equilibrium: &Equilibrium,
        assessment: &Assessment,
    ) -> Self {
        let shown = most_exaggerated(assessment, MOST_BARS);
        let rows = shown.iter().map(|&i| Bar {
            name: game.name(i).into_owned(),
            value: assessment.exaggeration[i],
            interval: None,
            kind: if equilibrium.winners.binary_search(&i).is_ok() {
                2
            } else {
                usize::from(!assessment.extreme[i])
            },
        });
        let kinds = [
            "at the boundary of its actions",
            "not at the boundary",
            "winner",
        ];
        let mut figure = Self::ranking(
            name,
            "exaggeration: distance from target to action",
            &kinds,
            rows.collect(),
        );
        figure.hidden = game.influencers() - figure.rows.len();
        figure
    }
}

impl BarsFigure {
    /// What is not drawn.
    fn left_out(&self) -> Option<String> {
        (self.hidden > 0).then(|| {
            format!(
                "The largest {} are shown; {} more are not.",
                self.rows.len(),
                count(self.hidden)
            )
        })
    }
}

const INKS: [Ink; 4] = [
    Ink::Series(0),
    Ink::Series(4),
    Ink::Series(1),
    Ink::Series(2),
];

impl Figure for BarsFigure {
    fn kind(&self) -> Kind {
        Kind::Ranking
    }

    fn caption(&self) -> String {
        let rest = remark(self.left_out().as_deref());
        format!("{}, the largest first.{rest}", sentence(&self.axis))
    }

    fn draw(&self, style: &Style) -> Drawing {
        let width = style.page();
        let mut canvas = Canvas::new(style);
        let step = if self.rows.len() > 12 { 21.0 } else { 27.0 };
        let size = if self.rows.len() > 12 { SMALL } else { TEXT };
        let mut left: f64 = 30.0;
        let mut right: f64 = 16.0;
        let numbers: Vec<f64> = self.rows.iter().map(|row| row.value).collect();
        let values: Vec<Rich> = column(&numbers, 3).iter().map(|v| Rich::plain(v)).collect();
        for value in &values {
            right = right.max(canvas.measure(value, SMALL) + 18.0);
        }
        let mut names = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let name = canvas.shorten(&Rich::plain(&row.name), size, 0.36 * width);
            left = left.max(canvas.measure(&name, size) + 20.0);
            names.push(name);
        }
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top);
        let area = Area {
            x: left,
            y: top,
            w: width - left - right,
            h: self.rows.len().max(1) as f64 * step + 4.0,
        };
        let reach = |row: &Bar| {
            row.interval
                .map_or(row.value, |[_, high]| high.max(row.value))
        };
        let longest = self
            .rows
            .iter()
            .map(reach)
            .filter(|v| v.is_finite())
            .fold(0.0, f64::max);
        let frame = Frame {
            area,
            x: Scale::linear(0.0, if longest > 0.0 { 1.02 * longest } else { 1.0 }),
            y: Scale::linear(0.0, 1.0),
        };
        frame.grid(&mut canvas, false, true);
        for (at, (row, name)) in self.rows.iter().zip(&names).enumerate() {
            let y = area.y + 2.0 + (at as f64 + 0.5) * step;
            let bar = Area {
                x: area.x,
                y: y - 0.34 * step,
                w: frame.x(row.value) - area.x,
                h: 0.68 * step,
            };
            canvas.reserve(bar);
            let mut words = format!("{}: {}", row.name, number(row.value, 6));
            if self.kinds.len() > 1
                && let Some(kind) = self.kinds.get(row.kind)
            {
                words.push_str(&format!(", {kind}"));
            }
            let fill = Fill::new(INKS[row.kind % INKS.len()]);
            canvas.told(&words, |c| c.rect(bar, Some(fill), None));
            let mut end = frame.x(row.value);
            if let Some([low, high]) = row.interval {
                let (a, b) = (frame.x(low.max(0.0)), frame.x(high));
                let pen = Pen::new(Ink::Text, 1.3);
                canvas.line([a, y], [b, y], pen);
                for x in [a, b] {
                    canvas.line([x, y - 4.0], [x, y + 4.0], pen);
                }
                end = end.max(b);
            }
            canvas.text(
                name,
                [left - 9.0, y + 0.33 * size],
                Anchor::End,
                size,
                Ink::Text,
            );
            canvas.text(
                &values[at],
                [end + 6.0, y + 0.33 * SMALL],
                Anchor::Start,
                SMALL,
                Ink::Text,
            );
        }
        canvas.notes.extend(self.left_out());
        frame.x_axis(&mut canvas, None);
        // Under the whole page, where a long name has room.
        let axis = canvas.shorten(&Rich::markup(&self.axis), TEXT, width - 20.0);
        let half = 0.5 * canvas.measure(&axis, TEXT);
        let middle = (area.x + 0.5 * area.w).clamp(half + 8.0, width - half - 8.0);
        canvas.text(
            &axis,
            [middle, area.bottom() + 8.0 + SMALL + TEXT],
            Anchor::Middle,
            TEXT,
            Ink::Text,
        );
        let mut legend = Legend::default();
        for (kind, name) in self.kinds.iter().enumerate() {
            if self.kinds.len() > 1 && self.rows.iter().any(|row| row.kind == kind) {
                legend.add(
                    Key::Band(Fill::new(INKS[kind % INKS.len()])),
                    Rich::plain(name),
                );
            }
        }
        let page = Page {
            legend: &legend,
            below: area.bottom() + Frame::foot(true) + 6.0,
            title: self.title.as_deref(),
            otherwise: &sentence(&self.axis),
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}

/// The text with a capital at its start and without its dollar signs.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.replace('$', "");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
