//! From a template's text to its [`Part`]s, as kubectl reads it.

use super::error::ParseError;
use super::node::{Node, Part, Slice};
use super::quoted::unquote;

/// The parts of a template.
pub(super) fn template(text: &str) -> Result<Vec<Part>, ParseError> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(brace) = text[at..].find('{') {
        if brace > 0 {
            pieces.push((at, vec![Node::Text(text[at..at + brace].to_owned())]));
        }
        let mut action = Action { text, at: at + brace + 1, offset: 0 };
        let nodes = action.nodes()?;
        pieces.push((at + brace, nodes));
        at = action.at;
    }
    if at < text.len() {
        pieces.push((at, vec![Node::Text(text[at..].to_owned())]));
    }
    let mut pieces = pieces.into_iter();
    let (parts, _) = ranges(&mut pieces, 0)?;
    Ok(parts)
}

/// Puts what stands between `{range}` and `{end}` together; says whether an `{end}` was met.
fn ranges(
    pieces: &mut impl Iterator<Item = (usize, Vec<Node>)>,
    depth: usize,
) -> Result<(Vec<Part>, bool), ParseError> {
    const DEEPEST: usize = 64;
    let mut parts = Vec::new();
    while let Some((position, nodes)) = pieces.next() {
        let is = |word: &str| nodes.contains(&Node::Word(word.to_owned()));
        if is("end") {
            if depth == 0 {
                return Err(ParseError::new(position, "not in range, nothing to end"));
            }
            return Ok((parts, true));
        }
        if !is("range") {
            parts.push(Part::Show(nodes));
            continue;
        }
        if depth == DEEPEST {
            return Err(ParseError::new(position, "too many ranges within ranges"));
        }
        let over = nodes.into_iter().filter(|node| *node != Node::Word("range".to_owned())).collect();
        let (body, is_closed) = ranges(pieces, depth + 1)?;
        parts.push(Part::Range { over, body, is_closed });
    }
    Ok((parts, false))
}

/// What stands between braces: `text` is being read at `at`; `offset` is where it lies in the whole template.
struct Action<'t> {
    text: &'t str,
    at: usize,
    offset: usize,
}

impl Action<'_> {
    /// Reads up to the closing brace.
    fn nodes(&mut self) -> Result<Vec<Node>, ParseError> {
        let mut nodes = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            if rest.starts_with('}') {
                self.at += 1;
                return Ok(nodes);
            }
            if rest.starts_with("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if rest.starts_with("..") {
                self.recursive(&mut nodes)?;
                continue;
            }
            match rest.chars().next() {
                None | Some('\n' | '\r') => return Err(self.error("unclosed action")),
                Some(' ' | '@' | '$') => self.at += 1,
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quote(quote)?),
                Some('.') => {
                    self.at += 1;
                    nodes.push(self.field());
                }
                Some(letter) if letter == '+' || letter == '-' || is_digit(letter) => nodes.push(self.number()?),
                Some(letter) if letter == '_' || letter.is_alphabetic() => nodes.push(self.word()),
                Some(letter) => {
                    let shown = if letter.is_control() { String::new() } else { format!(" '{letter}'") };
                    let code = u32::from(letter);
                    return Err(self.error(format!("unrecognized character in action: U+{code:04X}{shown}")));
                }
            }
        }
    }

    fn error(&self, problem: impl Into<String>) -> ParseError {
        ParseError::new(self.offset + self.at, problem)
    }

    fn recursive(&mut self, nodes: &mut Vec<Node>) -> Result<(), ParseError> {
        if nodes.last() == Some(&Node::Recursive) {
            return Err(self.error("invalid multiple recursive descent"));
        }
        self.at += 2;
        nodes.push(Node::Recursive);
        if self.text[self.at..].starts_with(|letter: char| letter == '_' || letter.is_alphanumeric()) {
            nodes.push(self.field());
        }
        Ok(())
    }

    /// A name after its point; a backslash keeps the next letter from ending it.
    fn field(&mut self) -> Node {
        let rest = &self.text[self.at..];
        let mut is_escaped = false;
        let end = rest.find(|letter| {
            let ends = !is_escaped && ends_name(letter);
            is_escaped = !is_escaped && letter == '\\';
            ends
        });
        let name = &rest[..end.unwrap_or(rest.len())];
        self.at += name.len();
        match name {
            "*" => Node::Wildcard,
            _ => Node::Field(name.replace('\\', "")),
        }
    }

    fn word(&mut self) -> Node {
        let rest = &self.text[self.at..];
        let word = &rest[..rest.find(ends_name).unwrap_or(rest.len())];
        self.at += word.len();
        match word {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            _ => Node::Word(word.to_owned()),
        }
    }

    fn number(&mut self) -> Result<Node, ParseError> {
        let rest = &self.text[self.at..];
        let sign = usize::from(rest.starts_with(['+', '-']));
        let length = rest[sign..].find(|letter| letter != '.' && !is_digit(letter));
        let number = &rest[..length.map_or(rest.len(), |length| sign + length)];
        let parsed = number.parse().map(Node::Integer).or_else(|_| number.parse().map(Node::Float));
        let parsed = parsed.map_err(|_| self.error(format!("cannot parse number {number}")))?;
        self.at += number.len();
        Ok(parsed)
    }

    fn quote(&mut self, quote: char) -> Result<Node, ParseError> {
        let text = &self.text[self.at + 1..];
        let mut before = '\0';
        let end = text.find(|letter| {
            let ends = letter == '\n' || (letter == quote && before != '\\');
            before = letter;
            ends
        });
        let end = end.filter(|end| !text[*end..].starts_with('\n'));
        let end = end.ok_or_else(|| self.error("unterminated quoted string"))?;
        let text = &text[..end];
        let problem = || self.error(format!("unquote string {quote}{text}{quote} error invalid syntax"));
        let node = Node::Text(unquote(text, quote).ok_or_else(problem)?);
        self.at += end + 2;
        Ok(node)
    }

    fn filter(&mut self) -> Result<Node, ParseError> {
        let start = self.at + "[?(".len();
        let rest = &self.text[start..];
        let end = filter_end(rest).ok_or_else(|| self.error("unterminated filter"))?;
        if !rest[end + 1..].starts_with(']') {
            return Err(self.error("unclosed array expect ]"));
        }
        let (left, operator, right) = split_comparison(&rest[..end]);
        let left_nodes = self.within(left, start)?;
        let right_start = start + left.len() + operator.len();
        let right = if operator.is_empty() { Vec::new() } else { self.within(right, right_start)? };
        self.at = start + end + ")]".len();
        Ok(Node::Filter { left: left_nodes, operator: operator.to_owned(), right })
    }

    /// Everything within square brackets but filters.
    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), ParseError> {
        let start = self.at + 1;
        let end = self.text[start..].find([']', '\n']).map(|length| start + length);
        let end = end.filter(|end| self.text[*end..].starts_with(']'));
        let end = end.ok_or_else(|| self.error("unterminated array"))?;
        let inside = &self.text[start..end];
        if inside.contains(',') {
            let parts = inside.split(',').map(|part| self.within(&format!("[{}]", part.trim_matches(' ')), start));
            nodes.push(Node::Union(parts.collect::<Result<_, _>>()?));
        } else if let Some(key) = quoted_key(inside) {
            nodes.extend(self.within(&format!(".{key}"), start)?);
        } else {
            nodes.push(Node::Slice(slice(inside).map_err(|problem| self.error(problem))?));
        }
        self.at = end + 1;
        Ok(())
    }

    /// The nodes of a piece of this text that begins at `start`.
    fn within(&self, piece: &str, start: usize) -> Result<Vec<Node>, ParseError> {
        Action { text: &format!("{piece}}}"), at: 0, offset: self.offset + start }.nodes()
    }
}

