//! Tokens changed at random.

use std::cell::LazyCell;

use proptest::prelude::*;

use super::{GOOD_HEADER, IdTokenError, claims, signed, verified};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_token_is_accepted(position in 0_usize..10_000, byte in 0x20_u8..0x7f) {
        // IDT-44, scaled: the independent checker is "it is the token that was signed, or it is refused".
        thread_local!(static TOKEN: LazyCell<String> = LazyCell::new(|| signed(GOOD_HEADER, &claims(&[]))));
        let token = TOKEN.with(|token| (**token).clone());
        let mut bytes = token.clone().into_bytes();
        let position = position % bytes.len();
        bytes[position] = byte;
        let changed = String::from_utf8(bytes).expect("ASCII");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let outcome = runtime.block_on(verified(&changed));
        prop_assert_eq!(outcome.is_ok(), changed == token, "{:?}", outcome.err());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let outcome = runtime.block_on(verified(&text));
        prop_assert!(matches!(outcome, Err(IdTokenError::Shape(_) | IdTokenError::Header(_) | IdTokenError::Encrypted)));
    }
}
