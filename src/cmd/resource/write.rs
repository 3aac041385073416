//! The flags of commands that write, and what they mean.

use kube_core::params::ValidationDirective;

use crate::api::WriteOptions;

/// Who manages the fields that this program writes.
pub(crate) const FIELD_MANAGER: &str = "datumctl";

/// `--dry-run`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DryRun {
    /// Do it
    #[default]
    None,
    /// Check what can be checked here, and send nothing that writes
    Client,
    /// Let the server go through everything and keep nothing
    Server,
}

impl DryRun {
    /// What messages end with.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}

/// `--dry-run[=none|client|server]`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct DryRunFlag {
    /// Only tell what would happen
    #[arg(
        long,
        value_enum,
        value_name = "WHERE",
        num_args = 0..=1,
        require_equals = true,
        default_value = "none",
        default_missing_value = "client"
    )]
    pub(crate) dry_run: DryRun,
}

/// `--validate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Validate {
    /// Refuse fields that the type does not have
    #[value(alias = "true")]
    Strict,
    /// Warn of them
    Warn,
    /// Drop them silently
    #[value(alias = "false")]
    Ignore,
}

impl Validate {
    /// What it means for a request.
    pub(crate) fn directive(self) -> ValidationDirective {
        match self {
            Self::Strict => ValidationDirective::Strict,
            Self::Warn => ValidationDirective::Warn,
            Self::Ignore => ValidationDirective::Ignore,
        }
    }
}

/// How objects are written.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct WriteFlags {
    #[command(flatten)]
    pub(crate) dry_run: DryRunFlag,
    /// What happens with fields that the type does not have
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        num_args = 0..=1,
        require_equals = true,
        default_value = "strict",
        default_missing_value = "strict"
    )]
    pub(crate) validate: Validate,
    /// Who manages the fields from now on
    #[arg(long, value_name = "NAME", default_value = FIELD_MANAGER)]
    pub(crate) field_manager: String,
}

impl WriteFlags {
    /// What they mean for a request.
    pub(crate) fn options(&self) -> WriteOptions {
        WriteOptions {
            dry_run: self.dry_run.dry_run == DryRun::Server,
            field_manager: Some(self.field_manager.clone()),
            force: false,
            validation: Some(self.validate.directive()),
        }
    }
}
