//! [`Cluster`]: one control plane as one account sees it, with its types.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use url::Url;

use super::control_plane::push;
use super::types::{ApiType, TypeCache, TypeProblem, Types};
use super::{Connection, ControlPlane, Error};
use crate::http::TokenProvider;

/// One control plane: what kubectl calls a cluster.
#[derive(Debug)]
pub(crate) struct Cluster<'a, T> {
    /// The server it lies on.
    pub(crate) connection: Connection<'a, T>,
    /// Where it lies.
    pub(crate) plane: ControlPlane,
    cache: TypeCache,
    types: RefCell<Known>,
}

/// What is known of the types so far.
#[derive(Debug, Default)]
struct Known {
    types: Option<Rc<Types>>,
    /// Whether the server itself was asked by this process.
    is_fresh: bool,
}

impl<'a, T: TokenProvider> Cluster<'a, T> {
    /// The control plane `plane`; `cache` is the directory for its types, `account` who asks.
    pub(crate) fn new(connection: Connection<'a, T>, plane: ControlPlane, cache: &Path, account: &str) -> Self {
        let root = plane.url(connection.server(), &[]).map_or_else(|_| String::new(), |url| url.to_string());
        let cache = TypeCache::new(cache, &root, account);
        Self { connection, plane, cache, types: RefCell::default() }
    }

    /// The types, from the cache where that is young.
    pub(crate) async fn types(&self) -> Result<Rc<Types>, Error> {
        if let Some(types) = &self.types.borrow().types {
            return Ok(Rc::clone(types));
        }
        match self.cache.load() {
            Some(types) => {
                let types = Rc::new(types);
                self.types.borrow_mut().types = Some(Rc::clone(&types));
                Ok(types)
            }
            None => self.fresh_types().await,
        }
    }

    /// The types as the server tells them now; the cache remembers them.
    pub(crate) async fn fresh_types(&self) -> Result<Rc<Types>, Error> {
        let types = Rc::new(self.connection.discover_types(&self.plane).await?);
        // What a group did not tell may be there in a moment: such a list is good for this command only.
        if types.stale.is_empty() {
            self.cache.store(&types);
        }
        *self.types.borrow_mut() = Known { types: Some(Rc::clone(&types)), is_fresh: true };
        Ok(types)
    }

    /// What `find` finds among the types; if the cache does not have it, the server is asked once.
    pub(crate) async fn find_among_types<R>(
        &self,
        find: impl Fn(&Types) -> Result<R, TypeProblem>,
    ) -> Result<R, Error> {
        match find(&*self.types().await?) {
            Err(_) if !self.types.borrow().is_fresh => Ok(find(&*self.fresh_types().await?)?),
            outcome => Ok(outcome?),
        }
    }

    /// The type that a person calls `asked`.
    pub(crate) async fn find_type(&self, asked: &str) -> Result<ApiType, Error> {
        self.find_among_types(|types| types.find(asked).cloned()).await
    }

    /// The type of an object.
    pub(crate) async fn type_of(&self, api_version: &str, kind: &str) -> Result<ApiType, Error> {
        self.find_among_types(|types| types.of_kind(api_version, kind).cloned()).await
    }

    /// Where the objects of `kind` lie: in `namespace`, or in all.
    pub(crate) fn collection(&self, kind: &ApiType, namespace: Option<&str>) -> Result<Url, Error> {
        let mut path = match kind.group.as_str() {
            "" => vec!["api", kind.version.as_str()],
            group => vec!["apis", group, &kind.version],
        };
        if let Some(namespace) = namespace.filter(|_| kind.namespaced) {
            path.extend(["namespaces", namespace]);
        }
        path.push(&kind.plural);
        self.plane.url(self.connection.server(), &path)
    }
}

/// # Errors
/// [`Error::UnusableName`]: no object can have the name, so nothing needs to be asked about it.
pub(crate) fn require_usable(name: &str) -> Result<(), Error> {
    segment(name).map(drop)
}

/// A name as one segment of a URL's path, percent-encoded.
pub(super) fn segment(name: &str) -> Result<String, Error> {
    // The same refusals as kube-apiserver: such a name is a mistake, or an attempt.
    if name.contains(['/', '%']) || name.chars().any(char::is_control) {
        return Err(Error::UnusableName { name: name.to_owned() });
    }
    let mut url = Url::parse("http://localhost/").map_err(|_| Error::UnusableName { name: name.to_owned() })?;
    push(&mut url, name)?;
    Ok(url.path().trim_start_matches('/').to_owned())
}
