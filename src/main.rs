//! The `datumctl` binary: runs the library and returns its exit code.

fn main() -> std::process::ExitCode {
    datumctl::run()
}
