//! Balls: the solver against the streaming pass.
fn main() {}
