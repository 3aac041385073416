//! The documented exit codes (`docs/exit-codes.md`).

/// What the process says with its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// 0: done, also when the reader of our pipe went away.
    Done,
    /// 1: the request failed, or the answer is "no".
    Failed,
    /// 2: the command line or an input file is wrong.
    Usage,
    /// 4: no usable session: log in (again).
    LoginRequired,
    /// 5: server or network unreachable or overloaded; retrying may help.
    Unavailable,
    /// 6: the local store (keyring, file, disk) refused.
    Store,
    /// 7: a security check refused.
    Security,
    /// 70: a bug in this program.
    Bug,
    /// 130: interrupted.
    Interrupted,
    /// 143: terminated.
    Terminated,
    /// A child's own status.
    Child(u8),
}

impl ExitCode {
    /// The number the operating system gets.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::LoginRequired => 4,
            Self::Unavailable => 5,
            Self::Store => 6,
            Self::Security => 7,
            Self::Bug => 70,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Child(status) => status,
        }
    }
}
