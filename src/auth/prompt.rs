//! What a login may say to a person and ask of them.

use std::pin::Pin;

use url::Url;

/// A context a person may pick after signing in.
#[derive(Clone, Debug)]
pub(crate) struct ContextItem {
    /// `org` or `org/project`.
    pub(crate) reference: String,
    /// The name shown beside it.
    pub(crate) display_name: String,
    /// Whether it is a project inside the organization above it.
    pub(crate) is_project: bool,
}

/// The person at the terminal, as far as a login is concerned.
pub(crate) trait LoginPrompt {
    /// Shows the login URL. It is told before any browser starts.
    fn login_url(&mut self, url: &Url);

    /// Shows where and what to type on another device.
    fn device_code(&mut self, user_code: &str, verification_uri: &Url, complete: Option<&Url>);

    /// Says what is being waited for or worked on; `None` ends it.
    fn working(&mut self, text: Option<&str>);

    /// Says that something went wrong but work goes on.
    fn trouble(&mut self, text: &str);

    /// Whether a person can answer.
    fn is_interactive(&self) -> bool;

    /// Waits for a pasted redirect URL or code, or the end of the terminal's input; for ever where there is no terminal.
    fn pasted(&mut self) -> impl Future<Output = Pasted>;

    /// Waits for the end of the terminal's input where nothing is to be pasted. Nothing can be pasted afterwards.
    fn end_of_input(&mut self) -> Pin<Box<dyn Future<Output = ()>>>;

    /// Lets the person pick a context; `None` when they decline.
    fn pick_context(&mut self, items: &[ContextItem]) -> Option<usize>;
}

/// What came out of waiting for a paste.
#[derive(Debug)]
pub(crate) enum Pasted {
    /// One line that the person typed or pasted.
    Line(crate::secret::Secret),
    /// The person ended the terminal's input (Ctrl-D).
    EndOfInput,
}
