//! Keys of service accounts among other objects: the server shows the private half of a key that it makes once, in the
//! answer to its creation, and a terminal is no place for it.

use serde_json::Value;

use super::{Placed, ReportForm};
use crate::error::Failure;
use crate::ui::Ui;

/// Whether creating it makes the server answer with a private key.
fn answers_with_a_private_key(placed: &Placed) -> bool {
    let is_key = placed.kind.group == "identity.miloapis.com" && placed.kind.kind.ends_with("AccountKey");
    is_key && placed.document.object["spec"]["publicKey"].is_null()
}

/// # Errors
/// A private key would be shown on a terminal, or be lost because nothing shows the answer.
pub(crate) fn require_a_place_for_keys(ui: &Ui, form: &ReportForm, objects: &[Placed]) -> Result<(), Failure> {
    let is_kept = form.shows_objects() && !ui.answers_a_terminal();
    match objects.iter().any(answers_with_a_private_key) && !is_kept {
        true => Err(Failure::usage(
            "the server shows the private half of such a key once, and it would be lost or seen here",
        )
        .hint("datumctl service-accounts keys create --account NAME --output-file FILE")),
        false => Ok(()),
    }
}

/// The answer `body` as a terminal may show it: without a private key.
pub(crate) fn without_private_key(body: &[u8]) -> Option<Vec<u8>> {
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    let key = answer.get_mut("status")?.get_mut("privateKey").filter(|key| key.is_string())?;
    *key = "(not shown on a terminal)".into();
    Some(answer.to_string().into_bytes())
}
