//! One file per leaf command, one folder per noun: `struct Args` and `run()`.
