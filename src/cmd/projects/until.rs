//! Waiting for a project to be there, or to be gone.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::cmd::format::duration;
use crate::error::Failure;
use crate::exit::ExitCode;

/// `--wait` and `--timeout`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct WaitFlags {
    /// Return only when it is done
    #[arg(long)]
    pub(super) wait: bool,
    /// The longest wait: 30s, 5m, 2h
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    timeout: Duration,
}

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

impl WaitFlags {
    /// Looks again and again until `look` finds what it looks for.
    ///
    /// # Errors
    /// What `look` fails with, or that the time is over; `what` says what was waited for.
    pub(super) async fn until<R>(
        self,
        what: &str,
        look: impl AsyncFn() -> Result<Option<R>, Failure>,
    ) -> Result<R, Failure> {
        let end = Instant::now() + self.timeout;
        let looking = async {
            let mut pause = FIRST_PAUSE;
            loop {
                if let Some(found) = look().await? {
                    return Ok(found);
                }
                sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        };
        timeout_at(end, looking).await.unwrap_or_else(|_| {
            let message = format!("{what} after {} s", self.timeout.as_secs());
            Err(Failure::new(ExitCode::Unavailable, "TIMEOUT", message).hint("it goes on without us; look again later"))
        })
    }
}
