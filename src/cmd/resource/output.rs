//! `-o`: from its text to a format, and one object in it.

use std::path::Path;

use serde_json::Value;

use crate::error::Failure;
use crate::render::{CustomTable, DocumentOptions, OutputFormat, ServerText, document};
use crate::ui::{Ui, sanitize};

/// A template longer than this is none.
const TEMPLATE_BYTES: u64 = 1024 * 1024;

/// The format that `text` names, its template read from the file it names.
pub(crate) fn output_format(text: &str) -> Result<OutputFormat, Failure> {
    OutputFormat::parse(text, template_file)
}

fn template_file(path: &str) -> Result<String, Failure> {
    let bytes = crate::sys::input::read(Path::new(path), TEMPLATE_BYTES)?;
    String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{} is not UTF-8", sanitize(path))))
}

/// How text of a server is written: byte by byte for programs, harmless for a terminal.
pub(crate) fn server_text(ui: &Ui) -> ServerText {
    if ui.answers_a_terminal() { ServerText::Harmless } else { ServerText::Exact }
}

/// One object of its own; `reference` is what messages call it. Tables are not made of one object.
pub(crate) fn one_object(
    ui: &Ui,
    format: &OutputFormat,
    options: DocumentOptions,
    reference: &str,
    object: Value,
) -> Result<String, Failure> {
    Ok(match format {
        OutputFormat::Name => format!("{}\n", sanitize(reference)),
        OutputFormat::JsonPath(path) => path.print(&object, server_text(ui))?,
        OutputFormat::JsonPathAsJson(path) => path.print_as_json(&object)?,
        OutputFormat::CustomColumns(columns) => {
            let mut table = CustomTable::new(columns.clone(), options.no_headers);
            table.add(&object)?;
            table.take()
        }
        format => document(object, format, options)?,
    })
}
