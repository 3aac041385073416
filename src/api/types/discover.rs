//! Asking a control plane for its types: the aggregated discovery of Kubernetes 1.26 and later, else group by group.

use std::collections::HashSet;

use futures_util::{StreamExt as _, future, stream};
use kube_core::discovery::v2::{
    ACCEPT_AGGREGATED_DISCOVERY_V2, APIGroupDiscoveryList, APIResourceDiscovery, APIVersionDiscovery,
};
use serde::Deserialize;

use super::{ApiType, Types};
use crate::api::{Call, Connection, ControlPlane, Error};
use crate::http::TokenProvider;

const PARALLEL_READS: usize = 16;

impl<T: TokenProvider> Connection<'_, T> {
    /// The types that `plane` serves, asked for now.
    pub(crate) async fn discover_types(&self, plane: &ControlPlane) -> Result<Types, Error> {
        let (core, groups) = future::try_join(self.aggregated(plane, "api"), self.aggregated(plane, "apis")).await?;
        match (core, groups) {
            (Some(core), Some(groups)) => Ok(from_aggregated(core, groups)),
            _ => self.group_by_group(plane).await,
        }
    }

    /// `None` from a server that does not know the aggregated form.
    async fn aggregated(&self, plane: &ControlPlane, root: &str) -> Result<Option<APIGroupDiscoveryList>, Error> {
        let call = Call::get(plane.url(self.server(), &[root])?).accept(ACCEPT_AGGREGATED_DISCOVERY_V2);
        let answer = match self.send(&call).await {
            Err(Error::NotFound { .. } | Error::Refused { status: 406, .. }) => return Ok(None),
            answer => answer?,
        };
        match self.parse::<Head>(&answer.body)?.kind == "APIGroupDiscoveryList" {
            true => self.parse(&answer.body).map(Some),
            false => Ok(None),
        }
    }

    async fn group_by_group(&self, plane: &ControlPlane) -> Result<Types, Error> {
        let core: CoreVersions = self.optional(plane, &["api"]).await?.unwrap_or_default();
        let groups: GroupList = self.optional(plane, &["apis"]).await?.unwrap_or_default();
        let core = core.versions.into_iter().map(|version| vec!["api".to_owned(), version]);
        let versions = groups.groups.into_iter().flat_map(|group| {
            let preferred = group.preferred_version.group_version;
            let mut versions: Vec<_> = group.versions.into_iter().map(|one| one.group_version).collect();
            versions.sort_by_key(|version| *version != preferred);
            versions.into_iter().map(|version| {
                let mut path = vec!["apis".to_owned()];
                path.extend(version.split('/').map(str::to_owned));
                path
            })
        });
        let reads = core.chain(versions).map(async |path| {
            let segments: Vec<_> = path.iter().map(String::as_str).collect();
            (path[1..].join("/"), self.optional::<ResourceList>(plane, &segments).await)
        });
        let mut reads = stream::iter(reads).buffered(PARALLEL_READS);
        let mut types = Types::default();
        while let Some((group_version, outcome)) = reads.next().await {
            match outcome {
                Ok(list) => types.all.extend(list.unwrap_or_default().into_types(&group_version)),
                Err(error) if error.ends_everything() => return Err(error),
                Err(_) => types.stale.push(group_version),
            }
        }
        Ok(types)
    }

    async fn optional<R: serde::de::DeserializeOwned>(
        &self,
        plane: &ControlPlane,
        path: &[&str],
    ) -> Result<Option<R>, Error> {
        match self.send(&Call::get(plane.url(self.server(), path)?)).await {
            Err(Error::NotFound { .. }) => Ok(None),
            answer => self.parse(&answer?.body).map(Some),
        }
    }
}

fn from_aggregated(core: APIGroupDiscoveryList, groups: APIGroupDiscoveryList) -> Types {
    let mut types = Types::default();
    for group in core.items.into_iter().chain(groups.items) {
        let name = group.metadata.and_then(|metadata| metadata.name).unwrap_or_default();
        for version in group.versions {
            if version.freshness.as_deref() == Some("Stale") {
                types.stale.push(format!("{name}/{}", version.version.as_deref().unwrap_or_default()));
            }
            types.all.extend(from_version(&name, version));
        }
    }
    types
}

fn from_version(group: &str, version: APIVersionDiscovery) -> impl Iterator<Item = ApiType> {
    let name = version.version.unwrap_or_default();
    version.resources.into_iter().filter_map(move |resource| from_resource(group, &name, resource))
}

fn from_resource(group: &str, version: &str, resource: APIResourceDiscovery) -> Option<ApiType> {
    let kind = resource.response_kind.and_then(|kind| kind.kind).filter(|kind| !kind.is_empty())?;
    let plural = resource.resource?;
    let singular = resource.singular_resource.filter(|name| !name.is_empty()).unwrap_or_else(|| kind.to_lowercase());
    Some(ApiType {
        group: group.to_owned(),
        version: version.to_owned(),
        kind,
        plural,
        singular,
        short_names: resource.short_names,
        categories: resource.categories,
        namespaced: resource.scope.as_deref() == Some("Namespaced"),
        verbs: resource.verbs,
        subresources: resource.subresources.into_iter().filter_map(|one| one.subresource).collect(),
    })
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    kind: String,
}

#[derive(Default, Deserialize)]
struct CoreVersions {
    #[serde(default)]
    versions: Vec<String>,
}

#[derive(Default, Deserialize)]
struct GroupList {
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    versions: Vec<GroupVersion>,
    #[serde(default)]
    preferred_version: GroupVersion,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupVersion {
    group_version: String,
}

#[derive(Default, Deserialize)]
struct ResourceList {
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    name: String,
    #[serde(default)]
    singular_name: String,
    #[serde(default)]
    namespaced: bool,
    kind: String,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    short_names: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
}

impl ResourceList {
    fn into_types(self, group_version: &str) -> Vec<ApiType> {
        let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
        let names: HashSet<_> = self.resources.iter().map(|one| one.name.clone()).collect();
        let subresources = |plural: &str| {
            let prefix = format!("{plural}/");
            names.iter().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect()
        };
        let whole = self.resources.into_iter().filter(|resource| !resource.name.contains('/'));
        whole
            .map(|resource| ApiType {
                group: group.to_owned(),
                version: version.to_owned(),
                subresources: subresources(&resource.name),
                singular: match resource.singular_name.is_empty() {
                    true => resource.kind.to_lowercase(),
                    false => resource.singular_name,
                },
                kind: resource.kind,
                plural: resource.name,
                short_names: resource.short_names,
                categories: resource.categories,
                namespaced: resource.namespaced,
                verbs: resource.verbs,
            })
            .collect()
    }
}
