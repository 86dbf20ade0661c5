//! How long whoever brings a message waits for its answer. What is being written down when the time is over goes on being
//! written: the sender hears that it should come again, and finds its message known.

use std::future::Future;
use std::time::Duration;

/// The longest wait. Banks and chats give a message up after 5 to 30 seconds; one that was told to come again comes sooner than
/// one that heard nothing.
pub const BUDGET: Duration = Duration::from_secs(4);

/// What came of the work; `None` where it takes longer than whoever waits for it does.
pub(super) async fn in_time<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let work = tokio::spawn(work);
    match tokio::time::timeout(BUDGET, work).await {
        Ok(Ok(done)) => Some(done),
        Ok(Err(failed)) => match failed.try_into_panic() {
            // As if it had not been a task of its own.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => None,
        },
        Err(_) => {
            tracing::warn!("an inbound message takes longer than its sender waits");
            None
        }
    }
}
