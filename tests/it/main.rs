//! One integration binary: every test drives the real `datumctl` in a world of its own.
//!
//! Tests whose module begins with `real_` need parts that are not Rust (a certified OpenID provider, a Secret
//! Service, Chromium, kubectl); `tests/run` installs them and says where they are.

mod accounts;
mod containers;
mod credentials_variable;
mod logout;
mod service_account_files;
mod service_account_tokens;
mod service_accounts;
mod signals;
mod support;
