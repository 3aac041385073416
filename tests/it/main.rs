//! One integration binary: every test drives the real `datumctl` in a world of its own.
//!
//! Tests whose module begins with `real_` need parts that are not Rust (a certified OpenID provider, a Secret
//! Service, Chromium, kubectl), or minutes; `tests/run` installs the parts and says where they are.

#![allow(unreachable_pub, reason = "everything is public within one test binary")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the message")]

mod accounts;
mod api_client;
mod architecture;
#[cfg(unix)]
mod canaries;
#[cfg(unix)]
mod ci;
mod command_tree;
mod conformance;
#[cfg(unix)]
mod credentials_variable;
mod damage;
mod doctor;
mod documents;
mod get_templates;
mod get_token;
mod get_token_edges;
mod hostile;
mod kubeconfig;
mod login;
mod login_contexts;
#[cfg(unix)]
mod logout;
#[cfg(unix)]
mod machines;
mod many_accounts;
mod matrix;
mod original_home;
mod output;
mod output_words;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod poor_systems;
#[cfg(unix)]
mod real_chromium;
mod real_containers;
#[cfg(target_os = "linux")]
mod real_faults;
mod real_hostile;
mod real_kubeconfig;
mod real_kubectl;
mod real_kubectl_pairs;
#[cfg(unix)]
mod real_oidc_provider;
mod real_readonly;
#[cfg(unix)]
mod real_secret_service;
#[cfg(unix)]
mod real_strace;
#[cfg(unix)]
mod real_strace_kill;
mod refresh;
mod resources;
mod resources_asks;
#[cfg(unix)]
mod resources_changes;
mod resources_words;
mod scopes;
mod secrecy;
#[cfg(unix)]
mod service_account_files;
#[cfg(unix)]
mod service_account_tokens;
mod service_accounts;
mod signals;
mod storage;
mod storms;
mod support;
mod survival;
mod terminals;
mod usage;
mod watches;
