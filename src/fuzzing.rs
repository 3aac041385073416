//! One function for each target of `fuzz/`: takes any bytes, asserts what must hold whatever they are, and answers
//! whether the program accepted them. `cargo test --lib fuzzing::` runs each for a moment (`docs/testing.md`).
//!
//! Nothing here is compiled into the product: the module exists under `cfg(any(test, fuzzing))` only, and so does
//! every way into a module that it needs.

mod answers;
mod callback;
mod device;
mod id_tokens;
mod keys;
#[cfg(test)]
mod mutate;
#[cfg(test)]
mod short_run;
mod slow_id_token;
mod stores;
mod terminal;
mod yaml;
mod yaml_reader;

pub use answers::{discovery, token_response};
pub use callback::callback_http;
pub use device::device_response;
pub use id_tokens::jwt_verify;
pub use keys::{jwks, service_account_file};
pub use stores::credentials_json;
pub use terminal::term_sanitize;
pub use yaml::{config_yaml, kubeconfig_merge};

/// The outcome of a future that waits for nothing but itself.
fn outcome<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// The text in `data`, if it is one.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}
