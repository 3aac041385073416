//! Use cases: log in, hand out a fresh token, service accounts, log out, identity.
