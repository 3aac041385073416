//! The two files of YAML that are changed in place: our own settings and kubectl's.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::text;
use super::yaml_reader::Tree;
use crate::config::{Config, ConfigFile, Notice, SessionDetails};
use crate::kubeconfig::{Access, Added, Kubeconfig, Plane, Selection, Trust};

const NAME: &str = "fuzz@api.example";

/// A settings file.
///
/// A file that cannot be read or changed keeps every byte, and so does one in which nothing is to change. After a
/// login, what we do not know and what belongs to other sessions is as it was, comments included unless the file had
/// to be written anew, and two foreign readers read the result.
pub fn config_yaml(data: &[u8]) -> bool {
    let home = directory();
    let path = home.path().join("config");
    write(&path, data);
    let file = ConfigFile::new(home.path());
    let Ok(before) = file.load() else {
        assert!(file.update(log_in).is_err(), "a file that cannot be read was changed");
        assert_eq!(read(&path), data);
        return false;
    };
    file.update(|_| ()).expect("nothing to write");
    assert_eq!(read(&path), data);
    if file.update(log_in).is_err() {
        assert_eq!(read(&path), data, "a change that failed left a trace");
        return false;
    }
    let result = String::from_utf8(read(&path)).expect("text");
    assert_still_readable(data, &result);
    let after = file.load().expect("we read it");
    assert_eq!(after.active_session.as_deref(), Some(NAME));
    assert_eq!(known(&after), known(&before), "another session or a context changed");
    let was_rewritten = file.take_notices().iter().any(|notice| matches!(notice, Notice::WrittenAnew { .. }));
    let Some((text, tree)) = document(data) else { return true };
    let written = Tree::read(&result).expect("a reader of YAML 1.2 reads it");
    if !was_rewritten {
        assert_eq!(foreign_settings(&written), foreign_settings(&tree), "what is not ours changed");
        // Of the cache, entries of an old version are dropped.
        if !text.contains("cache") {
            assert_comments_survive(text, &result);
        }
    }
    true
}

fn log_in(config: &mut Config) {
    config.upsert_session(SessionDetails {
        name: NAME.to_owned(),
        user_key: "fuzz@auth.example".to_owned(),
        user_email: "fuzz@example.com".to_owned(),
        user_name: Some("yes".to_owned()),
        server: "https://api.example".to_owned(),
        auth_hostname: "auth.example".to_owned(),
    });
    // Nothing is taken out, so no comment may go: those that touch an entry would go with it.
    config.active_session = Some(NAME.to_owned());
}

/// All that we have a word for, of the sessions that were there before and of every context.
fn known(config: &Config) -> Vec<String> {
    let sessions = config.sessions.iter().filter(|session| session.name != NAME).map(|session| {
        let endpoint = &session.endpoint;
        format!(
            "{:?}",
            (
                (&session.name, &session.user_key, &session.user_email, &session.user_name, &session.last_context),
                (&endpoint.server, &endpoint.auth_hostname, &endpoint.tls_server_name),
                (endpoint.insecure_skip_tls_verify, &endpoint.certificate_authority_data),
            )
        )
    });
    let contexts = config.contexts.iter().map(|context| {
        let place = (&context.organization_id, &context.project_id, &context.namespace);
        format!("{:?}", (&context.name, &context.session, place))
    });
    sessions.chain(contexts).collect()
}

