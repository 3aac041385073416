//! One integration binary: every test drives the real `datumctl` in a world of its own.
//!
//! Tests whose module begins with `real_` need parts that are not Rust (a certified OpenID provider, a Secret
//! Service, Chromium, kubectl); `tests/run` installs them and says where they are.

mod accounts;
mod damage;
mod get_token;
mod original_home;
#[cfg(target_os = "linux")]
mod real_readonly;
#[cfg(target_os = "linux")]
mod real_strace;
mod refresh;
mod storage;
mod storm;
mod support;
mod survival;
