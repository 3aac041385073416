//! `api get|post|put|patch|delete PATH`: one request as it is, with the session's token.

use std::path::{Path, PathBuf};

use http::Method;
use http::header::{HeaderName, HeaderValue};
use url::Url;

use super::headers;
use crate::api::{self, Call};
use crate::app::App;
use crate::cmd::confirm::Consent;
use crate::cmd::resource::{ScopeFlags, Work, without_private_key};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::sys::input;
use crate::ui::{Ui, sanitize};

/// What every request says.
#[derive(Debug, clap::Args)]
struct Common {
    /// Path below the control plane, with an optional query; /apis/GROUP/VERSION/...
    path: String,
    /// Media type of the answer
    #[arg(long, value_name = "TYPE")]
    accept: Option<String>,
    /// One more header; repeatable
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = headers::parse)]
    headers: Vec<(HeaderName, HeaderValue)>,
    #[command(flatten)]
    scope: ScopeFlags,
}

#[derive(Debug, clap::Args)]
pub(crate) struct GetArgs {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
pub(crate) struct BodyArgs {
    /// File with the document; - for standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Media type of the document; a patch is application/merge-patch+json, everything else application/json
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    body: BodyArgs,
}

/// The largest document a server takes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads; `watch=true` in the query goes on until the server ends it.
pub(super) fn get(app: &App, ui: &Ui, args: &GetArgs) -> Result<(), Failure> {
    let (work, url) = args.common.place(app)?;
    let call = args.common.complete(Call::get(url))?;
    block_on(async { if call.is_watch() { follow(ui, &work, call).await } else { exchange(ui, &work, &call).await } })
}

/// Sends a document.
pub(super) fn with_body(app: &App, ui: &Ui, method: Method, args: &BodyArgs) -> Result<(), Failure> {
    let (work, url) = args.common.place(app)?;
    let call = args.call(method, url)?;
    block_on(exchange(ui, &work, &call))
}

/// Deletes, after asking.
pub(super) fn delete(app: &App, ui: &Ui, args: &DeleteArgs) -> Result<(), Failure> {
    let (work, url) = args.body.common.place(app)?;
    args.consent.require(ui, &format!("Delete {}?", sanitize(url.path())))?;
    let call = args.body.call(Method::DELETE, url)?;
    block_on(exchange(ui, &work, &call))
}

impl Common {
    fn place<'a>(&self, app: &'a App) -> Result<(Work<'a>, Url), Failure> {
        let work = self.scope.work(app)?;
        let url = work.cluster.plane.below(work.cluster.connection.server(), &self.path)?;
        Ok((work, url))
    }

    fn complete(&self, call: Call) -> Result<Call, Failure> {
        Ok(call.with_headers(headers::gather(&self.headers, self.accept.as_deref())?))
    }
}

impl BodyArgs {
    fn call(&self, method: Method, url: Url) -> Result<Call, Failure> {
        let usual = if method == Method::PATCH { "application/merge-patch+json" } else { api::JSON };
        let content_type = self.content_type.as_deref().unwrap_or(usual);
        if HeaderValue::from_str(content_type).is_err() {
            return Err(Failure::usage(format!("--content-type: {:?}", sanitize(content_type))));
        }
        let call = match &self.input {
            Some(path) => Call::with_body(method, url, content_type, read(path)?),
            None if method == Method::DELETE => Call::without_body(method, url),
            None => {
                return Err(Failure::usage("there is no document to send")
                    .hint("name it with --input FILE, or - for standard input"));
            }
        };
        self.common.complete(call)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = match path == Path::new("-") {
        true => input::read_standard_input(LARGEST),
        false => input::read(path, LARGEST),
    };
    read.map_err(|error| Failure::usage(error.to_string()).caused_by(&error))
}

/// The answer goes to stdout whatever it is; one that is not a success is a failure as well.
async fn exchange(ui: &Ui, work: &Work<'_>, call: &Call) -> Result<(), Failure> {
    let (body, refusal) = work.cluster.connection.exchange(call).await?;
    let harmless = if ui.answers_a_terminal() { without_private_key(&body) } else { None };
    ui.print_answer(harmless.as_deref().unwrap_or(&body))?;
    refusal.map_or(Ok(()), |error| Err(error.into()))
}

async fn follow(ui: &Ui, work: &Work<'_>, call: Call) -> Result<(), Failure> {
    let mut stream = work.cluster.connection.stream(&call.unbounded()).await?;
    while let Some(chunk) = stream.chunk().await? {
        ui.print_answer(&chunk)?;
    }
    Ok(())
}
