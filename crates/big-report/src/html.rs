//! Self-contained HTML reports: one file with figures, sortable tables and no outside world.
//!
//! Everything that is given as text is escaped. The page follows the reader's light or dark preference, prints on
//! white paper, and works without scripts (only sorting is lost).

use std::fmt::Write;

use crate::draw::font::escape;
use crate::draw::{Style, Theme, css_variables, number};
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
        };
        Self {
            svgs: panels.iter().map(|f| f.draw(&style).svg).collect(),
            caption: figure.caption(),
        }
    }
}

/// A table; a click on a column's name sorts by it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it holds.
    pub caption: String,
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A number: shown with six significant digits, sorted by its value.
    Number(f64),
    /// A point: shown with four significant digits a coordinate, sorted by its first.
    Point(Vec<f64>),
    /// Yes or no.
    Flag(bool),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Tables longer than this say that they can be sorted.
const HINTED: usize = 7;

/// Coordinates that are shown of a point.
const COORDINATES: usize = 4;

/// A point for people: a number in one dimension, `(x, y, …)` in more.
pub fn point(v: &[f64]) -> String {
    if let [x] = v {
        return number(*x, 4);
    }
    let shown: Vec<String> = v.iter().take(COORDINATES).map(|x| number(*x, 4)).collect();
    let more = if v.len() > COORDINATES { ", …" } else { "" };
    format!("({}{more})", shown.join(", "))
}

impl Report {
    /// The page. The same report gives the same bytes.
    pub fn render(&self) -> String {
        let mut page = String::new();
        let title = escape(&self.title);
        // Writing to a string cannot fail, here and below.
        let _ = write!(
            page,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"generator\" content=\"big {version}\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'unsafe-inline'; img-src data:\">\n\
             <link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n<style>{css}</style>\n</head>\n<body>\n\
             <main>\n<header>\n<h1>{title}</h1>\n",
            version = escape(&self.version),
            css = css(),
        );
        if !self.lead.is_empty() {
            let _ = writeln!(page, "<p class=\"lead\">{}</p>", escape(&self.lead));
        }
        page.push_str("</header>\n");
        for section in &self.sections {
            section.render(&mut page);
        }
        page.push_str("</main>\n<footer>");
        if let Some(command) = &self.command {
            let _ = write!(page, "<p>Made by <code>{}</code></p>", escape(command));
        }
        let _ = write!(
            page,
            "<p>big {}, exact equilibria of the Battling Influencers Game (arXiv:2502.01127)</p></footer>\n\
             <script>{SCRIPT}</script>\n</body>\n</html>\n",
            escape(&self.version)
        );
        page
    }
}

impl Section {
    fn render(&self, page: &mut String) {
        let _ = writeln!(page, "<section>\n<h2>{}</h2>", escape(&self.heading));
        for paragraph in &self.paragraphs {
            let _ = writeln!(page, "<p>{}</p>", escape(paragraph));
        }
        for figure in &self.figures {
            page.push_str("<figure>\n<div class=\"panels\">");
            for svg in &figure.svgs {
                page.push_str(svg);
            }
            let _ = write!(
                page,
                "</div>\n<figcaption>{}</figcaption>\n</figure>\n",
                escape(&figure.caption)
            );
        }
        for table in &self.tables {
            table.render(page);
        }
        page.push_str("</section>\n");
    }
}

impl Table {
    fn render(&self, page: &mut String) {
        if self.rows.len() > HINTED {
            page.push_str("<p class=\"hint\">A click on a column’s name sorts the table.</p>\n");
        }
        page.push_str("<div class=\"scroll\" tabindex=\"0\"><table>\n");
        if !self.caption.is_empty() {
            let _ = writeln!(page, "<caption>{}</caption>", escape(&self.caption));
        }
        page.push_str("<thead><tr>");
        for (at, column) in self.columns.iter().enumerate() {
            let class = if self.is_numeric(at) {
                " class=\"n\""
            } else {
                ""
            };
            let _ = write!(
                page,
                "<th scope=\"col\"{class}><button type=\"button\">{}</button></th>",
                escape(column)
            );
        }
        page.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            page.push_str("<tr>");
            for cell in row {
                cell.render(page);
            }
            page.push_str("</tr>\n");
        }
        page.push_str("</tbody>\n</table></div>\n");
    }

    fn is_numeric(&self, column: usize) -> bool {
        let numeric = |cell: &Cell| matches!(cell, Cell::Number(_) | Cell::Point(_));
        self.rows
            .first()
            .and_then(|row| row.get(column))
            .is_some_and(numeric)
    }
}

