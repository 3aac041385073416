//! Reading a request's body.

use hyper::header;
use serde_json::Value;

use super::protobuf;
use super::schema;
use super::status::Status;
use crate::emulator::exchange::Request;

/// An object, and the fields that its text has twice.
pub(super) struct Body {
    pub(super) value: Value,
    pub(super) duplicates: Vec<String>,
}

/// The object in a request's body.
pub(super) fn object(request: &Request) -> Result<Body, Status> {
    let kind = request.header(header::CONTENT_TYPE).unwrap_or("application/json");
    let invalid = |why: &str| Status::bad_request(format!("error decoding object: {why}"));
    let decoded = |decoded: Result<schema::Decoded, String>| -> Result<Body, Status> {
        let decoded = decoded.map_err(|error| invalid(&error))?;
        Ok(Body { value: decoded.value, duplicates: decoded.duplicates })
    };
    let body = match kind.split(';').next().map(str::trim) {
        Some("application/json") => decoded(schema::decode(&request.body))?,
        Some("application/yaml") => decoded(schema::decode_yaml(&request.body))?,
        Some(protobuf::MEDIA_TYPE) => {
            let value = protobuf::decode(&request.body).ok_or_else(|| Status::unsupported_body(ACCEPTED))?;
            Body { value, duplicates: Vec::new() }
        }
        _ => return Err(Status::unsupported_body(ACCEPTED)),
    };
    if body.value.is_object() { Ok(body) } else { Err(invalid("it is no object")) }
}

const ACCEPTED: &str = "application/json, application/yaml";
