//! Figures and HTML reports of equilibria: data in; SVG, PDF, PNG and HTML out.
//!
//! Each [figure] is a plain data model, built by a pure function, that draws itself ([`Figure::draw`]). Text is
//! outlined from a bundled font (STIX Two Text, SIL Open Font License: see `fonts/OFL.txt`), and the same data give the
//! same bytes anywhere. Characters that this font lacks (Chinese, say) stay text in an SVG, for the reader's own
//! fonts, and are told in Latin letters in a PDF or PNG, which says so.

pub mod draw;
mod equilibrium_report;
pub mod figure;
pub mod html;
pub mod story;

pub use draw::{Drawing, PdfError, PngError, Style, Theme};
pub use equilibrium_report::{EquilibriumReport, equilibrium_figures, equilibrium_report};
pub use figure::{Figure, Kind, to_pdf, to_png};
pub use html::Report;
pub use story::Story;
