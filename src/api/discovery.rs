//! Which organizations and projects a user has.

use std::cell::Cell;
use std::fmt;

use futures_util::StreamExt as _;
use futures_util::stream;

use super::{Connection, Error, Organization, Project};
use crate::http::{Client, Host, TokenProvider};

/// Enough to hide the latency of a thousand organizations; little enough not to be throttled, and for a connection each
/// within the 256 files that some systems let a process open.
pub(crate) const PARALLEL_READS: usize = 128;

/// What a discovery found.
#[derive(Debug)]
pub(crate) struct Discovery {
    /// The organizations, in the server's order.
    pub(crate) organizations: Vec<Organization>,
    /// Their projects: by organization, then in the server's order.
    pub(crate) projects: Vec<Project>,
    /// The organizations whose projects could not be read.
    pub(crate) problems: Vec<Problem>,
}

/// One organization whose projects could not be read.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Its id.
    pub(crate) organization_id: String,
    /// Why.
    pub(crate) error: Error,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the projects of {} could not be read: {}", self.organization_id, self.error)
    }
}

/// How far a discovery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The organizations are being listed.
    Organizations,
    /// The projects of `done` out of `total` organizations are known.
    Projects {
        /// Organizations read.
        done: usize,
        /// Organizations found.
        total: usize,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organizations => formatter.write_str("Looking up organizations"),
            Self::Projects { done, total } => {
                write!(formatter, "Looking up projects ({done} of {total} organizations)")
            }
        }
    }
}

