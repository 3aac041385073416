//! [`Doomed`]: an object that is to go, and how it goes.

use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::DeleteFlags;
use super::wait;
use crate::api::{self, ApiType};
use crate::cmd::resource::{DryRun, Piece, Placed, Work, each, file_name};
use crate::error::Failure;
use crate::manifest::Origin;
use crate::ui::{Ui, sanitize};

/// An object that is to go.
#[derive(Clone, Debug)]
pub(crate) struct Doomed {
    /// Its type.
    pub(crate) kind: ApiType,
    /// Where it is.
    pub(crate) collection: Url,
    /// Its name.
    pub(crate) name: String,
    /// Its namespace, where that is known to matter to the person.
    namespace: Option<String>,
    /// Its uid, if it was read before.
    pub(crate) uid: Option<String>,
    /// The manifest that names it.
    origin: Option<Origin>,
}

impl From<Placed> for Doomed {
    fn from(placed: Placed) -> Self {
        let Placed { document, kind, collection } = placed;
        let name = document.name().to_owned();
        let namespace = document.namespace().filter(|_| kind.namespaced).map(str::to_owned);
        Self { kind, collection, name, namespace, uid: None, origin: Some(document.origin) }
    }
}

impl Doomed {
    /// An object that was only named.
    pub(super) fn named(kind: &ApiType, collection: &Url, name: String) -> Self {
        Self { kind: kind.clone(), collection: collection.clone(), name, namespace: None, uid: None, origin: None }
    }

    /// An object that was read.
    ///
    /// # Errors
    /// Its namespace cannot be part of an address.
    pub(crate) fn read(work: &Work<'_>, kind: &ApiType, object: &Value) -> Result<Self, Failure> {
        let metadata = &object["metadata"];
        let text = |field: &str| metadata[field].as_str().map(str::to_owned);
        let namespace = text("namespace").filter(|_| kind.namespaced);
        let collection = work.cluster.collection(kind, namespace.as_deref())?;
        let name = text("name").unwrap_or_default();
        Ok(Self { kind: kind.clone(), collection, name, namespace, uid: text("uid"), origin: None })
    }

    /// What its file is called.
    pub(crate) fn file_name(&self) -> String {
        file_name(&self.kind, self.namespace.as_deref(), &self.name)
    }

    /// `dnszone.dns.networking.miloapis.com/NAME in NAMESPACE`.
    pub(super) fn place(&self) -> String {
        let reference = format!("{}/{}", self.kind.qualified_singular(), self.name);
        match &self.namespace {
            Some(namespace) => format!("{reference} in {namespace}"),
            None => reference,
        }
    }
}

impl Piece for Doomed {
    fn collection(&self) -> &str {
        self.collection.as_str()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn failure(&self, error: api::Error) -> Failure {
        match &self.origin {
            Some(origin) => Failure::from(error).at(origin),
            None => error.into(),
        }
    }
}

/// Deletes `doomed` and waits, if that is wanted, until all of it is gone; `verb` is what the lines say of them.
///
/// # Errors
/// What could not be deleted, or was not gone in time.
pub(crate) async fn delete(
    ui: &Ui,
    work: &Work<'_>,
    flags: &DeleteFlags,
    doomed: &[Doomed],
    ignore_not_found: bool,
    verb: &str,
) -> Result<(), Failure> {
    let dry_run = flags.dry_run.dry_run;
    let until = (!flags.waiting.timeout.is_zero()).then(|| Instant::now() + flags.waiting.timeout);
    let one = async |one: &Doomed| match dry_run {
        DryRun::Client => Ok(Some(Value::Null)),
        _ => match work.cluster.delete(&one.collection, &one.name, &flags.params(one.uid.as_deref())).await {
            Err(api::Error::NotFound { .. }) if ignore_not_found => Ok(None),
            outcome => outcome.map(Some),
        },
    };
    let mut going = Vec::new();
    let outcome = each(doomed, one, |one, answer| {
        let Some(answer) = answer else { return Ok(()) };
        let kind = one.kind.qualified_singular();
        let line = match flags.output {
            Some(_) => format!("{kind}/{}", one.name),
            None => {
                let how = if flags.force && flags.params(None).grace_period_seconds == Some(0) { "force " } else { "" };
                format!("{kind} {:?} {how}{verb}{}", one.name, dry_run.suffix())
            }
        };
        ui.print_raw(&format!("{}\n", sanitize(&line)))?;
        if let Some(uid) = wait::still_there(&answer).filter(|_| dry_run == DryRun::None && flags.waiting.wait) {
            going.push((one, uid));
        }
        Ok(())
    });
    let outcome = outcome.await;
    work.warn(ui);
    let waited = wait::until_gone(ui, work, &going, until).await;
    outcome.and(waited)
}
