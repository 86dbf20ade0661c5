//! Lets cargo see that the schema, which is compiled in, has changed.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
