//! [`Connection`]: one server asked as one session, with the token of the moment and the repeats that are safe.

use std::cell::RefCell;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::call::Call;
use super::error::Error;
use super::repeat::{Repeat, answered};
use crate::http::{Answer, Client, Host, Request, Stream, TokenProvider};
use crate::secret::Secret;

/// The largest error of an answer that is not read whole, in bytes.
const ERROR_BYTES: usize = 64 * 1024;
/// The refused tokens after which a request gives up, however many others come by.
const REFUSALS: usize = 5;
/// More different warnings than anybody reads.
const WARNINGS: usize = 100;

/// One server, asked on behalf of one session.
#[derive(Debug)]
pub(crate) struct Connection<'a, T> {
    client: &'a Client,
    server: Host,
    tokens: T,
    time_limit: Option<Duration>,
    warnings: RefCell<Vec<String>>,
}

impl<'a, T: TokenProvider> Connection<'a, T> {
    /// A connection to the session's own server; `tokens` hands out that session's tokens.
    pub(crate) fn new(client: &'a Client, server: Host, tokens: T) -> Self {
        Self { client, server, tokens, time_limit: None, warnings: RefCell::default() }
    }

    /// The same connection, whose requests each end within `time_limit`; watches have limits of their own.
    pub(crate) fn with_time_limit(self, time_limit: Option<Duration>) -> Self {
        Self { time_limit, ..self }
    }

    /// The server.
    pub(crate) fn server(&self) -> &Host {
        &self.server
    }

    /// Sends `call` and reads its answer, which is a success.
    ///
    /// # Errors
    /// What the server refused, as an [`Error`]; [`Error::Token`] when no token could be had.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, Error> {
        Error::unless_success(self.ask(call).await?, &self.server)
    }

    /// Sends `call` and reads its answer whatever it says: the body, and the error if it is not a success.
    ///
    /// # Errors
    /// What kept the answer away.
    pub(crate) async fn exchange(&self, call: &Call) -> Result<(Bytes, Option<Error>), Error> {
        let Answer { status, headers, body } = self.ask(call).await?;
        let head = body[..body.len().min(ERROR_BYTES)].to_vec();
        let refusal = Error::unless_success(Answer { status, headers, body: head }, &self.server).err();
        Ok((body.into(), refusal))
    }

    async fn ask(&self, call: &Call) -> Result<Answer, Error> {
        let mut repeat = Repeat::of(call);
        let mut bearer = Bearer::default();
        loop {
            let token = bearer.token(&self.tokens).await?;
            let sent = self.client.send(self.request(call, &token)).await;
            match sent {
                Ok(answer) if answer.status == 401 && bearer.goes_on(token, &self.tokens) => continue,
                Ok(answer) => match repeat.after(Ok(answered(&answer))) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => {
                        self.listen(&answer);
                        return Ok(answer);
                    }
                },
                Err(error) => match repeat.after(Err(&error)) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(error.into()),
                },
            }
        }
    }

    /// Sends `call` and returns when its answer, a success, begins.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub(crate) async fn stream(&self, call: &Call) -> Result<Stream, Error> {
        let mut bearer = Bearer::default();
        loop {
            let token = bearer.token(&self.tokens).await?;
            let stream = self.client.stream(self.request(call, &token)).await?;
            if stream.status == 401 && bearer.goes_on(token, &self.tokens) {
                continue;
            }
            if (200..300).contains(&stream.status) {
                return Ok(stream);
            }
            let answer = stream.into_answer(ERROR_BYTES).await?;
            return Err(Error::from_answer(&answer, self.server.authority(), answered(&answer).1));
        }
    }

    /// What the server warned of since this was last asked, each once.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    /// Keeps the texts of `Warning: 299 - "TEXT"` (RFC 7234 section 5.5), as Kubernetes sends them.
    fn listen(&self, answer: &Answer) {
        for header in answer.headers.get_all("warning").iter().filter_map(|header| header.to_str().ok()) {
            let Some((_, text)) = header.split_once('"') else { continue };
            let text = text.strip_suffix('"').unwrap_or(text).replace("\\\"", "\"");
            let mut warnings = self.warnings.borrow_mut();
            if !warnings.contains(&text) && warnings.len() < WARNINGS {
                warnings.push(text);
            }
        }
    }

    fn request(&self, call: &Call, token: &Secret) -> Request {
        let request = call.request(self.only_here(&call.url, token));
        match self.time_limit.filter(|_| call.time_limit.is_none()) {
            Some(limit) => Request { timeout: limit, idle: Some(limit), ..request },
            None => request,
        }
    }

    /// The token for `url`: it goes to the session's own server and nowhere else.
    fn only_here(&self, url: &Url, token: &Secret) -> Option<Secret> {
        self.server.is_origin_of(url).then(|| token.clone())
    }
}

/// The token of one request: the store's, and another one after the server refused it once.
///
/// A refresh ends the token before it at once, so under a storm of other processes' refreshes the second token may be
/// dead as well: it goes on while others put new ones in the store, and never refreshes a second time for that.
#[derive(Debug, Default)]
struct Bearer {
    refused: Option<Secret>,
    refusals: usize,
}

impl Bearer {
    async fn token(&self, tokens: &impl TokenProvider) -> Result<Secret, Error> {
        tokens.token(self.refused.as_ref()).await.map_err(Error::Token)
    }

    /// Remembers that the server refused `token`; whether there may be another one to try.
    fn goes_on(&mut self, token: Secret, tokens: &impl TokenProvider) -> bool {
        self.refusals += 1;
        let goes_on = self.refusals == 1 || self.refusals < REFUSALS && tokens.has_newer(&token);
        self.refused = Some(token);
        goes_on
    }
}

#[cfg(test)]
mod tests;
