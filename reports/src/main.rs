//! Runs the comparison and writes it as a page.
fn main() {}
