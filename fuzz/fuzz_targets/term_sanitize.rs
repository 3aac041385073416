//! `datumctl::fuzzing::term_sanitize` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| { datumctl::fuzzing::term_sanitize(data); });
