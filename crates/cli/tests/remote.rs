//! The commands that talk to a server, as the real binary and against a real server.

#[path = "remote/caller.rs"]
mod caller;
#[path = "remote/edges.rs"]
mod edges;
#[path = "remote/formats.rs"]
mod formats;
#[path = "remote/operations.rs"]
mod operations;
#[path = "remote/profiles.rs"]
mod profiles;
#[path = "remote/screens.rs"]
mod screens;
#[expect(dead_code, reason = "nothing is watched or killed here")]
mod server;
