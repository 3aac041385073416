//! The server's tables.

use super::Get;
use crate::api::{Error, Part, TABLE};
use crate::cmd::resource::Target;
use crate::error::Failure;
use crate::render::{ObjectTable, OutputFormat, TableOptions};
use crate::ui::LongAnswer;

impl Get<'_> {
    /// One table a type, an empty line between them.
    pub(super) async fn show_tables(&self) -> Result<(), Failure> {
        let progress = self.progress();
        let (mut answer, mut failures, mut shown) = (LongAnswer::default(), Vec::new(), 0);
        for target in &self.targets {
            let mut table = self.table(target);
            let count = match (target.everywhere(&self.work), target.names.is_empty()) {
                (Some(what), _) => self.gathered_table((target, what), &mut table, &mut failures).await?,
                (None, true) => self.list_table(target, &mut table).await?,
                (None, false) => self.named_table(target, &mut table, &mut failures).await?,
            };
            if count == 0 {
                continue;
            }
            if shown > 0 && !self.args.table.no_headers {
                answer.push("\n")?;
            }
            shown += count;
            table.sort()?;
            answer.push(&table.take())?;
        }
        drop(progress);
        answer.finish()?;
        self.tell_gathered();
        if shown == 0 && failures.is_empty() {
            self.nothing();
        }
        Failure::all(failures)
    }

    pub(super) fn table(&self, target: &Target) -> ObjectTable {
        let with_namespace = self.args.all_namespaces && target.kind.namespaced || self.shows_all_namespaces(target);
        let wide = self.format == OutputFormat::Wide;
        let kind = target.kind.qualified_singular();
        let among_others = self.targets.iter().any(|other| other.kind != target.kind);
        let options = self.args.table.options(wide, with_namespace, &kind, among_others);
        ObjectTable::new(TableOptions { order: self.order.clone(), ..options })
    }

    /// Whether no namespace is meant, so that every row has to say its own.
    fn shows_all_namespaces(&self, target: &Target) -> bool {
        target.kind.namespaced && target.names.is_empty() && self.work.namespace.is_none()
    }

    async fn list_table(&self, target: &Target, table: &mut ObjectTable) -> Result<usize, Failure> {
        let collection = self.work.collection(&target.kind, self.args.all_namespaces)?;
        let mut count = 0;
        let reader = |part: Part<'_>| {
            let Part::Page(page) = part else {
                table.clear();
                count = 0;
                return Ok(0);
            };
            let rows = table.add(page).map_err(|source| self.malformed(source))?;
            count += rows;
            Ok(rows)
        };
        self.work.cluster.list(&collection, &self.selection, TABLE, reader).await?;
        Ok(count)
    }

    async fn named_table(
        &self,
        target: &Target,
        table: &mut ObjectTable,
        failures: &mut Vec<Failure>,
    ) -> Result<usize, Failure> {
        let collection = self.work.place(&target.kind)?;
        let mut count = 0;
        for name in &target.names {
            match self.work.cluster.get(&collection, name, self.args.subresource.as_deref(), TABLE).await {
                Ok(page) => count += table.add(&page).map_err(|source| self.malformed(source))?,
                Err(error) => self.missing(error, failures)?,
            }
        }
        Ok(count)
    }

    pub(super) fn malformed(&self, source: serde_json::Error) -> Error {
        Error::Malformed { host: self.work.cluster.connection.server().authority(), source }
    }
}
