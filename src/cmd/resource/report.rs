//! What commands that write say: a line for every object, or the objects as the server has them now.

use serde_json::{Value, json};

use super::{DryRun, Placed};
use crate::error::Failure;
use crate::ui::{OutputError, Progress, Ui, sanitize};

/// `-o name|json|yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ObjectFormat {
    /// TYPE/NAME, one a line
    Name,
    /// JSON
    Json,
    /// YAML
    Yaml,
}

/// `-o` and `--show-managed-fields`.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct ReportFlags {
    /// Output format
    #[arg(short, long, alias = "format", value_enum, value_name = "FORMAT")]
    pub(crate) output: Option<ObjectFormat>,
    /// Keep metadata.managedFields in JSON and YAML
    #[arg(long)]
    pub(crate) show_managed_fields: bool,
}

/// Tells of the objects one by one.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    ui: &'a Ui,
    flags: ReportFlags,
    verb: &'static str,
    dry_run: DryRun,
    progress: Progress,
    told: usize,
    all: usize,
    objects: Vec<Value>,
}

impl<'a> Report<'a> {
    /// A report of `all` objects: `NAME verb`.
    pub(crate) fn new(ui: &'a Ui, flags: ReportFlags, verb: &'static str, dry_run: DryRun, all: usize) -> Self {
        let progress = ui.progress(&format!("{all} objects"));
        Self { ui, flags, verb, dry_run, progress, told: 0, all, objects: Vec::new() }
    }

    /// Says what goes on, until the first object is told of.
    pub(crate) fn say(&self, text: &str) {
        self.progress.say(text);
    }

    /// Tells that `placed` is `object` now.
    pub(crate) fn tell(&mut self, placed: &Placed, object: Value) -> Result<(), OutputError> {
        let name = object["metadata"]["name"].as_str().unwrap_or_else(|| placed.document.name());
        let reference = format!("{}/{name}", placed.kind.qualified_singular());
        self.tell_of(&reference, object, self.verb)
    }

    /// Tells what was done to the object that messages call `reference`.
    pub(crate) fn tell_of(&mut self, reference: &str, object: Value, verb: &str) -> Result<(), OutputError> {
        self.told += 1;
        self.progress.say(&format!("{} of {}", self.told, self.all));
        let line = match self.flags.output {
            None => format!("{} {verb}{}", sanitize(reference), self.dry_run.suffix()),
            Some(ObjectFormat::Name) => sanitize(reference).into_owned(),
            Some(ObjectFormat::Json | ObjectFormat::Yaml) => {
                let keep = self.flags.show_managed_fields;
                self.objects.push(if keep { object } else { without_managers(object) });
                return Ok(());
            }
        };
        let mut outcome = Ok(());
        self.progress.suspend(|| outcome = self.ui.print_raw(&format!("{line}\n")));
        outcome
    }

    /// Prints what was kept until the end, one document for each object.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        drop(self.progress);
        let texts = self.objects.iter().map(|object| text(self.flags.output, object)).collect::<Result<Vec<_>, _>>()?;
        let parting = if self.flags.output == Some(ObjectFormat::Yaml) { "---\n" } else { "" };
        Ok(self.ui.print_raw(&texts.join(parting))?)
    }

    /// [`Report::finish`], with several objects as one list.
    pub(crate) fn finish_as_list(mut self) -> Result<(), Failure> {
        if self.objects.len() > 1 {
            let items = std::mem::take(&mut self.objects);
            self.objects = vec![json!({"apiVersion": "v1", "kind": "List", "items": items, "metadata": {}})];
        }
        self.finish()
    }
}

fn text(format: Option<ObjectFormat>, object: &Value) -> Result<String, OutputError> {
    match format {
        Some(ObjectFormat::Json) => crate::ui::json(object),
        _ => crate::ui::yaml(object),
    }
}

/// The object without the record of who manages which field, which is longer than the rest.
pub(crate) fn without_managers(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
    object
}
