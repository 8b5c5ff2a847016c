//! The real process is killed at hundreds of points of a turn and started again. However that went, at the end exactly
//! one whole answer stands there, and the conversation goes on. All of them share one gateway session.
//!
//! Every world has its own simulator, data directory and processes; a few of them run side by side.

mod gap;
pub(crate) mod point;
mod process;
pub(crate) mod scene;
mod storeless;
mod title;
mod turn;

use std::{fmt::Debug, future::Future, sync::Arc, time::Duration};

use gap::Moment;
use point::{Kind, Outcome, Point};
use scene::Scene;
use storeless::Session;
use tokio::{sync::Semaphore, task::JoinSet};

/// How many worlds are alive at the same time.
const SIDE_BY_SIDE: usize = 6;
/// A turn has fewer calls to Discord than this, however it goes.
const CALLS: usize = 12;
/// How often the store is watched to grow before the process is killed.
const STEPS: usize = 5;

/// Lives through a kill at each point, and says how many of them came to pass.
#[expect(
    clippy::print_stdout,
    reason = "how many points there were is what one wants to know of this test"
)]
async fn live_through<P: Copy + Debug + Send + 'static, L>(
    points: Vec<P>,
    play: impl Fn(P) -> L + Copy + Send + 'static,
) where
    L: Future<Output = Result<Outcome, String>> + Send,
{
    let all = points.len();
    let room = Arc::new(Semaphore::new(SIDE_BY_SIDE));
    let mut scenes = JoinSet::new();
    for point in points {
        let room = Arc::clone(&room);
        scenes.spawn(async move {
            let _seat = room.acquire().await;
            let lived = tokio::time::timeout(Duration::from_secs(60), play(point));
            let lived = lived
                .await
                .unwrap_or_else(|_| Err("it never ended".to_owned()));
            (point, lived)
        });
    }
    let mut killed = 0;
    let mut broken = Vec::new();
    while let Some(scene) = scenes.join_next().await {
        let (point, lived) = scene.unwrap();
        match lived {
            Ok(Outcome::Killed) => killed += 1,
            Ok(Outcome::OverBefore) => {}
            Err(what) => broken.push(format!("killed {point:?}: {what}")),
        }
    }
    println!("killed at {killed} points of {all} that were tried");
    assert!(
        broken.is_empty(),
        "{} of {killed} broke:\n{}",
        broken.len(),
        broken.join("\n")
    );
    assert!(killed * 2 > all, "killed at {killed} of {all} points only");
}

fn every(kinds: &[Kind], points: impl Fn(Kind) -> Vec<Point>) -> Vec<(Kind, Point)> {
    kinds
        .iter()
        .flat_map(|kind| points(*kind).into_iter().map(|point| (*kind, point)))
        .collect()
}

async fn live_through_turns(points: Vec<(Kind, Point)>) {
    live_through(points, |(kind, point)| Scene::play(kind, point)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_question_is_stored() {
    live_through_turns(every(&Kind::ALL, |_| vec![Point::Asked])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_every_call_before_and_after_it_is_done() {
    let kinds = [Kind::ALL.as_slice(), &[Kind::Formula, Kind::LongChain]].concat();
    live_through_turns(every(&kinds, |kind| {
        (1..=CALLS.min(kind.calls()))
            .flat_map(|call| [Point::BeforeCall(call), Point::AfterCall(call)])
            .collect()
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_every_piece_of_the_answer() {
    live_through_turns(every(&Kind::ALL, |kind| {
        (1..=kind.pieces())
            .flat_map(|piece| [Point::AtPiece(piece), Point::SeenPiece(piece)])
            .collect()
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whenever_the_store_has_grown() {
    live_through_turns(every(&Kind::ALL, |_| {
        (1..=STEPS).map(Point::Stored).collect()
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twice_in_a_row() {
    let kinds = [Kind::ALL.as_slice(), &[Kind::Formula]].concat();
    live_through_turns(every(&kinds, |kind| {
        (1..=kind.calls()).map(Point::TwiceAfterCall).collect()
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_discord_no_longer_knows_the_nonce() {
    let kinds = [Kind::ALL.as_slice(), &[Kind::LongChain]].concat();
    live_through_turns(every(&kinds, |kind| {
        (1..=kind.calls())
            .map(Point::AfterCallNonceForgotten)
            .collect()
    }))
    .await;
}

async fn live_through_without_store(session: Session, kinds: &[Kind]) {
    let points = every(kinds, |kind| {
        // It reads the conversation back, and takes a button off each message once the next one is there.
        let calls = (1..=kind.calls() + 5)
            .flat_map(|call| [Point::BeforeCall(call), Point::AfterCall(call)]);
        let pieces = (1..=kind.pieces()).map(Point::SeenPiece);
        calls.chain(pieces).collect()
    });
    let points = points.into_iter();
    let points = points.map(|(kind, point)| (session, kind, point));
    live_through(points.collect(), storeless::play).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_had_no_store() {
    let kinds = [Kind::ALL.as_slice(), &[Kind::LongChain]].concat();
    live_through_without_store(Session::Resumed, &kinds).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_had_no_store_and_the_session_before_is_lost() {
    let known = [Kind::KnownThread, Kind::Chain, Kind::LongChain];
    live_through_without_store(Session::Lost, &known).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_what_was_missed_is_read_back() {
    let calls = (1..=3).flat_map(|call| [Moment::BeforeRead(call), Moment::AfterRead(call)]);
    let stored = (1..=8).map(Moment::Stored);
    live_through(calls.chain(stored).collect(), gap::play).await;
}
