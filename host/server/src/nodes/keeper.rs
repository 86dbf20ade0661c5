//! Keeps the line to Redis: connects, subscribes, gives signs of life, and begins again where it broke, ever more slowly up to
//! a few seconds. Says in the log once when Redis comes and once when it goes.

use super::link::Link;
use super::script;
use crate::app::App;
use futures::StreamExt;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::{AsyncConnectionConfig, Cmd, RedisError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch::Receiver;

/// How long a connection may take to be made, subscription and all.
const CONNECT: Duration = Duration::from_secs(2);
/// The pauses between attempts grow from this …
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// … to this. Less than the time for which a node that has come back is careful.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often a node gives a sign of life.
const BEAT: Duration = Duration::from_secs(1);
/// After so many signs of life a line is steady.
const STEADY: u64 = 5;
/// How long after its last sign of life a node is counted, in milliseconds.
const LATELY_MS: i64 = 10_000;
/// At every so many signs of life it is learned who looks at pages of other nodes.
const LOOK_EVERY: u64 = 3;

/// Keeps the line until told to stop.
pub(super) async fn keep(app: &Arc<App>, mut stop: Receiver<bool>) {
    let Some(link) = &app.nodes.link else { return };
    let mut pause = FIRST_PAUSE;
    let mut has_complained = false;
    while !*stop.borrow() {
        match connect(app, link).await {
            Ok(news) => {
                has_complained = true;
                // A line that breaks as soon as it is made, for want of a permission, say, is not made ten times a second.
                if listen(app, link, news, &mut stop).await >= STEADY {
                    pause = FIRST_PAUSE;
                }
            }
            Err(why) if !has_complained => {
                has_complained = true;
                tracing::warn!(why, "Redis does not answer: this node works alone until it does");
            }
            Err(why) => tracing::debug!(why, "Redis still does not answer"),
        }
        if *stop.borrow() {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = LONGEST_PAUSE.min(pause * 2),
            _ = stop.changed() => {}
        }
    }
    if link.is_up() {
        let _: Option<i64> = link.ask(Cmd::new().arg("ZREM").arg(link.name("nodes")).arg(&app.nodes.id)).await;
    }
}

async fn connect(app: &App, link: &Link) -> Result<PubSub, String> {
    let made = async {
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(None);
        let mut connection = link.client.get_multiplexed_async_connection_with_config(&config).await?;
        let mut news = link.client.get_async_pubsub().await?;
        news.subscribe(link.name("news")).await?;
        let nodes: i64 = beat(app, link).query_async(&mut connection).await?;
        Ok::<(MultiplexedConnection, PubSub, i64), RedisError>((connection, news, nodes))
    };
    match tokio::time::timeout(CONNECT, made).await {
        Ok(Ok((connection, news, nodes))) => {
            link.joined(connection, nodes);
            tracing::info!(nodes, "Redis answers: budgets, wake-ups and news are shared");
            // Whatever was said while nobody listened.
            app.wake.notify_one();
            app.nodes.changes.tell_all();
            Ok(news)
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it takes too long to answer".to_owned()),
    }
}

/// Hears news until the line breaks or the node stops; answers how many signs of life were given meanwhile.
async fn listen(app: &Arc<App>, link: &Link, news: PubSub, stop: &mut Receiver<bool>) -> u64 {
    let mut news = news.into_on_message();
    let mut beats = tokio::time::interval(BEAT);
    let mut count = 0_u64;
    while !*stop.borrow() && link.is_up() {
        tokio::select! {
            message = news.next() => match message {
                Some(message) => app.nodes.hear(app, message.get_payload_bytes()),
                None => link.broke("the connection for news ended"),
            },
            _ = beats.tick() => {
                if let Some(nodes) = link.ask(&beat(app, link)).await {
                    link.counted(nodes);
                }
                if count.is_multiple_of(LOOK_EVERY) {
                    app.nodes.learn_who_looks(app).await;
                }
                count += 1;
            }
            () = link.broken.notified() => {}
            _ = stop.changed() => {}
        }
    }
    count
}

fn beat(app: &App, link: &Link) -> Cmd {
    let (was_here, spent_alone) = link.past();
    let mut command = Cmd::new();
    command.arg("EVAL").arg(script::beat()).arg(3);
    for name in ["nodes", "born", "emptied"] {
        command.arg(link.name(name));
    }
    command.arg(&app.nodes.id).arg(LATELY_MS).arg(i32::from(was_here)).arg(i32::from(spent_alone));
    command
}
