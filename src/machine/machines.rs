//! [`Machines`]: the service accounts of one project, and what can be done with them.

use std::time::Duration;

use kube_core::params::DeleteParams;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::generation::Generation;
use super::{Account, Error, NewAccount, State};
use crate::api::{ApiType, Cluster, ControlPlane, Error as ApiError, ObjectPatch, Selection, WriteOptions};
use crate::http::TokenProvider;

/// The service accounts of one project.
#[derive(Debug)]
pub(crate) struct Machines<'a, T> {
    pub(super) cluster: &'a Cluster<'a, T>,
    pub(super) generation: Generation,
    /// The project.
    pub(crate) project: String,
}

/// Who manages the fields that are written here.
pub(super) const FIELD_MANAGER: &str = "datumctl";
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl<'a, T: TokenProvider> Machines<'a, T> {
    /// The accounts of the project whose control plane `cluster` is.
    ///
    /// # Errors
    /// [`Error::NoProject`] for other control planes, [`Error::NotServed`].
    pub(crate) async fn of(cluster: &'a Cluster<'a, T>) -> Result<Self, Error> {
        let ControlPlane::Project(project) = &cluster.plane else { return Err(Error::NoProject) };
        Ok(Self { cluster, generation: Generation::of(cluster).await?, project: project.clone() })
    }

    /// All of them, in the server's order.
    pub(crate) async fn list(&self) -> Result<Vec<Account>, Error> {
        let (objects, _) = self.cluster.objects(&self.place()?, &Selection::default()).await?;
        Ok(objects.iter().map(|object| Account::of(object, &self.project)).collect())
    }

    /// The account `name`.
    ///
    /// # Errors
    /// [`Error::NoAccount`] with the names that may have been meant.
    pub(crate) async fn get(&self, name: &str) -> Result<Account, Error> {
        match self.cluster.object(&self.place()?, name).await {
            Ok(object) => Ok(Account::of(&object, &self.project)),
            Err(ApiError::NotFound { .. }) => Err(self.unknown(name).await),
            Err(error) => Err(error.into()),
        }
    }

    /// [`Machines::get`] for what needs the account's address.
    ///
    /// # Errors
    /// [`Error::NoEmail`] for an account that the platform has not finished.
    pub(crate) async fn get_finished(&self, name: &str) -> Result<(Account, String), Error> {
        let account = self.get(name).await?;
        match account.email.clone() {
            Some(email) => Ok((account, email)),
            None => Err(Error::NoEmail { name: account.name }),
        }
    }

    async fn unknown(&self, name: &str) -> Error {
        let known = self.list().await.unwrap_or_default();
        let near = |one: &&Account| strsim::damerau_levenshtein(&one.name, name) <= 1 + name.len() / 4;
        let similar = known.iter().filter(near).map(|one| one.name.clone()).collect();
        Error::NoAccount { name: name.to_owned(), project: self.project.clone(), similar }
    }

    /// Makes an account; its address comes a little later.
    pub(crate) async fn create(&self, new: &NewAccount<'_>) -> Result<Account, Error> {
        let kind = &self.generation.account;
        let object = new.object(&kind.api_version(), &kind.kind);
        let made = self.cluster.create(&self.place()?, &object, &options()).await?;
        Ok(Account::of(&made, &self.project))
    }

    /// Wants the account to be in `state`.
    pub(crate) async fn set_state(&self, name: &str, state: State) -> Result<Account, Error> {
        let patch = ObjectPatch::Merge(json!({"spec": {"state": state}}));
        match self.cluster.patch(&self.place()?, name, None, patch, &options()).await {
            Ok(object) => Ok(Account::of(&object, &self.project)),
            Err(ApiError::NotFound { .. }) => Err(self.unknown(name).await),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes the account; the platform removes its identity a little later.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), Error> {
        match self.cluster.delete(&self.place()?, name, &DeleteParams::default()).await {
            Ok(_) => Ok(()),
            Err(ApiError::NotFound { .. }) => Err(self.unknown(name).await),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks at the account until `is_reached` says that it is as it should be; `None` stands for one that is gone.
    ///
    /// # Errors
    /// [`Error::Patience`] with `what` after `patience`, which a server that is out of reach uses up too.
    pub(crate) async fn watch(
        &self,
        name: &str,
        patience: Duration,
        what: &'static str,
        is_reached: impl Fn(Option<&Account>) -> bool,
    ) -> Result<Option<Account>, Error> {
        let (end, place, mut pause) = (Instant::now() + patience, self.place()?, FIRST_PAUSE);
        loop {
            let found = match self.cluster.object(&place, name).await {
                Ok(object) => Some(Some(Account::of(&object, &self.project))),
                Err(ApiError::NotFound { .. }) => Some(None),
                Err(error) if error.may_pass() => None,
                Err(error) => return Err(error.into()),
            };
            match found {
                Some(account) if is_reached(account.as_ref()) => return Ok(account),
                _ if Instant::now() + pause > end => {
                    let project = self.project.clone();
                    return Err(Error::Patience { name: name.to_owned(), project, what, patience });
                }
                _ => sleep(pause).await,
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    /// What messages call the type of an account.
    pub(crate) fn reference(&self) -> String {
        self.generation.account.qualified_singular()
    }

    /// The kind of an account as the subject of a binding.
    pub(crate) fn subject_kind(&self) -> &str {
        &self.generation.account.kind
    }

    /// The origin of the API server.
    pub(crate) fn api(&self) -> String {
        self.cluster.connection.server().origin()
    }

    fn place(&self) -> Result<url::Url, Error> {
        self.collection(&self.generation.account)
    }

    /// Where the objects of `kind` lie; the first generation of all kept accounts in a namespace.
    pub(super) fn collection(&self, kind: &ApiType) -> Result<url::Url, Error> {
        Ok(self.cluster.collection(kind, Some("default"))?)
    }
}

/// Strictly: a field that the server drops would be a promise not kept.
pub(super) fn options() -> WriteOptions {
    WriteOptions {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        validation: Some(kube_core::params::ValidationDirective::Strict),
        ..WriteOptions::default()
    }
}

/// A text of an object that is not empty.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
