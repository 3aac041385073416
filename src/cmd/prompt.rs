//! The person at the terminal, as `auth` knows them: [`LoginPrompt`] over [`Ui`].

use std::pin::Pin;

use url::Url;

use crate::auth::{ContextItem, LoginPrompt, Pasted};
use crate::secret::Secret;
use crate::sys::input::TypedLines;
use crate::ui::{Progress, Ui, sanitize};

/// A login's conversation on stderr and the terminal's input.
#[derive(Debug)]
pub(crate) struct Prompt<'a> {
    ui: &'a Ui,
    progress: Option<Progress>,
    lines: Option<TypedLines>,
}

impl<'a> Prompt<'a> {
    pub(crate) fn new(ui: &'a Ui) -> Self {
        Self { ui, progress: None, lines: None }
    }
}

impl LoginPrompt for Prompt<'_> {
    fn login_url(&mut self, url: &Url) {
        self.ui.status("Open this address to sign in, if no browser does it for you:");
        self.ui.status(format_args!("\n  {url}\n"));
        if self.ui.is_interactive() {
            self.ui.status("If the browser is on another machine, paste the address it ended at here,");
            self.ui.status("or start again with: datumctl login --no-browser\n");
        }
    }

    fn device_code(&mut self, user_code: &str, verification_uri: &Url, complete: Option<&Url>) {
        let code = sanitize(user_code).into_owned();
        self.ui.status(format_args!("User code: {}", self.ui.paint().bold(&code)));
        self.ui.status(format_args!("Verify at: {}", complete.unwrap_or(verification_uri)));
        self.ui.status("Approve only a code that you have just asked for.");
    }

    fn working(&mut self, text: Option<&str>) {
        self.progress = text.map(|text| self.ui.progress(text));
    }

    fn trouble(&mut self, text: &str) {
        let warn = || self.ui.warn(sanitize(text));
        match &self.progress {
            Some(progress) => progress.suspend(warn),
            None => warn(),
        }
    }

    fn is_interactive(&self) -> bool {
        self.ui.is_interactive()
    }

    async fn pasted(&mut self) -> Pasted {
        if !self.ui.is_interactive() {
            return std::future::pending().await;
        }
        let lines = self.lines.get_or_insert_with(TypedLines::start);
        match lines.next().await {
            Some(mut line) => Pasted::Line(Secret::new(std::mem::take(&mut *line))),
            None => Pasted::EndOfInput,
        }
    }

    fn end_of_input(&mut self) -> Pin<Box<dyn Future<Output = ()>>> {
        if !self.ui.is_interactive() {
            return Box::pin(std::future::pending());
        }
        let mut lines = self.lines.take().unwrap_or_else(TypedLines::start);
        Box::pin(async move { while lines.next().await.is_some() {} })
    }

    fn pick_context(&mut self, items: &[ContextItem]) -> Option<usize> {
        self.lines = None;
        let indented = |item: &ContextItem| format!("{}{}", if item.is_project { "  " } else { "" }, item.reference);
        let width = items.iter().map(|item| indented(item).chars().count()).max().unwrap_or(0);
        let lines: Vec<String> = items
            .iter()
            .map(|item| {
                let name = if item.display_name == item.reference { "" } else { item.display_name.as_str() };
                let line = format!("{:width$}  {name}", indented(item));
                line.trim_end().to_owned()
            })
            .collect();
        self.ui.select("Choose a context", &lines, 0).ok()
    }
}
