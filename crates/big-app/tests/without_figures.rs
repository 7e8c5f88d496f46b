//! A build without the feature `figures` says so where it is asked for what ends in them:
//! `cargo test -p big-app --no-default-features --test without_figures`.

#![cfg(not(feature = "figures"))]
#![allow(clippy::unwrap_used)] // in tests a panic is the report

use big_answer::reproduce::Reproduction;
use big_app::again::again;
use big_app::{AppError, Monitor};

#[test]
fn a_reproduction_is_not_tried_again() {
    let answer = Reproduction::new(2025, Vec::new(), Vec::new());
    let value = serde_json::to_value(&answer).unwrap();
    let refused = again(&value, "claims.json", &Monitor::default()).err();
    let Some(AppError::MissingFeature { feature, .. }) = refused else {
        panic!("it was tried");
    };
    assert_eq!(feature, "figures");
}
