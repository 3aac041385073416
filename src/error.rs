//! Every text and hint a user can meet.
