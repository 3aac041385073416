//! The pages a person sees: static, calm, and saying no more than is known when they are shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The one style, allowed by its hash in the content security policy.
const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#1b1f27;--soft:#5b6472;--line:#e3e6eb;--mark:#2f7d5b}\
@media(prefers-color-scheme:dark){:root{--ground:#12151a;--card:#1a1e25;--ink:#e8ebf0;--soft:#9aa4b2;--line:#2a303a;--mark:#6cc39a}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);color:var(--ink);\
font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\
main{max-width:26rem;padding:2.5rem 2.25rem;background:var(--card);border:1px solid var(--line);border-radius:14px;text-align:center}\
.mark{width:2.75rem;height:2.75rem;margin:0 auto 1.25rem;border:2px solid var(--mark);border-radius:50%;color:var(--mark);\
font-size:1.35rem;line-height:2.5rem}\
.mark.quiet{border-color:var(--line);color:var(--soft)}\
h1{margin:0 0 .5rem;font-size:1.25rem;font-weight:600;letter-spacing:-.01em}\
p{margin:0;color:var(--soft);text-wrap:balance}";

/// One of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// The answer arrived; what it is worth is decided in the terminal.
    Received,
    /// The answer arrived, and it was a no.
    NotCompleted,
    /// The request does not belong to the login that is running.
    OtherLogin,
    /// Nothing is here.
    NotFound,
    /// Not asked the way a browser asks.
    Refused,
}

impl Page {
    fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Received => {
                ("mark", "\u{2713}", "Sign-in received", "You can close this tab and return to the terminal.")
            }
            Self::NotCompleted => (
                "mark quiet",
                "\u{2013}",
                "Sign-in was not completed",
                "The terminal says why. You can close this tab and return to it.",
            ),
            Self::OtherLogin => (
                "mark quiet",
                "?",
                "This does not belong to the current sign-in",
                "Nothing was changed. Use the address that the terminal shows.",
            ),
            Self::NotFound => ("mark quiet", "?", "Nothing here", "You can close this tab."),
            Self::Refused => ("mark quiet", "\u{2013}", "Request refused", "You can close this tab."),
        }
    }

    /// The page as HTML.
    pub(super) fn html(self) -> String {
        let (class, mark, title, text) = self.words();
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <title>{title}</title><style>{STYLE}</style></head>\
             <body><main><div class=\"{class}\" aria-hidden=\"true\">{mark}</div><h1>{title}</h1><p>{text}</p></main></body></html>\n"
        )
    }
}

/// The content security policy of every page: nothing but the one style.
pub(super) fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
