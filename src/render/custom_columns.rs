//! [`CustomColumns`]: a table with a column for each path that was asked for.

use serde_json::Value;

use super::jsonpath::sprint;
use super::table::{Columns, one_line};
use super::{EvaluationError, JsonPath, TemplateError};

/// Headings and what stands below them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CustomColumns(Vec<Column>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    heading: String,
    /// `None` finds nothing.
    path: Option<JsonPath>,
}

/// Why columns are none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ColumnsError {
    /// There are none.
    #[error("custom-columns format specified but no custom columns given")]
    Empty,
    /// A column without a colon.
    #[error("unexpected custom-columns spec: {0}, expected <header>:<json-path-expr>")]
    NoPath(String),
    /// A file with fewer than two lines.
    #[error("a file of custom columns is a line of headings and a line of paths, divided by spaces")]
    Lines,
    /// A file whose lines do not fit each other.
    #[error("number of headers ({headings}) and field specifications ({paths}) don't match")]
    Mismatch {
        /// How many words the first line has.
        headings: usize,
        /// How many words the second line has.
        paths: usize,
    },
    /// A path that is none.
    #[error(transparent)]
    Path(#[from] TemplateError),
}

impl CustomColumns {
    /// Understands `HEADING:PATH,HEADING:PATH`.
    pub(crate) fn parse(text: &str) -> Result<Self, ColumnsError> {
        if text.is_empty() {
            return Err(ColumnsError::Empty);
        }
        let one = |column: &str| match column.split_once(':') {
            Some((heading, path)) => Column::new(heading, path),
            None => Err(ColumnsError::NoPath(column.to_owned())),
        };
        Ok(Self(text.split(',').map(one).collect::<Result<_, _>>()?))
    }

    /// Understands a file: a line of headings, a line of paths.
    pub(crate) fn from_lines(text: &str) -> Result<Self, ColumnsError> {
        let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let (Some(headings), Some(paths)) = (lines.next(), lines.next()) else { return Err(ColumnsError::Lines) };
        if headings.len() != paths.len() {
            return Err(ColumnsError::Mismatch { headings: headings.len(), paths: paths.len() });
        }
        let columns = headings.into_iter().zip(paths).map(|(heading, path)| Column::new(heading, path));
        Ok(Self(columns.collect::<Result<_, _>>()?))
    }
}

impl Column {
    fn new(heading: &str, path: &str) -> Result<Self, ColumnsError> {
        let path = Some(path).filter(|path| !path.is_empty()).map(JsonPath::relaxed).transpose()?;
        Ok(Self { heading: heading.to_owned(), path })
    }

    fn cell(&self, object: &Value) -> Result<String, EvaluationError> {
        let found = self.path.as_ref().map(|path| path.find(object)).transpose()?.unwrap_or_default();
        Ok(match found.as_slice() {
            [] => "<none>".to_owned(),
            found => found.iter().map(|value| one_line(&sprint(value))).collect::<Vec<_>>().join(","),
        })
    }
}

/// Objects as rows of custom columns; it grows object by object.
#[derive(Debug)]
pub(crate) struct CustomTable {
    custom: CustomColumns,
    columns: Columns,
}

impl CustomTable {
    /// A table without rows.
    pub(crate) fn new(custom: CustomColumns, no_headers: bool) -> Self {
        let mut columns = Columns::default();
        if !no_headers {
            columns.push(custom.0.iter().map(|column| column.heading.clone()).collect());
        }
        Self { custom, columns }
    }

    /// Adds the row of `object`.
    pub(crate) fn add(&mut self, object: &Value) -> Result<(), EvaluationError> {
        let cells = self.custom.0.iter().map(|column| column.cell(object)).collect::<Result<_, _>>()?;
        self.columns.push(cells);
        Ok(())
    }

    /// The rows that were not taken yet, as lines.
    pub(crate) fn take(&mut self) -> String {
        self.columns.take()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{CustomColumns, CustomTable};

    fn shown(columns: &CustomColumns, no_headers: bool) -> String {
        let mut table = CustomTable::new(columns.clone(), no_headers);
        table.add(&json!({"a": "x", "b": [1, 2], "c": null, "d": {"f": {"k": "v"}}})).expect("a row");
        table.add(&json!({"a": "longer\u{1b}[31m\nsecond line", "b": [], "d": 1e30})).expect("a row");
        table.take()
    }

    // As kubectl 1.32 prints it, but for the second line of a text and what is dangerous, which it prints.
    #[test]
    fn columns_look_like_kubectls() {
        let columns = CustomColumns::parse("A:.a,EACH:b[*],List:{.b},NULL:.c,D:{d},NO:.no.where,E:").expect("columns");
        insta::assert_snapshot!(shown(&columns, false), @r"
        A                   EACH     List    NULL     D                 NO       E
        x                   1,2      [1 2]   <nil>    map[f:map[k:v]]   <none>   <none>
        longer\x1b[31m...   <none>   []      <none>   1e+30             <none>   <none>
        ");
    }

    #[test]
    fn a_file_has_headings_above_paths() {
        let columns = CustomColumns::from_lines("NAME  K\n.a {b}\n").expect("columns");
        assert_eq!(shown(&columns, true), shown(&CustomColumns::parse("X:a,Y:b").expect("columns"), true));
    }

    #[test]
    fn what_is_no_column_is_refused_in_kubectls_words() {
        let refused = |text: &str| CustomColumns::parse(text).expect_err(text).to_string();
        assert_eq!(refused(""), "custom-columns format specified but no custom columns given");
        assert_eq!(refused("A:.a,B"), "unexpected custom-columns spec: B, expected <header>:<json-path-expr>");
        assert!(refused("A:{a}{b}").contains("'{.name1.name2}'"));
        let refused = |text: &str| CustomColumns::from_lines(text).expect_err(text).to_string();
        assert_eq!(refused("A B\n.a\n"), "number of headers (2) and field specifications (1) don't match");
        assert!(refused("A").contains("line of paths"));
    }
}
