//! Which generation of the API a deployment has: service accounts, or machine accounts as they were called before.

use super::Error;
use crate::api::{ApiType, Cluster, Error as ApiError};
use crate::http::TokenProvider;

/// The types that a deployment has for machines, and how its keys name their account.
#[derive(Clone, Debug)]
pub(crate) struct Generation {
    /// `ServiceAccount` or `MachineAccount`; also the kind of a subject in a binding.
    pub(super) account: ApiType,
    /// The plural and the group of the keys.
    key: &'static str,
    /// The field of a key's `spec` that holds the account's email.
    pub(super) user_name: &'static str,
}

const IDENTITY: &str = "identity.miloapis.com";

impl Generation {
    /// What the control plane serves; the newer generation is looked for first, also where an older one is remembered.
    ///
    /// # Errors
    /// [`Error::NotServed`] where there is neither.
    pub(super) async fn of<T: TokenProvider>(cluster: &Cluster<'_, T>) -> Result<Self, Error> {
        let newer = cluster.find_among_types(|types| types.find("serviceaccounts.iam.miloapis.com").cloned()).await;
        match newer {
            Ok(account) => Ok(Self { account, key: "serviceaccountkeys", user_name: "serviceAccountUserName" }),
            Err(ApiError::Type(_)) => Self::older(cluster).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn older<T: TokenProvider>(cluster: &Cluster<'_, T>) -> Result<Self, Error> {
        let types = cluster.types().await?;
        let account = ["iam.miloapis.com", IDENTITY]
            .into_iter()
            .find_map(|group| types.find(&format!("machineaccounts.{group}")).ok().cloned());
        let account = account.ok_or(Error::NotServed)?;
        Ok(Self { account, key: "machineaccountkeys", user_name: "machineAccountUserName" })
    }

    /// The type of the keys.
    ///
    /// # Errors
    /// [`Error::KeysNotServed`]; the first generation of all kept keys in another group and never showed a private half.
    pub(super) async fn keys<T: TokenProvider>(&self, cluster: &Cluster<'_, T>) -> Result<ApiType, Error> {
        match cluster.find_type(&format!("{}.{IDENTITY}", self.key)).await {
            Err(ApiError::Type(_)) => Err(Error::KeysNotServed { plural: self.key }),
            outcome => Ok(outcome?),
        }
    }
}
