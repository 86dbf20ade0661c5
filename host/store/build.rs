//! Lets cargo see that the schema, which is compiled in, has changed.

#[expect(clippy::disallowed_macros, reason = "a build script speaks to cargo on its standard output")]
fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
