//! `datumctl::fuzzing::jwks` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| { datumctl::fuzzing::jwks(data); });
