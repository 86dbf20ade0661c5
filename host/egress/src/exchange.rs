//! What stands in place of sockets in a simulation. It is asked only about requests that the gate has let pass.

use async_trait::async_trait;

use crate::{Request, Response, SendError};

/// Carries a request to whoever it is for.
#[async_trait]
pub trait Exchange: Send + Sync {
    /// The answer, or why there is none. Time-outs are for the implementation to decide: no clock runs here.
    async fn exchange(&self, request: Request) -> Result<Response, SendError>;
}
