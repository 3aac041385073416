//! What a command does to the disk, read from its system calls.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::World;
use crate::support::strace::strace;

/// One step on the disk. Files are numbered in the order in which they come into being.
#[derive(Clone, Debug)]
pub enum Step {
    Made {
        path: PathBuf,
        file: usize,
    },
    /// All of the file, as it is from now on.
    Written {
        file: usize,
        content: Vec<u8>,
    },
    Renamed {
        from: PathBuf,
        to: PathBuf,
    },
    Removed {
        path: PathBuf,
    },
    Synced {
        file: usize,
    },
    SyncedDirectory {
        path: PathBuf,
    },
    /// The caller has been answered.
    Told,
}

const CALLS: &str = "trace=open,openat,write,pwrite64,lseek,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink,\
                     unlinkat,close,fcntl";

/// Runs `command` and answers its steps on files below `home`; lock files hold nothing and do not count.
pub fn record(world: &World, command: &Command, input: Stdio, home: &Path, files: usize) -> Vec<Step> {
    let log = world.scratch("power.log");
    let options = [
        "-qq",
        "-b",
        "execve",
        "-xx",
        "-s",
        "1000000",
        "-e",
        "signal=none",
        "-o",
        log.to_str().expect("UTF-8"),
        "-e",
        CALLS,
    ];
    let output = strace(command, &options).stdin(input).output().expect("strace runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut reader = Reader { home, next: files, handles: HashMap::new(), contents: HashMap::new(), steps: Vec::new() };
    fs::read_to_string(&log).expect("a log").lines().for_each(|line| reader.read(line));
    reader.steps.push(Step::Told);
    reader.steps
}

#[derive(Clone, Debug)]
enum Handle {
    Directory(PathBuf),
    File { file: usize, offset: usize },
}

struct Reader<'a> {
    home: &'a Path,
    next: usize,
    handles: HashMap<i64, Handle>,
    contents: HashMap<usize, Vec<u8>>,
    steps: Vec<Step>,
}

impl Reader<'_> {
    fn read(&mut self, line: &str) {
        let call = line.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
        let Some((name, rest)) = call.split_once('(') else { return };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else { return };
        let result: i64 = result.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(-1);
        if result < 0 {
            return;
        }
        let texts = texts(arguments);
        let numbers: Vec<i64> =
            arguments.trim_end().trim_end_matches(')').split(", ").map(|part| part.parse().unwrap_or(-1)).collect();
        let paths: Vec<PathBuf> =
            texts.iter().map(|text| PathBuf::from(String::from_utf8_lossy(text).into_owned())).collect();
        let handle = numbers.first().copied().unwrap_or(-1);
        match name {
            "open" | "openat" => self.open(&paths[0], arguments, result),
            "close" => drop(self.handles.remove(&handle)),
            "fcntl" if arguments.contains("F_DUPFD") => {
                if let Some(copy) = self.handles.get(&handle).cloned() {
                    self.handles.insert(result, copy);
                }
            }
            "lseek" => {
                if let Some(Handle::File { offset, .. }) = self.handles.get_mut(&handle) {
                    *offset = usize::try_from(result).expect("a position");
                }
            }
            "write" if handle == 1 => self.steps.push(Step::Told),
            "write" => self.write(handle, &texts[0][..usize::try_from(result).expect("a length")], None),
            "pwrite64" => self.write(handle, &texts[0], numbers.last().copied()),
            "ftruncate" => self.truncate(handle, usize::try_from(numbers[1]).expect("a length")),
            "fsync" | "fdatasync" => match self.handles.get(&handle) {
                Some(Handle::Directory(path)) => self.steps.push(Step::SyncedDirectory { path: path.clone() }),
                Some(Handle::File { file, .. }) => self.steps.push(Step::Synced { file: *file }),
                None => {}
            },
            "rename" | "renameat" | "renameat2" if self.is_ours(&paths[1]) => {
                self.steps.push(Step::Renamed { from: paths[0].clone(), to: paths[1].clone() });
            }
            "unlink" | "unlinkat" if self.is_ours(&paths[0]) => {
                self.steps.push(Step::Removed { path: paths[0].clone() });
            }
            _ => {}
        }
    }

    fn is_ours(&self, path: &Path) -> bool {
        path.starts_with(self.home) && path.extension().is_none_or(|extension| extension != "lock")
    }

    fn open(&mut self, path: &Path, arguments: &str, handle: i64) {
        self.handles.remove(&handle);
        if !self.is_ours(path) {
            return;
        }
        if arguments.contains("O_EXCL") {
            let file = self.next;
            self.next += 1;
            self.steps.push(Step::Made { path: path.to_owned(), file });
            self.handles.insert(handle, Handle::File { file, offset: 0 });
        } else if path.is_dir() {
            self.handles.insert(handle, Handle::Directory(path.to_owned()));
        }
    }

    fn write(&mut self, handle: i64, bytes: &[u8], at: Option<i64>) {
        let Some(Handle::File { file, offset }) = self.handles.get_mut(&handle) else { return };
        let start = at.map_or(*offset, |at| usize::try_from(at).expect("a position"));
        let content = self.contents.entry(*file).or_default();
        content.resize(content.len().max(start + bytes.len()), 0);
        content[start..start + bytes.len()].copy_from_slice(bytes);
        if at.is_none() {
            *offset = start + bytes.len();
        }
        self.steps.push(Step::Written { file: *file, content: content.clone() });
    }

    fn truncate(&mut self, handle: i64, length: usize) {
        let Some(Handle::File { file, .. }) = self.handles.get(&handle) else { return };
        let content = self.contents.entry(*file).or_default();
        content.resize(length, 0);
        self.steps.push(Step::Written { file: *file, content: content.clone() });
    }
}

/// The texts among the arguments, which strace has written as `"\x68\x69"`.
fn texts(arguments: &str) -> Vec<Vec<u8>> {
    let decode = |text: &str| text.split("\\x").skip(1).filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
    arguments.split('"').skip(1).step_by(2).map(decode).collect()
}
