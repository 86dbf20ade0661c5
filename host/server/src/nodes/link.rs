//! The line to Redis: one connection for all, a short patience for every command, and a breaker. While Redis is away nothing
//! here waits or costs anything; `keeper.rs` makes a new connection.

use super::book::Part;
use kamurj_domain::Clock;
use redis::aio::MultiplexedConnection;
use redis::{Client, Cmd, FromRedisValue};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long any command may take.
const PATIENCE: Duration = Duration::from_millis(100);
/// After so many commands in a row that took longer, Redis counts as gone.
const MISSES: u32 = 3;
/// How many nodes there are where nobody could be counted yet: who sets up a Redis has more than one.
const AT_FIRST: i64 = 2;
/// For how long a node that has come back keeps to its share as well, in milliseconds: others may still be on theirs.
const CAREFUL_MS: i64 = 5_000;

/// The line.
pub(super) struct Link {
    pub(super) client: Client,
    /// The beginning of every name in Redis, the same on all nodes of one deployment.
    prefix: String,
    clock: Arc<dyn Clock>,
    standing: Mutex<Standing>,
    /// Rung when the line broke.
    pub(super) broken: Notify,
}

struct Standing {
    connection: Option<MultiplexedConnection>,
    /// Which connection this is.
    era: u64,
    /// Commands without an answer, in a row.
    misses: u32,
    /// How many nodes there were lately, this one among them.
    nodes: i64,
    /// Whether this node has ever had a connection.
    was_here: bool,
    /// Whether it took from a budget without telling Redis.
    spent_alone: bool,
    /// When Redis went away last, Unix milliseconds.
    lost_at: Option<i64>,
    /// Until when this node keeps to its share as well, Unix milliseconds.
    careful_until: i64,
}

/// How budgets are to be taken from now.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// From Redis.
    Shared,
    /// From this node's part, and then from Redis.
    Careful(Part),
    /// From this node's part alone.
    Alone(Part),
}

impl Link {
    pub(super) fn new(client: Client, prefix: String, clock: Arc<dyn Clock>) -> Self {
        let standing = Standing {
            connection: None,
            era: 0,
            misses: 0,
            nodes: AT_FIRST,
            was_here: false,
            spent_alone: false,
            lost_at: None,
            careful_until: 0,
        };
        Self { client, prefix, clock, standing: Mutex::new(standing), broken: Notify::new() }
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        // Nothing between a lock and its end can panic half way through a change.
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The full name of something in Redis.
    pub(super) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub(super) fn way(&self) -> Way {
        let standing = self.standing();
        let part = Part { nodes: standing.nodes, empty_at: standing.lost_at.map(|at| at * 1_000) };
        match &standing.connection {
            None => Way::Alone(part),
            Some(_) if self.clock.now() < standing.careful_until => Way::Careful(part),
            Some(_) => Way::Shared,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.standing().connection.is_some()
    }

    /// Remembers that something was taken without Redis' knowing.
    pub(super) fn spent_alone(&self) {
        self.standing().spent_alone = true;
    }

    /// Whether this node had a connection before, and whether it took anything without one since.
    pub(super) fn past(&self) -> (bool, bool) {
        let standing = self.standing();
        (standing.was_here, standing.spent_alone)
    }

    /// A connection was made, and the first sign of life given over it.
    pub(super) fn joined(&self, connection: MultiplexedConnection, nodes: i64) {
        let mut standing = self.standing();
        if standing.was_here || standing.spent_alone {
            standing.careful_until = self.clock.now() + CAREFUL_MS;
        }
        // Those who were here before and have not come back yet are still on their shares.
        let before = if standing.was_here { standing.nodes } else { 1 };
        standing.connection = Some(connection);
        standing.era += 1;
        standing.misses = 0;
        standing.nodes = nodes.max(before);
        standing.was_here = true;
        standing.spent_alone = false;
    }

    /// How many nodes were seen lately.
    pub(super) fn counted(&self, nodes: i64) {
        let mut standing = self.standing();
        let before = if self.clock.now() < standing.careful_until { standing.nodes } else { 1 };
        standing.nodes = nodes.max(before);
    }

    /// Asks Redis; `None`: it is away, or did not answer in time.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let (era, mut connection) = {
            let standing = self.standing();
            (standing.era, standing.connection.clone()?)
        };
        match tokio::time::timeout(PATIENCE, command.query_async(&mut connection)).await {
            Ok(Ok(answer)) => {
                let mut standing = self.standing();
                if standing.era == era {
                    standing.misses = 0;
                }
                Some(answer)
            }
            Ok(Err(error)) => {
                self.lost(era, &error.to_string());
                None
            }
            Err(_) => {
                let misses = {
                    let mut standing = self.standing();
                    standing.misses += u32::from(standing.era == era);
                    standing.misses
                };
                if misses >= MISSES {
                    self.lost(era, "it takes too long to answer");
                }
                None
            }
        }
    }

    /// The connection that is in use now broke.
    pub(super) fn broke(&self, why: &str) {
        let era = self.standing().era;
        self.lost(era, why);
    }

    fn lost(&self, era: u64, why: &str) {
        let nodes = {
            let mut standing = self.standing();
            if standing.era != era || standing.connection.take().is_none() {
                return;
            }
            standing.lost_at = Some(self.clock.now());
            standing.nodes
        };
        tracing::warn!(why, nodes, "Redis is gone: this node goes on with its share of every budget, and slower");
        self.broken.notify_one();
    }
}
