//! `service-accounts keys create`: a key, and the credentials file that signs in with it.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use super::destination::Destination;
use super::expiry::expiry;
use super::material::{PairFlags, PublicKeyFlag};
use crate::app::App;
use crate::auth::{IdentityServer, SessionTokens};
use crate::cmd::format::ListFlag;
use crate::cmd::runtime::{Shield, block_on_shielded};
use crate::cmd::service_accounts::flags::ProjectFlags;
use crate::error::Failure;
use crate::machine::{self, Account, CreatedKey, Document, Key, KeyPair, Machines, NewKey, has_key, read_public_key};
use crate::ui::{Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The service account
    #[arg(long, value_name = "NAME")]
    account: String,
    /// File for the credentials (0600); - writes them into a pipe
    #[arg(long, value_name = "FILE", required_unless_present = "public_key")]
    output_file: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    public_key: PublicKeyFlag,
    #[command(flatten)]
    pair: PairFlags,
    /// When it ends by itself: 90d, 12h, a date or a time [default: the server's]
    #[arg(long, value_name = "WHEN", value_parser = expiry)]
    expires: Option<Timestamp>,
    #[command(flatten)]
    project: ProjectFlags,
    #[command(flatten)]
    format: ListFlag,
}

/// A key that was made, and where its credentials are.
#[derive(Serialize)]
struct Made {
    #[serde(flatten)]
    key: Key,
    client_id: String,
    file: Option<PathBuf>,
}

impl View for Made {
    fn text(&self) -> String {
        format!("{}\n", sanitize(&self.key.id))
    }

    fn names(&self) -> Vec<String> {
        vec![self.key.id.clone()]
    }
}

/// Finds a place for the credentials, makes the key, and delivers; what cannot be delivered is revoked again.
pub(super) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let public_key = args.public_key.public_key.as_deref().map(read_public_key).transpose()?;
    let destination = args.output_file.as_deref().map(|path| Destination::open(path, args.force)).transpose()?;
    let cluster = args.project.cluster(app)?;
    let shield = Shield::default();
    let into_pipe = matches!(destination, Some(Destination::Pipe));
    let made = block_on_shielded(ui, &shield, async {
        let machines = Machines::of(&cluster).await?;
        let (account, email) = machines.get_finished(&args.account).await?;
        let (client, issuer) = (app.auth()?.client()?, app.acting()?.issuer(app.auth()?)?);
        let server = IdentityServer::find(client, &issuer).await?;
        let pair = args.pair.make(ui).await?;
        let public_half = pair.as_ref().map(|pair| pair.public_key.clone()).or(public_key);
        shield.raise();
        let scope = match &pair {
            Some(_) => scope(app, &machines, &email, args.pair.scope.as_deref()).await?,
            None => String::new(),
        };
        let new = NewKey { account: &email, expires: args.expires, public_key: public_half.as_ref() };
        let created = machines.create_key(&new, &machines.keys(Some(&email)).await?).await?;
        let Some(destination) = destination else {
            return Ok(Made { key: created.key, client_id: account.client_id, file: None });
        };
        let delivery = Delivery { ui, account: &account, email: &email, scope: &scope, server: &server };
        let id = created.key.id.clone();
        match delivery.deliver(created, pair, &machines, destination) {
            Ok(made) => Ok(made),
            // A file that has the key, though nobody knows for how long, must not lose it.
            Err(failure) if args.output_file.as_deref().is_some_and(|path| has_key(path, &id)) => {
                Err(failure.about_kept_key(&id))
            }
            Err(failure) => Err(failure.with_key_taken_back(&machines.take_back(&id, &email).await)),
        }
    })?;
    tell(ui, &made);
    if into_pipe {
        return Ok(());
    }
    Ok(ui.print(&made, args.format.output.into())?)
}

/// What a credentials file is made and delivered with.
struct Delivery<'a> {
    ui: &'a Ui,
    account: &'a Account,
    email: &'a str,
    scope: &'a str,
    server: &'a IdentityServer<'a>,
}

impl Delivery<'_> {
    fn deliver(
        &self,
        created: CreatedKey,
        pair: Option<KeyPair>,
        machines: &Machines<'_, SessionTokens<'_>>,
        destination: Destination,
    ) -> Result<Made, Failure> {
        let (key, document) = created.document(pair, (&self.account.client_id, self.email), self.scope)?;
        let document = settled(document, machines, self.server);
        let file = destination.deliver(self.ui, &document)?;
        Ok(Made { key, client_id: self.account.client_id.clone(), file })
    }
}

/// The document with the environment that it belongs to.
pub(super) fn settled(
    document: Document,
    machines: &Machines<'_, SessionTokens<'_>>,
    server: &IdentityServer<'_>,
) -> Document {
    document.belongs_to(server.token_endpoint.as_str(), &machines.api(), &machines.project)
}

/// The scope for a pair that was made here: as asked, as the acting service account's own, or as the platform says.
pub(super) async fn scope(
    app: &App,
    machines: &Machines<'_, SessionTokens<'_>>,
    email: &str,
    asked: Option<&str>,
) -> Result<String, Failure> {
    if let Some(scope) = asked.map(str::to_owned).or(app.acting()?.machine_scope(app.auth()?)?) {
        return Ok(scope);
    }
    let scope = machines.scope_of_keys(email).await?;
    scope.ok_or_else(|| machine::Error::NoScope.into())
}

fn tell(ui: &Ui, made: &Made) {
    let (id, account) = (sanitize(&made.key.id), sanitize(&made.key.account));
    let until = made.key.expires_at.as_deref().map(|time| format!(", until {}", sanitize(time))).unwrap_or_default();
    ui.success(format_args!("Made key {id} of {account}{until}"));
    if let Some(path) = &made.file {
        let path = path.to_string_lossy();
        ui.success(format_args!("Its credentials are in {}: only you can read it", sanitize(&path)));
        ui.hint(format_args!("DATUM_CREDENTIALS_FILE={} datumctl whoami", shell_words::quote(&sanitize(&path))));
    }
}
