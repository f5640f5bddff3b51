//! Generated organisations, for trying things out and for measurements. The same seed gives the same organisation. They
//! are created with the same commands as any other.

mod connector;
mod nesting;
mod skills;
mod words;

use crate::http::refusal::Refusal;
use crate::limits;
use crate::replica::directories::Directories;
use crate::replica::organisation::{Request, ServedOrganisation};
pub use connector::{Connected, connect};
use convoke_core::*;
use fastrand::Rng;
use futures_util::StreamExt;
use futures_util::stream;
use std::sync::Arc;
use words::{DEPARTMENTS, FIRST_NAMES, LAST_NAMES, PLACES, PROFILE_SKILLS, QUARTERS, TEAMS};

/// The size of a generated organisation.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many people.
    pub people: usize,
    /// How many groups.
    pub groups: usize,
    /// How many individuals all groups have together.
    pub memberships: usize,
    /// How many individuals the largest group has.
    pub largest: usize,
    /// How many routing skills there are, in addition to languages.
    pub skills: usize,
    /// How many groups have a rule. Members by rule are not counted in `memberships`. The largest group and the one
    /// with 25 individuals have no rule.
    pub rules: usize,
    /// The maximum number of groups beneath others. A group beneath two others counts twice.
    pub nested: usize,
    /// The seed of the random numbers.
    pub seed: u64,
}

/// The organisation of `convoke serve --demo`.
pub const DEMO: Plan =
    Plan { people: 300, groups: 40, memberships: 900, largest: 120, skills: 20, rules: 8, nested: 16, seed: 7 };

/// The number of people with a mobile number, the first ones of the list. Ofcom reserves 07700 900000 to 900999 for
/// films and plays, and no network assigns these numbers.
const MOBILES: usize = 1000;

/// The callback of each step of [`fill`]: what is created, how many there are, and how many there will be.
pub type Progress<'p> = &'p mut (dyn FnMut(&str, usize, usize) + Send);

/// Fills an organisation as planned, on behalf of one of its clients.
///
/// # Errors
///
/// A message, if the plan has more members than people, rules without skills, or rules on too many groups, or if a
/// command is refused.
pub async fn fill(
    organisation: &ServedOrganisation,
    client: &str,
    plan: Plan,
    progress: Progress<'_>,
) -> Result<(), String> {
    if plan.largest > plan.people || plan.groups == 0 || plan.people == 0 {
        return Err("a plan needs people, groups, and no group larger than all people".into());
    }
    if plan.rules > 0 && (plan.skills == 0 || plan.rules + skills::WITHOUT_RULE > plan.groups) {
        return Err(format!("a plan with rules needs skills, and {} groups without a rule", skills::WITHOUT_RULE));
    }
    let mut rng = Rng::with_seed(plan.seed);
    let actor = Actor::Client(ClientId(client.into()));
    let people: Vec<PersonId> = (0..plan.people).map(|_| PersonId(id(&mut rng))).collect();
    let groups: Vec<GroupId> = (0..plan.groups).map(|_| GroupId(id(&mut rng))).collect();

    let manager = |at: usize| (at >= 10).then(|| people.get(at / 10).copied()).flatten();
    let created = people.iter().enumerate().map(|(at, id)| person(&mut rng, *id, at, manager(at)));
    let created: Vec<Command> = created.collect();
    run(organisation, &actor, "people", created, progress).await?;

    let names = group_names(plan.groups);
    let created = groups.iter().zip(&names).enumerate();
    let created = created.map(|(at, (id, name))| group(&mut rng, *id, at, name, &people)).collect();
    run(organisation, &actor, "groups", created, progress).await?;

    // Consecutive people of a shuffled list are a random sample without duplicates.
    let mut shuffled = people.clone();
    rng.shuffle(&mut shuffled);
    let mut added = Vec::new();
    for (group, size) in groups.iter().zip(sizes(&mut rng, plan)) {
        let start = rng.usize(..shuffled.len());
        let members: Vec<PersonId> = shuffled.iter().cycle().skip(start).take(size).copied().collect();
        added.extend(members.chunks(limits::MEMBER_IDS).map(|people| Command::AddMembers {
            group: *group,
            version: None,
            people: people.iter().copied().map(Mention::Id).collect(),
        }));
    }
    run(organisation, &actor, "memberships", added, progress).await?;

    for (what, commands) in skills::commands(&mut rng, plan, &people, &groups) {
        run(organisation, &actor, what, commands, progress).await?;
    }
    let nested = nesting::commands(plan, &names, &people, &groups);
    run(organisation, &actor, "groups beneath groups", nested, progress).await
}

/// Runs commands in order, many at a time. The writer decides them in the order in which they are sent.
async fn run(
    organisation: &ServedOrganisation,
    actor: &Actor,
    what: &str,
    commands: Vec<Command>,
    progress: Progress<'_>,
) -> Result<(), String> {
    let total = commands.len();
    let ask = |command| {
        let request = Request { actor: actor.clone(), needs: Permissions::NONE, operation: None, command };
        organisation.change(request)
    };
    let mut answers = stream::iter(commands).map(ask).buffered(limits::BATCH * 2);
    let mut done = 0;
    while let Some(answer) = answers.next().await {
        answer.map_err(|refusal: Refusal| format!("{what}: {refusal:?}"))?;
        done += 1;
        progress(what, done, total);
    }
    Ok(())
}

