//! Has a file changed since we last looked, without reading it?

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What changes with every replacement and every edit of a file.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Stamp {
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
}

impl Stamp {
    /// The stamp of the file at `path` (of what a link leads to); `None` when there is none.
    pub(crate) fn of(path: &Path) -> io::Result<Option<Self>> {
        match path.metadata() {
            Ok(metadata) => Ok(Some(Self::from_metadata(&metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The file's size in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    #[cfg(unix)]
    fn from_metadata(metadata: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self {
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }

    #[cfg(not(unix))]
    fn from_metadata(metadata: &std::fs::Metadata) -> Self {
        let since = |time: io::Result<std::time::SystemTime>| {
            let duration =
                time.ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
            (duration.as_secs().cast_signed(), i64::from(duration.subsec_nanos()))
        };
        Self {
            size: metadata.len(),
            modified: since(metadata.modified()),
            changed: since(metadata.created()),
            inode: 0,
        }
    }
}
