//! Following what other servers do on the same store.
//!
//! The store is asked several times a second how far the logs of the organisations in memory are, and at once when it has
//! a hint. Where a log is ahead, the organisation's writer applies it, so that everything that changes a directory comes
//! through one task.

use crate::limits;
use crate::site::Site;
use convoke_store::News;
use std::sync::Arc;
use tokio::time::{Instant, sleep, timeout};

/// Follows until it is aborted. Returns at once if no other process can have the store open.
pub(crate) async fn run(site: Arc<Site>) {
    if !site.directories.store.is_shared() {
        return;
    }
    let mut heard = Instant::now();
    loop {
        // The time is taken before the store is asked: the answer may be older than its arrival.
        let asked = Instant::now();
        if let Some(news) = ask(&site).await {
            if asked.duration_since(heard) >= news.revoked_within {
                site.sessions.forget_all();
            }
            site.sessions.forget(&news.revoked);
            heard = asked;
        }
        // The hint may never come.
        let _ = timeout(limits::FOLLOW_TIME, site.directories.store.hint()).await;
        sleep(limits::HINT_TIME).await;
    }
}

/// Asks the store, and tells the organisations how far their logs are. `None` if the store did not answer, which it
/// reports itself.
async fn ask(site: &Site) -> Option<News> {
    let served = site.directories.all();
    let ids: Vec<_> = served.iter().map(|organisation| organisation.id).collect();
    let asked = Instant::now();
    let news = site.directories.store.news(&ids).await.ok()?;
    for organisation in served {
        let head = news.heads.iter().find(|(id, _)| *id == organisation.id).map(|(_, head)| *head);
        organisation.note_head(head.unwrap_or_default(), asked);
    }
    Some(news)
}
