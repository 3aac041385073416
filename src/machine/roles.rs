//! What service accounts may do: roles, given and taken by PolicyBindings.

use std::time::Duration;

use kube_core::params::DeleteParams;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use url::Url;

use super::machines::{options, text};
use super::{Account, Error};
use crate::api::{Cluster, Error as ApiError, ObjectPatch, Selection};
use crate::http::TokenProvider;
use crate::sys::random;

/// A role, which lives in a namespace of its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Role {
    /// Its name.
    pub(crate) name: String,
    /// `datum-cloud` for those of the platform, `organization-NAME` for an organization's own.
    pub(crate) namespace: String,
}

/// What a role is given on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Resource {
    /// `Project` or `Organization`.
    pub(crate) kind: String,
    /// Its id.
    pub(crate) name: String,
    /// Its uid.
    #[serde(skip)]
    pub(crate) uid: String,
}

/// A binding that gives an account a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Binding {
    /// The role.
    pub(crate) role: Role,
    /// What it is given on; a kind without a name means all of that kind.
    pub(crate) on: Resource,
    /// The binding's own name.
    pub(crate) binding: String,
    /// Whether the platform acts on it.
    pub(crate) ready: bool,
    /// Whether it is being deleted, which a finalizer may draw out.
    #[serde(skip)]
    is_going: bool,
    #[serde(skip)]
    resource_version: String,
    #[serde(skip)]
    subjects: Vec<Value>,
}

/// The bindings of one control plane, and the resource that it stands for.
#[derive(Debug)]
pub(crate) struct Roles<'a, T> {
    cluster: &'a Cluster<'a, T>,
    namespace: String,
    collection: Url,
    /// What roles are given on.
    pub(crate) resource: Resource,
    /// The kind of a service account as a subject.
    subject_kind: String,
}

/// What became of a wish for a role.
#[derive(Debug)]
pub(crate) enum Granted {
    /// The account had it already.
    Before(Binding),
    /// A binding gives it now.
    Now(Binding),
}

/// What became of bindings that gave a role.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Withdrawn {
    /// They named nobody else, and are gone.
    pub(crate) deleted: Vec<String>,
    /// They name the others as before.
    pub(crate) changed: Vec<String>,
}

/// Where the platform keeps its own roles, the more usual place first.
const PLATFORM: [&str; 2] = ["datum-cloud", "milo-system"];
const RESOURCE_MANAGER: &str = "resourcemanager.miloapis.com";
const PAUSE: Duration = Duration::from_millis(200);
/// How often somebody else may change a binding while we do.
const TRIES: usize = 4;

/// The role that `asked` names, as `NAME` or `NAMESPACE/NAME`; `cluster` is the control plane of `organization`.
///
/// # Errors
/// [`Error::NoRole`] with the names that may have been meant.
pub(crate) async fn find_role<T: TokenProvider>(
    cluster: &Cluster<'_, T>,
    organization: &str,
    asked: &str,
) -> Result<Role, Error> {
    let own = format!("organization-{organization}");
    let (namespaces, name) = match asked.split_once('/') {
        Some((namespace, name)) => (vec![namespace], name),
        None => (vec![PLATFORM[0], &own, PLATFORM[1]], asked),
    };
    let kind = cluster.find_type("roles.iam.miloapis.com").await?;
    let role = |namespace: &str| Role { name: name.to_owned(), namespace: namespace.to_owned() };
    for namespace in &namespaces {
        match cluster.object(&cluster.collection(&kind, Some(namespace))?, name).await {
            Ok(_) => return Ok(role(namespace)),
            Err(ApiError::NotFound { .. }) => {}
            // Who may bind a role need not be allowed to read it; the binding tells whether it is there.
            Err(ApiError::Forbidden { .. }) => return Ok(role(namespaces[0])),
            Err(error) => return Err(error.into()),
        }
    }
    let mut similar = Vec::new();
    for namespace in &namespaces {
        let Ok((objects, _)) =
            cluster.objects(&cluster.collection(&kind, Some(namespace))?, &Selection::default()).await
        else {
            continue;
        };
        similar.extend(objects.iter().filter_map(|object| text(&object["metadata"]["name"])));
    }
    similar.retain(|known| strsim::damerau_levenshtein(known, name) <= 1 + name.len() / 4);
    similar.sort_by_key(|known| strsim::damerau_levenshtein(known, name));
    Err(Error::NoRole { asked: asked.to_owned(), similar })
}

impl<'a, T: TokenProvider> Roles<'a, T> {
    /// The bindings of the control plane `cluster`, which is that of `resource`, in `namespace`.
    pub(crate) async fn of(
        cluster: &'a Cluster<'a, T>,
        namespace: &str,
        resource: Resource,
        subject_kind: &str,
    ) -> Result<Self, Error> {
        let kind = cluster.find_type("policybindings.iam.miloapis.com").await?;
        let collection = cluster.collection(&kind, Some(namespace))?;
        let (namespace, subject_kind) = (namespace.to_owned(), subject_kind.to_owned());
        Ok(Self { cluster, namespace, collection, resource, subject_kind })
    }

    /// The bindings that name `account`, whatever they are on.
    pub(crate) async fn list(&self, account: &Account) -> Result<Vec<Binding>, Error> {
        let (objects, _) = self.cluster.objects(&self.collection, &Selection::default()).await?;
        let bindings = objects.iter().map(Binding::of);
        Ok(bindings.filter(|binding| binding.subjects.iter().any(|one| self.is(one, account))).collect())
    }

