//! Words that readers of YAML 1.1, kubectl among them, take for truth values and octal numbers. Here they are texts, as
//! YAML 1.2 has it; whoever wrote them hears of it.

/// The lines of `text` whose value is such a word without quotes, and the word.
pub(super) fn of(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    // The lines of a block scalar are text, whatever they look like.
    let mut block: Option<usize> = None;
    for (index, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        match block {
            Some(begin) if line.trim().is_empty() || indent > begin => continue,
            _ => block = None,
        }
        let value = value(line);
        if value.starts_with(['|', '>']) {
            block = Some(indent);
        } else if is_doubtful(value) {
            found.push((index + 1, value.to_owned()));
        }
    }
    found
}

/// What stands behind the key or the dash of a line, without a comment.
fn value(line: &str) -> &str {
    let line = line.split(" #").next().unwrap_or_default().trim();
    match line.split_once(": ") {
        Some((_, value)) => value.trim(),
        None => line.strip_prefix("- ").map_or("", str::trim),
    }
}

fn is_doubtful(value: &str) -> bool {
    let octal = value.len() > 1 && value.starts_with('0') && value.bytes().all(|byte| (b'0'..b'8').contains(&byte));
    let word = matches!(
        value,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF"
    );
    octal || word
}
