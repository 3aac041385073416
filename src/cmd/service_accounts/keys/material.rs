//! What a new key is made of: a pair of the server's, a pair made here, or a public half from elsewhere.

use std::path::PathBuf;

use crate::error::Failure;
use crate::machine::{self, KeyPair, make_key_pair};
use crate::ui::Ui;

/// `--generate`, `--key-size` and `--scope`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct PairFlags {
    /// Make the key here: the server gets the public half alone
    #[arg(long)]
    pub(super) generate: bool,
    /// Length of such a key
    #[arg(long, value_name = "BITS", default_value = "4096", value_parser = ["2048", "3072", "4096"], requires = "generate")]
    key_size: String,
    /// Scope of its tokens [default: what the platform writes into credentials of its own]
    #[arg(long, value_name = "SCOPE", requires = "generate",
        value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(super) scope: Option<String>,
}

impl PairFlags {
    /// The pair, if it is to be made here.
    ///
    /// It takes seconds, and is made on a thread so that a signal is heard meanwhile.
    pub(super) async fn make(&self, ui: &Ui) -> Result<Option<KeyPair>, Failure> {
        if !self.generate {
            return Ok(None);
        }
        let _progress = ui.progress(&format!("Making an RSA key of {} bits", self.key_size));
        let bits = self.key_size.parse().map_err(|_| Failure::usage("--key-size is no number"))?;
        let made = tokio::task::spawn_blocking(move || make_key_pair(bits)).await;
        let made = made.map_err(|error| Failure::no_runtime(&std::io::Error::other(error)))?;
        Ok(Some(made.map_err(machine::Error::Made)?))
    }
}

/// `--public-key`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct PublicKeyFlag {
    /// Register this RSA public key (PEM), whose private half stays where it is
    #[arg(long, value_name = "FILE", conflicts_with_all = ["generate", "output_file", "force"])]
    pub(super) public_key: Option<PathBuf>,
}
