//! `~/.datumctl/config`: settings, sessions' metadata, contexts; never a secret.
