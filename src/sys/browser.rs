//! Opening a URL in the person's browser: never through a shell, never blocking, never trusted to have worked.

use std::path::Path;
use std::process::{Command, Stdio};

use url::Url;

use super::env;

/// What opens the login URL.
#[derive(Debug)]
pub(crate) enum Opener {
    /// The words of `BROWSER`; the URL takes the place of `%s` or comes last.
    Command(Vec<String>),
    /// Nothing: the person opens the printed URL.
    Nothing,
    /// The system's way.
    System,
    /// `BROWSER` cannot be used.
    Unusable(&'static str),
}

/// Why no browser was started; the URL is on the screen all the same.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// `BROWSER` is not a command line.
    #[error("BROWSER {0}; open the address yourself")]
    Unusable(&'static str),
    /// The program could not be started.
    #[error("no browser could be started; open the address yourself")]
    NotStarted(#[source] std::io::Error),
}

impl Opener {
    /// Decides by `BROWSER` and the surroundings; `None` where nobody would see a browser.
    ///
    /// An explicit `BROWSER` is a wish that counts everywhere. Without one a terminal is needed, and on CI or a
    /// remote machine the person opens the URL where they sit.
    pub(crate) fn choose(interactive: bool) -> Option<Self> {
        match env::var(env::BROWSER) {
            Some(text) if text == "none" || text == "false" => interactive.then_some(Self::Nothing),
            Some(text) => Some(Self::from_words(&text)),
            None if !interactive || env::var_os(env::CI).is_some() => None,
            None if env::var_os(env::SSH_CONNECTION).is_some() => Some(Self::Nothing),
            None => Some(Self::System),
        }
    }

    fn from_words(text: &str) -> Self {
        match shell_words::split(text) {
            Err(_) => Self::Unusable("has an unclosed quote"),
            Ok(words) => match words.first() {
                None => Self::Unusable("is blank"),
                Some(program) if is_batch_file(program) => {
                    Self::Unusable("names a batch file, which would interpret the address")
                }
                Some(_) => Self::Command(words),
            },
        }
    }

    /// Starts the browser and returns at once.
    pub(crate) fn open(&self, url: &Url) -> Result<(), Error> {
        match self {
            Self::Nothing => Ok(()),
            Self::Unusable(reason) => Err(Error::Unusable(reason)),
            Self::Command(words) => start(words, url),
            Self::System => {
                // Some openers wait for the browser to end; the thread is left behind.
                let url = url.to_string();
                std::thread::spawn(move || webbrowser::open(&url));
                Ok(())
            }
        }
    }
}

fn start(words: &[String], url: &Url) -> Result<(), Error> {
    let url = url.as_str();
    let mut arguments: Vec<String> = words[1..].iter().map(|word| word.replace("%s", url)).collect();
    if !words[1..].iter().any(|word| word.contains("%s")) {
        arguments.push(url.to_owned());
    }
    let mut command = Command::new(&words[0]);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(Error::NotStarted)?;
    std::thread::spawn(move || child.wait());
    Ok(())
}

fn is_batch_file(program: &str) -> bool {
    let extension = Path::new(program).extension().map(|extension| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| extension == "bat" || extension == "cmd")
}
