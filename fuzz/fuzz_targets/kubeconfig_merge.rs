//! `datumctl::fuzzing::kubeconfig_merge` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| { datumctl::fuzzing::kubeconfig_merge(data); });
