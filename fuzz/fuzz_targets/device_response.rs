//! `datumctl::fuzzing::device_response` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| { datumctl::fuzzing::device_response(data); });
