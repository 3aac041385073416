//! Where this program lies, said so that it stays true: files of other programs name it for years.

use std::io;
use std::path::{Component, Path, PathBuf};

use super::{env, process};

/// The absolute path by which others should start this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The path; a link where there is one that outlives the next upgrade.
    pub(crate) path: PathBuf,
    /// Whether it lies where the system clears up.
    pub(crate) is_temporary: bool,
}

impl Program {
    /// The running program: an entry of `PATH` that is this very file, else the package manager's link to it, else the
    /// file itself. What lies in a temporary directory comes last.
    pub(crate) fn locate() -> io::Result<Self> {
        let own = process::own_executable()?;
        let real = own.canonicalize()?;
        let name = own.file_name().unwrap_or_default();
        let plain = Path::new(if cfg!(windows) { "datumctl.exe" } else { "datumctl" });
        let on_path = env::paths(env::PATH).into_iter().filter(|directory| directory.is_absolute());
        let mut candidates: Vec<PathBuf> =
            on_path.flat_map(|directory| [directory.join(plain), directory.join(name)]).collect();
        candidates.extend(package_links(&own));
        candidates.push(own);
        candidates.retain(|path| path.canonicalize().is_ok_and(|found| found == real));
        candidates.sort_by_key(|path| (is_temporary(path), has_version(path)));
        let path = candidates.into_iter().next().unwrap_or(real);
        Ok(Self { is_temporary: is_temporary(&path), path })
    }
}

/// Homebrew keeps each version in `PREFIX/Cellar/NAME/VERSION` and links the current one from `PREFIX/opt/NAME`.
fn package_links(path: &Path) -> Vec<PathBuf> {
    let parts: Vec<Component<'_>> = path.components().collect();
    let Some(cellar) = parts.iter().position(|part| part.as_os_str() == "Cellar") else { return Vec::new() };
    let [name, _version, rest @ ..] = &parts[cellar + 1..] else { return Vec::new() };
    let prefix: PathBuf = parts[..cellar].iter().collect();
    let inside: PathBuf = rest.iter().collect();
    vec![prefix.join("opt").join(name).join(&inside), prefix.join(&inside)]
}

/// Whether a directory on the way is a version (`1.2.3`, `v1.2`, `datumctl-1.2.3`) or a hash of the Nix store.
fn has_version(path: &Path) -> bool {
    let is_version = |text: &str| {
        let number = text.rsplit('-').next().unwrap_or(text).trim_start_matches('v');
        number.contains('.') && number.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
    };
    path.starts_with("/nix/store") || path.components().any(|part| part.as_os_str().to_str().is_some_and(is_version))
}

fn is_temporary(path: &Path) -> bool {
    let known = ["/tmp", "/private/tmp", "/var/tmp", "/var/folders", "/private/var/folders", "/dev/shm"];
    known.iter().any(|directory| path.starts_with(directory)) || path.starts_with(env::temporary_directory())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{has_version, package_links};

    // KCF-13
    #[test]
    fn a_path_that_the_next_upgrade_removes_is_known_and_has_a_lasting_name() {
        for path in ["/opt/homebrew/Cellar/datumctl/1.2.3/bin/datumctl", "/o/datumctl-0.1.0/datumctl", "/nix/store/x/d"]
        {
            assert!(has_version(Path::new(path)), "{path}");
        }
        for path in ["/usr/local/bin/datumctl", "/home/ada.b/.local/bin/datumctl", "/opt/v/x-y/datumctl"] {
            assert!(!has_version(Path::new(path)), "{path}");
        }
        let links = package_links(Path::new("/opt/homebrew/Cellar/datumctl/1.2.3/bin/datumctl"));
        assert_eq!(links, ["/opt/homebrew/opt/datumctl/bin/datumctl", "/opt/homebrew/bin/datumctl"].map(Path::new));
        assert!(package_links(Path::new("/usr/bin/datumctl")).is_empty());
    }
}
