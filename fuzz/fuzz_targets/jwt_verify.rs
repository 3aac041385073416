//! `datumctl::fuzzing::jwt_verify` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| { datumctl::fuzzing::jwt_verify(data); });
