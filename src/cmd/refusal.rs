//! Why a control plane may refuse: its organization is not set up yet, or it knows nobody by these credentials.

use std::time::Duration;

use super::resource::known_owner;
use super::runtime::block_on;
use crate::api::{ControlPlane, Onboarding, portal};
use crate::app::App;
use crate::auth::Scope;
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
        "FORBIDDEN" => match hint(app) {
            Some(hint) => failure.hint(hint),
            None => failure,
        },
        _ => failure,
    }
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
