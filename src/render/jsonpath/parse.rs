//! From the text of a template to its nodes.

use std::str::FromStr;

use super::{Node, Operator, Part, Slice};

/// More than anybody nests.
const DEEPEST: usize = 64;

/// What is wrong with a template.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// A brace without its partner.
    #[error("unclosed action")]
    UnclosedAction,
    /// A character that starts nothing.
    #[error("unrecognized character in action: U+{:04X} '{}'", u32::from(*.0), .0.escape_debug())]
    Character(char),
    /// A word that is neither `range` nor `end`.
    #[error("unrecognized identifier {0}")]
    Identifier(String),
    /// `....`
    #[error("invalid multiple recursive descent")]
    MultipleRecursiveDescent,
    /// Digits that are no number.
    #[error("cannot parse number {0}")]
    Number(String),
    /// A bracket without its partner.
    #[error("unterminated array")]
    UnterminatedArray,
    /// Brackets around something else.
    #[error("invalid array index {0}")]
    Index(String),
    /// A filter without its parenthesis.
    #[error("unterminated filter")]
    UnterminatedFilter,
    /// A filter without its bracket.
    #[error("unclosed array expect ]")]
    UnclosedFilter,
    /// Something like `===`.
    #[error("unrecognized filter operator {0}")]
    Operator(String),
    /// A quote without its partner.
    #[error("unterminated quoted string")]
    UnterminatedQuote,
    /// An escape that means nothing.
    #[error("unquote string {0} error invalid syntax")]
    Escape(String),
    /// `{end}` without `{range}`.
    #[error("not in range, nothing to end")]
    NothingToEnd,
    /// Too many ranges within ranges.
    #[error("ranges are nested more than {DEEPEST} deep")]
    TooDeep,
    /// Not what one path looks like.
    #[error("expected one path, such as 'name1.name2', '.name1.name2', '{{name1.name2}}' or '{{.name1.name2}}'")]
    NotOnePath,
}

/// What a word in an action says.
#[derive(Clone, Copy, PartialEq)]
enum Keyword {
    Range,
    End,
}

/// The parts of `text`. A range that is not ended goes on to the end of the template.
pub(super) fn template(text: &str) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    let mut open: Vec<(Vec<Node>, Vec<Part>)> = Vec::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('{') {
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        let mut action = Action::new(inside);
        action.read()?;
        rest = action.rest;
        match action.keyword {
            None => parts.push(Part::Path(action.nodes)),
            Some(Keyword::Range) if open.len() >= DEEPEST => return Err(Problem::TooDeep),
            Some(Keyword::Range) => open.push((action.nodes, std::mem::take(&mut parts))),
            Some(Keyword::End) => {
                let (path, outer) = open.pop().ok_or(Problem::NothingToEnd)?;
                let body = std::mem::replace(&mut parts, outer);
                parts.push(Part::Range(path, body));
            }
        }
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    while let Some((path, outer)) = open.pop() {
        let body = std::mem::replace(&mut parts, outer);
        parts.push(Part::Range(path, body));
    }
    Ok(parts)
}

/// A path within brackets.
fn inner(text: &str) -> Result<Vec<Node>, Problem> {
    let closed = format!("{text}}}");
    let mut action = Action::new(&closed);
    action.read()?;
    match action.keyword {
        None => Ok(action.nodes),
        Some(_) => Err(Problem::Identifier(text.trim().to_owned())),
    }
}

/// What stands between braces, as far as it was read.
struct Action<'a> {
    rest: &'a str,
    nodes: Vec<Node>,
    keyword: Option<Keyword>,
}

impl<'a> Action<'a> {
    fn new(rest: &'a str) -> Self {
        Self { rest, nodes: Vec::new(), keyword: None }
    }

