//! Many writes: some at once where that cannot change the outcome, told in their order, and gone on with after one fails.

use std::cell::Cell;
use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};

use super::Placed;
use crate::api;
use crate::error::Failure;

/// Writes that are under way at once.
const PARALLEL: usize = 8;

/// Something that is written together with others of its kind.
pub(crate) trait Piece {
    /// Its type and place: pieces that share it may be written at once.
    fn collection(&self) -> &str;
    /// Its name there, if it has one: two writes of one object come one after the other.
    fn name(&self) -> &str;
    /// A failure in words.
    fn failure(&self, error: api::Error) -> Failure;
}

/// Does `one` with each of `pieces` and tells `done`, in their order.
///
/// What follows in another place waits until all before it is written: it may need it. A failure does not keep the
/// rest from being tried, unless it would meet all of them.
///
/// # Errors
/// What failed, when everything that could be tried was.
pub(crate) async fn each<'p, P: Piece, T>(
    pieces: &'p [P],
    one: impl AsyncFn(&P) -> Result<T, api::Error>,
    mut done: impl FnMut(&'p P, T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let stopped = Cell::new(false);
    let (mut failures, mut untried) = (Vec::new(), 0);
    for run in runs(pieces) {
        let attempts = run.iter().map(|piece| attempt(piece, &one, &stopped));
        let mut attempts = stream::iter(attempts).buffered(PARALLEL);
        while let Some((piece, outcome)) = attempts.next().await {
            match outcome {
                None => untried += 1,
                Some(Ok(value)) => done(piece, value)?,
                Some(Err(error)) => failures.push(piece.failure(error)),
            }
        }
    }
    match failures.len() {
        0 => Ok(()),
        1 if pieces.len() == 1 => Err(failures.remove(0)),
        _ => Err(Failure::several(failures, pieces.len(), untried)),
    }
}

async fn attempt<'p, P: Piece, T>(
    piece: &'p P,
    one: &impl AsyncFn(&P) -> Result<T, api::Error>,
    stopped: &Cell<bool>,
) -> (&'p P, Option<Result<T, api::Error>>) {
    if stopped.get() {
        return (piece, None);
    }
    let outcome = one(piece).await;
    if outcome.as_ref().is_err_and(|error| error.ends_everything() || matches!(error, api::Error::Http(_))) {
        stopped.set(true);
    }
    (piece, Some(outcome))
}

/// Neighbours that lie in one place, none of them twice.
fn runs<P: Piece>(pieces: &[P]) -> Vec<&[P]> {
    let mut runs = Vec::new();
    let mut names = HashSet::new();
    let mut begin = 0;
    for (index, piece) in pieces.iter().enumerate() {
        let is_new = piece.name().is_empty() || names.insert(piece.name());
        if index > begin && (!is_new || piece.collection() != pieces[begin].collection()) {
            runs.push(&pieces[begin..index]);
            begin = index;
            names = HashSet::from([piece.name()]);
        }
    }
    if begin < pieces.len() {
        runs.push(&pieces[begin..]);
    }
    runs
}

impl Piece for Placed {
    fn collection(&self) -> &str {
        self.collection.as_str()
    }

    fn name(&self) -> &str {
        self.document.name()
    }

    fn failure(&self, error: api::Error) -> Failure {
        Failure::from(error).at(&self.document.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, runs};
    use crate::api;
    use crate::error::Failure;

    impl Piece for (&str, &str) {
        fn collection(&self) -> &str {
            self.0
        }

        fn name(&self) -> &str {
            self.1
        }

        fn failure(&self, error: api::Error) -> Failure {
            error.into()
        }
    }

    #[test]
    fn only_neighbours_of_one_place_are_written_at_once_and_one_object_never_twice() {
        let lengths = |pieces: &[(&str, &str)]| runs(pieces).iter().map(|run| run.len()).collect::<Vec<_>>();
        assert_eq!(lengths(&[]), [0_usize; 0]);
        assert_eq!(lengths(&[("zones", "a"), ("zones", "b"), ("records", "a"), ("zones", "c")]), [2, 1, 1]);
        assert_eq!(lengths(&[("zones", "a"), ("zones", "b"), ("zones", "a"), ("zones", "b")]), [2, 2]);
        assert_eq!(lengths(&[("zones", ""), ("zones", ""), ("zones", "")]), [3]);
    }
}
