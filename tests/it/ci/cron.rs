//! `docs/ci/crontab` and `docs/ci/nightly.sh`: each line's command, run as cron would.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::place::{ACCOUNT, Place, mode};
use crate::support::document::{repository, text_of};
use crate::support::{DATUMCTL, Output};

/// The assignments of the crontab, and its commands.
fn crontab() -> (Vec<(String, String)>, Vec<String>) {
    let (mut assignments, mut commands) = (Vec::new(), Vec::new());
    let text = text_of("docs/ci/crontab");
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let name = line.split('=').next().unwrap();
        if name.bytes().all(|letter| letter.is_ascii_uppercase() || letter == b'_') {
            let value = &line[name.len() + 1..];
            assert!(!value.contains('$'), "cron expands nothing: {line}");
            assignments.push((name.to_owned(), value.to_owned()));
            continue;
        }
        let mut rest = line;
        for limit in [59, 23, 31, 12, 7] {
            let (field, behind) = rest.split_once(' ').expect("five fields and a command");
            assert_field(field, limit);
            rest = behind.trim_start();
        }
        assert!(!rest.is_empty() && !rest.contains('%'), "% is a line's end to cron: {line}");
        commands.push(rest.to_owned());
    }
    (assignments, commands)
}

/// One field: lists of values and ranges, with steps.
#[track_caller]
fn assert_field(field: &str, limit: u32) {
    for part in field.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let number = |text: &str| text.parse::<u32>().is_ok_and(|number| number <= limit);
        assert!((range == "*" || (number(from) && number(to))) && number(step), "{field}");
    }
}

/// A machine whose user `ci` has this crontab.
struct Machine {
    place: Place,
    home: PathBuf,
}

impl Machine {
    fn new() -> Self {
        let place = Place::new();
        let home = place.folder("home-of-ci");
        for folder in ["bin", "credentials"] {
            std::fs::create_dir(home.join(folder)).unwrap();
        }
        place.world.keeper("home-of-ci/credentials");
        let file = home.join("credentials/datum.json");
        std::fs::write(&file, place.credentials()).unwrap();
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        std::fs::copy(repository("docs/ci/nightly.sh"), home.join("bin/nightly.sh")).unwrap();
        Self { place, home }
    }

    /// A machine on which every rotation ends with `status`.
    fn whose_rotation_ends_with(status: u8) -> Self {
        let machine = Self::new();
        let script = format!("case $1 in service-accounts) exit {status} ;; esac\nexec '{DATUMCTL}' \"$@\"");
        machine.place.program("datumctl", &script);
        machine
    }

    /// Runs a command of the crontab.
    fn run(&self, command: &str) -> Output {
        let (assignments, _) = crontab();
        let mut environment: BTreeMap<String, OsString> =
            BTreeMap::from([("HOME".to_owned(), self.home.clone().into())]);
        for (name, value) in assignments {
            let value = value.replace("/home/ci", &self.home.display().to_string());
            let programs = self.place.world.scratch("programs");
            let value = if name == "PATH" { format!("{}:{value}", programs.display()) } else { value };
            environment.insert(name, value.into());
        }
        self.place.run(self.place.world.program("/bin/sh", ["-c", command]), &self.home, &environment)
    }

    fn text(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.home.join(name)).ok()
    }
}

fn nightly() -> String {
    crontab().1.into_iter().find(|command| command.contains("nightly.sh")).expect("a line")
}

#[test]
fn every_line_of_the_crontab_works_as_the_service_account_and_prints_nothing() {
    let (_, commands) = crontab();
    assert!(commands.len() >= 2);
    let machine = Machine::new();
    let zone = r#"{"apiVersion":"dns.networking.miloapis.com/v1alpha1","kind":"DNSZone","metadata":{"name":"example"},"spec":{"domainName":"example.com","dnsZoneClassName":"datum"}}"#;
    let apply = format!("echo '{zone}' | datumctl apply -f - && datumctl whoami");
    assert!(machine.run(&apply).success().stdout.contains(ACCOUNT));
    for command in commands {
        let output = machine.run(&command).success();
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""), "cron would send a mail");
    }
    assert_eq!(machine.text("zones.txt").unwrap(), "dnszone.dns.networking.miloapis.com/example\n");
    assert!(machine.text("zones.json").unwrap().contains("example.com"));
    assert_eq!(mode(&machine.home.join("zones.json")), 0o600);
}

#[test]
fn the_night_rotates_the_file_that_it_acts_with() {
    let machine = Machine::new();
    let key = || -> String {
        let text = machine.text("credentials/datum.json").expect("credentials");
        let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        file["private_key_id"].as_str().expect("an id").to_owned()
    };
    let keys = || machine.run("datumctl service-accounts keys list --account ci -o name").success().stdout;
    for _ in 0..2 {
        let before = key();
        let _ = machine.run(&nightly()).success();
        assert_ne!(key(), before);
        assert_eq!(keys(), format!("{}\n", key()), "the old key is revoked");
    }
    assert_eq!(mode(&machine.home.join("credentials/datum.json")), 0o600);
}

#[test]
fn a_rotation_that_has_to_wait_does_not_stop_the_job_and_one_that_failed_does() {
    let waits = Machine::whose_rotation_ends_with(5);
    let _ = waits.run(&nightly()).success();
    assert!(waits.text("zones.json").is_some());
    for status in [1, 4] {
        let fails = Machine::whose_rotation_ends_with(status);
        let _ = fails.run(&nightly()).exits(status.into());
        assert!(fails.text("zones.json").is_none());
    }
}

#[test]
fn a_job_that_failed_leaves_the_last_good_answer() {
    let machine = Machine::new();
    std::fs::write(machine.home.join("zones.json"), "of yesterday").unwrap();
    machine.place.world.emulator().disable_service_account(ACCOUNT, true).unwrap();
    let _ = machine.run(&nightly()).exits(4);
    assert_eq!(machine.text("zones.json").unwrap(), "of yesterday");
}