/// What a settings file holds that we have no word for, in no order of its entries.
fn foreign_settings(document: &Tree) -> Vec<String> {
    const TOP: [&str; 8] =
        ["active-session", "apiVersion", "auto-update", "cache", "contexts", "current-context", "kind", "sessions"];
    const ENDPOINT: [&str; 5] =
        ["auth-hostname", "certificate-authority-data", "insecure-skip-tls-verify", "server", "tls-server-name"];
    const SESSION: [&str; 6] = ["endpoint", "last-context", "name", "user-email", "user-key", "user-name"];
    const CONTEXT: [&str; 5] = ["name", "namespace", "organization-id", "project-id", "session"];
    let list = |key: &str| document.at(key).map(Tree::items).unwrap_or_default();
    let is_ours = |entry: &&Tree| entry.at("name").and_then(Tree::text) == Some(NAME);
    // A document of three dashes holds nothing.
    let mut found: Vec<Tree> = (*document != Tree::Null).then(|| document.without(&TOP)).into_iter().collect();
    for session in list("sessions").iter().filter(|entry| !is_ours(entry)) {
        found.push(session.without(&SESSION));
        found.extend(session.at("endpoint").map(|endpoint| endpoint.without(&ENDPOINT)));
    }
    found.extend(list("contexts").iter().map(|context| context.without(&CONTEXT)));
    let mut found: Vec<String> = found
        .into_iter()
        .filter(|tree| !matches!(tree, Tree::Map(pairs) if pairs.is_empty()))
        .map(|tree| format!("{tree:?}"))
        .collect();
    found.sort();
    found
}

/// A kubeconfig.
///
/// Our entries go in, once more without a change, and out again. Whatever else is there is as it was and in its order,
/// comments included; a file that cannot be changed keeps every byte.
pub fn kubeconfig_merge(data: &[u8]) -> bool {
    let home = directory();
    let path = home.path().join("kubeconfig");
    write(&path, data);
    let kubeconfig = Kubeconfig::locate(Some(&path)).expect("a path");
    let access = access();
    let Ok(outcome) = kubeconfig.change(|merged| access.add_to(merged)) else {
        assert_eq!(read(&path), data, "a change that failed left a trace");
        return false;
    };
    let (added, with_ours) = (outcome.answer, read(&path));
    assert_eq!(!outcome.written.is_empty(), with_ours != data);
    let again = kubeconfig.change(|merged| access.add_to(merged)).expect("we wrote it");
    assert!(again.written.is_empty(), "a second run writes again");
    assert_eq!(read(&path), with_ours);

    let with_ours = String::from_utf8(with_ours).expect("text");
    assert_still_readable(data, &with_ours);
    let selection = Selection { plane: Some(access.plane.clone()), account: Some(access.account.clone()) };
    let removed = kubeconfig.change(|merged| selection.remove_from(merged));
    let without = String::from_utf8(read(&path)).expect("text");
    let Some((text, before)) = document(data) else { return true };
    let tree = Tree::read(&with_ours).expect("a reader of YAML 1.2 reads it");
    check_ours(&tree, &added, &access);
    let ours = [vec![added.cluster], vec![added.context], vec![added.user]];
    assert_eq!(foreign_entries(&tree, &ours), foreign_entries(&before, &ours), "another entry changed");
    if !text.contains("datum-") {
        assert_comments_survive(text, &with_ours);
    }
    if let Ok(outcome) = removed {
        let gone = [outcome.answer.clusters, outcome.answer.contexts, outcome.answer.users];
        let left = Tree::read(&without).expect("a reader of YAML 1.2 reads it");
        assert_eq!(foreign_entries(&left, &gone), foreign_entries(&tree, &gone), "more was taken out");
        let names = |key: &str| left.at(key).map(Tree::items).unwrap_or_default().iter().filter_map(name);
        assert!(!names("contexts").any(|name| gone[1].iter().any(|gone| gone == name)), "it is still there");
        if !text.contains("datum-") {
            assert_eq!(foreign_entries(&left, &ours), foreign_entries(&before, &ours));
            // Comments that touch an entry go with it, and in a list of ours alone all of them do.
            let is_shared = |key: &&str| !left.at(key).map(Tree::items).unwrap_or_default().is_empty();
            if ["clusters", "contexts", "users"].iter().all(is_shared) {
                assert_comments_survive(text, &without);
            }
        }
    }
    true
}

fn access() -> Access {
    Access {
        plane: Plane::Project("demo".to_owned()),
        server: "https://api.example/projects/demo/control-plane".to_owned(),
        host: "api.example".to_owned(),
        trust: Trust::default(),
        account: "fuzz@api.example".to_owned(),
        command: "/opt/yes/datumctl".to_owned(),
        arguments: ["auth", "get-token", "--session=fuzz@api.example"].map(str::to_owned).to_vec(),
        environment: vec![("DATUMCTL_HOME", "/home/# 1".to_owned())],
        interactive_mode: Some("Never".to_owned()),
        becomes_current: true,
    }
}

