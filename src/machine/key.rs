//! Keys: listed, made (the private half is seen once) and revoked.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use kube_core::params::DeleteParams;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::machines::{options, text};
use super::{Document, Error, Machines};
use crate::api::{Error as ApiError, Selection};
use crate::http::TokenProvider;
use crate::oauth::{self, PublicKey};
use crate::secret::Secret;
use crate::sys::{clock, input, random};

/// A key of a service account, without any of its halves. Its JSON is what commands answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Key {
    /// The `kid` of the assertions that it signs.
    pub(crate) id: String,
    /// The email of its account.
    pub(crate) account: String,
    /// RFC 3339.
    pub(crate) created_at: Option<String>,
    /// RFC 3339.
    pub(crate) expires_at: Option<String>,
}

/// A key to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewKey<'a> {
    /// The email of its account.
    pub(crate) account: &'a str,
    /// When it ends by itself; the server's default without.
    pub(crate) expires: Option<Timestamp>,
    /// The public half of a key that was made elsewhere; the server makes a pair without.
    pub(crate) public_key: Option<&'a PublicKey>,
}

/// A key that was made.
#[derive(Debug)]
pub(crate) struct CreatedKey {
    /// What is known of it.
    pub(crate) key: Key,
    /// The credentials file of a pair that the server made, as it wrote it.
    pub(crate) credentials: Option<Secret>,
}

