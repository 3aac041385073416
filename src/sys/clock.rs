//! The wall clock. Durations that decide a deadline use `std::time::Instant` instead.

use jiff::Timestamp;

/// The current wall-clock time.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
