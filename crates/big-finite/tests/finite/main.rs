//! Finite games against brute force in exact rationals that shares no code with the library.
#![allow(clippy::unwrap_used)]

mod brute;
mod catalogue;
mod dynamics;
mod enumerate;
mod game;
mod hybrid;
mod nfg;
mod response;
mod solve;
