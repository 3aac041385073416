//! When a request may be sent again, and after which pause.

use std::time::Duration;

use super::call::Call;
use crate::http::{self, Answer};
use crate::sys::{clock, random};

const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// All pauses of one request together. A server that asks for more is left alone, and the person is told.
const PATIENCE: Duration = Duration::from_secs(30);

/// The tries of one request.
#[derive(Debug)]
pub(super) struct Repeat {
    tries: u32,
    waited: Duration,
    is_safe: bool,
}

impl Repeat {
    pub(super) fn of(call: &Call) -> Self {
        Self { tries: 0, waited: Duration::ZERO, is_safe: call.is_safe() }
    }

    /// The pause before the next try after `outcome`; `None` when it stands.
    ///
    /// A request that changes something is repeated only when the server surely did not act: it never got the
    /// request, or it said with 429 or 503 when to come back (RFC 9110 section 10.2.3).
    pub(super) fn after(&mut self, outcome: Result<(u16, Option<Duration>), &http::Error>) -> Option<Duration> {
        self.tries += 1;
        let asked = match outcome {
            Ok((429 | 503, Some(asked))) => Some(asked),
            Ok((429 | 500 | 502..=504, _)) if self.is_safe => None,
            Err(error) if error.was_not_sent() && error.is_transient() => None,
            Err(http::Error::Broken { .. }) if self.is_safe => None,
            _ => return None,
        };
        let pause = asked.map_or_else(|| back_off(self.tries), |asked| asked + jitter(FIRST_PAUSE));
        let may = self.tries < TRIES && self.waited + pause <= PATIENCE;
        may.then(|| {
            self.waited += pause;
            pause
        })
    }
}

/// What an answer says about coming back.
pub(super) fn answered(answer: &Answer) -> (u16, Option<Duration>) {
    (answer.status, answer.retry_after(clock::now()))
}

/// A pause that doubles with each try.
fn back_off(tries: u32) -> Duration {
    let pause = FIRST_PAUSE * 2_u32.pow(tries.saturating_sub(1));
    pause + jitter(pause)
}

/// Up to half of `pause` at random, so that many clients do not move in step.
fn jitter(pause: Duration) -> Duration {
    let [random] = random::bytes();
    pause.mul_f64(f64::from(random) / 512.0)
}
