//! Kubeconfig files: somebody's input, so exit code 2 unless the disk or a lock is to blame.

use super::Failure;
use crate::exit::ExitCode;
use crate::kubeconfig::Error;
use crate::sys::files;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let usage = |error: &Error| Self::new(ExitCode::Usage, "KUBECONFIG", error.to_string());
        match error {
            Error::File(ref file @ (files::Error::NotAFile { .. } | files::Error::TooLarge { .. })) => {
                Self::new(ExitCode::Usage, "KUBECONFIG", file.to_string()).hint(OTHER_FILE)
            }
            Error::File(error) => error.into(),
            Error::NoFile => usage(&error).hint("name it: --kubeconfig FILE"),
            Error::Locked { ref path, .. } => {
                let mut failure = Self::new(ExitCode::Store, "KUBECONFIG_LOCKED", error.to_string())
                    .hint("kubectl or another program is changing the kubeconfig: try again")
                    .hint(format!("if no such program is running, remove what one left behind: {}", path.display()));
                failure.retryable = true;
                failure
            }
            Error::Contended => {
                let mut failure = Self::new(ExitCode::Store, "KUBECONFIG_LOCKED", error.to_string()).hint("try again");
                failure.retryable = true;
                failure
            }
            Error::Unreadable { .. } | Error::NotAKubeconfig { .. } => {
                usage(&error).hint(format!("mend it (it was not touched), or {OTHER_FILE}"))
            }
            Error::Layout { .. } => usage(&error).hint(format!("it was not touched; {OTHER_FILE}")),
        }
    }
}

const OTHER_FILE: &str = "name another file: --kubeconfig FILE";
