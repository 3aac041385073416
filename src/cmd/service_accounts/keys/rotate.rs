//! `service-accounts keys rotate`: another key for a credentials file that works at every moment.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::create::{scope, settled};
use super::expiry::expiry;
use super::material::PairFlags;
use crate::app::App;
use crate::auth::{IdentityServer, SessionTokens};
use crate::cmd::format::{ListFlag, duration};
use crate::cmd::runtime::{Shield, block_on_shielded};
use crate::cmd::service_accounts::flags::ProjectFlags;
use crate::error::Failure;
use crate::machine::{Key, Machines, NewKey, Renewal, Rotation, Settled};
use crate::ui::{Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The service account
    #[arg(long, value_name = "NAME")]
    account: String,
    /// The credentials file to renew
    #[arg(long, value_name = "FILE")]
    output_file: PathBuf,
    /// Leave the old key valid for this long (30m, 24h); a later rotation, or --finish, revokes it
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s", hide_default_value = true)]
    keep_old: Duration,
    /// Make no key: only revoke those that the file has outlived
    #[arg(long, conflicts_with_all = ["keep_old", "generate", "key_size", "scope", "expires"])]
    finish: bool,
    #[command(flatten)]
    pair: PairFlags,
    /// When the new key ends by itself: 90d, 12h, a date or a time [default: the server's]
    #[arg(long, value_name = "WHEN", value_parser = expiry)]
    expires: Option<Timestamp>,
    #[command(flatten)]
    project: ProjectFlags,
    #[command(flatten)]
    format: ListFlag,
}

/// The new key, and what became of those before it.
#[derive(Serialize)]
struct Done {
    #[serde(flatten)]
    key: Option<Key>,
    file: PathBuf,
    sessions: Vec<String>,
    revoked: Vec<String>,
    kept: Vec<Kept>,
}

/// An old key that is still valid, and from when on it is to be revoked.
#[derive(Serialize)]
struct Kept {
    id: String,
    revoke_after: Option<Timestamp>,
}

impl View for Done {
    fn text(&self) -> String {
        self.key.iter().map(|key| format!("{}\n", sanitize(&key.id))).collect()
    }

    fn names(&self) -> Vec<String> {
        self.key.iter().map(|key| key.id.clone()).collect()
    }
}

/// Rotates, or finishes what an earlier rotation left to do.
pub(super) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let cluster = args.project.cluster(app)?;
    let path = args.output_file.as_path();
    if path.as_os_str() == "-" {
        return Err(Failure::usage("a rotation renews a file")
            .hint("into a pipe: keys create --output-file -, then keys revoke"));
    }
    let shield = Shield::default();
    let is_asked = || shield.is_asked();
    let (done, failed) = block_on_shielded(ui, &shield, async {
        let machines = Machines::of(&cluster).await?;
        let (account, email) = machines.get_finished(&args.account).await?;
        let renewal = Renewal::prepare(path, &account.client_id, &email)?;
        let (auth, client, issuer) = (app.auth()?, app.auth()?.client()?, app.acting()?.issuer(app.auth()?)?);
        let server = IdentityServer::find(client, &issuer).await?;
        let pair = args.pair.make(ui).await?;
        let rotation =
            Rotation { machines: &machines, server: &server, auth, account: &email, is_asked_to_end: &is_asked };
        shield.raise();
        if args.finish {
            let (sessions, settled) = rotation.finish(renewal).await?;
            return Ok(summary(path, None, sessions, settled));
        }
        let scope = match &pair {
            Some(_) => new_scope(app, &rotation, &renewal, args).await?,
            None => String::new(),
        };
        let public_half = pair.as_ref().map(|pair| pair.public_key.clone());
        let new = NewKey { account: &email, expires: args.expires, public_key: public_half.as_ref() };
        let complete = |created: crate::machine::CreatedKey| {
            let (key, document) = created.document(pair, (&account.client_id, &email), &scope)?;
            Ok((key, settled(document, &machines, &server)))
        };
        let rotated = rotation.run(path, renewal, &new, args.keep_old, complete).await?;
        Ok(summary(path, Some(rotated.key), rotated.sessions, rotated.settled))
    })?;
    tell(ui, &done);
    ui.print(&done, args.format.output.into())?;
    Failure::all(failed)
}

/// The scope of a pair made here: as asked, as in the file, or as for a first one.
async fn new_scope(
    app: &App,
    rotation: &Rotation<'_, SessionTokens<'_>>,
    renewal: &Renewal,
    args: &Args,
) -> Result<String, Failure> {
    let known = args.pair.scope.as_deref().or(renewal.scope());
    scope(app, rotation.machines, rotation.account, known).await
}

/// What is told and answered, and what remains to be done.
fn summary(path: &Path, key: Option<Key>, sessions: Vec<String>, settled: Settled) -> (Done, Vec<Failure>) {
    let Settled { revoked, kept, failed } = settled;
    let still = |id: &String| Kept { id: id.clone(), revoke_after: None };
    let kept = kept.into_iter().map(|key| Kept { id: key.private_key_id, revoke_after: Some(key.revoke_after) });
    let kept = kept.chain(failed.iter().map(|(id, _)| still(id))).collect();
    let failures = failed.into_iter().map(|(id, error)| Failure::from(error).about_old_key(&id)).collect();
    (Done { key, file: path.to_owned(), sessions, revoked, kept }, failures)
}

fn tell(ui: &Ui, done: &Done) {
    let path = done.file.to_string_lossy();
    if let Some(key) = &done.key {
        ui.success(format_args!("{} has key {} now, and it works", sanitize(&path), sanitize(&key.id)));
    }
    for session in &done.sessions {
        ui.success(format_args!("The session {} signs with it too", sanitize(session)));
    }
    for id in &done.revoked {
        ui.success(format_args!("Revoked key {}", sanitize(id)));
    }
    for kept in &done.kept {
        if let Some(time) = kept.revoke_after {
            ui.status(format_args!(
                "Key {} stays valid; from {time:.0} on a rotation or --finish revokes it",
                sanitize(&kept.id)
            ));
        }
    }
    if done.key.is_none() && done.revoked.is_empty() && done.kept.is_empty() {
        ui.status("There is nothing to finish: no older key of the file is valid");
    }
}
