//! [`Connection`]: reading from one server as one session, with the retries that a read allows.

use std::collections::HashSet;
use std::time::Duration;

use jiff::fmt::rfc2822;
use serde::de::DeserializeOwned;
use url::Url;

use super::error::{Error, is_web_page};
use super::resource::{OrganizationMembership, Page, ProjectResource};
use super::{ControlPlane, Organization, Project};
use crate::http::{Answer, Client, Host, Request, TokenProvider};
use crate::sys::{clock, random};

const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// A server that asks for a longer pause is left alone, and the person is told.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const PAGE_SIZE: usize = 500;
const PAGE_BYTES: usize = 16 * 1024 * 1024;
const LIST_LIMIT: usize = 100_000;
const RESOURCE_MANAGER: [&str; 3] = ["apis", "resourcemanager.miloapis.com", "v1alpha1"];

/// One server, asked on behalf of one session.
#[derive(Debug)]
pub(crate) struct Connection<'a, T> {
    client: &'a Client,
    server: &'a Host,
    tokens: &'a T,
}

impl<'a, T: TokenProvider> Connection<'a, T> {
    /// A connection to the session's own server; `tokens` hands out that session's tokens.
    pub(crate) fn new(client: &'a Client, server: &'a Host, tokens: &'a T) -> Self {
        Self { client, server, tokens }
    }

    /// The organizations a user is a member of, each once, in the server's order. `subject` is the `sub` claim.
    pub(crate) async fn organizations(&self, subject: &str) -> Result<Vec<Organization>, Error> {
        let path = [&RESOURCE_MANAGER[..], &["organizationmemberships"]].concat();
        let url = ControlPlane::User(subject).url(self.server, &path)?;
        let memberships = self.list::<OrganizationMembership>(&url).await?;
        let mut organizations: Vec<_> =
            memberships.into_iter().filter_map(OrganizationMembership::into_organization).collect();
        let mut seen = HashSet::new();
        organizations.retain(|organization| seen.insert(organization.id.clone()));
        Ok(organizations)
    }

    /// The projects of an organization, each once, in the server's order.
    pub(crate) async fn projects(&self, organization: &str) -> Result<Vec<Project>, Error> {
        let path = [&RESOURCE_MANAGER[..], &["projects"]].concat();
        let url = ControlPlane::Organization(organization).url(self.server, &path)?;
        let resources = self.list::<ProjectResource>(&url).await?;
        let mut projects: Vec<_> =
            resources.into_iter().filter_map(|project| project.into_project(organization)).collect();
        let mut seen = HashSet::new();
        projects.retain(|project| seen.insert(project.id.clone()));
        Ok(projects)
    }

    /// All pages of the list at `url`.
    async fn list<R: DeserializeOwned>(&self, url: &Url) -> Result<Vec<R>, Error> {
        let host = || self.server.authority();
        let mut items = Vec::new();
        let mut seen = HashSet::new();
        let mut next: Option<String> = None;
        loop {
            let mut page_url = url.clone();
            page_url.query_pairs_mut().append_pair("limit", &PAGE_SIZE.to_string());
            if let Some(next) = &next {
                page_url.query_pairs_mut().append_pair("continue", next);
            }
            let page: Page<R> = self.get(&page_url).await?;
            items.extend(page.items.unwrap_or_default());
            if items.len() > LIST_LIMIT {
                return Err(Error::TooManyItems { host: host(), limit: LIST_LIMIT });
            }
            let Some(token) = page.metadata.next.filter(|token| !token.is_empty()) else { return Ok(items) };
            if !seen.insert(token.clone()) || seen.len() > LIST_LIMIT / PAGE_SIZE {
                return Err(Error::EndlessList { host: host() });
            }
            next = Some(token);
        }
    }

    /// The JSON at `url`, which lies on this server.
    async fn get<R: DeserializeOwned>(&self, url: &Url) -> Result<R, Error> {
        let host = self.server.authority();
        let answer = self.read(url).await?;
        if !(200..300).contains(&answer.status) {
            return Err(Error::from_answer(&answer, host, retry_after(&answer)));
        }
        if is_web_page(&answer) {
            return Err(Error::WebPage { host, status: answer.status });
        }
        let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body);
        serde_json::from_slice(body).map_err(|source| Error::Malformed { host, source })
    }

    /// One answer: a refused token is exchanged once, an overloaded or failing server is asked up to three times.
    async fn read(&self, url: &Url) -> Result<Answer, Error> {
        let mut token = self.tokens.token(None).await.map_err(Error::Token)?;
        let mut may_exchange = true;
        let mut tries = 0;
        loop {
            let bearer = self.server.is_origin_of(url).then(|| token.clone());
            let request = Request { bearer, limit: PAGE_BYTES, ..Request::get(url.clone()) };
            tries += 1;
            let pause = match self.client.send(request).await {
                Ok(answer) if answer.status == 401 && may_exchange => {
                    may_exchange = false;
                    token = self.tokens.token(Some(&token)).await.map_err(Error::Token)?;
                    tries -= 1;
                    continue;
                }
                Ok(answer) if answer.status == 429 || answer.status >= 500 => {
                    let pause = retry_after(&answer).unwrap_or_else(|| back_off(tries));
                    if tries == TRIES || pause > LONGEST_PAUSE || answer.status == 501 {
                        return Ok(answer);
                    }
                    pause
                }
                Ok(answer) => return Ok(answer),
                Err(crate::http::Error::Broken { .. }) if tries < TRIES => back_off(tries),
                Err(error) => return Err(error.into()),
            };
            tokio::time::sleep(pause).await;
        }
    }
}

/// The pause that the server asks for (RFC 9110 section 10.2.3): seconds, or a date.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let value = answer.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(value).ok()?;
    Some(Duration::try_from(date.duration_since(clock::now())).unwrap_or_default())
}

/// A pause that doubles with each try, with up to half of it again at random so that many clients do not move in step.
fn back_off(tries: u32) -> Duration {
    let pause = FIRST_PAUSE * 2_u32.pow(tries.saturating_sub(1));
    let [jitter] = random::bytes();
    pause + pause.mul_f64(f64::from(jitter) / 512.0)
}
