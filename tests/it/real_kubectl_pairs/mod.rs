//! A real kubectl and datumctl side by side: the same words, each in a project of its own, and the same outcome.
//!
//! `table.txt` holds the invocations. kubectl works in one project, datumctl in another that was empty too when the
//! table began; what the rows write makes both the same. A row whose outcomes may differ says why.

mod outcome;
mod row;
mod sides;

use self::outcome::Outcome;
use self::row::{Row, rows};
use self::sides::Sides;

#[test]
fn kubectl_and_datumctl_do_the_same() {
    let rows = rows();
    assert!(rows.len() >= 60, "{} rows", rows.len());
    let sides = Sides::new();
    let wrong: Vec<String> = rows.iter().filter_map(|row| difference(row, &sides)).collect();
    assert!(wrong.is_empty(), "{} of {} rows differ:\n\n{}", wrong.len(), rows.len(), wrong.join("\n\n"));
}

/// What is different though the row does not say so; or what the row says that is not so.
fn difference(row: &Row, sides: &Sides) -> Option<String> {
    let (kubectl, datumctl) = (sides.kubectl(row), sides.datumctl(row));
    let codes = row.codes.unwrap_or((kubectl.code, kubectl.code));
    let mut wrong = Vec::new();
    if (kubectl.code, datumctl.code) != codes {
        wrong.push(format!("exit codes {} and {}, expected {codes:?}", kubectl.code, datumctl.code));
    }
    if !row.mode.agrees(&kubectl, &datumctl) {
        wrong.push(format!("kubectl printed\n{}datumctl printed\n{}", kubectl.stdout, datumctl.stdout));
    }
    let told = |outcome: &Outcome| outcome.stderr.clone();
    (!wrong.is_empty()).then(|| {
        let wrong = wrong.join("\n");
        format!("{}\n{wrong}\nkubectl said {}\ndatumctl said {}", row.text, told(&kubectl), told(&datumctl))
    })
}