    /// Reads to the closing brace.
    fn read(&mut self) -> Result<(), Problem> {
        loop {
            let Some(first) = self.rest.chars().next().filter(|first| !matches!(first, '\r' | '\n')) else {
                return Err(Problem::UnclosedAction);
            };
            let after = &self.rest[first.len_utf8()..];
            match first {
                '}' => {
                    self.rest = after;
                    return Ok(());
                }
                '[' if after.starts_with("?(") => self.filter(&after[2..])?,
                '[' => self.brackets(after)?,
                '.' if after.starts_with('.') => self.recursive(&after[1..])?,
                '.' => self.field(after),
                ' ' | '@' | '$' => self.rest = after,
                '"' | '\'' => self.quoted(first, after)?,
                '+' | '-' => self.number()?,
                _ if first.is_numeric() => self.number()?,
                '_' => self.word()?,
                _ if first.is_alphabetic() => self.word()?,
                _ => return Err(Problem::Character(first)),
            }
        }
    }

    fn recursive(&mut self, after: &'a str) -> Result<(), Problem> {
        if self.nodes.last() == Some(&Node::Recursive) {
            return Err(Problem::MultipleRecursiveDescent);
        }
        self.nodes.push(Node::Recursive);
        self.rest = after;
        if after.starts_with(|next: char| next == '_' || next.is_alphanumeric()) {
            self.field(after);
        }
        Ok(())
    }

    /// A field's name up to what ends it; a backslash keeps the next character in it.
    fn field(&mut self, after: &'a str) {
        let (mut name, mut length, mut is_escaped) = (String::new(), 0, false);
        for letter in after.chars() {
            if !is_escaped && ends_name(letter) {
                break;
            }
            length += letter.len_utf8();
            is_escaped = !is_escaped && letter == '\\';
            if letter != '\\' {
                name.push(letter);
            }
        }
        self.rest = &after[length..];
        self.nodes.push(match &after[..length] {
            "*" => Node::Wildcard,
            _ => Node::Field(name),
        });
    }

