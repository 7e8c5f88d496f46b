//! A game on a line: who wants what, who plays what, where the receiver lands (arXiv:2502.01127, Figures 1 and 2).

use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::equilibrium::{Assessment, Equilibrium};

use super::common::{
    Page, beyond, draw_target, most_exaggerated, remark, scalar, shown_range, title_of,
};
use super::{Figure, Kind};
use crate::draw::Area;
use crate::draw::axes::{Frame, SMALL, Scale, TEXT};
use crate::draw::canvas::{Anchor, Canvas, Fill, Mark, Pen};
use crate::draw::legend::{Key, Legend};
use crate::draw::number::digits_within;
use crate::draw::{Drawing, Ink, Rich, Style, count, number};

/// The most influencers that get a row; of more, those that exaggerate most are shown.
pub const MOST_ROWS: usize = 30;

/// A game with one-dimensional actions and receiver, one row an influencer.
#[derive(Clone, Debug, PartialEq)]
pub struct LineFigure {
    /// The game's name.
    pub title: Option<String>,
    /// `r*`.
    pub receiver: f64,
    /// Where the receiver lands when everybody is truthful.
    pub truthful_receiver: f64,
    /// `b`.
    pub background: f64,
    /// The influencers, in the order of the game.
    pub rows: Vec<LineRow>,
    /// How many influencers are not shown.
    pub hidden: usize,
}

/// One influencer of a [`LineFigure`].
#[derive(Clone, Debug, PartialEq)]
pub struct LineRow {
    /// Its name.
    pub name: String,
    /// `w_i`.
    pub weight: f64,
    /// `t_i`.
    pub target: f64,
    /// `proj_X(t_i)`.
    pub truthful: f64,
    /// `x_i`.
    pub action: f64,
    /// The least and the greatest action over the whole set of equilibria.
    pub range: [f64; 2],
    /// `X_i`, or its hull.
    pub bounds: [f64; 2],
    /// Of a finite game, the actions of `X_i` where they are few enough to be drawn.
    pub possible: Vec<f64>,
    /// Is `t_i = r*`?
    pub winner: bool,
}

impl LineFigure {
    /// The figure of a solved game; `None` unless the receiver and all actions are numbers. O(n).
    pub fn new(
        game: &Game,
        name: Option<&str>,
        equilibrium: &Equilibrium,
        assessment: &Assessment,
    ) -> Option<Self> {
        if game.dim() != 1 || game.spaces().iter().any(|s| s.dim() != 1) {
            return None;
        }
        let n = game.influencers();
        let shown = most_exaggerated(assessment, MOST_ROWS);
        let rows = shown.iter().map(|&i| {
            let (lower, upper) = equilibrium.action_range(i);
            let (least, greatest) = game.space(i).bounding_box();
            LineRow {
                name: game.name(i).into_owned(),
                weight: scalar(game.weight(i)),
                target: game.own_target(i)[0],
                truthful: assessment.truthful.action(i)[0],
                action: equilibrium.actions.action(i)[0],
                range: [lower[0], upper[0]],
                bounds: [least[0], greatest[0]],
                possible: Vec::new(),
                winner: equilibrium.winners.binary_search(&i).is_ok(),
            }
        });
        Some(Self {
            title: name.map(str::to_owned),
            receiver: equilibrium.receiver[0],
            truthful_receiver: big_game::potential::receiver(game, &assessment.truthful)[0],
            background: game.bias()[0],
            rows: rows.collect(),
            hidden: n - shown.len(),
        })
    }

    /// The ends of the line that is drawn.
    fn ends(&self) -> (f64, f64) {
        let people = self.rows.iter().flat_map(|row| {
            let [a, b] = row.bounds;
            [row.truthful, row.action, a, b]
        });
        let must = people.chain([self.receiver, self.truthful_receiver]);
        // No background is one of 0, which may be far from everything.
        let background = Some(self.background).filter(|b| *b != 0.0);
        let others = self.rows.iter().map(|row| row.target).chain(background);
        shown_range(must, others)
    }

    /// A number of the line in so many digits of what the line spans.
    fn told(&self, v: f64, digits: usize) -> String {
        let (lo, hi) = self.ends();
        number(v, digits_within(v, hi - lo, digits))
    }

    /// Weights are written where they say something: where they differ, and where one is negative.
    fn weights_tell(&self) -> bool {
        self.rows
            .iter()
            .any(|row| row.weight != self.rows[0].weight || row.weight < 0.0)
    }

    /// Are there targets beyond the line that is drawn?
    fn far(&self) -> bool {
        let (lo, hi) = self.ends();
        let mut targets = self.rows.iter().map(|row| row.target);
        targets.any(|target| target < lo || target > hi)
    }

