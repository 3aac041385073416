//! The objects themselves: JSON, YAML, names, templates.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Get;
use crate::api::{Error, JSON, METADATA, Part};
use crate::cmd::resource::{Target, one_object, server_text};
use crate::error::Failure;
use crate::render::{CustomTable, DocumentOptions, Documents, OutputFormat, with_type};
use crate::ui::{LongAnswer, OutputError, sanitize};

/// One page of a list, its objects unread.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
}

impl Get<'_> {
    /// The objects in the format that was asked for.
    pub(super) async fn show_objects(&self) -> Result<(), Failure> {
        let progress = self.progress();
        let mut failures = Vec::new();
        let outcome = match &self.format {
            OutputFormat::Name if self.order.is_none() => self.names(&mut failures).await,
            _ if self.is_single() => self.one(&mut failures).await,
            OutputFormat::Json | OutputFormat::Yaml if self.order.is_none() => {
                self.list_of_objects(&mut failures).await
            }
            _ => self.all_at_once(&mut failures).await,
        };
        drop(progress);
        outcome?;
        self.tell_gathered();
        Failure::all(failures)
    }

    pub(super) fn document_options(&self) -> DocumentOptions {
        DocumentOptions { managed_fields: self.args.show_managed_fields, no_headers: self.args.table.no_headers }
    }

    async fn names(&self, failures: &mut Vec<Failure>) -> Result<(), Failure> {
        let mut answer = LongAnswer::default();
        for target in &self.targets {
            let kind = target.kind.qualified_singular();
            let add = |name: &str| answer.push(&format!("{kind}/{}\n", sanitize(name)));
            self.each(target, METADATA, failures, &mut name_of(add)).await?;
        }
        Ok(answer.finish()?)
    }

    async fn one(&self, failures: &mut Vec<Failure>) -> Result<(), Failure> {
        let mut found = None;
        let target = &self.targets[0];
        let mut add = |object: Value| {
            found = Some(object);
            Ok(())
        };
        self.each(target, JSON, failures, &mut add).await?;
        match found {
            Some(object) => Ok(self.ui.print_raw(&self.text(target, object)?)?),
            None => Ok(()),
        }
    }

    /// One object of its own.
    pub(super) fn text(&self, target: &Target, object: Value) -> Result<String, Failure> {
        one_object(self.ui, &self.format, self.document_options(), &reference(target, &object), object)
    }

    /// What needs every object before the first can be shown: an order, a template, columns that fit.
    async fn all_at_once(&self, failures: &mut Vec<Failure>) -> Result<(), Failure> {
        let mut found: Vec<(&Target, Value)> = Vec::new();
        for target in &self.targets {
            let mut add = |object: Value| {
                found.push((target, object));
                Ok(())
            };
            self.each(target, JSON, failures, &mut add).await?;
        }
        if let Some(order) = &self.order {
            found = order.sort(found, |(_, object)| object)?;
        }
        let mut answer = LongAnswer::default();
        match &self.format {
            OutputFormat::JsonPath(path) => answer.push(&path.print(&list(found), server_text(self.ui))?)?,
            OutputFormat::JsonPathAsJson(path) => answer.push(&path.print_as_json(&list(found))?)?,
            OutputFormat::CustomColumns(columns) => {
                let mut table = CustomTable::new(columns.clone(), self.args.table.no_headers);
                found.iter().try_for_each(|(_, object)| table.add(object))?;
                answer.push(&table.take())?;
            }
            OutputFormat::Name => {
                found.iter().try_for_each(|(target, object)| {
                    answer.push(&format!("{}\n", sanitize(&reference(target, object))))
                })?;
            }
            format => {
                let mut documents = Documents::new(format.clone(), self.document_options());
                found.into_iter().try_for_each(|(_, object)| documents.add(object))?;
                return Ok(documents.finish()?);
            }
        }
        Ok(answer.finish()?)
    }

    async fn list_of_objects(&self, failures: &mut Vec<Failure>) -> Result<(), Failure> {
        let mut documents = Documents::new(self.format.clone(), self.document_options());
        for target in &self.targets {
            self.each(target, JSON, failures, &mut |object| documents.add(object)).await?;
        }
        Ok(documents.finish()?)
    }

    /// Hands every object of `target` to `add`, one after the other.
    async fn each(
        &self,
        target: &Target,
        accept: &'static str,
        failures: &mut Vec<Failure>,
        add: &mut dyn FnMut(Value) -> Result<(), OutputError>,
    ) -> Result<(), Failure> {
        if let Some(what) = target.everywhere(&self.work) {
            return self.each_gathered((target, what), failures, add).await;
        }
        if !target.names.is_empty() {
            return self.each_named(target, failures, add).await;
        }
        let collection = self.work.collection(&target.kind, self.args.all_namespaces)?;
        let mut trouble = None;
        let mut count = 0;
        let reader = |part: Part<'_>| {
            let Part::Page(page) = part else {
                // What was handed over cannot be taken back: the list has to be asked for anew.
                return match count {
                    0 => Ok(0),
                    _ => Err(Error::Gone { message: "the list changed faster than it could be read".to_owned() }),
                };
            };
            let page: Page<'_> = self.work.cluster.connection.parse(page)?;
            let kind = page.kind.trim_end_matches("List");
            let items = page.items.unwrap_or_default();
            for item in &items {
                let object = with_type(item, &page.api_version, kind).map_err(|source| self.malformed(source))?;
                if let Err(error) = add(object) {
                    trouble = Some(error);
                    return Err(Error::Gone { message: "the output ended".to_owned() });
                }
            }
            count += items.len();
            Ok(items.len())
        };
        let outcome = self.work.cluster.list(&collection, &self.selection, accept, reader).await;
        match trouble {
            Some(error) => Err(error.into()),
            None => Ok(outcome.map(drop)?),
        }
    }

    async fn each_named(
        &self,
        target: &Target,
        failures: &mut Vec<Failure>,
        add: &mut dyn FnMut(Value) -> Result<(), OutputError>,
    ) -> Result<(), Failure> {
        let collection = self.work.place(&target.kind)?;
        for name in &target.names {
            match self.work.cluster.get(&collection, name, self.args.subresource.as_deref(), JSON).await {
                Ok(body) => add(self.work.cluster.connection.parse(&body)?)?,
                Err(error) => self.missing(error, failures)?,
            }
        }
        Ok(())
    }
}

/// What messages call an object, as the server wrote its name.
pub(super) fn reference(target: &Target, object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    format!("{}/{name}", target.kind.qualified_singular())
}

/// kubectl's `List` around objects.
fn list(found: Vec<(&Target, Value)>) -> Value {
    let items: Vec<_> = found.into_iter().map(|(_, object)| object).collect();
    json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items})
}

/// Takes an object for its name.
fn name_of(mut add: impl FnMut(&str) -> Result<(), OutputError>) -> impl FnMut(Value) -> Result<(), OutputError> {
    move |object| add(object["metadata"]["name"].as_str().unwrap_or_default())
}
