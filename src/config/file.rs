//! [`ConfigFile`]: the file itself, read without a lock and changed under one.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::error::{Error, Notice};
use super::schema::{API_VERSION, Config};
use crate::sys::files::{self, Reservation};
use crate::sys::lock::Lock;
use crate::yaml::{Defect, Lists, Node, edit};

/// Ten thousand contexts with their cache take 3 MB.
const SIZE_LIMIT: u64 = 10 * 1024 * 1024;
/// What a login adds at the most before it knows its contexts.
const SPARE_ROOM: u64 = 4096;
/// Writers hold the lock for milliseconds, a refresh of a session for the time of one request.
const LOCK_PATIENCE: Duration = Duration::from_secs(60);

/// The configuration file of one home directory.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    lock_path: PathBuf,
    notices: Mutex<Vec<Notice>>,
}

/// What lies on disk.
struct Snapshot {
    text: String,
    document: Node,
    config: Config,
    was_empty: bool,
}

impl ConfigFile {
    /// The file in `home` (`~/.datumctl`), guarded by the lock that all stores of that home share.
    pub(crate) fn new(home: &Path) -> Self {
        Self { path: home.join("config"), lock_path: home.join("locks").join("store.lock"), notices: Mutex::default() }
    }

    /// The configuration as it is now; a missing or empty file is an empty one. Takes no lock.
    pub(crate) fn load(&self) -> Result<Config, Error> {
        let snapshot = self.snapshot()?;
        if snapshot.was_empty {
            self.note(Notice::WasEmpty { path: self.path.clone(), kept: None });
        }
        Ok(snapshot.config)
    }

    /// Takes the lock, reads the file again, applies `change` and, if that changed anything, writes it durably.
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut Config) -> R) -> Result<R, Error> {
        if let Some(directory) = self.lock_path.parent() {
            files::create_private_directory(directory)?;
        }
        let lock = Lock::take(&self.lock_path, LOCK_PATIENCE)?;
        self.update_locked(&lock, change)
    }

    /// [`Self::update`] for a caller that already holds the lock of this home.
    pub(crate) fn update_locked<R>(&self, _lock: &Lock, change: impl FnOnce(&mut Config) -> R) -> Result<R, Error> {
        let snapshot = self.snapshot()?;
        let mut config = snapshot.config.clone();
        let outcome = change(&mut config);
        if config != snapshot.config {
            self.write(&snapshot, &config)?;
        }
        Ok(outcome)
    }

    /// Finds out whether the file could be changed now.
    pub(crate) fn check_writable(&self) -> Result<(), Error> {
        let config = self.load()?;
        if is_newer(&config.api_version) {
            return Err(Error::MadeByNewerVersion { path: self.path.clone(), api_version: config.api_version });
        }
        Reservation::make(&self.path, SPARE_ROOM)?;
        Ok(())
    }

    /// Moves an unreadable file out of the way, to a free name beside it, so that a login can start afresh.
    pub(crate) fn set_aside(&self) -> Result<Option<PathBuf>, Error> {
        match files::read(&self.path, SIZE_LIMIT)? {
            None => Ok(None),
            Some(content) => {
                let kept = self.keep("config.bad", &content)?;
                files::remove(&self.path)?;
                Ok(Some(kept))
            }
        }
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What the person should hear about the file; each notice is handed out once.
    pub(crate) fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, notice: Notice) {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }

    fn snapshot(&self) -> Result<Snapshot, Error> {
        let content = files::read(&self.path, SIZE_LIMIT)?;
        let existed = content.is_some();
        let mut content = content.unwrap_or_default();
        // What a crash can leave of a file that was never written: no bytes, or nothing but zeros.
        let was_empty = existed && content.iter().all(|byte| *byte == 0);
        if was_empty {
            content.clear();
        }
        let unreadable = |problem| Error::unreadable(&self.path, problem);
        let text = String::from_utf8(content).map_err(|_| unreadable((Defect::Encoding, None)))?;
        let document = Node::parse(text.trim_start_matches('\u{feff}')).map_err(unreadable)?;
        let config = Config::from_node(document.clone()).map_err(|defect| unreadable((defect, None)))?;
        Ok(Snapshot { text, document, config, was_empty })
    }

    fn write(&self, snapshot: &Snapshot, config: &Config) -> Result<(), Error> {
        if is_newer(&config.api_version) {
            let api_version = config.api_version.clone();
            return Err(Error::MadeByNewerVersion { path: self.path.clone(), api_version });
        }
        let target = config.to_node();
        let text = match snapshot.text.trim() {
            "" => Some(target.render()),
            _ => {
                edit(&snapshot.text, &snapshot.document, &target, Lists::Rewritten).filter(|text| holds(text, &target))
            }
        };
        if snapshot.was_empty {
            let kept = self.keep("config.bad", &[])?;
            self.note(Notice::WasEmpty { path: self.path.clone(), kept: Some(kept) });
        }
        let text = match text {
            Some(text) => text,
            None => {
                let kept = self.keep("config.old", snapshot.text.as_bytes())?;
                self.note(Notice::WrittenAnew { path: self.path.clone(), kept: Some(kept) });
                target.render()
            }
        };
        replace(&self.path, text.as_bytes())?;
        self.forget_excerpt();
        Ok(())
    }

    /// Keeps `content` beside the file under the first free name of `name`, `name-1`, `name-2`, ...
    fn keep(&self, name: &str, content: &[u8]) -> Result<PathBuf, Error> {
        let numbered = (1..).map(|number| self.path.with_file_name(format!("{name}-{number}")));
        let mut paths = std::iter::once(self.path.with_file_name(name)).chain(numbered);
        let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
        let path = paths.find(is_free).unwrap_or_else(|| self.path.with_file_name(name));
        replace(&path, content)?;
        Ok(path)
    }
}