    fn is(&self, subject: &Value, account: &Account) -> bool {
        subject["kind"] == self.subject_kind.as_str() && subject["uid"] == account.uid.as_str()
    }

    /// The bindings that give `account` this role on the resource itself, and stay.
    async fn giving(&self, account: &Account, role: &Role) -> Result<Vec<Binding>, Error> {
        let mut bindings = self.list(account).await?;
        bindings.retain(|one| {
            !one.is_going
                && one.role == *role
                && (&one.on.kind, &one.on.uid) == (&self.resource.kind, &self.resource.uid)
        });
        Ok(bindings)
    }

    /// Gives `account` the role, unless it has it, and waits until the platform acts on it.
    ///
    /// # Errors
    /// [`Error::BindingNotReady`] after `patience`; the binding is there.
    pub(crate) async fn grant(&self, account: &Account, role: &Role, patience: Duration) -> Result<Granted, Error> {
        let mut bindings = self.giving(account, role).await?;
        if let Some(ready) = bindings.iter().position(|one| one.ready) {
            return Ok(Granted::Before(bindings.swap_remove(ready)));
        }
        let end = Instant::now() + patience;
        // Of one that the platform has not come to yet, another would only be a copy.
        let mut object = match bindings.into_iter().find(|one| one.subjects.len() == 1) {
            Some(pending) => self.cluster.object(&self.collection, &pending.binding).await?,
            None => self.cluster.create(&self.collection, &self.object(account, role), &options()).await?,
        };
        loop {
            let binding = Binding::of(&object);
            if binding.ready {
                return Ok(Granted::Now(binding));
            }
            if Instant::now() + PAUSE > end {
                return Err(Error::BindingNotReady { binding: binding.binding, reason: why(&object) });
            }
            sleep(PAUSE).await;
            object = match self.cluster.object(&self.collection, &binding.binding).await {
                Err(error) if error.may_pass() => object,
                outcome => outcome?,
            };
        }
    }

    fn object(&self, account: &Account, role: &Role) -> Value {
        let suffix: String = random::bytes::<3>().iter().map(|byte| format!("{byte:02x}")).collect();
        let Resource { kind, name, uid } = &self.resource;
        json!({"apiVersion": "iam.miloapis.com/v1alpha1", "kind": "PolicyBinding",
        "metadata": {"name": format!("{}-{name}-{suffix}", kind.to_lowercase()), "namespace": self.namespace},
        "spec": {
            "roleRef": role,
            "subjects": [{"kind": self.subject_kind, "name": account.name, "uid": account.uid}],
            "resourceSelector": {
                "resourceRef": {"apiGroup": RESOURCE_MANAGER, "kind": kind, "name": name, "uid": uid},
            },
        }})
    }

    /// Takes the role from `account`; what such bindings give to others stays.
    pub(crate) async fn withdraw(&self, account: &Account, role: &Role) -> Result<Withdrawn, Error> {
        let mut withdrawn = Withdrawn::default();
        let mut tries = 0;
        loop {
            let Some(binding) = self.giving(account, role).await?.into_iter().next() else { return Ok(withdrawn) };
            tries += 1;
            match self.take(&binding, account, &mut withdrawn).await {
                Err(Error::Api(ApiError::Conflict { .. })) if tries < TRIES => {}
                outcome => outcome?,
            }
        }
    }

    async fn take(&self, binding: &Binding, account: &Account, withdrawn: &mut Withdrawn) -> Result<(), Error> {
        let mut others = binding.subjects.clone();
        others.retain(|one| !self.is(one, account));
        if others.is_empty() {
            self.cluster.delete(&self.collection, &binding.binding, &DeleteParams::default()).await?;
            withdrawn.deleted.push(binding.binding.clone());
            return Ok(());
        }
        let patch = json!({"metadata": {"resourceVersion": binding.resource_version}, "spec": {"subjects": others}});
        self.cluster.patch(&self.collection, &binding.binding, None, ObjectPatch::Merge(patch), &options()).await?;
        withdrawn.changed.push(binding.binding.clone());
        Ok(())
    }
}

impl Binding {
    fn of(object: &Value) -> Self {
        let (metadata, spec) = (&object["metadata"], &object["spec"]);
        let of = |value: &Value| text(value).unwrap_or_default();
        let selector = &spec["resourceSelector"];
        let on = if selector["resourceRef"].is_object() { &selector["resourceRef"] } else { &selector["resourceKind"] };
        Self {
            role: Role { name: of(&spec["roleRef"]["name"]), namespace: of(&spec["roleRef"]["namespace"]) },
            on: Resource { kind: of(&on["kind"]), name: of(&on["name"]), uid: of(&on["uid"]) },
            binding: of(&metadata["name"]),
            ready: condition(object).is_some_and(|ready| ready["status"] == "True"),
            is_going: text(&metadata["deletionTimestamp"]).is_some(),
            resource_version: of(&metadata["resourceVersion"]),
            subjects: spec["subjects"].as_array().cloned().unwrap_or_default(),
        }
    }
}

fn condition(object: &Value) -> Option<&Value> {
    object["status"]["conditions"].as_array()?.iter().find(|one| one["type"] == "Ready")
}

/// What the platform says about a binding that it does not act on.
fn why(object: &Value) -> String {
    let said = condition(object).and_then(|ready| text(&ready["message"]).or_else(|| text(&ready["reason"])));
    said.unwrap_or_else(|| "the platform has not said why".to_owned())
}
