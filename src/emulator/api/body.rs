//! Reading a request's body.

use hyper::header;
use serde_json::Value;

use super::protobuf;
use super::status::Status;
use crate::emulator::exchange::Request;

/// The object in a request's body.
pub(super) fn object(request: &Request) -> Result<Value, Status> {
    let kind = request.header(header::CONTENT_TYPE).unwrap_or("application/json");
    let invalid = |why: &str| Status::bad_request(format!("error decoding object: {why}"));
    let object: Value = match kind.split(';').next().map(str::trim) {
        Some("application/json") => {
            serde_json::from_slice(&request.body).map_err(|error| invalid(&error.to_string()))?
        }
        Some(protobuf::MEDIA_TYPE) => {
            protobuf::decode(&request.body).ok_or_else(|| Status::unsupported_body(ACCEPTED))?
        }
        _ => return Err(Status::unsupported_body(ACCEPTED)),
    };
    if object.is_object() { Ok(object) } else { Err(invalid("it is no object")) }
}

const ACCEPTED: &str = "application/json";
