//! `KUBERNETES_EXEC_INFO`: what kubectl tells its credential plugin (KEP-541).

use serde_json::Value;

use crate::error::Failure;
use crate::sys::env;
use crate::ui::sanitize_to;

/// What of it we act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExecInfo {
    /// The version that the answer must have.
    pub(super) api_version: &'static str,
    /// The server that the token is for, where kubectl says it (`provideClusterInfo`).
    pub(super) server: Option<String>,
}

impl Default for ExecInfo {
    /// Nobody said anything.
    fn default() -> Self {
        Self { api_version: V1, server: None }
    }
}

impl ExecInfo {
    /// Reads the variable.
    ///
    /// # Errors
    /// A kubectl that asks for a version that is not spoken here, or says what cannot be read.
    pub(super) fn read() -> Result<Self, Failure> {
        env::var(env::KUBERNETES_EXEC_INFO).map_or_else(|| Ok(Self::default()), |text| Self::parse(&text))
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |what: String| {
            Failure::usage(format!("{}: {what}", env::KUBERNETES_EXEC_INFO))
                .hint(format!("set the user's exec apiVersion to {V1} in the kubeconfig"))
        };
        if text.len() > LIMIT {
            return Err(wrong(format!("longer than {LIMIT} bytes")));
        }
        let info: Value = serde_json::from_str(text).map_err(|_| wrong("not JSON".to_owned()))?;
        let api_version = match info.get("apiVersion").and_then(Value::as_str) {
            Some(V1) => V1,
            Some(V1BETA1) => V1BETA1,
            Some(other) => {
                return Err(wrong(format!("asks for {}, which is not spoken here", sanitize_to(other, 100))));
            }
            None => return Err(wrong("has no apiVersion".to_owned())),
        };
        let server = match info.pointer("/spec/cluster/server") {
            None | Some(Value::Null) => None,
            Some(Value::String(server)) => Some(server.clone()),
            Some(_) => return Err(wrong("its cluster has no server".to_owned())),
        };
        Ok(Self { api_version, server })
    }
}

const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";
/// The certificate authorities of the cluster come along.
const LIMIT: usize = 256 * 1024;