/// Where the parenthesis closes; one within the first pair of quotes does not count.
fn filter_end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut is_over = false;
    let mut before = '(';
    for (at, letter) in text.char_indices() {
        match letter {
            '\n' => return None,
            '"' | '\'' if quote.is_none() => quote = Some(letter),
            '"' | '\'' if before != '\\' && quote == Some(letter) => is_over = true,
            ')' if quote.is_some() == is_over => return Some(at),
            _ => {}
        }
        before = letter;
    }
    None
}

/// What stands left of the operator, the operator, and what stands right of it.
fn split_comparison(text: &str) -> (&str, &str, &str) {
    let is_operator = |letter: char| "!<>=".contains(letter);
    let Some(start) = text.find(is_operator).filter(|start| *start > 0) else { return (text, "", "") };
    let length = text[start..].find(|letter| !is_operator(letter)).unwrap_or(text.len() - start);
    // Something has to be left for the right side.
    let length = if start + length == text.len() { length - 1 } else { length };
    if length == 0 {
        return (text, "", "");
    }
    (&text[..start], &text[start..start + length], &text[start + length..])
}

fn quoted_key(inside: &str) -> Option<&str> {
    inside.strip_prefix('\'')?.strip_suffix('\'').filter(|key| !key.contains('\''))
}

fn slice(inside: &str) -> Result<Slice, String> {
    let inside = if inside == "*" { ":" } else { inside };
    let bounds: Vec<&str> = inside.split(':').collect();
    let is_bound = |bound: &&str| bound.strip_prefix('-').unwrap_or(bound).chars().all(|digit| digit.is_ascii_digit());
    if bounds.len() > 3 || !bounds.iter().all(is_bound) {
        return Err(format!("invalid array index {inside}"));
    }
    let bound = |index: usize| match bounds.get(index) {
        None | Some(&"") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| format!("array index {text} is not a number")),
    };
    let from: Option<i64> = bound(0)?;
    let is_index = bounds.len() == 1;
    let to = if is_index { Some(from.unwrap_or_default().saturating_add(1)) } else { bound(1)? };
    Ok(Slice { from, to, is_index, step: bound(2)? })
}

fn ends_name(letter: char) -> bool {
    " \t\r\n.,[]$@{}".contains(letter)
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
}