/// The answer to a creation, as far as it is read.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    metadata: AnswerMetadata,
    #[serde(default)]
    spec: AnswerSpec,
    status: AnswerStatus,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AnswerMetadata {
    creation_timestamp: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AnswerSpec {
    expiration_date: Option<String>,
}

#[derive(Deserialize)]
struct AnswerStatus {
    #[serde(rename = "authProviderKeyID", alias = "authProviderKeyId")]
    id: String,
    #[serde(default, rename = "privateKey")]
    private_key: Option<Secret>,
}

impl<T: TokenProvider> Machines<'_, T> {
    /// The keys of the account with this email, or of all accounts of the project.
    pub(crate) async fn keys(&self, account: Option<&str>) -> Result<Vec<Key>, Error> {
        let kind = self.generation.keys(self.cluster).await?;
        let fields = account.map(|email| format!("spec.{}={email}", self.generation.user_name));
        let selection = Selection { fields, ..Selection::default() };
        let (objects, _) = self.cluster.objects(&self.collection(&kind)?, &selection).await?;
        Ok(objects.iter().map(|object| self.read_key(object)).collect())
    }

    /// The key of this id.
    ///
    /// # Errors
    /// [`Error::NoKey`].
    pub(crate) async fn key(&self, id: &str) -> Result<Key, Error> {
        let kind = self.generation.keys(self.cluster).await?;
        match self.cluster.object(&self.collection(&kind)?, id).await {
            Ok(object) => Ok(self.read_key(&object)),
            Err(ApiError::NotFound { .. }) => Err(Error::NoKey { id: id.to_owned(), project: self.project.clone() }),
            Err(error) => Err(error.into()),
        }
    }

    fn read_key(&self, object: &Value) -> Key {
        let (metadata, spec) = (&object["metadata"], &object["spec"]);
        let id = text(&object["status"]["authProviderKeyID"]).or_else(|| text(&metadata["name"]));
        Key {
            id: id.unwrap_or_default(),
            account: text(&spec[self.generation.user_name]).unwrap_or_default(),
            created_at: text(&metadata["creationTimestamp"]),
            expires_at: text(&spec["expirationDate"]),
        }
    }

    /// Makes a key; `before` are the keys that the account has.
    ///
    /// # Errors
    /// [`Error::AnswerLost`] when the server may have made one and nobody has its private half now.
    pub(crate) async fn create_key(&self, new: &NewKey<'_>, before: &[Key]) -> Result<CreatedKey, Error> {
        let kind = self.generation.keys(self.cluster).await?;
        let object = self.key_object(&kind.api_version(), &kind.kind, new);
        let answer = match self.cluster.create_secretly(&self.collection(&kind)?, &object, &options()).await {
            Ok(answer) => answer,
            Err(error) if may_have_acted(&error) => return Err(self.lost(before, new, &error.to_string()).await),
            Err(error) => return Err(error.into()),
        };
        // What the parser would say of such a text may quote it.
        let Ok(Answer { metadata, spec, status }) = serde_json::from_slice(&answer) else {
            return Err(self.lost(before, new, "the answer is not understood").await);
        };
        let key = Key {
            id: status.id,
            account: new.account.to_owned(),
            created_at: metadata.creation_timestamp,
            expires_at: spec.expiration_date.or_else(|| new.expires.map(|time| time.to_string())),
        };
        Ok(CreatedKey { key, credentials: status.private_key.filter(|text| *text != Secret::new(String::new())) })
    }

    fn key_object(&self, api_version: &str, kind: &str, new: &NewKey<'_>) -> Value {
        let suffix: String = random::bytes::<4>().iter().map(|byte| format!("{byte:02x}")).collect();
        let local = new.account.split('@').next().unwrap_or_default();
        let mut object = json!({"apiVersion": api_version, "kind": kind,
            "metadata": {"name": format!("{local}-{suffix}")}, "spec": {self.generation.user_name: new.account}});
        if let Some(expires) = new.expires {
            object["spec"]["expirationDate"] = expires.to_string().into();
        }
        if let Some(public_key) = new.public_key {
            object["spec"]["publicKey"] = public_key.pem.as_str().into();
        }
        object
    }

    /// The scope that this environment wants its tokens to be asked for: the platform tells it in the credentials of its
    /// own keys alone, so one is made, read and revoked.
    pub(crate) async fn scope_of_keys(&self, account: &str) -> Result<Option<String>, Error> {
        let expires = clock::now().checked_add(MOMENT).ok();
        let new = NewKey { account, expires, public_key: None };
        let created = self.create_key(&new, &self.keys(Some(account)).await?).await?;
        let document = created.credentials.as_ref().map(Document::of_platform);
        let key = self.take_back(&created.key.id, account).await;
        if key.left.is_some() {
            return Err(Error::TakenBack { key, source: Box::new(Error::NoScope) });
        }
        Ok(document.transpose()?.map(|document| document.credentials()).transpose()?.and_then(|file| file.scope))
    }

    /// What can be said when nobody knows whether a key was made.
    async fn lost(&self, before: &[Key], new: &NewKey<'_>, reason: &str) -> Error {
        let is_new = |key: &Key| before.iter().all(|one| one.id != key.id);
        let now = self.keys(Some(new.account)).await;
        let appeared = now.map(|keys| keys.into_iter().filter(is_new).map(|key| key.id).collect()).ok();
        Error::AnswerLost { home: self.home(new.account), appeared, reason: reason.to_owned() }
    }

    /// Revokes a key: it signs in no more, at once. `false` when there was none.
    pub(crate) async fn revoke_key(&self, id: &str) -> Result<bool, Error> {
        let kind = self.generation.keys(self.cluster).await?;
        match self.cluster.delete(&self.collection(&kind)?, id, &DeleteParams::default()).await {
            Ok(_) => Ok(true),
            Err(ApiError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// The public key in the file at `path`.
pub(crate) fn read_public_key(path: &Path) -> Result<PublicKey, Error> {
    let text = Zeroizing::new(input::read(path, LARGEST_KEY)?);
    let refused = |source| Error::PublicKey { path: path.to_owned(), source };
    // A private key named by mistake is text as well; it is recognised, and goes nowhere.
    let text = Zeroizing::new(String::from_utf8_lossy(&text).into_owned());
    oauth::parse_public_key(&text).map_err(refused)
}

const LARGEST_KEY: u64 = 64 * 1024;
/// How long a key lives that is made only to be looked at, should its revocation fail.
const MOMENT: SignedDuration = SignedDuration::from_mins(10);

/// Whether the server may have done what it was asked, although its answer says or shows nothing of it.
fn may_have_acted(error: &ApiError) -> bool {
    match error {
        ApiError::Http(error) => !error.was_not_sent(),
        ApiError::ServerFailure { .. } | ApiError::Malformed { .. } | ApiError::WebPage { .. } => true,
        _ => false,
    }
}