/// How many individuals each group has: first the largest, then 25, then random numbers.
fn sizes(rng: &mut Rng, plan: Plan) -> Vec<usize> {
    let mut left = plan.memberships;
    let mut sizes = Vec::with_capacity(plan.groups);
    for at in 0..plan.groups {
        let mean = left / (plan.groups - at);
        let size = match at {
            0 => plan.largest,
            1 => 25,
            _ if at + 1 == plan.groups => left,
            _ => rng.usize(1..=(2 * mean).max(1)),
        };
        let size = size.min(left).min(plan.largest);
        left -= size;
        sizes.push(size);
    }
    sizes
}

fn person(rng: &mut Rng, id: PersonId, at: usize, manager: Option<PersonId>) -> Command {
    let (first, last) = (pick(rng, FIRST_NAMES), pick(rng, LAST_NAMES));
    let (department, titles) = pick(rng, DEPARTMENTS);
    let title = if at < 10 { "Director" } else { pick(rng, titles) };
    let mut skills: Vec<Line> = (0..rng.usize(1..=4)).map(|_| Line::stored(pick(rng, PROFILE_SKILLS))).collect();
    skills.dedup();
    let phone = |kind, number: String, extension| Contact {
        media: Media::Phone,
        kind,
        address: Some(Line::stored(&number)),
        extension,
        country_code: None,
        integration: None,
    };
    // Numbers that are reserved for fiction, here of switchboards.
    let extension = Some(Line::stored(&format!("{}", 1000 + at)));
    let mut phones = vec![phone(ContactKind::Work, format!("+1202555{:04}", 100 + at % 100), extension)];
    if at < MOBILES {
        phones.push(phone(ContactKind::Mobile, mobile(at), None));
    }
    let email = format!("{}.{}.{at}@example.org", first.to_lowercase(), last.to_lowercase());
    let fields = PersonFields {
        texts: vec![
            (PersonText::Title, Some(Line::stored(title))),
            (PersonText::Department, Some(Line::stored(department))),
        ],
        manager: Update::to(manager),
        profile_skills: Some(skills),
        addresses: Some(phones),
        ..PersonFields::default()
    };
    let name = Name::stored(&format!("{first} {last}"));
    PersonCommand::Create(
        id,
        PersonDraft { name, email: Some(Email::stored(&email)), division: None, fields: Box::new(fields) },
    )
    .into()
}

/// The mobile number of the person at this position in the list.
fn mobile(at: usize) -> String {
    format!("+447700900{at:03}")
}

fn group(rng: &mut Rng, id: GroupId, at: usize, name: &str, people: &[PersonId]) -> Command {
    let (_, description, _) = *TEAMS.get(at % TEAMS.len()).unwrap_or(&("Team", "A team", &[]));
    let owners = (0..rng.usize(0..=2)).filter_map(|_| people.get(rng.usize(..people.len())).copied());
    let owners = owners.map(Mention::Id).collect();
    let number = GroupContact {
        kind: GroupContactKind::Ring,
        address: None,
        extension: Some(Line::stored(&format!("{}", 7000 + at))),
    };
    let draft = GroupDraft {
        name: Name::stored(name),
        kind: if at % 3 == 2 { GroupKind::Social } else { GroupKind::Official },
        visibility: match at % 8 {
            5 => Visibility::Members,
            7 => Visibility::Owners,
            _ => Visibility::Public,
        },
        rules_visible: true,
        broadcast: false,
        initial_members: InitialMembers { owners, ..InitialMembers::default() },
        fields: GroupFields {
            description: Update::Set(Prose::stored(description)),
            addresses: at.is_multiple_of(4).then(|| vec![number]),
            ..GroupFields::default()
        },
    };
    GroupCommand::Create(id, Box::new(draft)).into()
}

/// Each team alone, then with each place, then with each quarter of each place.
fn group_names(n_groups: usize) -> Vec<String> {
    let teams: Vec<&str> = TEAMS.iter().map(|(team, ..)| *team).collect();
    let quarters = QUARTERS.iter().flat_map(|quarter| PLACES.iter().map(move |place| format!("{place} {quarter}")));
    let places: Vec<String> = PLACES.iter().map(|place| (*place).to_owned()).chain(quarters).collect();
    names(n_groups, &teams, &places)
}

