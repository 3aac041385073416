//! Somebody's own program to compare with: `DATUMCTL_EXTERNAL_DIFF` or `KUBECTL_EXTERNAL_DIFF`, run without a shell.

use std::ffi::OsString;

use super::Pair;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::sys::{env, files, process};

/// The program and its arguments; `None` for our own.
///
/// # Errors
/// A variable that cannot be split into words.
pub(super) fn chosen() -> Result<Option<Vec<OsString>>, Failure> {
    for variable in [env::DATUMCTL_EXTERNAL_DIFF, env::KUBECTL_EXTERNAL_DIFF] {
        let Some(text) = env::var(variable) else { continue };
        return match shell_words::split(&text) {
            Ok(words) if !words.is_empty() => Ok(Some(words.into_iter().map(OsString::from).collect())),
            _ => Err(Failure::usage(format!("{variable} is no command"))),
        };
    }
    Ok(None)
}

/// Lets `program` compare two directories, `LIVE` and `MERGED`, with a file for every object on either side.
///
/// # Errors
/// Its exit status: 1 says "different"; above, that it failed.
pub(super) fn run(program: &[OsString], pairs: &[Pair]) -> Result<(), Failure> {
    let directory = files::temporary_directory()?;
    let mut command = program.to_vec();
    for (side, text) in [("LIVE", (|pair| &pair.before) as fn(&Pair) -> &String), ("MERGED", |pair| &pair.after)] {
        let side = directory.path().join(side);
        files::create_private_directory(&side)?;
        for pair in pairs.iter().filter(|pair| !text(pair).is_empty()) {
            files::write(&side.join(&pair.file), text(pair).as_bytes())?;
        }
        command.push(side.into_os_string());
    }
    let name = program[0].to_string_lossy();
    match process::supervise(&command, &[], &[]) {
        Ok(0) => Ok(()),
        Ok(1) => Err(Failure::silent(ExitCode::Failed)),
        Ok(status) => {
            Err(Failure::new(ExitCode::Child(status), "DIFF_PROGRAM", format!("{name} ended with status {status}")))
        }
        Err(error) => Err(Failure::usage(format!("could not start {name}: {error}")).hint(
            "DATUMCTL_EXTERNAL_DIFF and KUBECTL_EXTERNAL_DIFF name the program; unset them for the built-in one",
        )),
    }
}
