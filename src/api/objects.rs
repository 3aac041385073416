//! What can be done with objects: get, list, create, replace, patch, delete. Paths and parameters are kube-core's.

use kube_core::Request;
use kube_core::params::{DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams, ValidationDirective};
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::cluster::segment;
use super::{Call, Cluster, Error, ListEnd, Part};
use crate::http::TokenProvider;

/// Which objects of a list are meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// `-l`
    pub(crate) labels: Option<String>,
    /// `--field-selector`
    pub(crate) fields: Option<String>,
    /// Whether the rows of a table carry whole objects.
    pub(crate) whole_rows: bool,
}

impl Selection {
    /// The one object of this name, as a list.
    pub(crate) fn named(name: &str) -> Self {
        Self { fields: Some(format!("metadata.name={name}")), ..Self::default() }
    }

    /// Whether nothing narrows the list.
    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_none() && self.fields.is_none()
    }
}

/// How something is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct WriteOptions {
    /// Ask the server to go through everything and keep nothing.
    pub(crate) dry_run: bool,
    /// Who manages the fields from now on.
    pub(crate) field_manager: Option<String>,
    /// Take over fields that others manage; for [`ObjectPatch::Apply`] only.
    pub(crate) force: bool,
    /// What happens with fields that the type does not have.
    pub(crate) validation: Option<ValidationDirective>,
}

/// A change to an object.
#[derive(Debug)]
pub(crate) enum ObjectPatch {
    /// Server-side apply: the fields that one manager wants, whole.
    Apply(Value),
    /// RFC 6902.
    Json(json_patch::Patch),
    /// RFC 7386.
    Merge(Value),
    /// Kubernetes' own, for its own types only.
    Strategic(Value),
}

impl From<ObjectPatch> for Patch<Value> {
    fn from(patch: ObjectPatch) -> Self {
        match patch {
            ObjectPatch::Apply(value) => Self::Apply(value),
            ObjectPatch::Json(patch) => Self::Json(patch),
            ObjectPatch::Merge(value) => Self::Merge(value),
            ObjectPatch::Strategic(value) => Self::Strategic(value),
        }
    }
}

