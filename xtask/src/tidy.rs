//! `cargo xtask tidy`: checks the order of the rooms.
//!
//! A room is a folder of a crate's `src`, or a file beside `lib.rs`. [`CRATES`] lists the rooms of each crate, the
//! lowest first. A room may import only from the rooms before it in the list. Within a room, files may not import each
//! other in a circle.

mod circles;
mod paths;

use crate::run::{TaskError, root, say};
use paths::{Module, NameUse};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The rooms of a crate, the lowest first.
struct CrateRooms {
    /// The crate's `src`, relative to the workspace root.
    folder: &'static str,
    /// The rooms in order; each may import only those before it.
    rooms: &'static [&'static str],
}

const CRATES: &[CrateRooms] = &[
    CrateRooms {
        folder: "crates/core/src",
        rooms: &["values", "sets", "records", "directory", "policy", "search", "view", "decide"],
    },
    CrateRooms {
        folder: "crates/server/src",
        rooms: &[
            "limits", "clock", "secret", "config", "patterns", "observe", "http", "replica", "sign_in", "site", "api",
            "router", "listener", "start", "demo", "fuzzing",
        ],
    },
];

/// Checks every crate in [`CRATES`].
pub fn run() -> ExitCode {
    match check() {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            say(&refusal);
            ExitCode::FAILURE
        }
    }
}

/// Checks for `cargo xtask ci`. The refusal lists every import that is not allowed.
pub fn check() -> Result<(), TaskError> {
    say("order of the rooms");
    let mut complaints = Vec::new();
    for one in CRATES {
        let folder = root().join(one.folder);
        let mut named = Vec::new();
        for file in files(&folder).map_err(|cause| format!("{}: {cause}", folder.display()))? {
            let text = fs::read_to_string(&file).map_err(|cause| format!("{}: {cause}", file.display()))?;
            let module = Module::of(file.strip_prefix(&folder).unwrap_or(&file));
            let found = paths::named(&module, &text).map_err(|cause| format!("{}: {cause}", file.display()))?;
            named.extend(found.into_iter().map(|named| (module.clone(), named)));
        }
        let complain = |complaint| complaints.push(format!("{}: {complaint}", one.folder));
        complaints_of(one.rooms, &named).into_iter().for_each(complain);
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

/// A sentence for each import that is not allowed.
fn complaints_of(rooms: &[&str], named: &[(Module, NameUse)]) -> Vec<String> {
    let floor = |room: &str| rooms.iter().position(|one| *one == room);
    let mut complaints = Vec::new();
    for (module, named) in named {
        let Some(from) = module.room() else { continue };
        let place = format!("{module}, line {}", named.line);
        match (floor(from), floor(&named.room)) {
            (None, _) => complaints.push(format!("{place}: {from} is not in the list of rooms")),
            (_, None) => complaints.push(format!("{place}: `crate::{}` names no room: say in which it is", named.room)),
            (Some(own), Some(other)) if other > own => {
                complaints.push(format!("{place}: {from} may not know {}, which is built on it", named.room));
            }
            _ => {}
        }
    }
    complaints.extend(circles::within_rooms(named));
    complaints.dedup();
    complaints
}

/// Every Rust file below a folder.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOMS: &[&str] = &["ground", "middle", "roof"];

    fn complaints(files: &[(&str, &str)]) -> Vec<String> {
        let mut named = Vec::new();
        for (file, text) in files {
            let module = Module::of(Path::new(file));
            let found = paths::named(&module, text).expect("Rust");
            named.extend(found.into_iter().map(|named| (module.clone(), named)));
        }
        complaints_of(ROOMS, &named)
    }

    #[test]
    fn a_room_may_know_those_below_it() {
        let text =
            "use crate::ground::Thing;\nuse std::fmt;\nfn f() -> crate::middle::Other { crate::middle::other() }";
        assert_eq!(complaints(&[("roof.rs", text), ("roof/tiles.rs", text)]), [""; 0]);
    }

    #[test]
    fn no_import_runs_back_up() {
        for (file, text) in [
            ("ground.rs", "use crate::roof::Thing;"),
            ("ground/floor.rs", "use std::fmt;\nuse crate::{ground::A, roof::{B, C}};"),
            ("ground/floor.rs", "fn f() { crate::roof::build(); }"),
            ("ground/floor/wood.rs", "use super::super::super::roof::Thing;"),
            ("ground/floor.rs", "mod inside { use crate::roof::Thing; }"),
            ("ground.rs", "use super::roof::Thing;"),
        ] {
            let found = complaints(&[(file, text)]);
            assert!(matches!(found.as_slice(), [one] if one.contains("ground may not know roof")), "{text}: {found:?}");
        }
    }

    #[test]
    fn tests_may_know_everything() {
        assert_eq!(complaints(&[("ground.rs", "#[cfg(test)]\nmod tests { use crate::roof::Thing; }")]), [""; 0]);
        assert_eq!(complaints(&[("ground/tests.rs", "use crate::roof::Thing;")]), [""; 0]);
    }

    #[test]
    fn what_a_crate_offers_outside_is_not_imported_inside() {
        let found = complaints(&[("middle.rs", "use crate::Thing;")]);
        assert!(matches!(found.as_slice(), [one] if one.contains("names no room")), "{found:?}");
    }

    #[test]
    fn a_room_that_is_not_listed_is_told() {
        let found = complaints(&[("cellar.rs", "use crate::ground::Thing;")]);
        assert!(matches!(found.as_slice(), [one] if one.contains("cellar is not in the list")), "{found:?}");
    }

    #[test]
    fn files_of_a_room_do_not_import_each_other_in_a_circle() {
        let found = complaints(&[
            ("roof/beams.rs", "use super::tiles::Tile;"),
            ("roof/tiles.rs", "use crate::roof::nails::Nail;"),
            ("roof/nails.rs", "use super::beams::Beam;"),
        ]);
        assert!(
            matches!(found.as_slice(), [one] if ["beams", "tiles", "nails"].iter().all(|name| one.contains(name))),
            "{found:?}"
        );
        let found = complaints(&[("roof.rs", "pub use beams::Beam;"), ("roof/beams.rs", "use super::Roof;")]);
        assert_eq!(found, [""; 0], "a file and the folder that it heads are one thing");
    }
}
