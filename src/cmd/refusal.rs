//! Why a control plane may refuse: its organization is not set up yet, there is none of this name, or it knows nobody
//! by these credentials.

use std::time::Duration;

use super::resource::known_owner;
use super::runtime::block_on;
use crate::api::{ControlPlane, Onboarding, portal};
use crate::app::App;
use crate::auth::{Account, Scope};
use crate::error::Failure;
use crate::ui::sanitize;

/// Longer than the answer to a question takes that nobody asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// Adds to a refusal whose credentials were refused, or what the organization still needs, if that can be found out.
pub(crate) fn explain(app: &App, failure: Failure) -> Failure {
    match failure.code {
        "UNAUTHORIZED" => match app.acting() {
            Ok(account) => {
                Failure { message: format!("{} of {}", failure.message, sanitize(account.name())), ..failure }
            }
            Err(_) => failure,
        },
        "FORBIDDEN" => match stranger(app).or_else(|| hint(app)) {
            Some(hint) => failure.hint(hint),
            None => failure,
        },
        _ => failure,
    }
}

/// That the session knows no such project or organization, and what may have been meant.
fn stranger(app: &App) -> Option<String> {
    let Account::Stored { session, .. } = app.acting().ok()? else { return None };
    let config = app.auth().ok()?.load_config().ok()?;
    let contexts = || config.contexts_of(&session.name);
    let (what, id, known): (_, _, Vec<&str>) = match app.plane()? {
        ControlPlane::Project(id) => ("project", id, contexts().filter_map(|one| one.project_id.as_deref()).collect()),
        ControlPlane::Organization(id) => {
            ("organization", id, contexts().map(|one| one.organization_id.as_str()).collect())
        }
        ControlPlane::Platform | ControlPlane::User(_) => return None,
    };
    if known.contains(&id.as_str()) {
        return None;
    }
    let distance = |name: &&str| strsim::damerau_levenshtein(name, &id);
    let near = known.iter().copied().min_by_key(distance).filter(|name| distance(name) <= 1 + name.len() / 4);
    Some(match near {
        Some(near) => format!("did you mean the {what} {}?", sanitize(near)),
        None => format!("this account knows no {what} {}; look again: datumctl ctx --refresh", sanitize(&id)),
    })
}

fn hint(app: &App) -> Option<String> {
    let organization = match app.plane()? {
        ControlPlane::Organization(id) => id,
        ControlPlane::Project(project) => known_owner(app, &project)?,
        ControlPlane::Platform | ControlPlane::User(_) => return None,
    };
    let (auth, account) = (app.auth().ok()?, app.acting().ok()?);
    let subject = account.subject(auth).ok()?;
    let cluster = app.cluster(&Scope::of_user(auth, account).ok()?).ok()?;
    let object = block_on(async {
        let read = cluster.connection.organization_object(&subject, &organization);
        Ok(tokio::time::timeout(PATIENCE, read).await.ok().and_then(Result::ok))
    });
    let onboarding = Onboarding::of(&object.ok()??);
    let link = portal(cluster.connection.server(), &organization).map(|link| format!(": {link}"));
    let name = sanitize(&organization);
    onboarding.is_incomplete().then(|| format!("{name} is not set up yet: {onboarding}{}", link.unwrap_or_default()))
}
