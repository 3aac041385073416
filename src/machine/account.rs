//! [`Account`]: one service account, as its object says.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A service account. Its JSON is what commands answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Account {
    /// Unique in its project.
    pub(crate) name: String,
    /// Its address, once the platform has made its identity.
    pub(crate) email: Option<String>,
    /// What people read.
    pub(crate) display_name: Option<String>,
    /// `cicd` or `service`.
    pub(crate) use_case: Option<String>,
    /// Whether it is wanted to sign in.
    pub(crate) state: State,
    /// Issuer and subject of its assertions.
    pub(crate) client_id: String,
    /// The uid of its object, by which bindings know it.
    pub(crate) uid: String,
    /// The project that it belongs to.
    pub(crate) project: String,
    /// RFC 3339.
    pub(crate) created_at: Option<String>,
    /// What the platform has made of `state` so far; some deployments do not say.
    #[serde(skip)]
    pub(crate) reached: Option<State>,
}

/// Whether an account may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    /// It may.
    Active,
    /// Its exchanges are refused.
    Inactive,
}

/// A service account to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewAccount<'a> {
    /// Unique in its project.
    pub(crate) name: &'a str,
    /// What people read.
    pub(crate) display_name: Option<&'a str>,
    /// `cicd` or `service`.
    pub(crate) use_case: Option<&'a str>,
}

const DESCRIPTION: &str = "kubernetes.io/description";
const USE_CASE: &str = "iam.miloapis.com/use-case";

impl Account {
    /// The account that `object` describes; unknown fields are ignored, missing ones are empty.
    pub(super) fn of(object: &Value, project: &str) -> Self {
        let metadata = &object["metadata"];
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let state = |value: &Value| serde_json::from_value(value.clone()).ok();
        let uid = text(&metadata["uid"]).unwrap_or_default();
        Self {
            name: text(&metadata["name"]).unwrap_or_default(),
            email: text(&object["status"]["email"]),
            display_name: text(&metadata["annotations"][DESCRIPTION]),
            use_case: text(&metadata["annotations"][USE_CASE]),
            state: state(&object["spec"]["state"]).unwrap_or(State::Active),
            // Deployments that do not say use the object's uid.
            client_id: text(&object["status"]["clientID"]).unwrap_or_else(|| uid.clone()),
            uid,
            project: project.to_owned(),
            created_at: text(&metadata["creationTimestamp"]),
            reached: state(&object["status"]["state"]),
        }
    }
}

impl NewAccount<'_> {
    /// The object to create.
    pub(super) fn object(&self, api_version: &str, kind: &str) -> Value {
        let mut metadata = json!({"name": self.name});
        for (annotation, text) in [(DESCRIPTION, self.display_name), (USE_CASE, self.use_case)] {
            if let Some(text) = text {
                metadata["annotations"][annotation] = text.into();
            }
        }
        json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": {"state": State::Active}})
    }
}
