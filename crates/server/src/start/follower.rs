//! Following what other servers do on the same store.
//!
//! The store is asked several times a second how far the logs of the organisations in memory are, and at once when it has
//! a hint. Where a log is ahead, the organisation's writer applies it, so that everything that changes a directory comes
//! through one task.

use crate::limits;
use crate::site::Site;
use convoke_core::OrganisationId;
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
    let known: Vec<_> = served.iter().map(|organisation| organisation.published().seq).collect();
    let asked = Instant::now();
    let news = site.directories.store.news(&ids).await.ok()?;
    for (organisation, known) in served.into_iter().zip(known) {
        let head = news.heads.iter().find(|(id, _)| *id == organisation.id).map(|(_, head)| *head);
        let head = head.unwrap_or_default();
        if head < known {
            load_again(site, organisation.id, known, head).await;
        } else {
            organisation.note_head(head, asked);
        }
    }
    Some(news)
}

/// Loads an organisation again whose log in the database has lost entries that this server has applied: by a restore, or
/// by a failover to a server that did not have them.
async fn load_again(site: &Site, id: OrganisationId, known: u64, head: u64) {
    tracing::error!(
        organisation = %id, known, head,
        "the database has lost entries of a log: the organisation is loaded again"
    );
    // Sessions hold the directory that has them, and the database may have lost tokens too.
    site.sessions.forget_all();
    if let Err(error) = site.directories.open_again(id).await {
        tracing::error!(organisation = %id, %error, "it cannot be loaded now");
    }
}