    fn word(&mut self) -> Result<(), Problem> {
        let (word, rest) = self.rest.split_at(self.rest.find(ends_name).unwrap_or(self.rest.len()));
        self.rest = rest;
        match word {
            "true" | "false" => self.nodes.push(Node::Literal((word == "true").into())),
            "range" => self.keyword = Some(Keyword::Range),
            "end" => self.keyword = Some(Keyword::End),
            _ => return Err(Problem::Identifier(word.to_owned())),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Problem> {
        let digits = self.rest.strip_prefix(['+', '-']).unwrap_or(self.rest);
        let after = digits.trim_start_matches(|letter: char| letter == '.' || letter.is_numeric());
        let number = &self.rest[..self.rest.len() - after.len()];
        let value = match (i64::from_str(number), f64::from_str(number)) {
            (Ok(whole), _) => whole.into(),
            (_, Ok(real)) if real.is_finite() => real.into(),
            _ => return Err(Problem::Number(number.to_owned())),
        };
        self.rest = after;
        self.nodes.push(Node::Literal(value));
        Ok(())
    }

    fn quoted(&mut self, quote: char, after: &'a str) -> Result<(), Problem> {
        let mut before = quote;
        let end = after.char_indices().find(|(_, letter)| {
            let is_end = *letter == quote && before != '\\' || *letter == '\n';
            before = *letter;
            is_end
        });
        let Some((end, _)) = end.filter(|(_, letter)| *letter == quote) else {
            return Err(Problem::UnterminatedQuote);
        };
        let text =
            unquote(&after[..end], quote).ok_or_else(|| Problem::Escape(format!("{quote}{}{quote}", &after[..end])))?;
        self.nodes.push(Node::Text(text));
        self.rest = &after[end + 1..];
        Ok(())
    }

    /// `[...]`: an index, a slice, a name in quotes, or several of them.
    fn brackets(&mut self, after: &'a str) -> Result<(), Problem> {
        let end = after.find([']', '\n']).filter(|end| after[*end..].starts_with(']'));
        let (text, rest) = after.split_at(end.ok_or(Problem::UnterminatedArray)?);
        self.rest = &rest[1..];
        if text.contains(',') {
            let one = |text: &str| inner(&format!("[{}]", text.trim_matches(' ')));
            self.nodes.push(Node::Union(text.split(',').map(one).collect::<Result<_, _>>()?));
            return Ok(());
        }
        let name = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        match name.filter(|name| !name.contains('\'')) {
            Some(name) => self.nodes.extend(inner(&format!(".{name}"))?),
            None => self.nodes.push(Node::Slice(slice(text)?)),
        }
        Ok(())
    }

    /// `[?(...)]`, from behind its first parenthesis.
    fn filter(&mut self, after: &'a str) -> Result<(), Problem> {
        let (mut quote, mut is_closed, mut before) = (None, false, '(');
        let mut end = None;
        for (index, letter) in after.char_indices() {
            match (letter, quote) {
                ('\n', _) => return Err(Problem::UnterminatedFilter),
                ('"' | '\'', None) => quote = Some(letter),
                (_, Some(quote)) if letter == quote && before != '\\' => is_closed = true,
                (')', _) if quote.is_some() == is_closed => {
                    end = Some(index);
                    break;
                }
                _ => {}
            }
            before = letter;
        }
        let (text, rest) = after.split_at(end.ok_or(Problem::UnterminatedFilter)?);
        self.rest = rest.strip_prefix(")]").ok_or(Problem::UnclosedFilter)?;
        self.nodes.push(comparison(text)?);
        Ok(())
    }
}

/// A filter's inside: `LEFT OPERATOR RIGHT`, or a path that has to exist.
fn comparison(text: &str) -> Result<Node, Problem> {
    let left_end = text.find(['!', '<', '>', '=']).unwrap_or(text.len());
    let (left, rest) = text.split_at(left_end);
    let right = rest.trim_start_matches(['!', '<', '>', '=']);
    if left.is_empty() || right.is_empty() {
        return Ok(Node::Exists(inner(text)?));
    }
    let (left, value) = (inner(left)?, inner(right)?);
    let operator = match &rest[..rest.len() - right.len()] {
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        other => return Err(Problem::Operator(other.to_owned())),
    };
    Ok(Node::Compare(left, operator, value))
}

/// `*`, `3`, `-1`, `1:3`, `::2`
fn slice(text: &str) -> Result<Slice, Problem> {
    let invalid = || Problem::Index(text.to_owned());
    if text == "*" {
        return Ok(Slice { start: 0, end: None, is_index: false, step: 1 });
    }
    let number = |text: &str| match text {
        "" => Ok(None),
        _ if text.starts_with('+') => Err(invalid()),
        _ => i64::from_str(text).map(Some).map_err(|_| invalid()),
    };
    let pieces: Vec<_> = text.split(':').map(number).collect::<Result<_, _>>()?;
    let start = pieces.first().copied().flatten().unwrap_or(0);
    let (end, step) = match pieces.as_slice() {
        [_] => (Some(start.saturating_add(1)), None),
        [_, end] => (*end, None),
        [_, end, step] => (*end, *step),
        _ => return Err(invalid()),
    };
    Ok(Slice { start, end, is_index: pieces.len() == 1, step: step.unwrap_or(1) })
}

fn ends_name(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

/// Go's escapes, in quotes of either kind.
fn unquote(text: &str, quote: char) -> Option<String> {
    let (mut plain, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('\\') {
        plain.extend_from_slice(before.as_bytes());
        let letter = after.chars().next()?;
        let behind = &after[letter.len_utf8()..];
        rest = behind;
        match letter {
            'a' => plain.push(7),
            'b' => plain.push(8),
            'f' => plain.push(12),
            'n' => plain.push(b'\n'),
            'r' => plain.push(b'\r'),
            't' => plain.push(b'\t'),
            'v' => plain.push(11),
            '\\' => plain.push(b'\\'),
            '\'' | '"' if letter == quote => plain.extend_from_slice(quote.to_string().as_bytes()),
            'x' => plain.push(u8::try_from(digits(&mut rest, 2, 16)?).ok()?),
            '0'..='7' => {
                rest = after;
                plain.push(u8::try_from(digits(&mut rest, 3, 8)?).ok()?);
            }
            'u' | 'U' => {
                let code = digits(&mut rest, if letter == 'u' { 4 } else { 8 }, 16)?;
                plain.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => return None,
        }
    }
    plain.extend_from_slice(rest.as_bytes());
    Some(String::from_utf8_lossy(&plain).into_owned())
}

/// The number that the next `count` digits are.
fn digits(rest: &mut &str, count: usize, radix: u32) -> Option<u32> {
    let (digits, behind) = rest.split_at_checked(count)?;
    *rest = behind;
    digits.chars().all(|digit| digit.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok())?
}
