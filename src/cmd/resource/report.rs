//! What commands that write say: a line for every object, or the objects as the server has them now.

use serde_json::{Value, json};

use super::{DryRun, Placed, one_object, output_format};
use crate::error::Failure;
use crate::render::{DocumentOptions, OutputFormat, without_managed_fields};
use crate::ui::{OutputError, Progress, Ui, sanitize};

/// `-o` and `--show-managed-fields`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ReportFlags {
    /// Output format: name, json, yaml, jsonpath=TEMPLATE, custom-columns=HEADING:PATH,...
    #[arg(short, long, alias = "format", value_name = "FORMAT")]
    output: Option<String>,
    /// Keep metadata.managedFields in JSON and YAML
    #[arg(long)]
    show_managed_fields: bool,
}

/// How a report is written; understood before anything is sent.
#[derive(Clone, Debug)]
pub(crate) struct ReportForm {
    format: Option<OutputFormat>,
    options: DocumentOptions,
}

impl ReportFlags {
    /// What they mean.
    ///
    /// # Errors
    /// No format, or one for lists.
    pub(crate) fn form(&self) -> Result<ReportForm, Failure> {
        let format = self.output.as_deref().map(output_format).transpose()?;
        if format.as_ref().is_some_and(OutputFormat::is_table) {
            return Err(Failure::usage("written objects are not shown as a table; use -o name, json or yaml"));
        }
        Ok(ReportForm {
            format,
            options: DocumentOptions { managed_fields: self.show_managed_fields, no_headers: false },
        })
    }
}

impl ReportForm {
    /// Whether it shows whole objects.
    pub(crate) fn shows_objects(&self) -> bool {
        !matches!(self.format, None | Some(OutputFormat::Name))
    }
}

/// Tells of the objects one by one.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    ui: &'a Ui,
    form: ReportForm,
    verb: &'static str,
    dry_run: DryRun,
    progress: Progress,
    told: usize,
    all: usize,
    objects: Vec<Value>,
}

impl<'a> Report<'a> {
    /// A report of `all` objects: `NAME verb`.
    pub(crate) fn new(ui: &'a Ui, form: ReportForm, verb: &'static str, dry_run: DryRun, all: usize) -> Self {
        let progress = ui.progress(&format!("{all} objects"));
        Self { ui, form, verb, dry_run, progress, told: 0, all, objects: Vec::new() }
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
        let line = match self.form.format {
            None => format!("{} {verb}{}\n", sanitize(reference), self.dry_run.suffix()),
            Some(OutputFormat::Name) => format!("{}\n", sanitize(reference)),
            Some(_) => {
                self.objects.push(object);
                return Ok(());
            }
        };
        let mut outcome = Ok(());
        self.progress.suspend(|| outcome = self.ui.print_raw(&line));
        outcome
    }

    /// Prints what was kept until the end, one document for each object.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        drop(self.progress);
        let Some(format) = self.form.format else { return Ok(()) };
        for (index, object) in self.objects.into_iter().enumerate() {
            if index > 0 && format == OutputFormat::Yaml {
                self.ui.print_raw("---\n")?;
            }
            self.ui.print_raw(&one_object(self.ui, &format, self.form.options, "", object)?)?;
        }
        Ok(())
    }

    /// [`Report::finish`], with several objects as one list.
    pub(crate) fn finish_as_list(mut self) -> Result<(), Failure> {
        if self.objects.len() > 1 {
            let mut items = std::mem::take(&mut self.objects);
            items = items.into_iter().map(|item| without_managed_fields(item, self.form.options)).collect();
            self.objects = vec![json!({"apiVersion": "v1", "kind": "List", "items": items, "metadata": {}})];
        }
        self.finish()
    }
}
