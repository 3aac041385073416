//! The excerpt: what a long configuration says about who acts and where, kept apart so that the commands that need no
//! more do not read ten thousand contexts.
//!
//! It is derived and the config stays the only truth: an excerpt without the config's present stamp is never used, and a
//! change of the config removes it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::file::ConfigFile;
use super::schema::{Cache, Config};
use crate::sys::files::{self, Stamp};
use crate::yaml::Node;

/// Shorter configurations are read as quickly as an excerpt.
const LONG: u64 = 64 * 1024;
/// Far more than the sessions of one person take.
const SIZE_LIMIT: u64 = 1024 * 1024;
/// The format; another number is another program's.
const VERSION: u32 = 1;

/// The first line of the file; the excerpt follows as a configuration of its own.
#[derive(Deserialize, Serialize, PartialEq)]
struct Head {
    version: u32,
    config: Stamp,
}

impl ConfigFile {
    /// The configuration as [`ConfigFile::load`] reads it, but of a long one perhaps only the settings, the sessions and
    /// the contexts that are current or a session's last.
    pub(crate) fn load_active(&self) -> Result<Config, Error> {
        let Some(stamp) = self.stamp().filter(|stamp| stamp.size() > LONG) else { return self.load() };
        if let Some(config) = self.excerpt(stamp) {
            return Ok(config);
        }
        let config = self.load()?;
        // What changed while it was read may carry either stamp.
        if self.stamp() == Some(stamp) {
            self.keep_excerpt(stamp, &config);
        }
        Ok(config)
    }

    /// Removes the excerpt of a configuration that is no more; one that stays is of no use to anybody.
    pub(super) fn forget_excerpt(&self) {
        let _ = files::remove(&self.excerpt_path());
    }

    fn excerpt(&self, stamp: Stamp) -> Option<Config> {
        let bytes = files::read(&self.excerpt_path(), SIZE_LIMIT).ok()??;
        let (head, text) = std::str::from_utf8(&bytes).ok()?.split_once('\n')?;
        let head: Head = serde_json::from_str(head).ok()?;
        let is_current = head == Head { version: VERSION, config: stamp };
        let document = is_current.then(|| Node::parse(text).ok()).flatten()?;
        Config::from_node(document).ok()
    }

    /// Keeps an excerpt; one that cannot be written is no loss.
    fn keep_excerpt(&self, stamp: Stamp, config: &Config) {
        let Some(excerpt) = excerpt_of(config) else { return };
        let Ok(head) = serde_json::to_string(&Head { version: VERSION, config: stamp }) else { return };
        let path = self.excerpt_path();
        if let Some(directory) = path.parent()
            && files::create_private_directory(directory).is_ok()
        {
            let _ = files::write(&path, format!("{head}\n{}", excerpt.to_node().render()).as_bytes());
        }
    }

    fn stamp(&self) -> Option<Stamp> {
        Stamp::of(self.path()).ok().flatten()
    }

    fn excerpt_path(&self) -> PathBuf {
        self.path().with_file_name("cache").join("config")
    }
}

