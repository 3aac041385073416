//! Behaviour over real sockets: every strictness rule once, with a client that knows nothing but HTTP.

mod api;
mod assertion;
mod authorize;
mod bindings;
mod browser;
mod client;
mod control;
mod device;
mod faults;
mod lifecycle;
mod lists;
mod machine;
mod machine_accounts;
mod machine_keys;
mod objects;
mod older_machines;
mod refresh;
mod strangers;
mod watches;
mod writes;

use super::{Emulator, Options};

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const JWT_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

fn start() -> Emulator {
    Emulator::start(Options::default()).unwrap()
}

fn start_with(faults: &[&str]) -> Emulator {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    Emulator::start(Options { faults, ..Options::default() }).unwrap()
}
