//! The commands for a server: the real binary against a real server.

#[path = "remote/caller.rs"]
mod caller;
#[path = "remote/completions.rs"]
mod completions;
#[path = "remote/consent.rs"]
mod consent;
#[path = "remote/crowds.rs"]
mod crowds;
#[path = "remote/edges.rs"]
mod edges;
#[path = "remote/formats.rs"]
mod formats;
#[path = "remote/names.rs"]
mod names;
#[path = "remote/operations.rs"]
mod operations;
#[path = "remote/own_texts.rs"]
mod own_texts;
#[path = "remote/profiles.rs"]
mod profiles;
#[path = "remote/screens.rs"]
mod screens;
#[path = "remote/scripted.rs"]
mod scripted;
#[expect(dead_code, reason = "nothing is watched or killed here")]
mod server;
