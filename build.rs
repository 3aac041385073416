//! Lays the functions of the short way to a token side by side in released binaries, and those of a refresh: see docs/decisions/0009-functions-of-the-short-way-side-by-side.md.

fn main() {
    println!("cargo:rerun-if-changed=short-way.ld");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    // mold takes no linker scripts.
    let takes_scripts = !std::env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("mold"));
    if is("CARGO_CFG_TARGET_OS", "linux") && is("PROFILE", "release") && takes_scripts {
        let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo names the folder");
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{folder}/short-way.ld");
    }
}
