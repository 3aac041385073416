//! How far an organization is with setting itself up, and where a person goes on with it.

use std::fmt;

use serde_json::Value;
use url::Url;

use crate::http::Host;

/// What an organization's `OnboardingComplete` condition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Onboarding {
    /// Everything is there.
    Ready,
    /// Nobody has said whom to write to.
    ContactDetails,
    /// There is no billing account.
    Billing,
    /// There is a billing account that cannot be charged.
    PaymentMethod,
    /// Something else is missing.
    Setup,
    /// The organization does not say.
    Unknown,
}

impl Onboarding {
    /// What the object of an organization says.
    pub(crate) fn of(organization: &Value) -> Self {
        let conditions = organization["status"]["conditions"].as_array();
        let condition = conditions.and_then(|all| all.iter().find(|one| one["type"] == "OnboardingComplete"));
        match condition.map(|one| (one["status"].as_str(), one["reason"].as_str())) {
            Some((Some("True"), _)) => Self::Ready,
            Some((Some("False"), Some("ContactInfoIncomplete"))) => Self::ContactDetails,
            Some((Some("False"), Some("BillingAccountMissing"))) => Self::Billing,
            Some((Some("False"), Some("PaymentMethodNotReady"))) => Self::PaymentMethod,
            Some((Some("False"), _)) => Self::Setup,
            _ => Self::Unknown,
        }
    }

    /// Whether a person has something to do.
    pub(crate) fn is_incomplete(self) -> bool {
        !matches!(self, Self::Ready | Self::Unknown)
    }
}

impl fmt::Display for Onboarding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ready => "ready",
            Self::ContactDetails => "contact details needed",
            Self::Billing => "billing setup needed",
            Self::PaymentMethod => "payment method needed",
            Self::Setup => "setup needed",
            Self::Unknown => "unknown",
        })
    }
}

/// Where a person sets `organization` up; only Datum's own servers have a portal.
pub(crate) fn portal(server: &Host, organization: &str) -> Option<Url> {
    const PORTALS: [(&str, &str); 2] =
        [("staging.env.datum.net", "https://cloud.staging.env.datum.net"), ("datum.net", "https://cloud.datum.net")];
    let (_, portal) = PORTALS.iter().find(|(suffix, _)| server.is_within(suffix))?;
    let mut url = Url::parse(portal).ok().filter(|_| server.origin().starts_with("https:"))?;
    url.path_segments_mut().ok()?.extend(["org", organization, "projects"]);
    Some(url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Onboarding, portal};

    #[test]
    fn the_condition_says_what_is_missing() {
        let of =
            |condition| Onboarding::of(&json!({"status": {"conditions": [{"type": "Ready"}, condition]}})).to_string();
        let is =
            |status: &str, reason: &str| of(json!({"type": "OnboardingComplete", "status": status, "reason": reason}));
        assert_eq!(is("True", "Ready"), "ready");
        assert_eq!(is("False", "ContactInfoIncomplete"), "contact details needed");
        assert_eq!(is("False", "BillingAccountMissing"), "billing setup needed");
        assert_eq!(is("False", "PaymentMethodNotReady"), "payment method needed");
        assert_eq!(is("False", "\u{1b}[2J"), "setup needed");
        assert_eq!(is("Unknown", ""), "unknown");
        assert_eq!(of(json!(null)), "unknown");
        assert_eq!(Onboarding::of(&json!([])).to_string(), "unknown");
    }

    #[test]
    fn only_servers_of_datum_have_a_portal() {
        let link = |host: &str| portal(&host.parse().expect("a host"), "a/b").map(|url| url.to_string());
        assert_eq!(link("api.datum.net").as_deref(), Some("https://cloud.datum.net/org/a%2Fb/projects"));
        assert_eq!(
            link("api.staging.env.datum.net").as_deref(),
            Some("https://cloud.staging.env.datum.net/org/a%2Fb/projects")
        );
        for other in ["api.example.com", "datum.net.example.com", "notdatum.net", "http://127.0.0.1:1"] {
            assert_eq!(link(other), None, "{other}");
        }
    }
}
