//! Reports in a real browser: no message on its console, nothing wider than a phone, tables that sort, are filtered and
//! saved, and whose rows are cards on a phone.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use std::path::Path;
use std::process::Command;

/// Runs after the page: sorts every table by its last column, falling, and writes down what a reader would see.
const PROBE: &str = "<script>\
const key=row=>{const c=row.cells[row.cells.length-1];return c.dataset.v===undefined?c.textContent:Number(c.dataset.v)};\
const by=(a,b)=>typeof a==='number'&&typeof b==='number'?a-b:String(a).localeCompare(String(b),undefined,{numeric:true});\
let sorted=0,tables=[...document.querySelectorAll('table')];\
for(const t of tables){const all=t.querySelectorAll('th button'),b=all[all.length-1];b.click();b.click();\
const keys=[...t.tBodies[0].rows].map(key);sorted+=keys.every((k,i)=>i===0||by(keys[i-1],k)>=0)}\
let saved=0,cards=0,found=0,long=0,link='';HTMLAnchorElement.prototype.click=function(){link=decodeURIComponent(this.href)};\
for(const t of tables){const rows=t.tBodies[0].rows.length,tools=t.parentNode.previousElementSibling,[csv,json]=tools.querySelectorAll('button');\
csv.click();const lines=link.slice(link.indexOf(',')+1).trimEnd().split('\\n').length;\
json.click();const all=JSON.parse(link.slice(link.indexOf(',')+1));\
saved+=lines===rows+1&&all.length===rows&&Object.keys(all[0]).length===t.tHead.rows[0].cells.length;\
const cell=t.tBodies[0].rows[0].cells[1];cards+=getComputedStyle(cell,'::before').content===JSON.stringify(cell.dataset.label)&&cell.dataset.label!=='';\
const box=tools.querySelector('input');if(box){long+=1;box.value=t.tBodies[0].rows[rows-1].cells[0].textContent.slice(0,3);box.dispatchEvent(new Event('input'));\
const shown=[...t.tBodies[0].rows].filter(r=>r.getBoundingClientRect().height>0);found+=shown.length>0&&shown.length<=rows}}\
const figures=[...document.querySelectorAll('figure svg')];\
document.title=['TABLES',tables.length,'SORTED',sorted,'SAVED',saved,'CARDS',cards,'LONG',long,'FOUND',found,\
document.documentElement.scrollWidth<=innerWidth?'FITS':'WIDE',\
figures.every(f=>f.getBoundingClientRect().width>150)?'SHOWN':'LOST','FIGURES',figures.length].join(' ')</script>";

/// Loads a page as a phone would; returns its title and what the browser said.
fn load(page: &Path, profile: &Path) -> (String, String) {
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args(["--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync"])
        .args([
            "--window-size=500,900",
            "--enable-logging=stderr",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let seen = String::from_utf8_lossy(&output.stdout).into_owned();
    let title = seen
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map(|(title, _)| title.to_owned());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (title.unwrap_or(seen), said)
}

#[test]
#[ignore = "needs Chromium: install Debian's package `chromium`, then run with --ignored"]
fn reports_work_in_chromium() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let big = |arguments: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_big"))
            .current_dir(at)
            .args(arguments.split(' '))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code().is_some_and(|c| c <= 1),
            "{arguments}: {told}"
        );
    };
    std::fs::write(
        at.join("experiment.json"),
        r#"{ "pairs": 200, "distribution": "normal", "seed": 4,
            "action_space": { "type": "box", "lower": -1, "upper": 1 },
            "influencers": [{ "name": "left", "theta": [-0.2] }, { "name": "right", "theta": [0.3] }] }"#,
    )
    .unwrap();
    std::fs::write(at.join("moved.json"), r#"{ "actions": [[-1], [0.3]] }"#).unwrap();
    big("examples write");
    big("prefs simulate experiment.json -o labels.csv");
    let answers = [
        "solve vaccine-debate.toml",
        "dynamics example-1-same-side.toml",
        "verify example-1-same-side.toml moved.json",
        "solve newsroom-finite.toml",
        "enumerate newsroom-finite.toml",
        "prefs fit labels.csv --by annotator",
        "prefs play experiment.json",
        "prefs audit labels.csv",
    ];
    let mut pages = vec!["labels.csv".to_owned()];
    for (k, command) in answers.iter().enumerate() {
        big(&format!("{command} --json -o answer-{k}.json"));
        pages.push(format!("answer-{k}.json"));
    }
    for subject in pages {
        big(&format!("report {subject} -o report.html"));
        let page = at.join("report.html");
        let text = std::fs::read_to_string(&page).unwrap();
        std::fs::write(&page, text.replace("</body>", &format!("{PROBE}</body>"))).unwrap();
        let (title, said) = load(&page, &at.join(format!("profile-{subject}")));
        let words: Vec<&str> = title.split(' ').collect();
        let [
            "TABLES",
            tables,
            "SORTED",
            sorted,
            "SAVED",
            saved,
            "CARDS",
            cards,
            "LONG",
            long,
            "FOUND",
            found,
            "FITS",
            "SHOWN",
            "FIGURES",
            figures,
        ] = words[..]
        else {
            panic!("{subject}: {}", &title[..title.len().min(900)]);
        };
        assert!(tables != "0" && tables == sorted, "{subject}: {title}");
        assert!(tables == saved && tables == cards, "{subject}: {title}");
        assert_eq!(long, found, "{subject}: {title}");
        assert_ne!(figures, "0", "{subject}");
        assert!(!said.contains("CONSOLE"), "{subject}: {said}");
    }
}
