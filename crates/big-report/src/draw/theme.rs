//! Colours: the Okabe–Ito palette, which readers with any colour vision can tell apart, on light and dark paper.

/// On which paper a figure is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on white.
    #[default]
    Light,
    /// Light ink on near-black.
    Dark,
    /// Light paper, or dark where the reader prefers it: a picture, which cannot ask, is light.
    Auto,
    /// Colours are CSS variables that the page around the figure sets, and there is no background: for figures
    /// inline in HTML ([`css_variables`]).
    Page,
}

/// A colour by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ink {
    /// The background.
    Paper,
    /// Text, axes, the receiver.
    Text,
    /// Secondary text.
    Muted,
    /// Grid lines.
    Grid,
    /// The set of actions.
    Set,
    /// The sequential colour of bands; stronger by opacity.
    Band,
    /// One of [`SERIES`] colours, taken modulo their number.
    Series(u8),
}

/// The number of colours for series.
pub const SERIES: usize = 6;

/// Okabe and Ito's colours, in the order in which they stand out on white.
const LIGHT: [&str; SERIES] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
];
/// The same palette, ordered for dark paper.
const DARK: [&str; SERIES] = [
    "#56b4e9", "#e69f00", "#00b884", "#cc79a7", "#f0e442", "#e8743b",
];

impl Theme {
    /// The background of a page of this size; nothing on a page of HTML.
    pub(crate) fn background(self, width: &str, height: &str) -> String {
        match self {
            Self::Page => String::new(),
            theme => format!(
                r#"<rect width="{width}" height="{height}" fill="{}"/>"#,
                theme.paint(Ink::Paper)
            ),
        }
    }

    /// The class of a document's root: `class="…"`, where its colours depend on the reader.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Auto => r#" class="big-auto""#,
            _ => "",
        }
    }

    /// The style sheet of a document: every light colour becomes the dark one of its kind.
    pub(crate) fn style(self) -> String {
        if self != Self::Auto {
            return String::new();
        }
        let rules: String = inks()
            .map(|ink| {
                let (from, to) = (light(ink), dark(ink));
                format!(
                    r#".big-auto [fill="{from}"]{{fill:{to}}}.big-auto [stroke="{from}"]{{stroke:{to}}}"#
                )
            })
            .collect();
        format!("<style>@media (prefers-color-scheme:dark){{{rules}}}</style>")
    }

    /// The value of a `fill` or `stroke` attribute.
    pub(crate) fn paint(self, ink: Ink) -> String {
        match self {
            // What is light for a program that knows no style sheets becomes dark by one.
            Self::Light | Self::Auto => light(ink).to_owned(),
            Self::Dark => dark(ink).to_owned(),
            Self::Page => format!("var(--{},{})", variable(ink), light(ink)),
        }
    }
}

fn light(ink: Ink) -> &'static str {
    match ink {
        Ink::Paper => "#ffffff",
        Ink::Text => "#1a1a1a",
        Ink::Muted => "#5f6368",
        Ink::Grid => "#dfe1e5",
        Ink::Set => "#eef1f5",
        Ink::Band => "#0072b2",
        Ink::Series(k) => LIGHT[k as usize % SERIES],
    }
}

fn dark(ink: Ink) -> &'static str {
    match ink {
        Ink::Paper => "#15181c",
        Ink::Text => "#eceff3",
        Ink::Muted => "#a4abb5",
        Ink::Grid => "#343a42",
        Ink::Set => "#232930",
        Ink::Band => "#56b4e9",
        Ink::Series(k) => DARK[k as usize % SERIES],
    }
}

fn variable(ink: Ink) -> String {
    match ink {
        Ink::Paper => "paper".into(),
        Ink::Text => "ink".into(),
        Ink::Muted => "muted".into(),
        Ink::Grid => "grid".into(),
        Ink::Set => "set".into(),
        Ink::Band => "band".into(),
        Ink::Series(k) => format!("s{}", k as usize % SERIES),
    }
}

/// All there are.
fn inks() -> impl Iterator<Item = Ink> {
    let roles = [
        Ink::Paper,
        Ink::Text,
        Ink::Muted,
        Ink::Grid,
        Ink::Set,
        Ink::Band,
    ];
    roles.into_iter().chain((0..SERIES as u8).map(Ink::Series))
}

/// The CSS declarations of a [`Theme::Page`] figure's colours: `--ink:#1a1a1a;…`, light or dark.
pub fn css_variables(dark_paper: bool) -> String {
    inks()
        .map(|ink| {
            let colour = if dark_paper { dark(ink) } else { light(ink) };
            format!("--{}:{colour};", variable(ink))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [`Theme::Auto`] tells inks apart by their light colours.
    #[test]
    fn one_light_colour_has_one_dark_one() {
        for a in inks() {
            for b in inks() {
                assert!(light(a) != light(b) || dark(a) == dark(b), "{a:?} {b:?}");
            }
        }
    }
}
