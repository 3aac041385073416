//! The polling loop (RFC 8628 section 3.5), on monotonic time only.

use std::time::Duration;

use tokio::time::Instant;

use super::{DeviceAuthorization, DeviceError, DeviceEvent};
use crate::oauth::error::{Class, Error, ErrorCode};
use crate::oauth::token::TokenAnswer;

/// What `slow_down` adds, for good.
const SLOWER: Duration = Duration::from_secs(5);
/// The longest pause that trouble leads to by itself.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// The longest pause that an overloaded server may ask for.
const LONGEST_REQUESTED: Duration = Duration::from_secs(60);

/// How the loop sees time pass.
pub(super) trait Pace {
    /// The time since the codes came.
    fn elapsed(&self) -> Duration;
    /// Lets time pass.
    async fn pause(&mut self, length: Duration);
}

/// Real, monotonic time.
pub(super) struct RealTime(Instant);

impl RealTime {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Pace for RealTime {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    async fn pause(&mut self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}

/// What one question led to.
enum Step {
    Done(Box<TokenAnswer>),
    Pending,
    Slower,
    Trouble(Error),
}

/// Asks until there is an end.
pub(super) async fn poll(
    authorization: &DeviceAuthorization,
    pace: &mut impl Pace,
    mut ask: impl AsyncFnMut() -> Result<TokenAnswer, Error>,
    tell: &mut dyn FnMut(DeviceEvent<'_>),
) -> Result<TokenAnswer, Error> {
    let (mut interval, mut failures) = (authorization.interval, 0_u32);
    let mut pause = interval;
    loop {
        let left = authorization.expires_in.saturating_sub(pace.elapsed());
        if pause >= left {
            pace.pause(left).await;
            return Err(DeviceError::Expired.into());
        }
        pace.pause(pause).await;
        // After a suspended laptop wakes up the time may be over, but the answer may be waiting: ask once.
        let left = authorization.expires_in.saturating_sub(pace.elapsed());
        let Ok(outcome) = tokio::time::timeout(left + interval, ask()).await else {
            return Err(DeviceError::Expired.into());
        };
        let step = step(outcome)?;
        if failures > 0 && !matches!(step, Step::Trouble(_)) {
            failures = 0;
            tell(DeviceEvent::Recovered);
        }
        pause = match step {
            Step::Done(answer) => return Ok(*answer),
            Step::Pending => interval,
            Step::Slower => {
                interval += SLOWER;
                interval
            }
            Step::Trouble(error) => {
                if failures == 0 {
                    tell(DeviceEvent::Trouble(&error));
                }
                failures += 1;
                backoff(interval, failures, error.retry_after())
            }
        };
    }
}

fn step(outcome: Result<TokenAnswer, Error>) -> Result<Step, Error> {
    let error = match outcome {
        Ok(answer) => return Ok(Step::Done(Box::new(answer))),
        Err(error) => error,
    };
    match error {
        Error::Refused(refusal) => match refusal.code {
            ErrorCode::AuthorizationPending => Ok(Step::Pending),
            ErrorCode::SlowDown => Ok(Step::Slower),
            ErrorCode::AccessDenied => Err(DeviceError::Refused { description: refusal.description }.into()),
            ErrorCode::ExpiredToken => Err(DeviceError::Expired.into()),
            ErrorCode::InvalidGrant => Err(DeviceError::Spent.into()),
            _ if refusal.code.is_temporary() => Ok(Step::Trouble(refusal.into())),
            _ => Err(refusal.into()),
        },
        error if error.class() == Class::Unavailable => Ok(Step::Trouble(error)),
        error => Err(error),
    }
}

/// Twice as long with every failure, within bounds, and never shorter than the interval.
fn backoff(interval: Duration, failures: u32, requested: Option<Duration>) -> Duration {
    let doubled = interval.saturating_mul(1 << failures.min(6)).min(LONGEST_BACKOFF);
    doubled.max(interval).max(requested.unwrap_or_default().min(LONGEST_REQUESTED))
}
