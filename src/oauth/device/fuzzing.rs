//! For `crate::fuzzing`: a device login against answers that are given, in virtual time.

use std::cell::Cell;
use std::time::Duration;

use super::poll::{Pace, poll};
use super::{DeviceAuthorization, start};
use crate::oauth::answer::Reply;
use crate::oauth::{Error, Provider, TokenAnswer};

/// What is asked for and when, counted from the moment that the codes came.
pub(crate) struct Polling {
    pub(crate) asked: Vec<Duration>,
    pub(crate) ended: Duration,
    pub(crate) outcome: Result<TokenAnswer, Error>,
}

pub(in crate::oauth) fn read_authorization(reply: Reply, provider: &Provider) -> Result<DeviceAuthorization, Error> {
    start::read(reply, provider)
}

/// Lets `answer` answer every question; it is told the number of the question.
pub(crate) async fn play(
    authorization: &DeviceAuthorization,
    mut answer: impl FnMut(usize) -> Result<TokenAnswer, Error>,
) -> Polling {
    let (now, mut asked) = (Cell::new(Duration::ZERO), Vec::new());
    let ask = async || {
        asked.push(now.get());
        answer(asked.len() - 1)
    };
    let outcome = poll(authorization, &mut Virtual(&now), ask, &mut |_| {}).await;
    Polling { asked, ended: now.get(), outcome }
}

struct Virtual<'a>(&'a Cell<Duration>);

impl Pace for Virtual<'_> {
    fn elapsed(&self) -> Duration {
        self.0.get()
    }

    async fn pause(&mut self, length: Duration) {
        self.0.set(self.0.get() + length);
    }
}