/// The first `n_names` names: each word alone, then with the first ending, then with the second, and so on. Repeated
/// endings are numbered.
fn names(n_names: usize, words: &[&str], endings: &[impl AsRef<str>]) -> Vec<String> {
    let ending = |round: usize| match (round.checked_sub(1), endings.len().max(1)) {
        (None, _) => String::new(),
        (Some(round), n_endings) => {
            let ending = endings.get(round % n_endings).map_or("", AsRef::as_ref);
            let number = round / n_endings;
            if number == 0 { format!(" {ending}") } else { format!(" {ending} {}", number + 1) }
        }
    };
    let rounds = (0..).map(ending).flat_map(|ending| words.iter().map(move |word| format!("{word}{ending}")));
    rounds.take(n_names).collect()
}

fn pick<T: Copy>(rng: &mut Rng, list: &[T]) -> T {
    *rng.choice(list).expect("the lists of words are not empty")
}

fn id(rng: &mut Rng) -> uuid::Uuid {
    uuid::Builder::from_random_bytes(rng.u128(..).to_ne_bytes()).into_uuid()
}

/// The first organisation of a server.
pub fn first(directories: &Directories) -> Option<Arc<ServedOrganisation>> {
    directories.first()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::World;
    use std::collections::BTreeSet;

    #[test]
    fn no_name_comes_twice() {
        let names = group_names(10_000);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 10_000);
        assert!(names.iter().any(|name| name == "Night Shift Bergen East 2"));
    }

    #[tokio::test]
    async fn the_director_comes_by_the_connector() {
        let world = World::new().await;
        let organisation = first(&world.site.directories).expect("it was founded");
        fill(&organisation, "first", DEMO, &mut |_, _, _| {}).await.expect("the plan can be carried out");
        let connected = connect(&world.site.directories, &organisation, "first").await.expect("a connector");
        let published = organisation.published();
        let id = ClientId(connected.application_id.as_str().into());
        let connector = ConnectorCredentials::find(&published.directory, &id).expect("it was made");
        assert!(crate::secret::verify(&connected.application_secret, &connector.secret_hash));
        let token = crate::secret::digest(connected.refresh_token.as_bytes());
        let token = world.site.directories.store.token(token, convoke_store::TokenKind::Refresh);
        let token = token.await.expect("the store answers").expect("the token was put");
        let view = admit(&published.directory, &token.actor, Permissions::NONE).expect("the person is let in");
        let own = view.own_groups(Range::Own);
        assert!(own.iter().any(|known| view.neighbours(known.entry).1), "something that has sub-groups");
        assert_eq!(view.me().expect("a person").phones().next().map(|phone| phone.to_string()), Some(connected.phone));
    }

    #[tokio::test]
    async fn the_demo_is_as_planned() {
        let world = World::new().await;
        let organisation = first(&world.site.directories).expect("it was founded");
        fill(&organisation, "first", DEMO, &mut |_, _, _| {}).await.expect("the plan can be carried out");
        let published = organisation.published();
        let actor = Actor::Client(ClientId("first".into()));
        let view = admit(&published.directory, &actor, Permissions::NONE).expect("it may see everything");
        assert_eq!(view.skills(SkillKind::Routing).len(), DEMO.skills);
        assert_eq!(view.skills(SkillKind::Language).len(), words::LANGUAGES.len());
        let everyone = Window::first(500);
        let groups = view.groups(everyone, Direction::Ascending).entries;
        assert_eq!(groups.len(), DEMO.groups);
        let beneath = |entry: &GroupEntry| view.hierarchy_counts(entry).n_parents;
        let nested: Vec<usize> = groups.iter().map(|entry| beneath(entry)).filter(|n| *n > 0).collect();
        assert_eq!((nested.iter().sum::<usize>(), nested.len()), (DEMO.nested, 15), "one is beneath two");
        let levels = |name: &str| {
            let mut entry = *groups.iter().find(|entry| entry.group.name.as_str() == name).expect("a group");
            let mut levels = 0;
            while let Some(lower) = view.subgroups(entry).into_iter().max_by_key(|entry| view.subgroups(entry).len()) {
                (entry, levels) = (lower, levels + 1);
            }
            levels
        };
        assert_eq!(levels("All Hands"), 2);
        let ruled: Vec<_> = groups.into_iter().filter(|entry| entry.group.rule.is_some()).collect();
        assert_eq!(ruled.len(), DEMO.rules);
        for entry in ruled {
            let others = entry.member_count() - view.individuals(entry).len();
            assert!((3..DEMO.people / 3).contains(&others), "{}: {others} not by id", entry.group.name.as_str());
        }
        let people = view.people(PeopleFilter::Any, everyone, Direction::Ascending).entries;
        let n_skills = |person: &Person| -> usize {
            let kinds = [SkillKind::Routing, SkillKind::Language];
            kinds.into_iter().filter_map(|kind| Some(view.held(person.id, kind).ok()?.len())).sum()
        };
        let usual = people.iter().filter(|person| (2..=4).contains(&n_skills(person))).count();
        assert!(usual > DEMO.people * 4 / 5, "{usual} people with two to four skills");
        let numbers: BTreeSet<Phone> = people.iter().filter_map(|person| person.phones().next()).collect();
        assert_eq!(numbers.len(), DEMO.people, "everyone but the administrator has a number of their own");
    }
}
