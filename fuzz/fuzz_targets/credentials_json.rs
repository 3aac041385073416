//! `datumctl::fuzzing::credentials_json` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| { datumctl::fuzzing::credentials_json(data); });
