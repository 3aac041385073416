//! What commands that change objects share: `--dry-run`, `-o`, `--field-manager`, and how a change is told.

use serde_json::Value;

use super::Found;
use crate::api::WriteOptions;
use crate::error::Failure;
use crate::ui::{Format, Ui, View, sanitize};

/// How far a change goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DryRun {
    /// All the way
    #[default]
    None,
    /// Nothing is sent
    Client,
    /// The server goes through everything and keeps nothing
    Server,
}

/// The formats of a changed object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ChangeFormat {
    /// One JSON document an object
    Json,
    /// YAML
    Yaml,
    /// One name a line
    Name,
}

/// `-o`, for commands that say a line about each object unless it is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct ToldFlags {
    /// Print the objects instead of a message
    #[arg(short, long, alias = "format", value_enum, value_name = "FORMAT")]
    pub(crate) output: Option<ChangeFormat>,
    /// Print the fields' managers too
    #[arg(long)]
    pub(crate) show_managed_fields: bool,
}

/// `--dry-run`, `-o` and `--field-manager`.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangeFlags {
    /// Only go through the motions: nothing is sent (client), or the server keeps nothing (server)
    #[arg(long, value_enum, default_value_t, value_name = "HOW", num_args = 0..=1, require_equals = true,
          default_missing_value = "client")]
    pub(crate) dry_run: DryRun,
    #[command(flatten)]
    pub(crate) told: ToldFlags,
    /// Who is said to manage the changed fields
    #[arg(long, value_name = "NAME")]
    pub(crate) field_manager: Option<String>,
}

impl ChangeFlags {
    /// How the change is sent; `manager` is who manages the fields unless the command line says it.
    pub(crate) fn options(&self, manager: &str) -> WriteOptions {
        WriteOptions {
            dry_run: self.dry_run == DryRun::Server,
            field_manager: Some(self.field_manager.clone().unwrap_or_else(|| manager.to_owned())),
            ..WriteOptions::default()
        }
    }

    /// Tells that `found` became `object`; `what` is a word such as `patched`.
    pub(crate) fn tell(&self, ui: &Ui, found: &Found, object: &Value, what: &str) -> Result<(), Failure> {
        let rehearsal = match self.dry_run {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        };
        self.told.tell(ui, &found.label(), object, &format!("{what}{rehearsal}"))
    }
}

impl ToldFlags {
    /// Says `what` of the object that messages call `label`, or prints the object.
    pub(crate) fn tell(&self, ui: &Ui, label: &str, object: &Value, what: &str) -> Result<(), Failure> {
        let format = match self.output {
            None => return Ok(ui.print_raw(&format!("{} {what}\n", sanitize(label)))?),
            Some(ChangeFormat::Json) => Format::Json,
            Some(ChangeFormat::Name) => Format::Name,
            Some(ChangeFormat::Yaml) => Format::Yaml,
        };
        let mut object = object.clone();
        if !self.show_managed_fields {
            remove_managers(&mut object);
        }
        Ok(ui.print(&Changed { object, label: label.to_owned() }, format)?)
    }
}

/// Takes away the record of who manages which field, which is longer than the object.
pub(crate) fn remove_managers(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
}

#[derive(serde::Serialize)]
#[serde(transparent)]
struct Changed {
    object: Value,
    #[serde(skip)]
    label: String,
}

impl View for Changed {
    fn text(&self) -> String {
        format!("{}\n", sanitize(&self.label))
    }

    fn names(&self) -> Vec<String> {
        vec![self.label.clone()]
    }
}
