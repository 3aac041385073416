//! Lines of words.

/// A blank that keeps the words beside it together.
const UNBREAKABLE: char = '\u{a0}';

/// `text` in lines of at most `limit` letters; words longer than that stay whole.
pub(super) fn wrap(text: &str, limit: usize) -> String {
    let mut lines = Lines { limit, ..Lines::default() };
    for letter in text.chars() {
        match letter {
            '\n' => lines.end(),
            _ if letter.is_whitespace() && letter != UNBREAKABLE => lines.blank(letter),
            _ => lines.letter(letter),
        }
    }
    lines.finish()
}

/// Each line of `text`, the empty ones too, `columns` to the right.
pub(super) fn indent(text: &str, columns: usize) -> String {
    let blanks = " ".repeat(columns);
    format!("{blanks}{}", text.replace('\n', &format!("\n{blanks}")))
}

/// What is written, and the blanks and the word that wait for the place they get.
#[derive(Default)]
struct Lines {
    limit: usize,
    done: String,
    /// Letters in the line that is being written.
    column: usize,
    blanks: Vec<char>,
    word: Vec<char>,
}

impl Lines {
    fn letter(&mut self, letter: char) {
        self.word.push(letter);
        if self.column + self.blanks.len() + self.word.len() > self.limit && self.word.len() < self.limit {
            self.done.push('\n');
            self.column = 0;
            self.blanks.clear();
        }
    }

    fn blank(&mut self, blank: char) {
        if !self.word.is_empty() {
            self.place();
        }
        self.blanks.push(blank);
    }

    fn end(&mut self) {
        if !self.word.is_empty() || self.column + self.blanks.len() <= self.limit {
            self.place();
        }
        self.blanks.clear();
        self.done.push('\n');
        self.column = 0;
    }

    fn finish(mut self) -> String {
        if !self.word.is_empty() || self.column + self.blanks.len() <= self.limit {
            self.place();
        }
        self.done
    }

    fn place(&mut self) {
        self.column += self.blanks.len() + self.word.len();
        self.done.extend(self.blanks.drain(..));
        self.done.extend(self.word.drain(..));
    }
}

#[cfg(test)]
mod tests {
    use super::{indent, wrap};

    #[test]
    fn lines_break_between_words() {
        for (text, expected) in [
            ("one two three", "one\ntwo\nthree"),
            ("a b c d", "a b c\nd"),
            ("unbreakable word", "unbreakable\nword"),
            ("a\n\n  b", "a\n\n  b"),
            ("a  b", "a  b"),
            ("a\u{a0}b c d", "a\u{a0}b c\nd"),
            ("abcde   \nf", "abcde\nf"),
            ("", ""),
        ] {
            assert_eq!(wrap(text, 5), expected, "{text:?}");
        }
    }

    #[test]
    fn empty_lines_are_indented_too() {
        assert_eq!(indent("a\n\nb\n", 2), "  a\n  \n  b\n  ");
    }
}
