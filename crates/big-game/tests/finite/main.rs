//! Finite games against brute force in exact rationals that shares no code with the library.
#![allow(clippy::unwrap_used)]

mod brute;
mod catalogue;
mod enumerate;
mod response;
