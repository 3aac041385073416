//! `datumctl::fuzzing::service_account_file` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| { datumctl::fuzzing::service_account_file(data); });
