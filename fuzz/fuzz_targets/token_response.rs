//! `datumctl::fuzzing::token_response` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| { datumctl::fuzzing::token_response(data); });
