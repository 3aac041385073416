//! Questions about the caller.

use super::Resource;

const AUTHENTICATION: (&str, &str) = ("authentication.k8s.io", "v1");
const AUTHORIZATION: (&str, &str) = ("authorization.k8s.io", "v1");

const fn review(api: (&'static str, &'static str), names: [&'static str; 3]) -> Resource {
    Resource { verbs: &["create"], has_status: false, columns: &[], ..Resource::new(api, names, |_| true) }
}

pub(super) static TYPES: [Resource; 3] = [
    review(AUTHENTICATION, ["selfsubjectreviews", "selfsubjectreview", "SelfSubjectReview"]),
    review(AUTHORIZATION, ["selfsubjectaccessreviews", "selfsubjectaccessreview", "SelfSubjectAccessReview"]),
    review(AUTHORIZATION, ["selfsubjectrulesreviews", "selfsubjectrulesreview", "SelfSubjectRulesReview"]),
];
