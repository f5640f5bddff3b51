//! Settings of the operating system for a server.

#[cfg(target_os = "linux")]
use nix::sys::prctl::set_thp_disable;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::num::NonZero;

/// Open files besides connections: the store, its log, backups, listeners, those of the runtime.
const OTHERS: u64 = 256;

/// Raises the limit of open files for this number of connections, as far as the system allows. Returns the number of
/// connections that are possible.
pub fn allow_connections(connections: NonZero<usize>) -> NonZero<usize> {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return connections };
    let wanted = connections.get() as u64 + OTHERS;
    if soft >= wanted {
        return connections;
    }
    let raised = wanted.min(hard);
    let limit = if setrlimit(Resource::RLIMIT_NOFILE, raised, hard).is_ok() { raised } else { soft };
    if limit >= wanted {
        return connections;
    }
    let possible = usize::try_from(limit.saturating_sub(OTHERS)).unwrap_or(usize::MAX).max(1);
    tracing::warn!(
        wanted = connections,
        possible,
        "the system's limit of open files allows fewer connections than wanted; raise it (ulimit -n)"
    );
    NonZero::new(possible).unwrap_or(connections)
}

/// Switches huge pages off, so that free memory is returned to the system. The allocator asks for huge pages, and Linux
/// keeps a whole one while any part of it is in use: after a burst of requests that is most of the burst's memory.
pub fn give_memory_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = set_thp_disable(true) {
        tracing::debug!(%error, "huge pages could not be switched off");
    }
}
