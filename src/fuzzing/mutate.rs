//! A small mutator: the same seed makes the same inputs everywhere.

/// Words that the readers know, in the format of libFuzzer, which reads the same file.
const WORDS: &str = include_str!("../../fuzz/words.dict");
/// The longest input; what is larger is slower and says no more.
const LONGEST: usize = 8192;
/// Bytes that mean something to one of the readers.
const MARKS: &[u8] = b" \n\t\"'{}[],:.#-&*!%@\\/0aA~=\r\0\x1b\x7f\xc2\xff";

/// Inputs made from others.
pub(super) struct Mutator<'a> {
    state: u64,
    seeds: &'a [(String, Vec<u8>)],
    words: Vec<Vec<u8>>,
}

impl<'a> Mutator<'a> {
    pub(super) fn new(seed: u64, seeds: &'a [(String, Vec<u8>)]) -> Self {
        let quoted = WORDS.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
        Self { state: seed, seeds, words: quoted.map(unquoted).collect() }
    }

    /// The next input: one of the seeds with up to four changes, mostly one.
    pub(super) fn next(&mut self) -> Vec<u8> {
        let mut data = self.pick().to_vec();
        loop {
            self.change(&mut data);
            if self.below(3) > 0 {
                break;
            }
        }
        data.truncate(LONGEST);
        data
    }

    fn change(&mut self, data: &mut Vec<u8>) {
        let at = self.below(data.len() + 1);
        let end = (at + 1 + self.below(16)).min(data.len());
        match self.below(9) {
            0 if at < data.len() => data[at] ^= 1 << self.below(8),
            1 if at < data.len() => data[at] = MARKS[self.below(MARKS.len())],
            2 => data.insert(at, u8::try_from(self.below(256)).unwrap_or_default()),
            3 => drop(data.drain(at.min(end)..end)),
            4 => {
                let copy = data[at.min(end)..end].to_vec();
                data.splice(at..at, copy);
            }
            5 => {
                let other = self.pick();
                let (from, length) = (self.below(other.len() + 1), self.below(64));
                let piece = other[from..(from + length).min(other.len())].to_vec();
                data.splice(at.min(end)..end, piece);
            }
            6 => {
                let word = self.word();
                data.splice(at..at, word);
            }
            7 => self.replace_digits(data, at),
            _ => {
                let word = self.word();
                data.splice(at.min(end)..end, word);
            }
        }
    }

    /// Another number in the place of one behind `at`.
    fn replace_digits(&mut self, data: &mut Vec<u8>, at: usize) {
        let Some(start) = data[at..].iter().position(u8::is_ascii_digit).map(|found| at + found) else { return };
        let length = data[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let numbers = ["0", "1", "-1", "29", "31", "1799999969", "1800000031", "1e3", "0.5", "99999999999999999999"];
        let number = numbers[self.below(numbers.len())];
        data.splice(start..start + length, number.bytes());
    }

    fn pick(&mut self) -> &'a [u8] {
        &self.seeds[self.below(self.seeds.len())].1
    }

    fn word(&mut self) -> Vec<u8> {
        let index = self.below(self.words.len());
        self.words[index].clone()
    }

    /// Xorshift: not random at all, and the same on every machine.
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap_or_default() % limit
    }
}

/// `\\`, `\"` and `\xNN` as libFuzzer writes them.
fn unquoted(word: &str) -> Vec<u8> {
    let (mut parts, mut bytes) = (word.split('\\'), Vec::new());
    bytes.extend(parts.next().unwrap_or_default().bytes());
    while let Some(part) = parts.next() {
        let hexadecimal = part.strip_prefix('x').and_then(|rest| rest.split_at_checked(2));
        match hexadecimal {
            Some((digits, rest)) => {
                bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
                bytes.extend(rest.bytes());
            }
            // Nothing between two backslashes: one that is meant.
            None if part.is_empty() => {
                bytes.push(b'\\');
                bytes.extend(parts.next().unwrap_or_default().bytes());
            }
            None => bytes.extend(part.bytes()),
        }
    }
    bytes
}

#[test]
fn words_are_read_as_libfuzzer_reads_them() {
    assert_eq!(unquoted(r#"a\"b\\c\x1b[\xff"#), b"a\"b\\c\x1b[\xff");
}