impl Cell {
    fn render(&self, page: &mut String) {
        let _ = match self {
            Self::Text(text) => write!(page, "<td>{}</td>", escape(text)),
            Self::Number(v) => write!(
                page,
                "<td class=\"n\" data-v=\"{v}\">{}</td>",
                number(*v, 6)
            ),
            Self::Point(v) => {
                let first = v.first().copied().unwrap_or(0.0);
                write!(page, "<td class=\"n\" data-v=\"{first}\">{}</td>", point(v))
            }
            Self::Flag(yes) => write!(
                page,
                "<td data-v=\"{}\">{}</td>",
                u8::from(*yes),
                if *yes { "yes" } else { "no" }
            ),
        };
    }
}

fn css() -> String {
    let (light, dark) = (css_variables(false), css_variables(true));
    format!(
        ":root{{color-scheme:light dark;{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}{CSS}@media print{{:root{{color-scheme:light;{light}}}{PRINT}}}"
    )
}

const CSS: &str = "\
*{box-sizing:border-box}\
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;overflow-wrap:break-word}\
main,footer{max-width:58rem;margin:0 auto;padding:1rem max(1rem,env(safe-area-inset-left))}\
h1{font-size:1.75rem;line-height:1.2;margin:1rem 0 .5rem}h2{font-size:1.25rem;margin:2.25rem 0 .5rem;line-height:1.3}\
p{max-width:44rem;margin:.6rem 0}.lead{font-size:1.2rem}\
figure{margin:1.25rem 0;break-inside:avoid}.panels{display:flex;flex-wrap:wrap;gap:1rem;justify-content:center}\
.panels svg{width:100%;max-width:35rem;height:auto}.panels svg:not(:only-child){flex:1 1 18rem}figcaption{color:var(--muted);font-size:.9375rem;max-width:44rem;margin:.5rem auto 0}\
.scroll{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse;font-size:.9375rem;font-variant-numeric:tabular-nums;min-width:50%}\
caption{text-align:left;color:var(--muted);padding:.25rem 0}\
td,th{padding:.35rem .55rem;text-align:left;border-bottom:1px solid var(--grid);white-space:nowrap}td:first-child{white-space:normal;min-width:7rem}\
.hint{color:var(--muted);font-size:.875rem;margin:1rem 0 -.75rem}.n{text-align:right}th button{all:unset;cursor:pointer;font-weight:600}th button:focus-visible{outline:2px solid var(--s0)}\
th button::after{content:'\\2195';color:var(--muted);padding-left:.3em;font-weight:400}\
th[aria-sort=ascending] button::after{content:'\\2191'}th[aria-sort=descending] button::after{content:'\\2193'}\
tbody tr:hover{background:var(--set)}code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--set);padding:.1em .3em;border-radius:.2em;overflow-wrap:anywhere}\
footer{color:var(--muted);font-size:.875rem;border-top:1px solid var(--grid);margin-top:2.5rem}";

const PRINT: &str = "\
body{font-size:10.5pt}.hint{display:none}main,footer{max-width:none;padding:0}.scroll{overflow:visible}td,th{white-space:normal;padding:.2rem .5rem}\
th button::after{content:''!important}h2,p:has(+figure){break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}.panels svg{max-height:60vh}";

/// Sorts a table by the column whose name was clicked; a second click turns the order around.
const SCRIPT: &str = "\
for(const th of document.querySelectorAll('th'))th.querySelector('button').addEventListener('click',()=>{\
const up=th.getAttribute('aria-sort')!=='ascending',at=th.cellIndex,body=th.closest('table').tBodies[0];\
for(const other of th.parentNode.cells)other.removeAttribute('aria-sort');\
th.setAttribute('aria-sort',up?'ascending':'descending');\
const key=row=>{const c=row.cells[at];return c.dataset.v===undefined?c.textContent:Number(c.dataset.v)};\
const by=(a,b)=>typeof a==='number'&&typeof b==='number'?a-b:String(a).localeCompare(String(b),undefined,{numeric:true});\
body.append(...[...body.rows].sort((a,b)=>by(key(a),key(b))*(up?1:-1)))});";
