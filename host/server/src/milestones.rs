//! Named points on the road. In production nothing listens; tests stop, delay or kill the server at one of them.

use async_trait::async_trait;

/// A point that the server passes while it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Milestone {
    /// A message from outside is durable, its sender not yet answered.
    InboxWritten,
    /// Facts, journal, projection and deliveries are written, not yet committed.
    BeforeCommit,
    /// They are durable.
    AfterCommit,
    /// An attempt is durable, the provider not yet called.
    BeforeProviderCall,
    /// The provider has answered, the answer not yet kept.
    AfterProviderCall,
    /// A refund is durable and counts as sent, the provider not yet called.
    BeforeRefundCall,
    /// The provider has answered it, the answer not yet kept.
    AfterRefundCall,
    /// A plugin's effect is recorded as about to be sent.
    BeforeSend,
    /// The remote has answered, the answer not yet recorded.
    AfterSend,
    /// A plugin run has ended, its outcome not yet kept.
    RunEnded,
    /// A service is about to be asked for tokens.
    BeforeTokenCall,
    /// It has answered, the tokens not yet kept.
    AfterTokenCall,
}

impl Milestone {
    /// Every point of a sale, in its order.
    pub const ALL: [Self; 10] = [
        Self::InboxWritten,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::BeforeProviderCall,
        Self::AfterProviderCall,
        Self::BeforeRefundCall,
        Self::AfterRefundCall,
        Self::BeforeSend,
        Self::AfterSend,
        Self::RunEnded,
    ];

    /// The name by which tests ask for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::InboxWritten => "inbox-written",
            Self::BeforeCommit => "before-commit",
            Self::AfterCommit => "after-commit",
            Self::BeforeProviderCall => "before-provider-call",
            Self::AfterProviderCall => "after-provider-call",
            Self::BeforeRefundCall => "before-refund-call",
            Self::AfterRefundCall => "after-refund-call",
            Self::BeforeSend => "before-send",
            Self::AfterSend => "after-send",
            Self::RunEnded => "run-ended",
            Self::BeforeTokenCall => "before-token-call",
            Self::AfterTokenCall => "after-token-call",
        }
    }
}

/// Somebody who is told of every point reached and may hold the work up there.
#[async_trait]
pub trait Milestones: Send + Sync {
    /// The work stands at this point; it goes on when this returns.
    async fn reached(&self, point: Milestone);
}

/// Nobody.
pub struct Unwatched;

#[async_trait]
impl Milestones for Unwatched {
    async fn reached(&self, _point: Milestone) {}
}
