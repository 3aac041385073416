//! `--watch`: what there is, then what happens to it, until the reader or a signal ends it.

use serde_json::Value;
use serde_json::value::RawValue;

use super::Get;
use super::machines::reference;
use crate::api::{Change, Event, JSON, Part, Selection, TABLE, items};
use crate::cmd::resource::{Place, Target};
use crate::error::Failure;
use crate::render::{CustomTable, ObjectTable, OutputFormat};
use crate::ui::sanitize;

/// Whether and how to watch.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// Keep watching after the first answer
    #[arg(short, long, help_heading = "Watching")]
    watch: bool,
    /// Watch without the first answer
    #[arg(long, help_heading = "Watching")]
    watch_only: bool,
    /// Print what happened in front of each watched object
    #[arg(long, help_heading = "Watching")]
    output_watch_events: bool,
}

impl Flags {
    pub(super) fn is_asked(&self) -> bool {
        self.watch || self.watch_only
    }
}

impl Get<'_> {
    /// Shows what there is and every change after it.
    pub(super) async fn follow(&self) -> Result<(), Failure> {
        let [target] = self.targets.as_slice() else {
            return Err(Failure::usage("you may only specify a single resource type with --watch"));
        };
        let selection = match target.names.as_slice() {
            [] => self.selection.clone(),
            [name] => Selection::named(name),
            _ => return Err(Failure::usage("you may only specify a single object with --watch")),
        };
        let mut missing = Vec::new();
        let mut places = target.places(&self.work, self.args.all_namespaces, &mut missing).await?;
        let Some(Place { collection, names, .. }) = places.pop() else {
            return Err(missing.pop().map_or_else(|| Failure::usage("there is nothing to watch"), Failure::from));
        };
        if let [name] = names.as_slice() {
            // A name that is not there is an error, as without --watch.
            self.work.cluster.get(&collection, name, None, JSON).await?;
        }
        let accept = if self.format.is_table() { TABLE } else { JSON };
        let mut present: Vec<Box<RawValue>> = Vec::new();
        let reader = |part: Part<'_>| {
            let Part::Page(page) = part else {
                present.clear();
                return Ok(0);
            };
            let page = items(page).map_err(|source| self.malformed(source))?;
            let count = page.len();
            present.extend(page);
            Ok(count)
        };
        let end = self.work.cluster.list(&collection, &selection, accept, reader).await?;
        let mut watch = self.work.cluster.watch(&collection, &selection, accept, &end);
        let mut shown = Shown::new(self, target);
        for object in present {
            watch.knows(&object);
            if !self.args.follow.watch_only {
                shown.add(Change::Added, &object)?;
            }
        }
        shown.flush()?;
        loop {
            let Event { change, object } = watch.next().await?;
            shown.add(change, &object)?;
            shown.flush()?;
        }
    }
}

/// What has been shown so far.
struct Shown<'a, 'g> {
    get: &'a Get<'g>,
    target: &'a Target,
    table: ObjectTable,
    custom: Option<CustomTable>,
    text: String,
    is_first: bool,
}

impl<'a, 'g> Shown<'a, 'g> {
    fn new(get: &'a Get<'g>, target: &'a Target) -> Self {
        let custom = match &get.format {
            OutputFormat::CustomColumns(columns) => Some(CustomTable::new(columns.clone(), get.args.table.no_headers)),
            _ => None,
        };
        Self { get, target, table: get.table(target), custom, text: String::new(), is_first: true }
    }

    fn add(&mut self, change: Change, object: &RawValue) -> Result<(), Failure> {
        let with_events = self.get.args.follow.output_watch_events;
        match &self.get.format {
            OutputFormat::Table | OutputFormat::Wide => {
                let event = with_events.then(|| format!("{:<8}", change.name()));
                self.table.add_event(event, object).map_err(|source| self.get.malformed(source))?;
            }
            OutputFormat::Name => {
                let object: Value = self.get.work.cluster.connection.parse(object.get().as_bytes())?;
                let event = if with_events { format!("{:<8}   ", change.name()) } else { String::new() };
                self.text.push_str(&format!("{event}{}\n", sanitize(&reference(self.target, &object))));
            }
            format => {
                let mut object: Value = self.get.work.cluster.connection.parse(object.get().as_bytes())?;
                if with_events {
                    object = serde_json::json!({"type": change.name(), "object": object});
                }
                if *format == OutputFormat::Yaml && !std::mem::replace(&mut self.is_first, false) {
                    self.text.push_str("---\n");
                }
                match &mut self.custom {
                    Some(custom) => custom.add(&object)?,
                    None => self.text.push_str(&self.get.text(self.target, object)?),
                }
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.text.push_str(&self.table.take());
        if let Some(custom) = &mut self.custom {
            self.text.push_str(&custom.take());
        }
        Ok(self.get.ui.print_raw(&std::mem::take(&mut self.text))?)
    }
}
