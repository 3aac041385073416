//! `get`: objects as a table, or in a form that machines read.
//!
//! `people` prints the server's tables, `machines` the objects themselves, `follow` what happens to them afterwards.

mod follow;
mod machines;
mod people;

use crate::app::App;
use crate::cmd::resource::{ScopeFlags, SelectorFlags, Target, Work, targets};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::render::{OutputFormat, TableOptions};
use crate::ui::Ui;

/// Show objects
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// TYPE[,TYPE...] [NAME...], or TYPE/NAME...
    #[arg(value_name = "TYPE", required_unless_present_any = ["raw", "filename"])]
    words: Vec<String>,
    /// Output format: wide, json, yaml, name, jsonpath=TEMPLATE, custom-columns=HEADING:PATH,...
    #[arg(short, long, alias = "format", value_name = "FORMAT", default_value = "table", hide_default_value = true)]
    output: String,
    #[command(flatten)]
    selector: SelectorFlags,
    /// Objects of all namespaces
    #[arg(short = 'A', long, help_heading = "Selection")]
    all_namespaces: bool,
    /// End well when an object is not there
    #[arg(long, help_heading = "Selection")]
    ignore_not_found: bool,
    /// Keep watching after the first answer
    #[arg(short, long)]
    watch: bool,
    /// Watch without the first answer
    #[arg(long)]
    watch_only: bool,
    /// Print what happened in front of each watched object
    #[arg(long)]
    output_watch_events: bool,
    #[command(flatten)]
    table: TableFlags,
    /// Sort by this field, such as .metadata.name
    #[arg(long, value_name = "PATH", help_heading = "Table")]
    sort_by: Option<String>,
    /// Show who manages which field in json and yaml
    #[arg(long)]
    show_managed_fields: bool,
    /// Read this part of an object, such as status
    #[arg(long, value_name = "NAME")]
    subresource: Option<String>,
    #[command(flatten)]
    scope: ScopeFlags,
}
