//! `edit`: objects in the person's editor, and what changed there sent as a merge patch.

mod buffer;
mod round;

use buffer::Language;
use round::{Edited, Round};

use crate::api::{Selection, WriteOptions};
use crate::app::App;
use crate::cmd::resource::{Choice, FIELD_MANAGER, Failures, FileFlags, ScopeFlags, Validate, Work};
use crate::cmd::runtime::block_on;
use crate::error::Failure;
use crate::exit::ExitCode;
use crate::sys::editor::{Draft, Editor};
use crate::ui::Ui;

/// Change objects in an editor
#[derive(Debug, clap::Args)]
#[command(after_help = "The editor is KUBE_EDITOR, VISUAL or EDITOR, else vi (notepad on Windows).")]
pub(crate) struct Args {
    /// TYPE NAME..., or TYPE/NAME...
    #[arg(value_name = "TYPE", required_unless_present = "filenames")]
    words: Vec<String>,
    #[command(flatten)]
    files: FileFlags,
    /// The language to edit in
    #[arg(short, long, alias = "format", value_enum, default_value_t, value_name = "FORMAT")]
    output: Language,
    /// Print the patch that is sent
    #[arg(long)]
    output_patch: bool,
    /// Change this part of the objects, such as status
    #[arg(long, value_name = "NAME")]
    subresource: Option<String>,
    /// What the server does with fields that the type does not have
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true,
          default_value = "strict", default_missing_value = "strict")]
    validate: Validate,
    /// Show the fields' managers too
    #[arg(long)]
    show_managed_fields: bool,
    /// End lines as Windows does
    #[arg(long, default_value_t = cfg!(windows))]
    windows_line_endings: bool,
    /// Who is said to manage the changed fields
    #[arg(long, value_name = "NAME", default_value = FIELD_MANAGER)]
    field_manager: String,
    #[command(flatten)]
    scope: ScopeFlags,
}

/// Fetches the objects, then edits and sends until both the person and the server are content.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let editor = Editor::choose()?;
    let work = args.scope.work(app)?;
    let selection = Selection::default();
    let choice = Choice { words: &args.words, files: &args.files, selection, all: false, all_namespaces: false };
    let found = block_on(async {
        let mut failed = Failures::default();
        let found = choice.find(ui, &work, &mut failed).await?;
        failed.settle(1 + found.len()).map(|()| found)
    })?;
    let options = WriteOptions {
        field_manager: Some(args.field_manager.clone()),
        validation: Some(args.validate.directive()),
        ..WriteOptions::default()
    };
    let round = Round::new(ui, args, found, options)?;
    if let Some(word) = rounds(&work, &editor, round, Draft::new(args.output.file_name())?)? {
        ui.status(word);
    }
    work.warn(ui);
    Ok(())
}

/// Edits and sends until nothing is left to do; answers why nothing was sent, if nothing was to be.
fn rounds(
    work: &Work<'_>,
    editor: &Editor,
    mut round: Round<'_>,
    draft: Draft,
) -> Result<Option<&'static str>, Failure> {
    loop {
        draft.write(&round.text())?;
        if let Err(error) = editor.open(draft.path()) {
            let has_changed = draft.read().is_ok_and(|text| text != round.text());
            return Err(if has_changed { kept(error.into(), draft) } else { error.into() });
        }
        let text = match draft.read() {
            Ok(text) => text,
            Err(error) => return Err(kept(error.into(), draft)),
        };
        match round.take(&text) {
            Edited::Empty => return Ok(Some("Edit cancelled, saved file was empty.")),
            Edited::Unchanged => return Ok(Some("Edit cancelled, no changes made.")),
            Edited::StillWrong => {
                let message = "Edit cancelled, no valid changes were saved.";
                return Err(kept(Failure::new(ExitCode::Failed, "EDIT", message), draft));
            }
            Edited::Unreadable => {}
            Edited::Changed(objects) => match block_on(round.send(work, objects)) {
                Ok(true) => return Ok(None),
                Ok(false) => {}
                Err(failure) => return Err(kept(failure, draft)),
            },
        }
    }
}

/// A failure that costs nobody their work.
fn kept(failure: Failure, draft: Draft) -> Failure {
    failure.hint(format!("a copy of your changes has been stored to {}", draft.keep().display()))
}
