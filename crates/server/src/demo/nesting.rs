//! The group hierarchy of generated organisations.

use super::Plan;
use super::words::{BENEATH, PLACES, QUARTERS, TEAMS};
use convoke_core::*;

/// Puts groups beneath groups, and makes the first person the owner of the top group, so that someone can see all
/// groups beneath it.
pub(super) fn commands(plan: Plan, names: &[String], people: &[PersonId], groups: &[GroupId]) -> Vec<Command> {
    let group = |at: usize| groups.get(at).copied();
    let pairs = named(names).chain((0..names.len()).filter_map(local)).take(plan.nested);
    let put = |(upper, lower)| Some((group(upper)?, group(lower)?));
    let mut commands: Vec<Command> = pairs
        .filter_map(put)
        .map(|(upper, lower)| Command::AddSubgroups { group: upper, version: None, subgroups: vec![lower] })
        .collect();
    if let (Some(Command::AddSubgroups { group, .. }), Some(director)) = (commands.first(), people.first()) {
        let (edit, owners) = (GroupEdit::default(), Some(vec![*director]));
        commands.push(GroupCommand::Edit { group: *group, version: None, edit: Box::new(edit), owners }.into());
    }
    commands
}

/// The pairs of [`BENEATH`] of which both groups exist, as positions in the list of groups.
fn named(names: &[String]) -> impl Iterator<Item = (usize, usize)> {
    let place = |name: &str| names.iter().position(|other| other == name);
    BENEATH.iter().filter_map(move |(upper, lower)| Some((place(upper)?, place(lower)?)))
}

/// The positions of a local group and the group above it, which comes first: a team in a place is beneath the team, and
/// a team in a quarter is beneath the team in the place. Names come in rounds: each team alone, then with each place,
/// then with each quarter of each place, and again with numbers.
fn local(at: usize) -> Option<(usize, usize)> {
    let (n_places, n_quarters) = (PLACES.len(), PLACES.len() * QUARTERS.len());
    let (round, team) = (at / TEAMS.len(), at % TEAMS.len());
    let ending = round.checked_sub(1)? % (n_places + n_quarters);
    let upper = ending.checked_sub(n_places).map_or(0, |quarter| 1 + quarter % n_places);
    Some((upper * TEAMS.len() + team, at))
}

#[cfg(test)]
mod tests {
    use super::super::group_names;
    use super::*;

    #[test]
    fn what_is_local_is_beneath_what_is_wider() {
        let names = group_names(10_000);
        for (at, name) in names.iter().enumerate().skip(TEAMS.len()) {
            let (upper, lower) = local(at).expect("a local team");
            assert_eq!(lower, at);
            let upper = names.get(upper).expect("a wider team");
            assert!(name.starts_with(&format!("{upper} ")), "{name} beneath {upper}");
        }
        assert_eq!(named(&names).count(), BENEATH.len());
    }
}
