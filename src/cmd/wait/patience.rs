//! `--timeout`: how long is waited, in the notation of Go.

use std::str::FromStr;
use std::time::Duration;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long is waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// One look, no waiting.
    OneLook,
    /// At most so long.
    AtMost(Duration),
}

impl Patience {
    /// The longest time; `None` for one look, which takes as long as the server takes to answer.
    pub(super) fn limit(self) -> Option<Duration> {
        match self {
            Self::OneLook => None,
            Self::AtMost(length) => Some(length),
        }
    }
}

impl FromStr for Patience {
    type Err = String;

    /// `30s`, `1m30s`, `1.5h`, `500ms`; a bare number is seconds. Zero is one look, less than zero a week.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "expected a duration such as 30s, 5m or 1h30m".to_owned();
        let (text, is_negative) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
        let mut seconds = 0.0;
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
            let number: f64 = rest[..digits].parse().map_err(|_| wrong())?;
            rest = &rest[digits..];
            let unit = rest.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(rest.len());
            seconds += number
                * match &rest[..unit] {
                    "" if digits == text.len() => 1.0,
                    "ms" => 0.001,
                    "s" => 1.0,
                    "m" => 60.0,
                    "h" => 3600.0,
                    _ => return Err(wrong()),
                };
            rest = &rest[unit..];
        }
        match Duration::try_from_secs_f64(seconds) {
            _ if text.is_empty() => Err(wrong()),
            Ok(Duration::ZERO) => Ok(Self::OneLook),
            _ if is_negative => Ok(Self::AtMost(WEEK)),
            Ok(length) => Ok(Self::AtMost(length)),
            Err(_) => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Patience, WEEK};

    #[test]
    fn a_length_is_written_as_go_writes_it() {
        for (text, millis) in [("30s", 30_000), ("1m30s", 90_000), ("1.5h", 5_400_000), ("250ms", 250), ("90", 90_000)]
        {
            assert_eq!(text.parse(), Ok(Patience::AtMost(Duration::from_millis(millis))), "{text}");
        }
        assert_eq!("0".parse(), Ok(Patience::OneLook));
        assert_eq!("0s".parse(), Ok(Patience::OneLook));
        assert_eq!("-1s".parse(), Ok(Patience::AtMost(WEEK)));
        for wrong in ["", "-", "s", "1d", "1.2.3s", "5 m", "1m30", "1e99h", "99999999999999999999h"] {
            assert!(wrong.parse::<Patience>().is_err(), "{wrong}");
        }
    }
}
