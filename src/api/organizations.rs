//! The lists that contexts are made of.

use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::discovery::PARALLEL_READS;
use super::resource::{Items, OrganizationMembership, ProjectResource};
use super::{Call, Connection, ControlPlane, Error, Organization, Part, Project};
use crate::http::TokenProvider;

/// More items than a context list can hold.
const LIST_LIMIT: usize = 100_000;
const RESOURCE_MANAGER: [&str; 3] = ["apis", "resourcemanager.miloapis.com", "v1alpha1"];

impl<T: TokenProvider> Connection<'_, T> {
    /// The organizations a user is a member of, each once, in the server's order. `subject` is the `sub` claim.
    pub(crate) async fn organizations(&self, subject: &str) -> Result<Vec<Organization>, Error> {
        let plane = ControlPlane::User(subject.to_owned());
        let memberships = self.items::<OrganizationMembership>(&plane, "organizationmemberships").await?;
        let mut organizations: Vec<_> =
            memberships.into_iter().filter_map(OrganizationMembership::into_organization).collect();
        let mut seen = HashSet::new();
        organizations.retain(|organization| seen.insert(organization.id.clone()));
        Ok(organizations)
    }

    /// The projects of an organization, each once, in the server's order.
    pub(crate) async fn projects(&self, organization: &str) -> Result<Vec<Project>, Error> {
        let plane = ControlPlane::Organization(organization.to_owned());
        let resources = self.items::<ProjectResource>(&plane, "projects").await?;
        let mut projects: Vec<_> =
            resources.into_iter().filter_map(|project| project.into_project(organization)).collect();
        let mut seen = HashSet::new();
        projects.retain(|project| seen.insert(project.id.clone()));
        Ok(projects)
    }

    /// The object of one organization, as the user `subject` sees it.
    pub(crate) async fn organization_object(&self, subject: &str, id: &str) -> Result<Value, Error> {
        let plane = ControlPlane::User(subject.to_owned());
        self.resource(&plane, ["organizations", id]).await
    }

    /// The objects of all organizations that the user `subject` is a member of, in the server's order; each read by
    /// itself, because no control plane lists them.
    pub(crate) async fn organization_objects(
        &self,
        subject: &str,
    ) -> Result<Vec<(Organization, Result<Value, Error>)>, Error> {
        let reads = self.organizations(subject).await?.into_iter().map(async |organization| {
            let object = self.organization_object(subject, &organization.id).await;
            (organization, object)
        });
        let objects: Vec<_> = stream::iter(reads).buffered(PARALLEL_READS).collect().await;
        objects
            .into_iter()
            .map(|(organization, object)| match object {
                Err(error) if error.ends_everything() => Err(error),
                object => Ok((organization, object)),
            })
            .collect()
    }

    /// The object of one project of `organization`.
    pub(crate) async fn project_object(&self, organization: &str, id: &str) -> Result<Value, Error> {
        self.resource(&ControlPlane::Organization(organization.to_owned()), ["projects", id]).await
    }

    /// The objects of the projects of `organization`, in the server's order.
    pub(crate) async fn project_objects(&self, organization: &str) -> Result<Vec<Value>, Error> {
        let plane = ControlPlane::Organization(organization.to_owned());
        let mut objects = self.items::<Value>(&plane, "projects").await?;
        for object in objects.iter_mut().filter(|object| object.is_object()) {
            object["apiVersion"] = RESOURCE_MANAGER[1..].join("/").into();
            object["kind"] = "Project".into();
        }
        Ok(objects)
    }

    async fn resource(&self, plane: &ControlPlane, path: [&str; 2]) -> Result<Value, Error> {
        let url = plane.url(self.server(), &[&RESOURCE_MANAGER[..], &path].concat())?;
        self.parse(&self.send(&Call::get(url)).await?.body)
    }

    /// All pages of a resource manager's list.
    async fn items<R: DeserializeOwned>(&self, plane: &ControlPlane, plural: &str) -> Result<Vec<R>, Error> {
        let url = plane.url(self.server(), &[&RESOURCE_MANAGER[..], &[plural]].concat())?;
        let mut items = Vec::new();
        let collect = |part: Part<'_>| {
            let Part::Page(body) = part else {
                items.clear();
                return Ok(0);
            };
            let page = self.parse::<Items<R>>(body)?.items.unwrap_or_default();
            let count = page.len();
            items.extend(page);
            match items.len() > LIST_LIMIT {
                true => Err(Error::TooManyItems { host: self.server().authority(), limit: LIST_LIMIT }),
                false => Ok(count),
            }
        };
        self.pages(&Call::get(url), collect).await?;
        Ok(items)
    }
}