    /// Who is not drawn.
    fn left_out(&self) -> Option<String> {
        (self.hidden > 0).then(|| {
            format!(
                "The {} that exaggerate most are shown, {} more are not.",
                self.rows.len(),
                count(self.hidden)
            )
        })
    }
}

const TARGET: Ink = Ink::Series(1);
const ACTION: Ink = Ink::Series(0);
const FREE: Ink = Ink::Series(2);

impl Figure for LineFigure {
    fn kind(&self) -> Kind {
        Kind::Game
    }

    fn caption(&self) -> String {
        let who = remark(self.left_out().as_deref());
        let far = if self.far() {
            " Arrows at the edge point to targets beyond it."
        } else {
            ""
        };
        format!(
            "What each influencer wants (diamond), what it would say truthfully, and what it plays at equilibrium (dot, at \
             the head of the arrow), within the bounds of its actions (bar). The receiver lands at {}.{far}{who}",
            self.told(self.receiver, 4)
        )
    }

    fn draw(&self, style: &Style) -> Drawing {
        let width = style.page();
        let mut canvas = Canvas::new(style);
        let weights = self.weights_tell();
        let step = if weights { 38.0 } else { 32.0 };
        let names: Vec<Rich> = self
            .rows
            .iter()
            .map(|row| {
                let name = if row.winner {
                    Rich::bold(&row.name)
                } else {
                    Rich::plain(&row.name)
                };
                canvas.shorten(&name, TEXT, 0.3 * width)
            })
            .collect();
        let mut left: f64 = 40.0;
        for name in &names {
            left = left.max(canvas.measure(name, TEXT) + 22.0);
        }
        let actions: Vec<Rich> = self
            .rows
            .iter()
            .map(|row| {
                let wide = row.range[1] > row.range[0];
                let text = if wide {
                    format!(
                        "{} to {}",
                        self.told(row.range[0], 3),
                        self.told(row.range[1], 3)
                    )
                } else {
                    self.told(row.action, 4)
                };
                Rich::plain(&text)
            })
            .collect();
        let mut right: f64 = canvas.measure(&Rich::plain("plays"), SMALL) + 26.0;
        for action in &actions {
            right = right.max(canvas.measure(action, SMALL) + 26.0);
        }
        let mut top = 10.0;
        top += title_of(&mut canvas, self.title.as_deref(), top);
        // The receiver's name stands above the rows.
        top += 22.0;
        let area = Area {
            x: left,
            y: top,
            w: width - left - right,
            h: self.rows.len().max(1) as f64 * step + 6.0,
        };
        let (lo, hi) = self.ends();
        let frame = Frame {
            area,
            x: Scale::around([lo, hi], 0.04),
            y: Scale::linear(0.0, 1.0),
        };
        frame.grid(&mut canvas, false, true);
        let truthful = Pen::new(Ink::Muted, 1.4).dashed("2 3");
        let x = frame.x(self.truthful_receiver);
        let shifted = self.truthful_receiver != self.receiver;
        if shifted {
            canvas.line([x, area.y], [x, area.bottom()], truthful);
        }
        let x = frame.x(self.receiver);
        canvas.line(
            [x, area.y - 4.0],
            [x, area.bottom()],
            Pen::new(Ink::Text, 2.0),
        );
        let label =
            Rich::markup("$r^*$").then(Rich::plain(&format!(" = {}", self.told(self.receiver, 4))));
        let half = 0.5 * canvas.measure(&label, TEXT);
        let middle = x.clamp(half + 4.0, width - half - 4.0);
        canvas.text(
            &label,
            [middle, area.y - 9.0],
            Anchor::Middle,
            TEXT,
            Ink::Text,
        );
        let end = [width - 10.0, area.y - 9.0];
        let header = canvas.extent(&Rich::plain("plays"), end, Anchor::End, SMALL);
        if middle + half + 6.0 < header.x {
            canvas.text(&Rich::plain("plays"), end, Anchor::End, SMALL, Ink::Muted);
        }
        for (at, row) in self.rows.iter().enumerate() {
            let y = area.y + 3.0 + (at as f64 + 0.5) * step;
            let words = format!(
                "{}: wants {}, would say {} truthfully, plays {}",
                row.name,
                self.told(row.target, 4),
                self.told(row.truthful, 4),
                actions[at].text()
            );
            canvas.told(&words, |canvas| self.row(canvas, &frame, row, y));
            let raised = if weights { 4.0 } else { -0.32 * TEXT };
            canvas.text(
                &names[at],
                [left - 14.0, y - raised],
                Anchor::End,
                TEXT,
                Ink::Text,
            );
            if weights {
                let label = Rich::markup("$w$ = ").then(Rich::plain(&number(row.weight, 3)));
                canvas.text(
                    &label,
                    [left - 14.0, y + 11.0],
                    Anchor::End,
                    SMALL - 1.0,
                    Ink::Muted,
                );
            }
            canvas.text(
                &actions[at],
                [width - 10.0, y + 0.33 * SMALL],
                Anchor::End,
                SMALL,
                Ink::Text,
            );
        }
        frame.x_axis(&mut canvas, None);
        let y = area.bottom();
        if self.background != 0.0 {
            let x = frame.x(self.background);
            if (area.x..=area.right()).contains(&x) {
                canvas.swatch(Mark::Cross, [x, y], 4.5, Ink::Text);
            } else {
                canvas.note(format!(
                    "The background, {}, is beyond the axis.",
                    number(self.background, 4)
                ));
            }
        }
        canvas.notes.extend(self.left_out());
        let page = Page {
            legend: &self.legend(shifted),
            below: y + Frame::foot(false) + 8.0,
            title: self.title.as_deref(),
            otherwise: "A game on a line",
            caption: &self.caption(),
        };
        page.finish(canvas)
    }
}

