//! A text as documents: several in YAML, several in JSON, lists flattened.

use serde_json::Value;
use serde_json::value::RawValue;

use super::value::Reading;
use super::{Document, Error, Origin, Problem, doubts};

/// The documents of `bytes`, which came from `source`; empty ones do not count.
pub(super) fn documents(source: &str, bytes: &[u8]) -> Result<Vec<Document>, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let origin = |line| Origin { source: source.to_owned(), line, item: None };
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains(is_binary));
    let Some(text) = text else {
        return Err(Error::Document { origin: origin(1), problem: Problem::Binary });
    };
    let found = if text.trim_start().starts_with('{') { json_or_yaml(text) } else { yaml(text) };
    let found = found.map_err(|(line, problem)| Error::Document { origin: origin(line), problem })?;
    let mut documents = Vec::new();
    for (line, value) in found {
        flatten(&origin(line), value, &mut documents)?;
    }
    Ok(documents)
}

/// The words of `bytes` that other readers of YAML understand differently: line and word.
pub(super) fn doubts(bytes: &[u8]) -> Vec<(usize, String)> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    if text.trim_start().starts_with('{') { Vec::new() } else { doubts::of(text) }
}

/// What no text holds.
fn is_binary(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{85}')
}

/// A value and the line it begins at.
type Found = (usize, Value);

/// What begins like JSON may still be YAML in its flow style.
fn json_or_yaml(text: &str) -> Result<Vec<Found>, (usize, Problem)> {
    json(text).or_else(|problem| match problem.1 {
        Problem::Syntax(_) => yaml(text).map_err(|_| problem),
        _ => Err(problem),
    })
}

/// JSON documents, one after the other.
fn json(text: &str) -> Result<Vec<Found>, (usize, Problem)> {
    let reading = Reading::default();
    let mut found = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    while let Some(raw) = stream.next() {
        let raw = raw.map_err(|error| (error.line(), Problem::Syntax(sentence(&error.to_string()))))?;
        let line = 1 + newlines(&text[..stream.byte_offset() - raw.get().len()]);
        let value = reading.value(&mut serde_json::Deserializer::from_str(raw.get())).map_err(|error| {
            let problem = reading.take_problem();
            (
                line + error.line().saturating_sub(1),
                problem.unwrap_or_else(|| Problem::Syntax(sentence(&error.to_string()))),
            )
        })?;
        found.push((line, value));
    }
    Ok(found)
}

/// YAML documents, parted by lines that begin with `---`.
fn yaml(text: &str) -> Result<Vec<Found>, (usize, Problem)> {
    let reading = Reading::default();
    let mut found = Vec::new();
    for (start, chunk) in chunks(text) {
        let Some(first) = chunk.lines().position(|line| !is_empty(line)) else { continue };
        let value = reading.value(yaml_serde::Deserializer::from_str(chunk)).map_err(|error| {
            let line = error.location().map_or(first + 1, |location| location.line());
            let problem = reading.take_problem();
            let line = match &problem {
                Some(Problem::DuplicateKey(key)) => second_line(chunk, line, key),
                _ => line,
            };
            (start + line - 1, problem.unwrap_or_else(|| syntax(chunk, line, &error)))
        })?;
        if !value.is_null() {
            found.push((start + first, value));
        }
    }
    Ok(found)
}

/// The documents of a YAML text, each with the line it begins at. No scalar can hold a line that begins with `---`.
fn chunks(text: &str) -> Vec<(usize, &str)> {
    let mut chunks = Vec::new();
    let (mut begin, mut begin_line, mut at) = (0, 1, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let parts =
            line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if parts && at > begin {
            chunks.push((begin_line, &text[begin..at]));
            (begin, begin_line) = (at, index + 1);
        }
        at += line.len();
    }
    chunks.push((begin_line, &text[begin..]));
    chunks
}

/// Whether a line of YAML holds nothing of a document.
fn is_empty(line: &str) -> bool {
    let content = line.strip_prefix("---").unwrap_or(line).trim();
    content.is_empty() || content.starts_with('#') || content == "..." || line.starts_with('%')
}

/// What the reader of YAML says, without its places, which count from the document's first line.
fn syntax(chunk: &str, line: usize, error: &yaml_serde::Error) -> Problem {
    let text = error.to_string();
    let content = chunk.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    if content.trim_start_matches(' ').starts_with('\t') {
        Problem::Tab
    } else if text.starts_with("recursion limit") {
        Problem::TooDeep
    } else if text.starts_with("repetition limit") {
        Problem::TooMuch
    } else {
        Problem::Syntax(sentence(&text))
    }
}

fn sentence(text: &str) -> String {
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// The line where `key` stands for the second time in the mapping that starts at `line`: the library names only that.
fn second_line(chunk: &str, line: usize, key: &str) -> usize {
    let column = |line: &str| {
        let entry = line.trim_start_matches([' ', '-']);
        let rest = entry.trim_start_matches(['"', '\'']).strip_prefix(key)?;
        let is_it = rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':');
        is_it.then_some(line.len() - entry.len())
    };
    let lines = || chunk.lines().enumerate().skip(line.saturating_sub(1));
    let mut found = lines().filter_map(|(index, line)| Some((index, column(line)?)));
    let Some((_, first)) = found.next() else { return line };
    found.find(|(_, column)| *column == first).map_or(line, |(index, _)| index + 1)
}

/// A list stands for its items, as in `kubectl get -o yaml`.
fn flatten(origin: &Origin, mut value: Value, documents: &mut Vec<Document>) -> Result<(), Error> {
    let kind = value["kind"].as_str().unwrap_or_default().to_owned();
    let (Some(of), Some(Value::Array(items))) = (kind.strip_suffix("List"), value.get_mut("items").map(Value::take))
    else {
        documents.push(Document::new(origin.clone(), value)?);
        return Ok(());
    };
    let api_version = value["apiVersion"].clone();
    for (index, mut item) in items.into_iter().enumerate() {
        if let Some(fields) = item.as_object_mut().filter(|fields| !of.is_empty() && !fields.contains_key("kind")) {
            fields.entry("apiVersion").or_insert_with(|| api_version.clone());
            fields.insert("kind".to_owned(), of.into());
        }
        flatten(&Origin { item: Some(index + 1), ..origin.clone() }, item, documents)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
