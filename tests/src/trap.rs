//! A trap on the road: when the server passes a named point for the n-th time, everything it does stands still, as if the
//! plug had been pulled, and whoever waits is told. Or whatever passes a point panics.

use async_trait::async_trait;
use kamurj_server::milestones::{Milestone, Milestones};
use std::sync::Mutex;
use tokio::sync::Notify;

/// Set by a story, sprung by the server.
#[derive(Default)]
pub struct Trap {
    set: Mutex<Option<(Milestone, u32)>>,
    passed: Mutex<Vec<Milestone>>,
    sprung: Notify,
    panics: Mutex<Option<Milestone>>,
}

impl Trap {
    /// Sets it for the n-th passing of the point, counted from now.
    pub fn set(&self, point: Milestone, nth: u32) {
        *self.set.lock().expect("nobody panics here") = Some((point, nth));
    }

    /// Makes everything panic that passes this point, or nothing any more.
    pub fn panics_at(&self, point: Option<Milestone>) {
        *self.panics.lock().expect("nobody panics here") = point;
    }

    /// Takes it away.
    pub fn clear(&self) {
        *self.set.lock().expect("nobody panics here") = None;
    }

    /// Whether it is set and has not sprung.
    pub fn is_set(&self) -> bool {
        self.set.lock().expect("nobody panics here").is_some_and(|(_, left)| left > 0)
    }

    /// Resolves when it has sprung.
    pub async fn sprung(&self) {
        self.sprung.notified().await;
    }

    /// Every point passed so far, in order.
    pub fn passed(&self) -> Vec<Milestone> {
        self.passed.lock().expect("nobody panics here").clone()
    }

    fn springs_at(&self, point: Milestone) -> bool {
        self.passed.lock().expect("nobody panics here").push(point);
        let mut set = self.set.lock().expect("nobody panics here");
        match set.as_mut() {
            // Once sprung, nothing passes any more: the process is dead.
            Some((_, 0)) => true,
            Some((at, left)) if *at == point => {
                *left -= 1;
                *left == 0
            }
            _ => false,
        }
    }
}

#[async_trait]
impl Milestones for Trap {
    async fn reached(&self, point: Milestone) {
        let panics = *self.panics.lock().expect("nobody panics here");
        assert!(panics != Some(point), "a panic at {} that the story asked for", point.name());
        if self.springs_at(point) {
            self.sprung.notify_one();
            std::future::pending::<()>().await;
        }
    }
}
