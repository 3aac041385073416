//! `--expires`: in how long, or when.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::sys::clock;

/// Parses `90d`, `12h`, `30m`, a day (`2027-07-16`, its beginning in UTC) or a time of RFC 3339, all of them to come.
pub(super) fn expiry(text: &str) -> Result<Timestamp, String> {
    let time = match duration(text) {
        Some(after) => clock::now().checked_add(after).map_err(|_| format!("{text} is too far away"))?,
        None => moment(text).ok_or("expected a duration such as 90d or 12h, a date or a time of RFC 3339")?,
    };
    match time > clock::now() {
        true => Ok(time),
        false => Err("an expiry has to be in the future".to_owned()),
    }
}

fn duration(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds: i64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    let number: i64 = number.parse().ok().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(SignedDuration::from_secs(number.saturating_mul(seconds)))
}

fn moment(text: &str) -> Option<Timestamp> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    text.parse().ok().or_else(day)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::expiry;
    use crate::sys::clock;

    #[test]
    fn durations_dates_and_times_to_come_are_taken() {
        let hours = |text| expiry(text).map(|time| time.duration_since(clock::now()).as_secs_f64() / 3600.0);
        for (text, expected) in [("90d", 2160.0), ("12h", 12.0), ("30m", 0.5)] {
            assert!((hours(text).unwrap() - expected).abs() < 0.01, "{text}");
        }
        let far = (clock::now() + SignedDuration::from_hours(1000)).to_string();
        assert_eq!(expiry(&far).unwrap().to_string(), far);
        assert_eq!(expiry("2999-07-16").unwrap().to_string(), "2999-07-16T00:00:00Z");
    }

    #[test]
    fn the_past_and_what_is_no_time_are_refused() {
        for text in ["0s", "0d", "2020-01-01", "2020-01-01T00:00:00Z", "1970-01-01"] {
            assert_eq!(expiry(text).unwrap_err(), "an expiry has to be in the future", "{text}");
        }
        for text in ["", "d", "90", "-1d", "+1d", "1.5d", "soon", "2027-13-01", "\u{ff11}d", "9d\u{e9}"] {
            assert!(expiry(text).unwrap_err().starts_with("expected"), "{text}");
        }
        assert!(expiry("9999999999d").is_err() && expiry("99999999999999999999d").is_err());
    }
}