fn replace(path: &Path, content: &[u8]) -> Result<(), Error> {
    if let Some(directory) = path.parent() {
        files::create_private_directory(directory)?;
    }
    Ok(Reservation::make(path, content.len() as u64)?.commit(content)?)
}

/// Whether `text`, read back, is what was meant: the editor's work is never trusted.
fn holds(text: &str, target: &Node) -> bool {
    let document = Node::parse_with_library(text.trim_start_matches('\u{feff}')).ok();
    document.and_then(|document| Config::from_node(document).ok()).is_some_and(|config| config.to_node() == *target)
}

/// Whether the document may hold what we know nothing of: a later version of our schema, or another schema.
fn is_newer(api_version: &str) -> bool {
    let (group, _) = API_VERSION.split_once('/').unwrap_or_default();
    let Some(version) = api_version.strip_prefix(group).and_then(|rest| rest.strip_prefix('/')) else { return true };
    !(version == "v1beta1" || version.starts_with("v1alpha"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::ConfigFile;
    use crate::config::{Config, Error, Notice, SessionDetails};
    use crate::yaml::Defect;

    const EXAMPLE: &str = include_str!("../../tests/fixtures/original-home/config");

    struct Home {
        directory: tempfile::TempDir,
        file: Arc<ConfigFile>,
    }

    impl Home {
        fn with(content: impl AsRef<[u8]>) -> Self {
            let home = Self::empty();
            std::fs::write(&home.file.path, content).expect("writable");
            home
        }

        fn empty() -> Self {
            let directory = tempfile::tempdir().expect("a directory");
            let file = Arc::new(ConfigFile::new(directory.path()));
            Self { directory, file }
        }

        fn text(&self) -> String {
            std::fs::read_to_string(&self.file.path).expect("readable")
        }

        fn others(&self) -> Vec<String> {
            let entries = std::fs::read_dir(self.directory.path()).expect("readable");
            let names = entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned());
            let mut names: Vec<_> = names.filter(|name| name != "config" && name != "locks").collect();
            names.sort();
            names
        }
    }

    fn details(email: &str) -> SessionDetails {
        SessionDetails {
            name: format!("{email}@api.datum.net"),
            user_key: format!("{email}@auth.datum.net"),
            user_email: email.to_owned(),
            user_name: Some("Ada Lovelace".to_owned()),
            server: "https://api.datum.net".to_owned(),
            auth_hostname: "auth.datum.net".to_owned(),
        }
    }

    fn log_in(config: &mut Config, email: &str) {
        config.upsert_session(details(email));
        config.activate(&details(email).name).expect("it is there");
    }

    #[test]
    fn the_originals_file_survives_reading_and_undone_changes_byte_for_byte() {
        let home = Home::with(EXAMPLE);
        home.file.update(|_| ()).expect("works");
        assert_eq!(home.text(), EXAMPLE);
        let before = home.file.load().expect("works");
        home.file
            .update(|config| {
                log_in(config, "new@example.com");
                config.auto_update = false;
                config.cache.last_refreshed = Some("yes".to_owned());
                config.contexts.remove(1);
                config.cache.organizations.clear();
            })
            .expect("works");
        assert_ne!(home.text(), EXAMPLE);
        home.file.update(|config| *config = before).expect("works");
        assert_eq!(home.text(), EXAMPLE);
        assert_eq!((home.file.take_notices(), home.others()), (vec![], vec![]));
    }

    #[test]
    fn a_first_login_writes_what_the_original_writes() {
        for home in [Home::empty(), Home::with(""), Home::with(" \n\n")] {
            home.file.update(|config| log_in(config, "ada@example.com")).expect("works");
            let expected = "active-session: ada@example.com@api.datum.net\n\
                apiVersion: datumctl.config.datum.net/v1beta1\ncache: {}\nkind: DatumctlConfig\nsessions:\n\
                - endpoint:\n    auth-hostname: auth.datum.net\n    server: https://api.datum.net\n  \
                name: ada@example.com@api.datum.net\n  user-email: ada@example.com\n  \
                user-key: ada@example.com@auth.datum.net\n  user-name: Ada Lovelace\n";
            assert_eq!(home.text(), expected);
        }
    }

    // STO-09, STO-12
    #[test]
    fn a_file_that_lost_its_content_is_empty_and_said_to_be() {
        for content in [&b""[..], &[0; 512]] {
            let home = Home::with(content);
            assert_eq!(home.file.load().expect("works"), Config::default());
            assert_eq!(home.file.take_notices(), [Notice::WasEmpty { path: home.file.path.clone(), kept: None }]);
            assert_eq!(home.file.take_notices(), []);
            home.file.update(|config| log_in(config, "ada@example.com")).expect("works");
            let kept = Some(home.directory.path().join("config.bad"));
            assert_eq!(home.file.take_notices(), [Notice::WasEmpty { path: home.file.path.clone(), kept }]);
            assert_eq!(home.others(), ["config.bad"]);
        }
    }

    // STO-13
    #[test]
    fn byte_order_mark_and_line_endings_are_kept_and_other_encodings_refused() {
        let text = format!("\u{feff}{}", EXAMPLE.replace('\n', "\r\n"));
        let home = Home::with(&text);
        home.file.update(|config| config.auto_update = false).expect("works");
        assert_eq!(home.text(), text.replace("auto-update: true\r\n", ""));
        let utf_16: Vec<u8> = EXAMPLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for content in [utf_16, b"a: \xff\n".to_vec()] {
            let defect = match Home::with(content).file.load() {
                Err(Error::Unreadable { defect, .. }) => defect,
                other => panic!("{other:?}"),
            };
            assert!(matches!(defect, Defect::Encoding | Defect::Syntax), "{defect:?}");
        }
    }

    // STO-15, STO-20
    #[test]
    fn an_unreadable_file_is_named_with_its_line_never_quoted_and_can_be_set_aside() {
        let home = Home::with("a: 1\nsecret-note: hunter2: x\n");
        for outcome in [home.file.load().map(drop), home.file.update(|_| ())] {
            let text = outcome.expect_err("it is broken").to_string();
            assert!(text.contains("config") && text.contains("line 2") && !text.contains("hunter2"), "{text}");
        }
        assert_eq!(home.text(), "a: 1\nsecret-note: hunter2: x\n");
        let kept = home.file.set_aside().expect("works");
        assert_eq!(kept, Some(home.directory.path().join("config.bad")));
        assert_eq!(home.file.set_aside().expect("works"), None);
        home.file.update(|config| log_in(config, "ada@example.com")).expect("works");
    }

    // STO-20
    #[test]
    fn a_huge_file_is_refused() {
        let home = Home::with(vec![b'#'; 50_000_000]);
        assert!(matches!(home.file.load(), Err(Error::File(_))));
    }

    // STO-18
    #[test]
    fn a_file_of_a_newer_version_is_read_and_never_written() {
        for version in ["datumctl.config.datum.net/v2", "datumctl.config.datum.net/v1beta9", "other.example/v1"] {
            let text = EXAMPLE.replace("datumctl.config.datum.net/v1beta1", version);
            let home = Home::with(&text);
            assert_eq!(home.file.load().expect("readable").sessions.len(), 2);
            home.file.update(|_| ()).expect("nothing to write");
            let refused = home.file.update(|config| log_in(config, "new@example.com"));
            assert!(matches!(refused, Err(Error::MadeByNewerVersion { api_version, .. }) if api_version == version));
            assert_eq!(home.text(), text);
        }
    }

    // STO-17
    #[test]
    fn comments_order_and_unknown_keys_survive_every_change() {
        let text = "# my config\nkind: DatumctlConfig\napiVersion: datumctl.config.datum.net/v1beta1\n\n\
            auto-update: false # never\nx-team: {lead: ada} # ours\ncurrent-context: a/acme # work\nsessions:\n\
            # the real one\n- name: a\n  user-key: ada@auth\n  user-email: ada@x # home\n  x-tint: red\n  endpoint:\n    \
            server: https://api.x\n    auth-hostname: auth.x\n    x-via: vpn # tunnel\ncontexts:\n    # spaced out\n    \
            - name: a/acme\n      session: a\n      x-pin: true\n      organization-id: acme\n# the end\n";
        let home = Home::with(text);
        home.file.update(|config| log_in(config, "new@example.com")).expect("works");
        home.file.update(|config| config.use_context("a/acme")).expect("works").expect("it is there");
        home.file.update(|config| config.remove_session("new@example.com@api.datum.net")).expect("works");
        let added = text
            .replace("current-context: a/acme # work\n", "")
            .replace("    x-via: vpn # tunnel\n", "    x-via: vpn # tunnel\n  last-context: a/acme\n")
            .replace("# the end\n", "active-session: a\ncache: {}\ncurrent-context: a/acme\n# the end\n");
        assert_eq!(home.text(), added);
        assert_eq!(home.file.take_notices(), []);
    }

    // STO-17
    #[test]
    fn a_context_that_gets_its_full_name_keeps_its_comments_and_its_layout() {
        let text = "sessions:\n- {name: a, user-key: k, endpoint: {server: s}}\ncontexts:\n  # the daily one\n  \
            - name: acme # short\n    x-pin: true # mine\n    session: a\n    organization-id: acme\n";
        let home = Home::with(text);
        home.file.update(|config| config.auto_update = true).expect("works");
        let expected = text.replace("name: acme #", "name: a/acme #");
        assert!(home.text().contains(expected.split_once("contexts:").expect("a list").1), "{}", home.text());
    }

    // STO-17
    #[test]
    fn a_layout_that_cannot_be_edited_is_written_anew_and_the_old_text_kept() {
        let text = "? x-note\n: keep\nsessions: [{name: a, user-key: k, endpoint: {server: s}}] # flow\n";
        let home = Home::with(text);
        home.file.update(|config| config.activate("a")).expect("works").expect("it is there");
        let kept = home.directory.path().join("config.old");
        assert_eq!(std::fs::read_to_string(&kept).expect("kept"), text);
        let notice = Notice::WrittenAnew { path: home.file.path.clone(), kept: Some(kept) };
        assert_eq!(home.file.take_notices(), [notice]);
        assert!(home.text().contains("x-note: keep\n") && home.text().contains("active-session: a\n"));
    }

    // STO-17
    #[test]
    fn removing_the_entry_that_holds_an_anchor_loses_no_value() {
        let text = "sessions:\n- name: a\n  user-key: k\n  endpoint: &e {server: s, x-via: vpn}\n\
            - name: b\n  user-key: k\n  endpoint: *e\n";
        let home = Home::with(text);
        home.file.update(|config| config.remove_session("a")).expect("works");
        let config = home.file.load().expect("readable");
        assert_eq!(config.sessions.len(), 1);
        assert!(home.text().contains("x-via: vpn"));
    }

    // STO-14
    #[test]
    fn entries_we_cannot_use_are_still_there_after_a_change() {
        let home = Home::with("sessions:\n- name: ''\n  x: 1 # odd\n- 7\ncontexts:\n- nonsense\n");
        home.file.update(|config| log_in(config, "ada@example.com")).expect("works");
        assert!(home.text().contains("  x: 1 # odd\n- 7\n") && home.text().contains("- nonsense\n"), "{}", home.text());
    }

    // STO-32
    #[test]
    fn fifty_writers_at_once_lose_nothing() {
        let home = Home::empty();
        thread::scope(|scope| {
            for index in 0..50 {
                let file = &home.file;
                scope.spawn(move || {
                    file.update(|config| log_in(config, &format!("p{index}@example.com"))).expect("works");
                });
            }
        });
        let config = home.file.load().expect("readable");
        assert_eq!(config.sessions.len(), 50);
        assert!(config.effective_session().is_ok());
    }

    // STO-33
    #[test]
    fn readers_see_one_state_or_the_next() {
        let home = Home::with("sessions:\n- {name: a, user-key: k, endpoint: {server: s}}\n");
        let stop = std::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                        let config = home.file.load().expect("never torn");
                        assert_eq!(config.sessions.len(), 1);
                    }
                });
            }
            for round in 0..1_000 {
                home.file.update(|config| config.auto_update = round % 2 == 0).expect("works");
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }
}
