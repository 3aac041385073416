//! The person at the terminal, as `auth` knows them: [`LoginPrompt`] over [`Ui`].

use std::pin::Pin;

use url::Url;

use crate::auth::{ContextItem, LoginPrompt, Pasted};
use crate::secret::Secret;
use crate::sys::keyboard::Keyboard;
use crate::ui::{Progress, Ui, sanitize};

/// A login's conversation on stderr and the terminal's input.
#[derive(Debug)]
pub(crate) struct Prompt<'a> {
    ui: &'a Ui,
    progress: Option<Progress>,
    keyboard: Keyboard,
}

impl<'a> Prompt<'a> {
    pub(crate) fn new(ui: &'a Ui) -> Self {
        Self { ui, progress: None, keyboard: Keyboard::default() }
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
        while let Some(line) = self.keyboard.line().await.map(Secret::new) {
            if !line.expose().trim().is_empty() {
                return Pasted::Line(line);
            }
        }
        Pasted::EndOfInput
    }

    fn end_of_input(&mut self) -> Pin<Box<dyn Future<Output = ()>>> {
        if !self.ui.is_interactive() {
            return Box::pin(std::future::pending());
        }
        let mut keyboard = std::mem::take(&mut self.keyboard);
        Box::pin(async move { while keyboard.line().await.map(Secret::new).is_some() {} })
    }

    fn pick_context(&mut self, items: &[ContextItem]) -> Option<usize> {
        let width = items.iter().map(|item| item.reference.chars().count()).max().unwrap_or(0);
        let lines: Vec<String> = items
            .iter()
            .map(|item| {
                let name = if item.display_name == item.reference { "" } else { item.display_name.as_str() };
                let line = format!("{:width$}  {name}", item.reference);
                line.trim_end().to_owned()
            })
            .collect();
        self.ui.select("Which context should commands act in?", &lines, 0).ok()
    }
}
