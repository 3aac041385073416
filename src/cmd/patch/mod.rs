//! `patch`: changes fields of objects by a patch from the command line or a file.

mod document;

use std::path::PathBuf;

use document::{Document, Kind};
use serde_json::Value;

use crate::api::{Selection, WriteOptions};
use crate::app::App;
use crate::cmd::resource::{
    Choice, DryRun, DryRunFlag, FIELD_MANAGER, Failures, FileFlags, Found, Report, ReportFlags, ScopeFlags, Work,
};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::sys::input;
use crate::ui::Ui;

/// The largest patch: a server takes no larger request.
const LARGEST: u64 = 3 * 1024 * 1024;

/// Change fields of objects by a patch in JSON or YAML
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// TYPE NAME..., or TYPE/NAME...
    #[arg(value_name = "TYPE", required_unless_present = "filenames")]
    words: Vec<String>,
    #[command(flatten)]
    files: FileFlags,
    /// The patch, in JSON or YAML
    #[arg(short, long, value_name = "PATCH", required_unless_present = "patch_file")]
    patch: Option<String>,
    /// A file with the patch; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "patch")]
    patch_file: Option<PathBuf>,
    /// What the patch says; strategic is the default for Kubernetes' own types, merge for all others
    #[arg(long, value_enum, value_name = "TYPE")]
    r#type: Option<Kind>,
    /// Change this part of the objects, such as status
    #[arg(long, value_name = "NAME")]
    subresource: Option<String>,
    /// Who is said to manage the changed fields
    #[arg(long, value_name = "NAME", default_value = FIELD_MANAGER)]
    field_manager: String,
    #[command(flatten)]
    dry_run: DryRunFlag,
    #[command(flatten)]
    report: ReportFlags,
    #[command(flatten)]
    scope: ScopeFlags,
}

const EXAMPLES: &str = "Examples:
  datumctl patch project shop -p '{\"metadata\":{\"annotations\":{\"kubernetes.io/display-name\":\"Shop\"}}}'
  datumctl patch dnszone/example --type json -p '[{\"op\":\"remove\",\"path\":\"/metadata/labels/old\"}]'";

/// Reads the patch, then asks the control plane.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let document = Document::read(&text(args)?, args.r#type)?;
    let work = args.scope.work(app)?;
    let selection = Selection::default();
    let choice = Choice { words: &args.words, files: &args.files, selection, all: false, all_namespaces: false };
    let options = WriteOptions {
        dry_run: args.dry_run.dry_run == DryRun::Server,
        field_manager: Some(args.field_manager.clone()),
        ..WriteOptions::default()
    };
    let patching = Patching { args, document: &document, options };
    block_on(async {
        let mut failed = Failures::default();
        let found = choice.find(ui, &work, &mut failed).await?;
        let all = found.len() + failed.count();
        let mut report = Report::new(ui, args.report.form()?, "patched", args.dry_run.dry_run, all);
        for found in found {
            if let Some((object, verb)) = patching.apply(&work, &found, &mut failed).await? {
                report.tell_of(&found.label(), object, verb)?;
            }
        }
        work.warn(ui);
        report.finish()?;
        failed.settle(all)
    })
}

fn text(args: &Args) -> Result<String, Failure> {
    let bytes = match (&args.patch, &args.patch_file) {
        (_, Some(path)) if path.as_os_str() == "-" => input::read_standard_input(LARGEST),
        (_, Some(path)) => input::read(path, LARGEST),
        (patch, None) => return Ok(patch.clone().unwrap_or_default()),
    };
    let bytes = bytes.map_err(|error| Failure::usage(error.to_string()).caused_by(&error))?;
    String::from_utf8(bytes).map_err(|_| Failure::usage("the patch is not text"))
}

struct Patching<'a> {
    args: &'a Args,
    document: &'a Document,
    options: WriteOptions,
}

impl Patching<'_> {
    /// The patched object and what was done to it; `None` when that failed.
    async fn apply(
        &self,
        work: &Work<'_>,
        found: &Found,
        failed: &mut Failures,
    ) -> Result<Option<(Value, &'static str)>, Failure> {
        let kind = self.args.r#type.unwrap_or_else(|| Kind::usual(&found.kind));
        let patched = if self.args.dry_run.dry_run == DryRun::Client {
            match self.document.merged(kind, &found.object) {
                Ok(object) => object,
                Err(failure) => {
                    failed.push(failure);
                    return Ok(None);
                }
            }
        } else {
            let (subresource, patch) = (self.args.subresource.as_deref(), self.document.patch(kind)?);
            match work.cluster.patch(&found.collection, &found.name, subresource, patch, &self.options).await {
                Ok(object) => object,
                Err(error) => return failed.add(error).map(|()| None),
            }
        };
        let verb = if patched == found.object { "patched (no change)" } else { "patched" };
        Ok(Some((patched, verb)))
    }
}
