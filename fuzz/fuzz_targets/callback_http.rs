//! `datumctl::fuzzing::callback_http` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| { datumctl::fuzzing::callback_http(data); });
