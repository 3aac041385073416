//! The latest changes, for watches and for lists that go on.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use super::{Address, Key};

/// So many changes are remembered.
const CAPACITY: usize = 1 << 14;

/// One object created, changed or removed.
#[derive(Debug)]
pub(in super::super) struct Change {
    pub(in super::super) version: u64,
    pub(in super::super) address: Address,
    pub(in super::super) key: Key,
    pub(in super::super) before: Option<Arc<Value>>,
    pub(in super::super) after: Option<Arc<Value>>,
}

/// A version lies before what is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Compacted {
    /// The oldest version that can be asked for.
    pub(in super::super) oldest: u64,
}

/// A ring of changes with ascending versions and no gap.
#[derive(Default)]
pub(super) struct History {
    changes: VecDeque<Change>,
    /// The version before the first remembered change.
    base: u64,
}

impl History {
    pub(super) fn push(&mut self, change: Change) {
        if self.changes.len() == CAPACITY
            && let Some(oldest) = self.changes.pop_front()
        {
            self.base = oldest.version;
        }
        self.changes.push_back(change);
    }

    /// Changes behind `version`.
    pub(super) fn after(&self, version: u64) -> Result<impl DoubleEndedIterator<Item = &Change> + '_, Compacted> {
        if version < self.base {
            return Err(Compacted { oldest: self.base });
        }
        let start = self.changes.partition_point(|change| change.version <= version);
        Ok(self.changes.range(start..))
    }

    pub(super) fn compact(&mut self, version: u64) {
        self.changes.clear();
        self.base = version;
    }
}
