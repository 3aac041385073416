//! What service accounts look like.

use serde::Serialize;

use crate::machine::{Account, State};
use crate::ui::{Table, View, sanitize};

impl State {
    /// The word that people read.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
        }
    }
}

/// One account, a line for each thing that is known of it.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct One(pub(super) Account);

impl View for One {
    fn text(&self) -> String {
        let account = &self.0;
        let lines = [
            ("Name", Some(account.name.as_str())),
            ("Email", account.email.as_deref().or(Some("(not yet)"))),
            ("Display name", account.display_name.as_deref()),
            ("Use case", account.use_case.as_deref()),
            ("State", Some(account.state.word())),
            ("Project", Some(&account.project)),
            ("Client ID", Some(&account.client_id)),
            ("Created", account.created_at.as_deref()),
        ];
        let shown = lines.into_iter().filter_map(|(label, value)| Some((label, value?)));
        shown.map(|(label, value)| format!("{:<14}{}\n", format!("{label}:"), sanitize(value))).collect()
    }

    fn names(&self) -> Vec<String> {
        vec![self.0.name.clone()]
    }
}

/// Several accounts, a row each.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Many(pub(super) Vec<Account>);

impl Many {
    fn table(&self, is_wide: bool) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let mut headings = vec!["Name", "Email", "State", "Display Name"];
        if is_wide {
            headings.extend(["Use Case", "Client ID", "Created"]);
        }
        let mut table = Table::new(&headings);
        for one in &self.0 {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let mut cells =
                vec![one.name.clone(), text(&one.email), one.state.word().to_owned(), text(&one.display_name)];
            if is_wide {
                cells.extend([text(&one.use_case), one.client_id.clone(), text(&one.created_at)]);
            }
            table.row(cells.iter().map(String::as_str));
        }
        table.render()
    }
}

impl View for Many {
    fn text(&self) -> String {
        self.table(false)
    }

    fn wide(&self) -> String {
        self.table(true)
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|one| one.name.clone()).collect()
    }
}