impl<T: TokenProvider> Cluster<'_, T> {
    /// The object `name` of `collection`, as JSON or in the representation of `accept`.
    pub(crate) async fn get(
        &self,
        collection: &Url,
        name: &str,
        subresource: Option<&str>,
        accept: &'static str,
    ) -> Result<Vec<u8>, Error> {
        let (request, name) = (Request::new(collection.path()), segment(name)?);
        let built = match subresource {
            Some(subresource) => request.get_subresource(&segment(subresource)?, &name),
            None => request.get(&name, &GetParams::default()),
        };
        let call = Call::built(collection, built?)?.accept(accept);
        Ok(self.connection.send(&call).await?.body)
    }

    /// The object `name` of `collection`.
    pub(crate) async fn object(&self, collection: &Url, name: &str) -> Result<Value, Error> {
        self.connection.parse(&self.get(collection, name, None, super::call::JSON).await?)
    }

    /// Reads the objects of `collection` that `selection` means, page by page.
    pub(crate) async fn list(
        &self,
        collection: &Url,
        selection: &Selection,
        accept: &'static str,
        reader: impl FnMut(Part<'_>) -> Result<usize, Error>,
    ) -> Result<ListEnd, Error> {
        let mut call = Call::built(collection, Request::new(collection.path()).list(&list_params(selection))?)?;
        if selection.whole_rows {
            call.url.query_pairs_mut().append_pair("includeObject", "Object");
        }
        self.connection.pages(&call.accept(accept), reader).await
    }

    /// The objects of `collection` that `selection` means, and where a watch begins that misses nothing after them.
    pub(crate) async fn objects(
        &self,
        collection: &Url,
        selection: &Selection,
    ) -> Result<(Vec<Value>, ListEnd), Error> {
        #[derive(serde::Deserialize)]
        struct Page {
            items: Option<Vec<Value>>,
            #[serde(default, rename = "apiVersion")]
            api_version: String,
            #[serde(default)]
            kind: String,
        }
        let mut objects = Vec::new();
        let collect = |part: Part<'_>| {
            let Part::Page(body) = part else {
                objects.clear();
                return Ok(0);
            };
            let page: Page = self.connection.parse(body)?;
            let kind = page.kind.trim_end_matches("List").to_owned();
            let items = page.items.unwrap_or_default();
            let count = items.len();
            objects.extend(items.into_iter().map(|item| with_type(item, &page.api_version, &kind)));
            Ok(count)
        };
        let end = self.list(collection, selection, super::call::JSON, collect).await?;
        Ok((objects, end))
    }

    /// Creates `object` in `collection` and returns what the server made of it.
    pub(crate) async fn create(
        &self,
        collection: &Url,
        object: &Value,
        options: &WriteOptions,
    ) -> Result<Value, Error> {
        let built = Request::new(collection.path()).create(&options.post(), object.to_string().into_bytes())?;
        self.connection.parse(&self.write(collection, built, options).await?)
    }

    /// [`Cluster::create`] for an object whose answer holds a secret: its text, wiped when dropped.
    pub(crate) async fn create_secretly(
        &self,
        collection: &Url,
        object: &Value,
        options: &WriteOptions,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let built = Request::new(collection.path()).create(&options.post(), object.to_string().into_bytes())?;
        self.write(collection, built, options).await.map(Zeroizing::new)
    }

    /// Changes the object `name`.
    pub(crate) async fn patch(
        &self,
        collection: &Url,
        name: &str,
        subresource: Option<&str>,
        patch: ObjectPatch,
        options: &WriteOptions,
    ) -> Result<Value, Error> {
        let (request, name, patch) = (Request::new(collection.path()), segment(name)?, Patch::from(patch));
        let params = PatchParams {
            dry_run: options.dry_run,
            force: options.force,
            field_manager: options.field_manager.clone(),
            field_validation: options.validation.clone(),
        };
        let built = match subresource {
            Some(subresource) => request.patch_subresource(&segment(subresource)?, &name, &params, &patch),
            None => request.patch(&name, &params, &patch),
        };
        let answer = self.connection.send(&Call::built(collection, built?)?).await?;
        self.connection.parse(&answer.body)
    }

    /// Deletes the object `name`. The answer is the object that is going, or a `Status` when it is gone already.
    pub(crate) async fn delete(&self, collection: &Url, name: &str, params: &DeleteParams) -> Result<Value, Error> {
        let built = Request::new(collection.path()).delete(&segment(name)?, params)?;
        let answer = self.connection.send(&Call::built(collection, built)?).await?;
        self.connection.parse(&answer.body)
    }

    async fn write(
        &self,
        collection: &Url,
        built: http::Request<Vec<u8>>,
        options: &WriteOptions,
    ) -> Result<Vec<u8>, Error> {
        let mut call = Call::built(collection, built)?;
        if let Some(validation) = &options.validation {
            call.url.query_pairs_mut().append_pair("fieldValidation", validation.as_str());
        }
        Ok(self.connection.send(&call).await?.body)
    }
}

impl WriteOptions {
    fn post(&self) -> PostParams {
        PostParams { dry_run: self.dry_run, field_manager: self.field_manager.clone() }
    }
}

fn list_params(selection: &Selection) -> ListParams {
    ListParams {
        label_selector: selection.labels.clone(),
        field_selector: selection.fields.clone(),
        ..ListParams::default()
    }
}

/// The items of a list may leave out what the list says once.
fn with_type(item: Value, api_version: &str, kind: &str) -> Value {
    let Value::Object(fields) = item else { return item };
    let mut object = serde_json::Map::new();
    object.insert("apiVersion".to_owned(), api_version.into());
    object.insert("kind".to_owned(), kind.into());
    object.extend(fields);
    Value::Object(object)
}
