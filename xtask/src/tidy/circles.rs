//! Circles of imports within a room.

use super::paths::{Module, NameUse};
use std::collections::{BTreeMap, BTreeSet};

/// The parts of a room, each with the parts that it imports.
type Imports<'n> = BTreeMap<&'n str, BTreeSet<&'n str>>;

/// A sentence for each circle of imports.
pub fn within_rooms(named: &[(Module, NameUse)]) -> Vec<String> {
    let mut rooms: BTreeMap<&str, Imports> = BTreeMap::new();
    for (module, named) in named {
        if let (Some(room), Some(part), Some(other)) = (module.room(), module.part(), named.rest.first())
            && room == named.room
            && part != other
        {
            rooms.entry(room).or_default().entry(part).or_default().insert(other);
        }
    }
    let sentence = |room: &str, circle: Vec<&str>| format!("{room}: a circle of {}", circle.join(" → "));
    let found = rooms.iter().flat_map(|(room, imports)| circles(imports).into_iter().map(|one| sentence(room, one)));
    found.collect()
}

/// The circles. A part that is on a circle that was found already gets no further one.
fn circles<'n>(imports: &Imports<'n>) -> Vec<Vec<&'n str>> {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for start in imports.keys() {
        if told.contains(start) {
            continue;
        }
        if let Some(circle) = circle_through(start, imports) {
            told.extend(&circle);
            found.push(circle);
        }
    }
    found
}

/// The shortest path from a part back to itself, with the part at both ends.
fn circle_through<'n>(start: &'n str, imports: &Imports<'n>) -> Option<Vec<&'n str>> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in way.last().and_then(|last| imports.get(last)).into_iter().flatten() {
                let way: Vec<&str> = way.iter().copied().chain([*next]).collect();
                if *next == start {
                    return Some(way);
                }
                if seen.insert(*next) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}