fn name(entry: &Tree) -> Option<&str> {
    entry.at("name").and_then(Tree::text)
}

fn check_ours(document: &Tree, added: &Added, access: &Access) {
    let content = |list: &str, entry: &str, key: &str| {
        let items = document.at(list).map(Tree::items).unwrap_or_default();
        items.iter().find(|item| name(item) == Some(entry)).and_then(|item| item.at(key)).expect("our entry").clone()
    };
    let says = |tree: &Tree, key: &str| tree.at(key).and_then(Tree::text).map(str::to_owned);
    let context = content("contexts", &added.context, "context");
    assert_eq!(says(&content("clusters", &added.cluster, "cluster"), "server").as_ref(), Some(&access.server));
    assert_eq!(says(&context, "cluster").as_ref(), Some(&added.cluster));
    assert_eq!(says(&context, "user").as_ref(), Some(&added.user));
    let exec = content("users", &added.user, "user").at("exec").expect("exec").clone();
    assert_eq!(says(&exec, "command").as_ref(), Some(&access.command));
    let arguments: Vec<_> =
        exec.at("args").map(Tree::items).unwrap_or_default().iter().filter_map(Tree::text).collect();
    assert_eq!(arguments, access.arguments);
    assert_eq!(says(document, "current-context").as_ref(), Some(&added.context));
}

/// All that is not ours: entries in their order, and the keys beside the lists.
fn foreign_entries(document: &Tree, ours: &[Vec<String>; 3]) -> Vec<Vec<Tree>> {
    let mut found: Vec<Vec<Tree>> = ["clusters", "contexts", "users"]
        .iter()
        .zip(ours)
        .map(|(key, ours)| {
            let items = document.at(key).map(Tree::items).unwrap_or_default();
            items
                .iter()
                .filter(|item| !name(item).is_some_and(|name| ours.iter().any(|our| our == name)))
                .cloned()
                .collect()
        })
        .collect();
    let ours = ["clusters", "contexts", "users", "current-context", "apiVersion", "kind"];
    // A file without a word is an empty mapping.
    let Tree::Map(_) = document else { return [found, vec![vec![Tree::Map(Vec::new())]]].concat() };
    found.push(vec![document.without(&ours)]);
    found
}

/// The document in `data`, where the second reader has one; white space alone is no document. What ends a line in YAML
/// 1.1 and none in 1.2 makes two documents of one text.
fn document(data: &[u8]) -> Option<(&str, Tree)> {
    const LINE_ENDS_OF_1_1: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];
    let text = text(data).filter(|text| !text.trim().is_empty() && !text.contains(LINE_ENDS_OF_1_1))?;
    Some((text, Tree::read(text)?))
}

/// What a strict reader could read, it still can: it wants merge keys to merge.
fn assert_still_readable(before: &[u8], after: &str) {
    let could = text(before).is_some_and(|before| crate::yaml::document(before.trim_start_matches('\u{feff}')).is_ok());
    let now = crate::yaml::document(after.trim_start_matches('\u{feff}'));
    assert!(!could || now.is_ok(), "{now:?}:\n{after}");
}

/// Every line that is a comment and nothing else.
fn assert_comments_survive(before: &str, after: &str) {
    let comments = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim).filter(|line| line.starts_with('#'));
        lines.map(str::to_owned).collect()
    };
    let mut left = comments(after);
    for comment in comments(before) {
        let position = left.iter().position(|found| *found == comment);
        left.remove(position.unwrap_or_else(|| panic!("the comment {comment:?} is lost:\n{after}")));
    }
}

/// A directory in memory, where the system has one: durable writes cost nothing there.
fn directory() -> TempDir {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("datumctl-fuzz-").tempdir_in(place).expect("a directory")
}

fn write(path: &PathBuf, data: &[u8]) {
    std::fs::write(path, data).expect("writable");
}

fn read(path: &PathBuf) -> Vec<u8> {
    std::fs::read(path).expect("readable")
}
