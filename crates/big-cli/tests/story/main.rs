//! One game, told as text, as JSON, as a page and as a figure: everywhere the same words and numbers; and what is read
//! back is made again.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod draw;
mod forged;
mod same;
mod sources;
mod targets;
