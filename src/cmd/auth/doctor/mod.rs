//! `auth doctor`: everything that signing in and fresh tokens need, looked at in turn, one line each with the mend.

mod checks;
mod finding;

use serde::Serialize;

use self::finding::{Finding, Outcome};
use crate::app::App;
use crate::cmd::format::TextOrJsonFlag;
use crate::error::Failure;
use crate::ui::{Paint, Ui, View, sanitize};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    format: TextOrJsonFlag,
}

/// All findings, in the order in which one needs the other.
#[derive(Serialize)]
#[serde(transparent)]
struct Report {
    findings: Vec<Finding>,
    #[serde(skip)]
    paint: Paint,
}

impl View for Report {
    fn text(&self) -> String {
        self.findings.iter().map(|finding| self.line(finding)).collect()
    }
}

impl Report {
    fn line(&self, finding: &Finding) -> String {
        let sign = match finding.outcome {
            Outcome::Ok => self.paint.green("\u{2713}"),
            Outcome::Warning => self.paint.yellow("!"),
            Outcome::Failed => self.paint.red("\u{2717}"),
            Outcome::Skipped => "-".to_owned(),
        };
        let mend: Vec<_> = finding.mend.iter().map(|mend| sanitize(mend).into_owned()).collect();
        let mend = if mend.is_empty() { String::new() } else { format!(" ({})", mend.join("; or: ")) };
        format!("{sign} {:<10} {}{mend}\n", finding.check, sanitize(&finding.message))
    }
}

/// Looks at everything, says all of it, and ends as the first check that failed would end a command.
pub(crate) fn run(app: &App, ui: &Ui, args: &Args) -> Result<(), Failure> {
    let findings = checks::all(app, ui);
    let failed = findings.iter().find(|finding| finding.outcome == Outcome::Failed).map(|finding| finding.exit);
    // What the stores noticed is among the findings.
    if let Ok(auth) = app.auth() {
        auth.take_notices();
    }
    ui.print(&Report { findings, paint: *ui.paint_of_output() }, args.format.output.into())?;
    failed.map_or(Ok(()), |exit| Err(Failure::silent(exit)))
}
