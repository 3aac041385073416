//! Organizations and projects, gathered from the control planes that have them.

use serde_json::Value;

use super::Get;
use crate::cmd::resource::{Everywhere, Target};
use crate::error::Failure;
use crate::render::{ObjectTable, age};
use crate::sys::clock;
use crate::ui::OutputError;

impl Get<'_> {
    /// Adds the rows of `target` to `table`; how many there are.
    pub(super) async fn gathered_table(
        &self,
        (target, what): (&Target, Everywhere),
        table: &mut ObjectTable,
        failures: &mut Vec<Failure>,
    ) -> Result<usize, Failure> {
        let now = clock::now();
        let ago = |time: &str| time.parse().map_or_else(|_| "<unknown>".to_owned(), |time| age(time, now));
        let mut gathered = what.gather(&self.work, &target.names).await?;
        let rows = table.add(gathered.table(ago).to_string().as_bytes()).map_err(|source| self.malformed(source))?;
        gathered.missing.drain(..).try_for_each(|error| self.missing(error, failures))?;
        self.gathered.borrow_mut().push(gathered);
        Ok(rows)
    }

    /// Hands every object of `target` to `add`.
    pub(super) async fn each_gathered(
        &self,
        (target, what): (&Target, Everywhere),
        failures: &mut Vec<Failure>,
        add: &mut dyn FnMut(Value) -> Result<(), OutputError>,
    ) -> Result<(), Failure> {
        let mut gathered = what.gather(&self.work, &target.names).await?;
        gathered.objects.drain(..).try_for_each(add)?;
        gathered.missing.drain(..).try_for_each(|error| self.missing(error, failures))?;
        self.gathered.borrow_mut().push(gathered);
        Ok(())
    }

    /// Says what the gathering met.
    pub(super) fn tell_gathered(&self) {
        self.gathered.borrow().iter().for_each(|gathered| gathered.tell(self.ui, &self.work));
    }

    /// What cannot be asked of lists that no control plane has.
    pub(super) fn check_gathered(&self) -> Result<(), Failure> {
        for target in &self.targets {
            let Some(what) = target.everywhere(&self.work) else { continue };
            let problem = match () {
                () if self.args.follow.is_asked() && target.names.is_empty() => "they cannot be watched",
                () if !self.selection.is_everything() => "they cannot be selected by labels or fields",
                () if self.args.subresource.is_some() => "they have no --subresource here",
                () => continue,
            };
            return Err(what.refusal(problem));
        }
        Ok(())
    }
}
