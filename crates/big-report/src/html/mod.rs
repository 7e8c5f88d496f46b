//! Self-contained HTML reports: one file with figures, sortable tables and no outside world.
//!
//! Everything that is given as text is escaped. The page follows the reader's light or dark preference unless it is
//! made for one of them, prints on white paper, and works without scripts (only sorting, filtering and saving a table
//! are lost).

mod table;

use std::fmt::Write;

pub use table::{Cell, Table};

use crate::draw::font::escape;
use crate::draw::{Style, Theme, css_variables};
use crate::figure::Figure;

/// A report.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The title.
    pub title: String,
    /// What the reader should know who reads one sentence only.
    pub lead: String,
    /// The sections, in order.
    pub sections: Vec<Section>,
    /// The command that made it.
    pub command: Option<String>,
    /// The version of the program that made it.
    pub version: String,
}

/// A section of a [`Report`]: paragraphs, then figures, then tables.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// Paragraphs of plain text.
    pub paragraphs: Vec<String>,
    /// Figures.
    pub figures: Vec<ReportFigure>,
    /// Tables.
    pub tables: Vec<Table>,
}

/// One or more drawings side by side (one under the other on a phone) with a common caption.
#[derive(Clone, Debug)]
pub struct ReportFigure {
    /// SVG documents of this crate, drawn with [`Theme::Page`]. They are put into the page as they are.
    svgs: Vec<String>,
    /// What they show.
    caption: String,
    /// Files that hold it, beside the page.
    files: Vec<String>,
}

impl ReportFigure {
    /// A figure with its own caption; its panels stand side by side where there is room, one under the other on a
    /// phone.
    pub fn new(figure: &dyn Figure) -> Self {
        let mut panels = figure.panels();
        if panels.is_empty() {
            panels.push(figure);
        }
        let style = Style {
            theme: Theme::Page,
            // Drawn for a phone; on wider screens figure and text grow together.
            width: 440.0,
            ..Style::default()
        };
        Self {
            svgs: panels.iter().map(|f| f.draw(&style).svg).collect(),
            caption: figure.caption(),
            files: Vec::new(),
        }
    }

    /// The figure with links to files that hold it; they are named as they are found from the page.
    #[must_use]
    pub fn in_files(mut self, files: Vec<String>) -> Self {
        self.files = files;
        self
    }
}

/// Pages with as many parts have a list of contents.
const CONTENTS: usize = 3;

impl Report {
    /// The page, on paper of this theme (of [`Theme::Auto`], as the reader prefers). The same report gives the same
    /// bytes.
    pub fn render(&self, theme: Theme) -> String {
        let mut page = String::new();
        let title = escape(&self.title);
        let scheme = match theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
            Theme::Auto | Theme::Page => "light dark",
        };
        // Writing to a string cannot fail, here and below.
        let _ = write!(
            page,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"{scheme}\">\n\
             <meta name=\"generator\" content=\"big {version}\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'unsafe-inline'; img-src data:\">\n\
             <link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n<style>{css}</style>\n</head>\n<body>\n\
             <main>\n<header>\n<h1>{title}</h1>\n",
            version = escape(&self.version),
            css = css(theme),
        );
        if !self.lead.is_empty() {
            let _ = writeln!(page, "<p class=\"lead\">{}</p>", escape(&self.lead));
        }
        page.push_str("</header>\n");
        self.contents(&mut page);
        let mut tables = 0;
        for (at, section) in self.sections.iter().enumerate() {
            section.render(&mut page, at, &mut tables);
        }
        page.push_str("</main>\n<footer>");
        if let Some(command) = &self.command {
            let _ = write!(page, "<p>Made by <code>{}</code></p>", escape(command));
        }
        let _ = write!(
            page,
            "<p>big {}, exact equilibria of the Battling Influencers Game (arXiv:2502.01127)</p></footer>\n\
             <script>\n{SCRIPT}</script>\n</body>\n</html>\n",
            escape(&self.version)
        );
        page
    }

    /// The list of contents: sections, and what tables there are where a section has several.
    fn contents(&self, page: &mut String) {
        let mut entries: Vec<(String, &str)> = Vec::new();
        let mut tables = 0;
        for (at, section) in self.sections.iter().enumerate() {
            entries.push((format!("s{at}"), &section.heading));
            for table in &section.tables {
                if section.tables.len() > 1 && !table.caption.is_empty() {
                    entries.push((format!("t{tables}"), &table.caption));
                }
                tables += 1;
            }
        }
        if entries.len() < CONTENTS {
            return;
        }
        page.push_str("<nav aria-label=\"Contents\"><ol>\n");
        for (id, name) in entries {
            let _ = writeln!(page, "<li><a href=\"#{id}\">{}</a></li>", escape(name));
        }
        page.push_str("</ol></nav>\n");
    }
}

impl Section {
    fn render(&self, page: &mut String, at: usize, tables: &mut usize) {
        let heading = escape(&self.heading);
        let _ = writeln!(page, "<section id=\"s{at}\">\n<h2>{heading}</h2>");
        for paragraph in &self.paragraphs {
            let _ = writeln!(page, "<p>{}</p>", escape(paragraph));
        }
        for figure in &self.figures {
            figure.render(page);
        }
        for table in &self.tables {
            table.render(page, *tables);
            *tables += 1;
        }
        page.push_str("</section>\n");
    }
}

impl ReportFigure {
    fn render(&self, page: &mut String) {
        let class = if self.svgs.len() > 1 {
            " class=\"several\""
        } else {
            ""
        };
        let _ = write!(page, "<figure{class}>\n<div class=\"panels\">");
        for svg in &self.svgs {
            page.push_str(svg);
        }
        let _ = write!(page, "</div>\n<figcaption>{}", escape(&self.caption));
        if !self.files.is_empty() {
            page.push_str(" <span class=\"files\">In files:");
            for file in &self.files {
                let file = escape(file);
                let _ = write!(page, " <a href=\"{file}\">{file}</a>");
            }
            page.push_str("</span>");
        }
        page.push_str("</figcaption>\n</figure>\n");
    }
}

fn css(theme: Theme) -> String {
    let (light, dark) = (css_variables(false), css_variables(true));
    let colours = match theme {
        Theme::Light => format!(":root{{color-scheme:light;{light}}}"),
        Theme::Dark => format!(":root{{color-scheme:dark;{dark}}}"),
        Theme::Auto | Theme::Page => format!(
            ":root{{color-scheme:light dark;{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        ),
    };
    format!("{colours}\n{CSS}@media print{{:root{{color-scheme:light;{light}}}}}")
}

/// How the page looks.
const CSS: &str = include_str!("page.css");

/// What a click does: tables are sorted, filtered and saved.
const SCRIPT: &str = include_str!("page.js");
