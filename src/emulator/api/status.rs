//! `Status`: the body of every API error, and of some successes. The texts are those of a kube-apiserver.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::catalog::Resource;
pub(super) use super::schema::Cause;
use crate::emulator::exchange::Reply;

/// A Kubernetes `Status` of a failure.
#[derive(Debug)]
pub(crate) struct Status {
    code: StatusCode,
    pub(super) reason: &'static str,
    message: String,
    details: Box<Value>,
    /// With which an expired list can go on, though not consistently.
    next: Option<String>,
}

impl Cause {
    pub(super) fn new(reason: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), field: field.into() }
    }
}

impl Status {
    fn new(code: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Box::new(json!({})), next: None }
    }

    /// About one object, or about the type where the name is empty.
    fn about(mut self, resource: &Resource, kind: &str, name: &str) -> Self {
        let members = [("name", name), ("group", resource.group), ("kind", kind)];
        let members = members.into_iter().filter(|(_, text)| !text.is_empty());
        *self.details = members.map(|(member, text)| (member.to_owned(), Value::from(text))).collect();
        self
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized")
    }

    /// Nobody but members enters a control plane.
    pub(super) fn no_entry(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    pub(super) fn forbidden(resource: &Resource, name: &str, why: &str) -> Self {
        let subject = match name {
            "" => resource.qualified(),
            name => format!("{} {name:?}", resource.qualified()),
        };
        let message = format!("{subject} is forbidden: {why}");
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message).about(resource, resource.plural, name)
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message)
    }

    pub(super) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", "the server could not find the requested resource")
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }

    pub(super) fn not_acceptable() -> Self {
        let message = "only the following media types are accepted: application/json";
        Self::new(StatusCode::NOT_ACCEPTABLE, "NotAcceptable", message)
    }

    pub(super) fn unsupported_body(accepted: &str) -> Self {
        let message =
            format!("the body of the request was in an unknown format - accepted media types include: {accepted}");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
    }

    pub(super) fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} not found", resource.qualified());
        Self::new(StatusCode::NOT_FOUND, "NotFound", message).about(resource, resource.plural, name)
    }

    pub(super) fn already_exists(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", resource.qualified());
        Self::new(StatusCode::CONFLICT, "AlreadyExists", message).about(resource, resource.plural, name)
    }

    pub(super) fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", resource.qualified());
        Self::new(StatusCode::CONFLICT, "Conflict", message).about(resource, resource.plural, name)
    }

    pub(super) fn modified(resource: &Resource, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(resource, name, why)
    }

    pub(super) fn invalid(resource: &Resource, name: &str, causes: &[Cause]) -> Self {
        let kind = if resource.group.is_empty() {
            resource.kind.to_owned()
        } else {
            format!("{}.{}", resource.kind, resource.group)
        };
        let mut status = Self::invalid_as(&kind, name, causes).about(resource, resource.kind, name);
        status.details["causes"] = listed(causes);
        status
    }

    /// About something that is no object, such as a request's options.
    pub(super) fn invalid_as(kind: &str, name: &str, causes: &[Cause]) -> Self {
        let message = Cause::message(kind, name, causes);
        let details = Box::new(json!({"causes": listed(causes)}));
        Self { details, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message) }
    }

    /// A patch that does not fit its object.
    pub(super) fn unprocessable() -> Self {
        let message = "the server rejected our request due to an error in our request";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
    }

    /// An object that cannot be applied as its type; servers have no reason for it.
    pub(super) fn untyped(message: String) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "", message)
    }

    /// Fields that somebody else has applied.
    pub(super) fn apply_conflict(message: String, causes: &[Value]) -> Self {
        let details = Box::new(json!({"causes": causes}));
        Self { details, ..Self::new(StatusCode::CONFLICT, "Conflict", message) }
    }

    /// A list whose beginning is forgotten.
    pub(super) fn expired_list(next: String) -> Self {
        let message = "The provided continue parameter is too old to display a consistent list result. You can start a \
            new list without the continue parameter, or use the continue token in this response to retrieve the \
            remainder of the results. Continuing with the provided token results in an inconsistent list - objects \
            that were created, modified, or deleted between the time the first chunk was returned and now may show \
            up in the list.";
        Self { next: Some(next), ..Self::new(StatusCode::GONE, "Expired", message) }
    }

    pub(super) fn expired(version: u64, oldest: u64) -> Self {
        Self::new(StatusCode::GONE, "Expired", format!("too old resource version: {version} ({oldest})"))
    }

    /// A version that is not there yet.
    pub(super) fn too_large(version: u64, current: u64) -> Self {
        let message = format!("Too large resource version: {version}, current: {current}");
        let causes = json!([{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]);
        let details = Box::new(json!({"causes": causes, "retryAfterSeconds": 1}));
        Self { details, ..Self::new(StatusCode::GATEWAY_TIMEOUT, "Timeout", message) }
    }

    pub(super) fn body(&self) -> Value {
        let mut metadata = json!({});
        if let Some(next) = &self.next {
            metadata["continue"] = next.as_str().into();
        }
        json!({"kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure",
            "message": self.message, "reason": self.reason, "details": self.details, "code": self.code.as_u16()})
    }

    pub(super) fn reply(&self) -> Reply {
        Reply::json(self.code, &self.body())
    }
}

fn listed(causes: &[Cause]) -> Value {
    causes.iter().map(Cause::to_json).collect()
}