/// `config` without the contexts that nothing points at; `None` if a person has to hear about what is wrong with it.
fn excerpt_of(config: &Config) -> Option<Config> {
    let is_sound = config.problems.is_empty() && config.broken_sessions.is_empty() && config.broken_contexts.is_empty();
    let lasts = config.sessions.iter().filter_map(|session| session.last_context.as_ref());
    let pointers: Vec<_> = lasts.chain(&config.current_context).collect();
    let contexts = config.contexts.iter().filter(|context| pointers.contains(&&context.name));
    is_sound.then(|| Config {
        api_version: config.api_version.clone(),
        kind: config.kind.clone(),
        sessions: config.sessions.clone(),
        contexts: contexts.cloned().collect(),
        current_context: config.current_context.clone(),
        active_session: config.active_session.clone(),
        auto_update: config.auto_update,
        cache: Cache::default(),
        ..Config::default()
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::LONG;
    use crate::config::{Config, ConfigFile};

    /// A home whose config has two sessions and many contexts; the excerpt's text, if there is one.
    struct Home(tempfile::TempDir, ConfigFile);

    impl Home {
        fn new() -> Self {
            let directory = tempfile::tempdir().expect("a directory");
            let file = ConfigFile::new(directory.path());
            let mut text = "apiVersion: datumctl.config.datum.net/v1beta1\nkind: DatumctlConfig\nactive-session: a\n\
                current-context: a/acme/p7\nsessions:\n- name: a\n  user-key: ada@auth.x\n  user-email: ada@x\n  \
                endpoint: {server: https://api.x, auth-hostname: auth.x}\n- name: b\n  user-key: bob@auth.x\n  \
                user-email: bob@x\n  last-context: b/beta\n  endpoint: {server: https://api.x, auth-hostname: auth.x}\n\
                contexts:\n- name: b/beta\n  session: b\n  organization-id: beta\n"
                .to_owned();
            for number in 0..1000 {
                let _ = write!(
                    text,
                    "- name: a/acme/p{number}\n  session: a\n  organization-id: acme\n  project-id: p{number}\n"
                );
            }
            assert!(text.len() as u64 > LONG);
            std::fs::write(directory.path().join("config"), text).expect("writable");
            Self(directory, file)
        }

        fn load(&self) -> Config {
            self.1.load_active().expect("readable")
        }

        fn excerpt(&self) -> Option<String> {
            std::fs::read_to_string(self.0.path().join("cache/config")).ok()
        }

        fn acting(&self) -> (String, Option<String>, Option<String>) {
            let config = self.load();
            let session = config.effective_session().expect("it is there");
            let place = |name: &str| {
                let session = config.find_session(name).expect("it is there");
                config.context_of(session).map(|context| context.name.clone())
            };
            (session.name.clone(), place("a"), place("b"))
        }
    }

    #[test]
    fn of_a_long_configuration_only_what_says_who_acts_and_where_is_read_again() {
        let home = Home::new();
        let whole = home.acting();
        assert_eq!(whole, ("a".to_owned(), Some("a/acme/p7".to_owned()), Some("b/beta".to_owned())));
        assert_eq!(home.load().contexts.len(), 2);
        assert_eq!(home.acting(), whole);
        assert_eq!(home.1.load().expect("readable").contexts.len(), 1001);
    }

    #[test]
    fn an_excerpt_is_worth_nothing_after_an_edit_and_gone_after_a_change() {
        let home = Home::new();
        home.load();
        let path = home.0.path().join("config");
        let text = std::fs::read_to_string(&path).expect("readable");
        std::fs::write(&path, text.replace("current-context: a/acme/p7", "current-context: a/acme/p42"))
            .expect("works");
        assert_eq!(home.acting().1.as_deref(), Some("a/acme/p42"));
        assert_eq!(home.acting().1.as_deref(), Some("a/acme/p42"));
        home.1.update(|config| config.current_context = Some("a/acme/p9".to_owned())).expect("works");
        assert_eq!(home.excerpt(), None);
        assert_eq!(home.acting().1.as_deref(), Some("a/acme/p9"));
    }

    #[test]
    fn a_damaged_excerpt_or_one_of_another_version_is_not_used() {
        let home = Home::new();
        home.load();
        let good = home.excerpt().expect("it was written");
        for bad in ["", "{}", &good[..10], &good.replace("\"version\":1", "\"version\":2"), "null\na: [b"] {
            std::fs::write(home.0.path().join("cache/config"), bad).expect("writable");
            assert_eq!(home.load().contexts.len(), 1001, "{bad}");
            assert_eq!(home.load().contexts.len(), 2, "{bad}");
        }
    }

    #[test]
    fn a_configuration_with_something_to_tell_has_no_excerpt() {
        let home = Home::new();
        let path = home.0.path().join("config");
        let text = std::fs::read_to_string(&path).expect("readable");
        std::fs::write(&path, text.replace("- name: a/acme/p1\n", "- nom: a/acme/p1\n")).expect("works");
        assert!(!home.load().problems().is_empty());
        assert_eq!(home.excerpt(), None);
    }
}
