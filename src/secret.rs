//! [`Secret`]: a value that cannot be printed by accident.
//!
//! It has no `Display` and no `Serialize`, its `Debug` is redacted, and its memory is zeroed on drop.
//! The only way out is [`Secret::expose`], which can be searched for.

use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// A token, code, key or anything else that must not reach a log, a terminal or a backtrace.
#[derive(Clone)]
pub(crate) struct Secret<T: Zeroize = String>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Takes `value` into custody.
    pub(crate) fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// Hands the value out; the caller is now responsible for where it goes.
    pub(crate) fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> std::fmt::Debug for Secret<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl PartialEq for Secret {
    /// Compares in constant time for equal lengths.
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_never_shows_the_value() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".to_owned())), "[redacted]");
        assert_eq!(format!("{:?}", Some(Secret::new(vec![1_u8]))), "Some([redacted])");
    }
}
