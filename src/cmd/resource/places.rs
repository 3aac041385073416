//! Where objects lie: those of most types in the control plane that is meant, organizations and projects in their own.

use url::Url;

use super::{Target, Work};
use crate::api::{ApiType, Error};
use crate::error::Failure;

/// Objects of one type that lie in one place.
pub(crate) struct Place {
    /// The type.
    pub(crate) kind: ApiType,
    /// Where they lie. An address is complete: every control plane can be asked for it.
    pub(crate) collection: Url,
    /// Their names; empty for all of them.
    pub(crate) names: Vec<String>,
}

impl Target {
    /// Where its objects lie, in the order of their names. Projects that nobody has are left to `missing`.
    ///
    /// # Errors
    /// A usage failure for all objects of a type that no single control plane has, and for a namespace that is wanted.
    pub(crate) async fn places(
        &self,
        work: &Work<'_>,
        all_namespaces: bool,
        missing: &mut Vec<Error>,
    ) -> Result<Vec<Place>, Failure> {
        let kind = &self.kind;
        let Some(what) = self.everywhere(work) else {
            let collection = match self.names.is_empty() {
                true => work.collection(kind, all_namespaces)?,
                false => work.place(kind)?,
            };
            return Ok(vec![Place { kind: kind.clone(), collection, names: self.names.clone() }]);
        };
        if self.names.is_empty() {
            return Err(what.refusal("each of them has to be named"));
        }
        let mut places: Vec<Place> = Vec::new();
        for name in &self.names {
            let Some(home) = what.home(work, name).await? else {
                missing.push(what.not_found(name));
                continue;
            };
            let collection = home.cluster.collection(kind, None)?;
            match places.last_mut() {
                Some(last) if last.collection == collection => last.names.push(name.clone()),
                _ => places.push(Place { kind: kind.clone(), collection, names: vec![name.clone()] }),
            }
        }
        Ok(places)
    }
}
