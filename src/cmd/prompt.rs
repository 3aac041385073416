//! The person at the terminal, as `auth` knows them: [`LoginPrompt`] over [`Ui`].

use std::io::{self, BufRead as _};
use std::pin::Pin;

use tokio::sync::mpsc;
use url::Url;

use crate::auth::{ContextItem, LoginPrompt, Pasted};
use crate::secret::Secret;
use crate::ui::{Progress, Ui, sanitize};

/// A login's conversation on stderr and the terminal's input.
#[derive(Debug)]
pub(crate) struct Prompt<'a> {
    ui: &'a Ui,
    progress: Option<Progress>,
    lines: Option<mpsc::Receiver<Pasted>>,
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
        let lines = self.lines.get_or_insert_with(read_lines);
        lines.recv().await.unwrap_or(Pasted::EndOfInput)
    }

    fn end_of_input(&mut self) -> Pin<Box<dyn Future<Output = ()>>> {
        if !self.ui.is_interactive() {
            return Box::pin(std::future::pending());
        }
        let mut lines = self.lines.take().unwrap_or_else(read_lines);
        Box::pin(async move { while let Some(Pasted::Line(_)) = lines.recv().await {} })
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

/// Reads the terminal on a thread of its own, which is left behind when the login ends another way.
fn read_lines() -> mpsc::Receiver<Pasted> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if line.trim().is_empty() {
                continue;
            }
            if sender.blocking_send(Pasted::Line(Secret::new(line))).is_err() {
                return;
            }
        }
        let _ = sender.blocking_send(Pasted::EndOfInput);
    });
    receiver
}
