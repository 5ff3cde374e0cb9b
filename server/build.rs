//! Migrations are part of the binary: a new file must make it anew.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