/// Lists the organizations of the user `subject` and, many at a time, their projects.
///
/// # Errors
/// When the organizations cannot be listed, or the session itself is refused. An organization whose projects cannot be
/// read is a [`Problem`] among the results.
pub(crate) async fn discover_organizations(
    client: &Client,
    server: &Host,
    subject: &str,
    tokens: &impl TokenProvider,
    progress: &dyn Fn(Progress),
) -> Result<Discovery, Error> {
    let connection = Connection::new(client, server.clone(), tokens);
    progress(Progress::Organizations);
    let organizations = connection.organizations(subject).await?;
    let (done, total) = (Cell::new(0), organizations.len());
    progress(Progress::Projects { done: 0, total });
    let reads = organizations.iter().map(async |organization| {
        let outcome = connection.projects(&organization.id).await;
        done.set(done.get() + 1);
        progress(Progress::Projects { done: done.get(), total });
        (organization.id.clone(), outcome)
    });
    let mut reads = stream::iter(reads).buffered(PARALLEL_READS);
    let (mut projects, mut problems) = (Vec::new(), Vec::new());
    while let Some((organization_id, outcome)) = reads.next().await {
        match outcome {
            Ok(found) => projects.extend(found),
            Err(error) if error.ends_everything() => return Err(error),
            Err(error) => problems.push(Problem { organization_id, error }),
        }
    }
    drop(reads);
    Ok(Discovery { organizations, projects, problems })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::{Arc, Barrier};

    use super::{Discovery, Progress, discover_organizations};
    use crate::api::Error;
    use crate::api::scripted_server::{Asked, Reply, ScriptedServer};
    use crate::http::{Client, TokenProvider};
    use crate::secret::Secret;

    /// Hands out `token-1`, and `token-2`, `token-3`, ... for each one refused.
    #[derive(Default)]
    struct Tokens {
        refused: RefCell<Vec<String>>,
    }

    impl TokenProvider for Tokens {
        async fn token(&self, refused: Option<&Secret>) -> Result<Secret, anyhow::Error> {
            let mut list = self.refused.borrow_mut();
            list.extend(refused.map(|token| token.expose().clone()));
            Ok(Secret::new(format!("token-{}", list.len() + 1)))
        }
    }

    fn ok(body: impl Into<String>) -> Reply {
        (200, vec!["content-type: application/json".to_owned()], body.into())
    }

    fn memberships(ids: &[&str], next: &str) -> Reply {
        let items: Vec<_> =
            ids.iter().map(|id| format!(r#"{{"spec":{{"organizationRef":{{"name":"{id}"}}}}}}"#)).collect();
        ok(format!(r#"{{"metadata":{{"continue":"{next}"}},"items":[{}]}}"#, items.join(",")))
    }

    fn is_membership_list(asked: &Asked) -> bool {
        asked.target.contains("/organizationmemberships")
    }

    fn discover_with(
        server: &ScriptedServer,
        tokens: &Tokens,
        progress: &dyn Fn(Progress),
    ) -> Result<Discovery, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = Client::new().expect("a client");
        runtime.block_on(discover_organizations(&client, &server.host, "sub", tokens, progress))
    }

    fn discover(
        script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static,
    ) -> (Result<Discovery, Error>, Vec<Asked>) {
        let server = ScriptedServer::start(script);
        let outcome = discover_with(&server, &Tokens::default(), &|_| ());
        (outcome, server.journal())
    }

    #[test]
    fn names_roles_and_projects_are_found_without_duplicates() {
        let server = ScriptedServer::start(|_, asked| {
            if is_membership_list(asked) {
                return ok(r#"{"items":[
                    {"spec":{"organizationRef":{"name":"acme"},"roles":[{"name":"owner"},{"name":"viewer"}]},
                     "status":{"organization":{"displayName":"Acme, Inc."}}},
                    {"spec":{"organizationRef":{"name":"acme"}}},
                    {"spec":{"organizationRef":{"name":"beta"}}}, {}]}"#);
            }
            if asked.target.contains("/organizations/acme/") {
                return ok(r#"{"items":[
                    {"metadata":{"name":"p1","annotations":{"kubernetes.io/display-name":"Production"}}},
                    {"metadata":{"name":"p2"}},{"metadata":{"name":"p2"}}]}"#);
            }
            ok(r#"{"items":null}"#)
        });
        let seen = RefCell::new(Vec::new());
        let found = discover_with(&server, &Tokens::default(), &|step| seen.borrow_mut().push(step)).expect("works");
        let organizations: Vec<_> =
            found.organizations.iter().map(|o| (o.id.as_str(), o.display_name.as_str(), o.role.as_deref())).collect();
        assert_eq!(organizations, [("acme", "Acme, Inc.", Some("owner, viewer")), ("beta", "beta", None)]);
        let projects: Vec<_> = found
            .projects
            .iter()
            .map(|p| (p.id.as_str(), p.display_name.as_str(), p.organization_id.as_str()))
            .collect();
        assert_eq!(projects, [("p1", "Production", "acme"), ("p2", "p2", "acme")]);
        assert!(found.problems.is_empty());
        let seen = seen.into_inner();
        assert_eq!(
            (seen.first(), seen.last()),
            (Some(&Progress::Organizations), Some(&Progress::Projects { done: 2, total: 2 }))
        );
        assert!(
            server.journal()[0].target.starts_with("/apis/iam.miloapis.com/v1alpha1/users/sub/control-plane/apis/")
        );
    }

    #[test]
    fn projects_are_read_eight_at_a_time() {
        let together = Arc::new(Barrier::new(8));
        let ids: Vec<_> = (0..16).map(|index| format!("org-{index}")).collect();
        let (outcome, _) = discover(move |_, asked| {
            if is_membership_list(asked) {
                return memberships(&ids.iter().map(String::as_str).collect::<Vec<_>>(), "");
            }
            // Answers only once eight have asked: fewer at a time would wait for ever.
            together.wait();
            let organization = asked.target.split('/').nth(5).unwrap_or_default();
            ok(format!(r#"{{"items":[{{"metadata":{{"name":"in-{organization}"}}}}]}}"#))
        });
        let projects = outcome.expect("works").projects;
        assert_eq!(projects.iter().map(|p| p.id.as_str()).take(2).collect::<Vec<_>>(), ["in-org-0", "in-org-1"]);
        assert_eq!(projects.len(), 16);
    }

    #[test]
    fn one_closed_organization_does_not_hide_the_others() {
        let (outcome, _) = discover(|_, asked| {
            match () {
            () if is_membership_list(asked) => memberships(&["open", "closed", "a/../b"], ""),
            () if asked.target.contains("/closed/") => {
                (403, vec![], r#"{"kind":"Status","reason":"Forbidden","message":"no","details":{"causes":[{"reason":"ProjectSuspended"}]}}"#.to_owned())
            }
            () => ok(r#"{"items":[{"metadata":{"name":"p"}}]}"#),
        }
        });
        let found = outcome.expect("works");
        assert_eq!(found.projects.iter().map(|p| p.organization_id.as_str()).collect::<Vec<_>>(), ["open", "a/../b"]);
        let [problem] = found.problems.as_slice() else { panic!("{:?}", found.problems) };
        assert_eq!(problem.organization_id, "closed");
        assert!(matches!(&problem.error, Error::Forbidden { causes, .. } if causes[0].reason == "ProjectSuspended"));
    }

    // API-11
    #[test]
    fn pages_are_followed_and_a_loop_of_them_is_noticed() {
        let (outcome, journal) = discover(|earlier, asked| match earlier {
            _ if !is_membership_list(asked) => ok(r#"{"items":[]}"#),
            0 => memberships(&["a"], "n&xt="),
            _ => memberships(&["b"], ""),
        });
        assert_eq!(outcome.expect("works").organizations.len(), 2);
        assert!(journal[0].target.ends_with("?limit=500"), "{}", journal[0].target);
        assert!(journal[1].target.ends_with("?limit=500&continue=n%26xt%3D"), "{}", journal[1].target);
        let (outcome, journal) = discover(|_, _| memberships(&["a"], "again"));
        assert!(matches!(outcome, Err(Error::EndlessList { .. })));
        assert_eq!(journal.len(), 2);
        let (outcome, journal) = discover(|earlier, _| memberships(&["a"], &earlier.to_string()));
        assert!(matches!(outcome, Err(Error::EndlessList { .. })));
        assert!(journal.len() <= 201, "{}", journal.len());
    }

    // API-14
    #[test]
    fn a_refused_token_is_exchanged_once() {
        let server = ScriptedServer::start(|_, asked| match asked.bearer.as_deref() {
            Some("token-2") => memberships(&[], ""),
            _ => (401, vec![], String::new()),
        });
        let tokens = Tokens::default();
        discover_with(&server, &tokens, &|_| ()).expect("works");
        assert_eq!(tokens.refused.into_inner(), ["token-1"]);
        let (outcome, journal) = discover(|_, _| (401, vec![], String::new()));
        assert!(matches!(outcome, Err(Error::Unauthorized { .. })));
        assert_eq!(journal.len(), 2);
    }

    // API-01, API-03
    #[test]
    fn an_overloaded_or_failing_server_is_asked_three_times() {
        for status in [429, 500, 502, 503, 504] {
            let (outcome, journal) = discover(move |earlier, _| match earlier {
                0..2 => (status, vec!["retry-after: 0".to_owned()], String::new()),
                _ => memberships(&[], ""),
            });
            assert!(outcome.is_ok(), "{status}");
            assert_eq!(journal.len(), 3);
        }
        let (outcome, journal) = discover(|_, _| (503, vec!["retry-after: -1".to_owned()], "<html>".to_owned()));
        assert!(matches!(outcome, Err(Error::ServerFailure { status: 503, message: None, .. })));
        assert_eq!(journal.len(), 3);
    }

    // API-01
    #[test]
    fn a_long_pause_is_reported_instead_of_waited_for() {
        let date = |year: i32| format!("retry-after: Fri, 01 Jan {year} 00:00:00 GMT");
        for header in ["retry-after: 120".to_owned(), date(2100)] {
            let (outcome, journal) = discover(move |_, _| (429, vec![header.clone()], String::new()));
            assert!(
                matches!(outcome, Err(Error::TooManyRequests { retry_after: Some(pause), .. }) if pause.as_secs() >= 120)
            );
            assert_eq!(journal.len(), 1);
        }
        let (outcome, journal) = discover(move |_, _| (429, vec![date(2000)], String::new()));
        assert!(matches!(outcome, Err(Error::TooManyRequests { .. })));
        assert_eq!(journal.len(), 3);
    }

    // API-05
    #[test]
    fn a_redirect_is_an_error_and_the_token_goes_nowhere_else() {
        let elsewhere = ScriptedServer::start(|_, _| memberships(&[], ""));
        for status in [301, 302, 303, 307, 308] {
            let location = format!("location: {}/", elsewhere.host.origin());
            let (outcome, journal) = discover(move |_, _| (status, vec![location.clone()], String::new()));
            assert!(matches!(outcome, Err(Error::Redirected { .. })), "{status}");
            assert_eq!(journal.len(), 1);
        }
        assert!(elsewhere.journal().is_empty());
    }

    // API-09
    #[test]
    fn an_answer_that_is_not_the_apis_is_named_for_what_it_is() {
        let kind = |status: u16, label: &str, body: &str| {
            let (label, body) = (format!("content-type: {label}"), body.to_owned());
            discover(move |_, _| (status, vec![label.clone()], body.clone())).0.expect_err("not a list")
        };
        assert!(matches!(kind(200, "text/html", "<html>"), Error::WebPage { status: 200, .. }));
        assert!(matches!(kind(200, "application/json", "\n<!doctype html>"), Error::WebPage { .. }));
        assert!(matches!(kind(404, "text/html", "<html>"), Error::WebPage { status: 404, .. }));
        for body in ["", "[]", r#"{"items":[{"spec""#, "null", r#"{"items":7}"#] {
            assert!(matches!(kind(200, "application/json", body), Error::Malformed { .. }), "{body}");
        }
        assert!(
            matches!(kind(404, "application/json", r#"{"kind":"Status","message":"gone"}"#), Error::NotFound { message } if message == "gone")
        );
        assert!(
            matches!(kind(409, "application/json", r#"{"kind":"Status","reason":"AlreadyExists"}"#), Error::Conflict { reason, .. } if reason == "AlreadyExists")
        );
        assert!(
            matches!(kind(422, "application/json", r#"{"kind":"Status","details":{"causes":[{"field":"spec.x"}]}}"#), Error::Invalid { causes, .. } if causes[0].field == "spec.x")
        );
        let with_mark = discover(|_, _| ok("\u{feff}{\"items\":[]}")).0;
        assert!(with_mark.is_ok());
    }
}
