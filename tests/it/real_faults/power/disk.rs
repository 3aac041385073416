//! A disk whose power can go at any moment: what is durable, and what else may or may not have arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::log::Step;

/// What a file system holds: paths and contents.
pub type State = BTreeMap<PathBuf, Vec<u8>>;

/// A file's content that never was synced can be any of these.
#[derive(Clone, Copy)]
enum Unsynced {
    Full,
    Old,
    Empty,
    Half,
    Zeros,
}

#[derive(Clone, Default)]
struct File {
    durable: Vec<u8>,
    now: Vec<u8>,
}

/// A change of names that no sync of its directory has made durable.
#[derive(Clone)]
enum Change {
    Set(PathBuf, usize),
    Move(PathBuf, PathBuf),
    Unset(PathBuf),
}

impl Change {
    fn directory(&self) -> &Path {
        let (Self::Set(path, _) | Self::Move(_, path) | Self::Unset(path)) = self;
        path.parent().expect("a directory")
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Set(path, file) => drop(names.insert(path.clone(), *file)),
            Self::Unset(path) => drop(names.remove(path)),
            Self::Move(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
        }
    }
}

/// The states that a power cut can leave, each with whether the caller had been answered by then; without one of the
/// syncs if `left_out` names it.
pub fn states(before: &State, steps: &[Step], left_out: Option<usize>) -> BTreeSet<(State, bool)> {
    let mut files: Vec<File> =
        before.values().map(|content| File { durable: content.clone(), now: content.clone() }).collect();
    let mut durable: BTreeMap<PathBuf, usize> = before.keys().cloned().zip(0..).collect();
    let (mut pending, mut told, mut all) = (Vec::<Change>::new(), false, BTreeSet::new());
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Synced { .. } | Step::SyncedDirectory { .. } if left_out == Some(number) => {}
            Step::Made { path, file } => {
                files.resize((file + 1).max(files.len()), File::default());
                pending.push(Change::Set(path.clone(), *file));
            }
            Step::Written { file, content } => files[*file].now.clone_from(content),
            Step::Renamed { from, to } => pending.push(Change::Move(from.clone(), to.clone())),
            Step::Removed { path } => pending.push(Change::Unset(path.clone())),
            Step::Synced { file } => files[*file].durable = files[*file].now.clone(),
            Step::SyncedDirectory { path } => {
                pending
                    .iter()
                    .filter(|change| change.directory() == path)
                    .for_each(|change| change.apply(&mut durable));
                pending.retain(|change| change.directory() != path);
            }
            Step::Told => told = true,
        }
        for arrived in 0..=pending.len() {
            let mut names = durable.clone();
            pending[..arrived].iter().for_each(|change| change.apply(&mut names));
            for unsynced in [Unsynced::Full, Unsynced::Old, Unsynced::Empty, Unsynced::Half, Unsynced::Zeros] {
                let state = names.iter().map(|(path, file)| (path.clone(), left(&files[*file], unsynced))).collect();
                all.insert((state, told));
            }
        }
    }
    all
}

fn left(file: &File, unsynced: Unsynced) -> Vec<u8> {
    if file.durable == file.now {
        return file.now.clone();
    }
    match unsynced {
        Unsynced::Full => file.now.clone(),
        Unsynced::Old => file.durable.clone(),
        Unsynced::Empty => Vec::new(),
        Unsynced::Half => file.now[..file.now.len() / 2].to_vec(),
        Unsynced::Zeros => vec![0; file.now.len()],
    }
}
