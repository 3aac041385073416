//! [`JsonPath`]: kubectl's dialect of JSONPath, a template with paths in braces.
//!
//! `parse` makes the nodes, `evaluate` walks an object with them, `write` makes text of what was found.

mod evaluate;
mod parse;
mod write;

use std::borrow::Cow;

use serde_json::Value;

pub(crate) use evaluate::Problem as EvaluationProblem;
pub(crate) use parse::Problem as TemplateProblem;

/// Whether text from a server is written as it is, or harmless for a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerText {
    /// Byte by byte, for programs.
    Exact,
    /// Sanitized; line feeds and tabs stay.
    Harmless,
}

/// A template that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonPath {
    template: String,
    parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Text around the braces.
    Text(String),
    /// A path in braces.
    Path(Vec<Node>),
    /// `{range PATH}` and what is repeated.
    Range(Vec<Node>, Vec<Part>),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    /// A quoted text: one result, whatever came in.
    Text(String),
    /// A number, `true` or `false`: a result for each that came in.
    Literal(Value),
    /// `.name`
    Field(String),
    /// `.*`
    Wildcard,
    /// `..`
    Recursive,
    /// `[0]`, `[1:3]`, `[*]`
    Slice(Slice),
    /// `[a,b]`
    Union(Vec<Vec<Node>>),
    /// `[?(@.a)]`
    Exists(Vec<Node>),
    /// `[?(@.a==1)]`
    Compare(Vec<Node>, Operator, Vec<Node>),
}

/// `[start:end:step]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slice {
    start: i64,
    /// `None` is the end of the array.
    end: Option<i64>,
    /// Whether it was one index, so that an end of 0 stands for the last.
    is_index: bool,
    step: i64,
}

/// How a filter compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Why a template is none.
#[derive(Debug, thiserror::Error)]
#[error("error parsing jsonpath {template}, {problem}")]
pub(crate) struct TemplateError {
    /// What was given.
    pub(crate) template: String,
    /// What is wrong with it.
    pub(crate) problem: TemplateProblem,
}

/// Why a template does not fit an object.
#[derive(Debug, thiserror::Error)]
#[error("error executing jsonpath {template:?}: {problem}")]
pub(crate) struct EvaluationError {
    /// The template.
    pub(crate) template: String,
    /// What does not fit.
    pub(crate) problem: EvaluationProblem,
}

impl JsonPath {
    /// Understands `template`: text with paths in braces.
    pub(crate) fn parse(template: &str) -> Result<Self, TemplateError> {
        match parse::template(template) {
            Ok(parts) => Ok(Self { template: template.to_owned(), parts }),
            Err(problem) => Err(TemplateError { template: template.to_owned(), problem }),
        }
    }

    /// Understands one path, with or without braces and the first dot: `metadata.name`, `.metadata.name`,
    /// `{metadata.name}`, `{.metadata.name}`.
    pub(crate) fn relaxed(path: &str) -> Result<Self, TemplateError> {
        let bare = path.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(path);
        let bare = bare.strip_prefix('.').unwrap_or(bare);
        if bare.is_empty() || bare.contains(['{', '}']) {
            return Err(TemplateError { template: path.to_owned(), problem: TemplateProblem::NotOnePath });
        }
        Self::parse(&format!("{{.{bare}}}"))
    }

    /// What was given, in full form.
    pub(crate) fn template(&self) -> &str {
        &self.template
    }

    /// Everything that the template finds in `object`, its own texts included. What is not there is not found; that
    /// is no error.
    pub(crate) fn find<'a>(&self, object: &'a Value) -> Result<Vec<Cow<'a, Value>>, EvaluationError> {
        Ok(self.groups(object)?.into_iter().flatten().collect())
    }

    /// The template, filled in from `object`, as kubectl prints it.
    pub(crate) fn print(&self, object: &Value, text: ServerText) -> Result<String, EvaluationError> {
        let groups = self.groups(object)?;
        Ok(groups.iter().map(|group| write::joined(group, text)).collect())
    }

    /// What each piece of the template finds, as a JSON array with four spaces a level and a line feed.
    pub(crate) fn print_as_json(&self, object: &Value) -> Result<String, EvaluationError> {
        Ok(self.groups(object)?.iter().map(|group| write::array(group)).collect())
    }

    /// What each piece of the template finds.
    fn groups<'a>(&self, object: &'a Value) -> Result<Vec<Vec<Cow<'a, Value>>>, EvaluationError> {
        evaluate::parts(&self.parts, &Cow::Borrowed(object))
            .map_err(|problem| EvaluationError { template: self.template.clone(), problem })
    }
}

pub(crate) use write::sprint;

#[cfg(test)]
mod tests;
