//! The one policy for asking the token endpoint again.

use std::time::Duration;

use crate::oauth::Error;

/// Asks, and asks once more when the connection or the server failed; never after a refusal, and never after a pause
/// that is longer than anybody waits for.
pub(super) async fn once_more<T, F>(mut ask: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    match ask().await {
        Err(error) if error.is_transient() => {
            let pause = error.retry_after().unwrap_or(PAUSE);
            if pause > LONGEST_PAUSE {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            ask().await
        }
        outcome => outcome,
    }
}

const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