impl LineFigure {
    fn row(&self, canvas: &mut Canvas, frame: &Frame, row: &LineRow, y: f64) {
        let [a, b] = row.bounds.map(|v| frame.x(v));
        let bar = Area {
            x: a,
            y: y - 6.0,
            w: b - a,
            h: 12.0,
        };
        canvas.rect(bar, Some(Fill::new(Ink::Muted).faint(0.16)), None);
        for x in [a, b] {
            canvas.line([x, y - 6.0], [x, y + 6.0], Pen::new(Ink::Muted, 1.4));
        }
        for &v in &row.possible {
            let x = frame.x(v);
            canvas.line([x, y - 6.0], [x, y + 6.0], Pen::new(Ink::Muted, 0.9));
        }
        if row.range[1] > row.range[0] {
            let ends = row.range.map(|v| frame.x(v));
            canvas.line([ends[0], y], [ends[1], y], Pen::new(FREE, 7.0).faint(0.75));
        }
        let (target, truthful, action) = (
            frame.x(row.target),
            frame.x(row.truthful),
            frame.x(row.action),
        );
        if target != truthful {
            let end = target.clamp(frame.area.x + 4.0, frame.area.right() - 4.0);
            canvas.line([end, y], [truthful, y], Pen::new(TARGET, 1.2).dashed("2 3"));
        }
        // The arrow ends at the rim of the dot.
        let gap = if action > truthful { -4.5 } else { 4.5 };
        if (action - truthful).abs() > 7.0 {
            canvas.arrow([truthful, y], [action + gap, y], Pen::new(ACTION, 2.0));
        }
        if target != truthful {
            // Around the dot where they are at one place.
            let size = if (action - truthful).abs() < 3.0 {
                8.0
            } else {
                4.6
            };
            canvas.mark(Mark::Ring, [truthful, y], size, TARGET);
        }
        let level = Frame {
            area: Area {
                y: y - 10.0,
                h: 20.0,
                ..frame.area
            },
            ..*frame
        };
        draw_target(canvas, &level, [row.target, 0.5], 5.3, TARGET);
        canvas.mark(Mark::Dot, [action, y], 4.8, ACTION);
    }

    fn legend(&self, shifted: bool) -> Legend {
        let mut legend = Legend::default();
        legend.add(Key::Mark(Mark::Diamond, TARGET), "target");
        if self.rows.iter().any(|row| row.target != row.truthful) {
            legend.add(Key::Mark(Mark::Ring, TARGET), "truthful");
        }
        if self.far() {
            legend.add(beyond(TARGET), "target beyond the axis");
        }
        legend.add(Key::Mark(Mark::Dot, ACTION), "played");
        if self.rows.iter().any(|row| row.range[1] > row.range[0]) {
            legend.add(Key::Line(Pen::new(FREE, 7.0).faint(0.75)), "all equilibria");
        }
        legend.add(
            Key::Band(Fill::new(Ink::Muted).faint(0.16)),
            if self.rows.iter().any(|row| !row.possible.is_empty()) {
                "possible actions (ticks)"
            } else {
                "possible actions"
            },
        );
        legend.add(Key::Line(Pen::new(Ink::Text, 2.0)), "receiver");
        if shifted {
            let pen = Pen::new(Ink::Muted, 1.4).dashed("2 3");
            legend.add(Key::Line(pen), "receiver if all were truthful");
        }
        if self.background != 0.0 {
            legend.add(Key::Mark(Mark::Cross, Ink::Text), "background");
        }
        legend
    }
}
