//! Every environment variable we read, declared once.

use std::ffi::OsString;
use std::path::PathBuf;

/// Service-account credentials file: every command acts as that account.
pub(crate) const DATUM_CREDENTIALS_FILE: &str = "DATUM_CREDENTIALS_FILE";
/// Session to use instead of the active one.
pub(crate) const DATUM_SESSION: &str = "DATUM_SESSION";
/// Project scope of this command.
pub(crate) const DATUM_PROJECT: &str = "DATUM_PROJECT";
/// Organization scope of this command.
pub(crate) const DATUM_ORGANIZATION: &str = "DATUM_ORGANIZATION";
/// Default of `login --hostname`.
pub(crate) const DATUM_AUTH_HOSTNAME: &str = "DATUM_AUTH_HOSTNAME";
/// Default of `login --api-hostname`.
pub(crate) const DATUM_API_HOSTNAME: &str = "DATUM_API_HOSTNAME";
/// Default of `login --client-id`.
pub(crate) const DATUM_CLIENT_ID: &str = "DATUM_CLIENT_ID";
/// Directory used in place of `~/.datumctl`.
pub(crate) const DATUMCTL_HOME: &str = "DATUMCTL_HOME";
/// `auto`, `keyring` or `file`.
pub(crate) const DATUMCTL_CREDENTIAL_STORE: &str = "DATUMCTL_CREDENTIAL_STORE";
/// Set by the completion scripts: the shell that asks what fits behind the words it names.
pub(crate) const DATUMCTL_COMPLETE: &str = "DATUMCTL_COMPLETE";
/// Command that opens the login URL.
pub(crate) const BROWSER: &str = "BROWSER";
/// Command that `edit` opens files with, before all others.
pub(crate) const KUBE_EDITOR: &str = "KUBE_EDITOR";
/// The person's editor on a screen.
pub(crate) const VISUAL: &str = "VISUAL";
/// The person's editor.
pub(crate) const EDITOR: &str = "EDITOR";
/// Set by build machines: nobody is there to use a browser.
pub(crate) const CI: &str = "CI";
/// Where programs are looked for.
pub(crate) const PATH: &str = "PATH";
/// The person's shell.
pub(crate) const SHELL: &str = "SHELL";
/// Set on a machine that is used from another one.
pub(crate) const SSH_CONNECTION: &str = "SSH_CONNECTION";
/// The kubeconfig files, separated as in PATH.
pub(crate) const KUBECONFIG: &str = "KUBECONFIG";
/// What kubectl tells its credential plugin.
pub(crate) const KUBERNETES_EXEC_INFO: &str = "KUBERNETES_EXEC_INFO";
#[cfg(unix)]
/// The user who called sudo, as a number.
pub(crate) const SUDO_UID: &str = "SUDO_UID";
#[cfg(target_os = "linux")]
/// Where the session's D-Bus listens.
pub(crate) const DBUS_SESSION_BUS_ADDRESS: &str = "DBUS_SESSION_BUS_ADDRESS";
#[cfg(target_os = "linux")]
/// The session's runtime directory, where its D-Bus socket is `bus`.
pub(crate) const XDG_RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";

/// Program that `diff` compares with; before `KUBECTL_EXTERNAL_DIFF`.
pub(crate) const DATUMCTL_EXTERNAL_DIFF: &str = "DATUMCTL_EXTERNAL_DIFF";
/// Program that `diff` and kubectl compare with.
pub(crate) const KUBECTL_EXTERNAL_DIFF: &str = "KUBECTL_EXTERNAL_DIFF";

/// Proxy for https; `auth doctor` names it, without its user and password.
pub(crate) const HTTPS_PROXY: &str = "HTTPS_PROXY";
/// Proxy for everything that has none of its own.
pub(crate) const ALL_PROXY: &str = "ALL_PROXY";
/// File of certificate authorities in place of the system's.
pub(crate) const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
/// Directory of certificate authorities in place of the system's.
pub(crate) const SSL_CERT_DIR: &str = "SSL_CERT_DIR";
/// Any value switches colour off.
pub(crate) const NO_COLOR: &str = "NO_COLOR";
/// The terminal's type.
pub(crate) const TERM: &str = "TERM";

/// The command line, program name first.
pub(crate) fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// The variable's value; unset, empty and undecodable values are all `None`.
pub(crate) fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The variable's raw value; unset and empty are both `None`.
pub(crate) fn var_os(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// `$DATUMCTL_HOME`, else `~/.datumctl`; `None` where the user has no home directory.
pub(crate) fn datumctl_home() -> Option<PathBuf> {
    match var_os(DATUMCTL_HOME) {
        Some(path) => Some(PathBuf::from(path)),
        None => dirs::home_dir().map(|home| home.join(".datumctl")),
    }
}

/// The user's home directory.
pub(crate) fn user_home() -> Option<PathBuf> {
    dirs::home_dir()
}

/// Where the system clears up by itself.
pub(crate) fn temporary_directory() -> PathBuf {
    std::env::temp_dir()
}

/// The parts of a variable that is a list of paths, as PATH is.
pub(crate) fn paths(name: &str) -> Vec<PathBuf> {
    var_os(name).map(|value| std::env::split_paths(&value).collect()).unwrap_or_default()
}

/// What the system calls the user's configuration directory: `~/.config`, `~/Library/Application Support`, `%AppData%`.
pub(crate) fn user_config_directory() -> Option<PathBuf> {
    dirs::config_dir()
}
