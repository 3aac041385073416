//! `datumctl::fuzzing::discovery` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| { datumctl::fuzzing::discovery(data); });
