//! What an identity server looks like from here, for whoever wonders why something does not work.

use super::{Account, Auth, Error};
use crate::http::Host;
use crate::oauth;

/// An identity server as it answered a moment ago.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Which one.
    pub(crate) issuer: Host,
    /// By how many seconds this machine's clock is ahead of the server's; `None` where the server does not say.
    pub(crate) clock_ahead: Option<i64>,
}

/// Asks the account's identity server what it is (RFC 8414), which needs a connection, trust and sound metadata.
///
/// # Errors
/// What keeps it from being an identity server.
pub(crate) async fn look_at_issuer(auth: &Auth, account: &Account) -> Result<Seen, Error> {
    let issuer = account.issuer(auth)?;
    let provider = oauth::discover(auth.client()?, &issuer).await?;
    Ok(Seen { issuer, clock_ahead: provider.clock_ahead() })
}
