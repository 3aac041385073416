//! Shell scripts that tests put in the place of programs.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// Makes `path` a program that runs `script`, in place of what is there.
///
/// Another process writes it: a child that another test starts at this moment would inherit our descriptor, and a program
/// that somebody has open for writing is not started (ETXTBSY).
pub fn script(path: &Path, script: &str) {
    let source = path.with_extension("source");
    std::fs::write(&source, format!("#!/bin/sh\n{script}\n")).expect("a script");
    std::fs::set_permissions(&source, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let moved = Command::new("sh")
        .args(["-c", "rm -f \"$1\"; cp -p \"$0\" \"$1\" && rm \"$0\""])
        .args([&source, path])
        .status();
    assert!(moved.expect("sh runs").success());
}
