//! A report in a real browser: no message on its console, nothing wider than a phone, tables that sort.
#![allow(clippy::unwrap_used)]

use std::process::Command;

use big_report::Report;
use big_report::figure::BarsFigure;
use big_report::html::{Cell, ReportFigure, Section, Table};

/// Runs after the page: sorts by the second column, twice, and writes down what a reader would see.
const PROBE: &str = "<script>\
const t=document.querySelector('table'),b=t.querySelectorAll('th button')[1];b.click();b.click();\
document.title=['ORDER',[...t.tBodies[0].rows].map(r=>r.cells[0].textContent).join(''),\
document.documentElement.scrollWidth<=innerWidth?'FITS':'WIDE',\
Math.round(document.querySelector('svg').getBoundingClientRect().width)>300?'SHOWN':'LOST'].join(' ')</script>";

#[test]
#[ignore = "needs Chromium: install Debian's package `chromium`, then run with --ignored"]
fn reports_work_in_chromium() {
    let rows = [("a", 2.0), ("b", -10.0), ("c", 1e-3), ("d", 9.0)];
    let bars = BarsFigure::ranking(Some("bars"), "value", &[], Vec::new());
    let report = Report {
        title: "In a browser".into(),
        lead: "One page.".into(),
        sections: vec![Section {
            heading: "Numbers".into(),
            figures: vec![ReportFigure::new(&bars)],
            tables: vec![Table {
                caption: String::new(),
                columns: vec!["name".into(), "value".into()],
                rows: rows
                    .iter()
                    .map(|(name, v)| vec![(*name).into(), Cell::Number(*v)])
                    .collect(),
            }],
            ..Section::default()
        }],
        command: Some("big report game.toml -o report.html".into()),
        version: "1".into(),
    };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    std::fs::write(
        &page,
        report
            .render()
            .replace("</body>", &format!("{PROBE}</body>")),
    )
    .unwrap();
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args([
            "--window-size=500,900",
            "--enable-logging=stderr",
            "--dump-dom",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let seen = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        seen.contains("<title>ORDER dacb FITS SHOWN</title>"),
        "{}",
        &seen[..seen.len().min(900)]
    );
    assert!(!said.contains("CONSOLE"), "{said}");
}
