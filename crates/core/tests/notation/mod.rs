//! A small notation for directories and commands, so that a rule is one line of a table.
//!
//! People, groups and clients are called by short names; ids are made from the names.

use convoke_core::*;
use std::sync::Arc;
use uuid::Uuid;

/// The id of a name.
pub fn id(name: &str) -> Uuid {
    let mut bytes = [0; 16];
    for (at, byte) in name.bytes().enumerate() {
        bytes[at % 16] ^= byte.rotate_left((at / 16) as u32);
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// A directory that is changed by lines of text.
pub struct World {
    pub directory: Directory,
    /// All changes so far, in order, as in a log.
    pub log: Vec<Change>,
    clock: i64,
}

/// Prints the commands that made it, for failing properties.
impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.log.fmt(f)
    }
}

impl World {
    /// An organisation with the client `admin`, changed by these lines, which are separated by `;`.
    pub fn new(given: &str) -> World {
        let organisation = Organisation {
            id: OrganisationId(id("organisation")),
            name: Name::stored("Test"),
            home: DivisionId(id("home")),
            created: Timestamp(0),
        };
        let person = Person { division: organisation.home, ..person("administrator") };
        let roles = [RoleId(id("role0")), RoleId(id("role1")), RoleId(id("role2")), RoleId(id("role3"))];
        let log = found(organisation.clone(), roles, person, (ClientId("admin".into()), "hash".into()));
        let mut directory = Directory::new(Arc::new(organisation));
        log.iter().for_each(|change| directory.apply(change).expect("a founding change fits"));
        let mut world = World { directory, log, clock: 0 };
        for line in given.split(';').map(str::trim).filter(|line| !line.is_empty()) {
            let said = world.run(&format!("admin: {line}"));
            assert!(!said.starts_with("refused"), "given {line}: {said}");
        }
        world
    }

    /// Runs one command, `CALLER: VERB OBJECT WORDS…`, and returns its result as text.
    pub fn run(&mut self, line: &str) -> String {
        let (caller, command) = line.split_once(':').expect("a line begins with its caller");
        let verb = command.split_whitespace().next().expect("a command begins with its verb");
        // In the Kaizala API the endpoint needs no permission.
        let needs = if caller.contains('/') && verb == "create" { Permissions::NONE } else { needs_of(verb) };
        self.run_with(line, needs)
    }

    /// Runs a command whose endpoint needs these permissions.
    pub fn run_with(&mut self, line: &str, needs: Permissions) -> String {
        let (caller, command) = line.split_once(':').expect("a line begins with its caller");
        let command = command_of(&command.split_whitespace().collect::<Vec<_>>());
        self.clock += 1;
        let decided = decide(&self.directory, &actor_of(caller.trim()), needs, Timestamp(self.clock), &command);
        if let Ok(decision) = &decided {
            assert!(fits(&command, &decision.subject), "{line}: its reply cannot show {:?}", decision.subject);
        }
        match decided {
            Err(fault) => format!("refused: {}", fault_text(&fault)),
            Ok(decision) if decision.changes.is_empty() => format!("nothing{}", each(&decision.subject)),
            Ok(decision) => {
                let touched: Vec<GroupId> = decision.changes.iter().flat_map(groups_of).collect();
                for change in &decision.changes {
                    self.directory.apply(change).expect("a decided change fits");
                    self.log.push(change.clone());
                }
                let mut said: Vec<String> = Vec::new();
                for group in touched {
                    let text = self.group(group);
                    if !said.contains(&text) {
                        said.push(text);
                    }
                }
                let said = if said.is_empty() { "done".into() } else { said.join("; ") };
                said + &each(&decision.subject)
            }
        }
    }

    /// A group in one line.
    pub fn group(&self, id: GroupId) -> String {
        let view = self.view("admin");
        let Ok(entry) = view.group(id) else { return "gone".into() };
        let members = view.members(entry, Window::first(500), Direction::Ascending);
        assert_eq!(members.total, entry.member_count());
        let list = |people: &[&Arc<Person>]| people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(",");
        format!(
            "{} v{} individuals={} members={}",
            entry.group.name.as_str(),
            entry.stamp.version,
            list(&view.individuals(entry)),
            list(&members.entries)
        )
    }

    pub fn view(&self, caller: &str) -> View<'_> {
        admit(&self.directory, &actor_of(caller), Permissions::NONE).expect("an active caller")
    }
}

/// Whether the subject is of the kind that the type of the command promises.
fn fits(command: &Command, subject: &Subject) -> bool {
    match command {
        Command::Group(_) => matches!(subject, Subject::Group(_)),
        Command::Person(_) => matches!(subject, Subject::Person(_)),
        Command::Skill(_) => matches!(subject, Subject::Skill(_)),
        Command::Client(_) => matches!(subject, Subject::Client(_)),
        Command::Connector(_) => matches!(subject, Subject::Connector(_)),
        Command::Subscribers(_) => matches!(subject, Subject::Each(_)),
        Command::HoldSkill(_) => matches!(subject, Subject::Held(..)),
        Command::HoldSkills(_) => matches!(subject, Subject::AllHeld(..)),
        _ => true,
    }
}

/// The result for each of several people.
fn each(subject: &Subject) -> String {
    let Subject::Each(each) = subject else { return String::new() };
    let words: Vec<_> = each.iter().map(|done| if *done { "yes" } else { "no" }).collect();
    format!(" ({})", words.join(","))
}

/// An OAuth client by its name, or `CONNECTOR/PERSON`. `CONNECTOR/PERSON/2` has a token of the second generation.
pub fn actor_of(caller: &str) -> Actor {
    let mut parts = caller.split('/');
    let client = ClientId(parts.next().expect("a caller").into());
    let Some(person) = parts.next() else { return Actor::Client(client) };
    let generation = parts.next().map_or(1, |generation| generation.parse().expect("a generation"));
    Actor::Connector { connector: client, person: PersonId(id(person)), generation }
}

/// A person by name, by e-mail address, or by number, with the id of the number.
fn mention(word: &str) -> Mention {
    if word.contains('@') {
        return Mention::Email(Email::stored(word));
    }
    match Phone::new(word) {
        Ok(phone) => Mention::Phone(phone, PersonId(id(word))),
        Err(_) => Mention::Id(PersonId(id(word))),
    }
}

fn groups_of(change: &Change) -> Vec<GroupId> {
    match change {
        Change::GroupPut(group, _) => vec![group.id],
        Change::GroupsStamped(stamps) | Change::OwnershipsEnded(_, stamps) | Change::MembershipsEnded(_, stamps) => {
            stamps.groups().collect()
        }
        Change::SubscriptionsEnded(_, groups) => groups.clone(),
        Change::GroupDeleted(id)
        | Change::MembersAdded(id, ..)
        | Change::MembersRemoved(id, ..)
        | Change::SubgroupsAdded(id, ..)
        | Change::SubgroupsRemoved(id, ..)
        | Change::SubscribersAdded(id, _)
        | Change::SubscribersRemoved(id, _) => vec![*id],
        _ => Vec::new(),
    }
}

/// The permissions that the endpoint of each verb needs.
fn needs_of(verb: &str) -> Permissions {
    Permissions::of(match verb {
        "create" => &[Permission::GroupAdd],
        "edit" => &[Permission::GroupEdit],
        "delete" => &[Permission::GroupDelete],
        "hire" => &[Permission::UserAdd],
        "change" => &[Permission::UserEdit],
        "fire" => &[Permission::UserDelete],
        "rule" | "no-rule" => &[Permission::GroupEdit],
        "client" | "connect" | "regenerate" => &[Permission::ClientAdd],
        "disconnect" => &[Permission::ClientDelete],
        "change-client" => &[Permission::ClientEdit],
        "drop-client" => &[Permission::ClientDelete],
        "put-person" | "put-group" | "put-skill" => &[Permission::Admin],
        _ => &[],
    })
}

fn command_of(words: &[&str]) -> Command {
    let (verb, object) = (words[0], words.get(1).copied().unwrap_or_default());
    let rest = &words[2.min(words.len())..];
    let option = |name: &str| rest.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let people =
        || -> Vec<PersonId> { rest.iter().filter(|word| !word.contains('=')).map(|name| PersonId(id(name))).collect() };
    let list =
        |name: &str| option(name).map(|names| names.split(',').filter(|n| !n.is_empty()).map(id).collect::<Vec<_>>());
    let named =
        || -> Vec<Mention> { rest.iter().filter(|word| !word.contains('=')).map(|word| mention(word)).collect() };
    let mentions = |name: &str| -> Vec<Mention> {
        option(name).into_iter().flat_map(|names| names.split(',')).filter(|n| !n.is_empty()).map(mention).collect()
    };
    let groups = || -> Vec<GroupId> { people().into_iter().map(|id| GroupId(id.0)).collect() };
    let one = || people().into_iter().next().expect("someone");
    let version = option("version").map(|version| version.parse().expect("a version"));
    let flag = |name: &str| option(name).map(|value| value == "yes");
    let group_fields = || GroupFields { include_owners: flag("include-owners"), ..GroupFields::default() };
    let group_edit = || GroupEdit {
        name: option("name").map(Name::stored),
        visibility: option("visibility").and_then(Visibility::parse),
        rules_visible: None,
        fields: group_fields(),
    };
    let owners = || -> Option<Vec<PersonId>> { list("owners").map(|ids| ids.into_iter().map(PersonId).collect()) };
    let person_fields = || PersonFields {
        state: option("state").map(|state| LivingState::parse(state).unwrap_or(LivingState::Inactive)),
        manager: option("manager").map_or(Update::Keep, |name| Update::Set(PersonId(id(name)))),
        addresses: option("phones").map(|numbers| numbers.split(',').filter(|n| !n.is_empty()).map(contact).collect()),
        ..PersonFields::default()
    };
    let person_edit = || PersonEdit {
        name: option("name").map(Name::stored),
        email: option("email").map(Email::stored),
        fields: person_fields(),
    };
    let client_fields = || ClientFields {
        roles: list("roles").map(|ids| ids.into_iter().map(RoleId).collect()),
        person: option("as").map_or(Update::Keep, |name| Update::Set(PersonId(id(name)))),
        enabled: flag("enabled"),
        ..ClientFields::named(Name::stored(object))
    };
    match verb {
        "create" => GroupCommand::Create(
            GroupId(id(object)),
            Box::new(GroupDraft {
                name: Name::stored(object),
                kind: option("kind").and_then(GroupKind::parse).unwrap_or(GroupKind::Official),
                visibility: option("visibility").and_then(Visibility::parse).unwrap_or(Visibility::Public),
                rules_visible: flag("rules-visible").unwrap_or(true),
                broadcast: flag("broadcast").unwrap_or(false),
                fields: group_fields(),
                initial_members: InitialMembers {
                    is_callers: flag("own").unwrap_or(false),
                    owners: owners().into_iter().flatten().map(Mention::Id).chain(mentions("admins")).collect(),
                    members: mentions("members"),
                    parent: option("beneath").map(|name| GroupId(id(name))),
                },
            }),
        )
        .into(),
        "edit" => {
            GroupCommand::Edit { group: GroupId(id(object)), version, edit: Box::new(group_edit()), owners: owners() }
                .into()
        }
        "delete" => Command::DeleteGroup(GroupId(id(object))),
        "add" => Command::AddMembers { group: GroupId(id(object)), version, people: named() },
        "take-out" => Command::TakeOut(GroupId(id(object)), one()),
        "promote" => Command::Promote(GroupId(id(object)), one()),
        "demote" => Command::Demote(GroupId(id(object)), one()),
        "attach" => Command::AddSubgroups { group: GroupId(id(object)), version, subgroups: groups() },
        "detach" => Command::RemoveSubgroups { group: GroupId(id(object)), subgroups: groups() },
        "subscribe" => SubscriberCommand::Add(GroupId(id(object)), named()).into(),
        "unsubscribe" => SubscriberCommand::Remove(GroupId(id(object)), named()).into(),
        "connect" => ConnectorCommand::Create(
            ClientId(object.into()),
            Box::new(ConnectorDraft {
                name: Name::stored(object),
                secret_hash: "hash".into(),
                person: mention(option("as").expect("a person")),
                group: option("group").map(|name| GroupId(id(name))),
                administrator: flag("administrator").unwrap_or(false),
            }),
        )
        .into(),
        "regenerate" => ConnectorCommand::Regenerate(ClientId(object.into())).into(),
        "disconnect" => Command::DeleteConnector(ClientId(object.into())),
        "provision" => PersonCommand::Provision(Phone::new(object).expect("a number"), PersonId(id(object))).into(),
        "remove" => Command::RemoveMembers { group: GroupId(id(object)), people: people() },
        "voicemail" => GroupCommand::EditVoicemail(
            GroupId(id(object)),
            Box::new(Voicemail { enabled: flag("enabled"), ..Voicemail::default() }),
        )
        .into(),
        "hire" => PersonCommand::Create(
            PersonId(id(object)),
            PersonDraft {
                name: Name::stored(object),
                email: Some(Email::stored(option("email").unwrap_or(&format!("{object}@example.org")))),
                division: None,
                fields: Box::new(person_fields()),
            },
        )
        .into(),
        "change" => PersonCommand::Edit { person: PersonId(id(object)), version, edit: Box::new(person_edit()) }.into(),
        "fire" => Command::DeletePerson(PersonId(id(object))),
        "put-person" => PersonCommand::Put(Box::new(PersonRow {
            id: option("id").map(|name| PersonId(id(name))),
            new: PersonId(id(object)),
            edit: person_edit(),
            manager: option("boss").map_or(Update::Keep, |boss| Update::to((!boss.is_empty()).then(|| mention(boss)))),
            phone: option("phone").map(Line::stored),
            skills: option("skills").map(|skills| (SkillKind::Routing, held_of(skills))).into_iter().collect(),
        }))
        .into(),
        "put-group" => GroupCommand::Put(Box::new(GroupRow {
            id: GroupId(id(object)),
            kind: option("kind").and_then(GroupKind::parse),
            edit: group_edit(),
            owners: option("owners").map(|_| mentions("owners")),
            rule: option("rule").map(rule_of),
        }))
        .into(),
        "put-skill" => SkillCommand::Put {
            id: option("id").map(|name| SkillId(id(name))),
            new: SkillId(id(object)),
            kind: SkillKind::Routing,
            name: Name::stored(option("name").unwrap_or(object)),
        }
        .into(),
        "skill" | "language" => SkillCommand::Create(SkillId(id(object)), kind_of(verb), Name::stored(object)).into(),
        "rename-skill" => {
            SkillCommand::Rename(SkillId(id(object)), SkillKind::Routing, Name::stored(option("name").expect("a name")))
                .into()
        }
        "drop-skill" => Command::DeleteSkill(SkillId(id(object)), SkillKind::Routing),
        "hold" | "hold-only" | "speak" => HoldSkills {
            person: PersonId(id(object)),
            kind: if verb == "speak" { SkillKind::Language } else { SkillKind::Routing },
            skills: rest
                .iter()
                .filter_map(|word| word.split_once('='))
                .map(|(skill, level)| {
                    let level = Proficiency::new(level.parse().expect("a number")).expect("0 to 5");
                    (id(skill).to_string(), level)
                })
                .collect(),
            others: if verb == "hold-only" { OtherSkills::Drop } else { OtherSkills::Keep },
        }
        .into(),
        "unlearn" => Command::DropSkill {
            person: PersonId(id(object)),
            kind: SkillKind::Routing,
            skill: SkillId(id(rest.first().expect("a skill"))),
        },
        "rule" => Command::PutRule(GroupId(id(object)), rule_of(&rest.join(" "))),
        "no-rule" => Command::DeleteRule(GroupId(id(object))),
        "client" => ClientCommand::Create(
            ClientId(object.into()),
            ClientDraft { secret_hash: "hash".into(), fields: client_fields() },
        )
        .into(),
        "change-client" => ClientCommand::Edit(ClientId(object.into()), client_fields()).into(),
        "drop-client" => Command::DeleteClient(ClientId(object.into())),
        other => panic!("no verb {other}"),
    }
}

/// Skills in the form `s:3,t:2.5`, by name.
fn held_of(text: &str) -> Vec<(String, Proficiency)> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once(':'));
    let level = |level: &str| Proficiency::new(level.parse().expect("a number")).expect("0 to 5");
    pairs.map(|(skill, held)| (skill.to_owned(), level(held))).collect()
}

fn kind_of(verb: &str) -> SkillKind {
    if verb == "language" { SkillKind::Language } else { SkillKind::Routing }
}

/// A rule in the form `and[java>=3 or(go=2 not(c<4))] not[cobol>0]`: nodes in brackets, and child nodes in parentheses
/// after their comparison. `@` before a name means a language.
pub fn rule_of(text: &str) -> Rule<String> {
    let mut rest = text.trim();
    Rule::new(nodes_of(&mut rest, '[', ']')).expect("a rule within the limits")
}

fn nodes_of(rest: &mut &str, open: char, close: char) -> Vec<RuleNode<String>> {
    let mut nodes = Vec::new();
    loop {
        *rest = rest.trim_start();
        let tag = [("and", Tag::And), ("or", Tag::Or), ("not", Tag::Not)]
            .into_iter()
            .find_map(|(word, tag)| Some((rest.strip_prefix(word)?.strip_prefix(open)?, tag)));
        let Some((inside, tag)) = tag else { return nodes };
        *rest = inside;
        let mut conditions = Vec::new();
        loop {
            *rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix(close) {
                *rest = after;
                break;
            }
            conditions.push(condition_of(rest));
        }
        nodes.push(RuleNode { tag, conditions });
    }
}

fn condition_of(rest: &mut &str) -> Condition<String> {
    let kind = if rest.starts_with('@') { SkillKind::Language } else { SkillKind::Routing };
    *rest = rest.trim_start_matches('@');
    let (skill, after) = rest.split_at(rest.find(['<', '>', '=', '!']).expect("a comparison"));
    let words = [
        ("<=", Comparator::LessThanOrEqualTo),
        (">=", Comparator::GreaterThanOrEqualTo),
        ("!=", Comparator::NotEqualTo),
        ("<", Comparator::LessThan),
        (">", Comparator::GreaterThan),
        ("=", Comparator::EqualTo),
    ];
    let (after, comparator) =
        words.into_iter().find_map(|(word, it)| Some((after.strip_prefix(word)?, it))).expect("a comparator");
    let proficiency = after[..1].parse().expect("a digit");
    *rest = &after[1..];
    let children = nodes_of(rest, '(', ')');
    Condition { kind, skill: skill.to_owned(), comparator, proficiency, children }
}

/// A refusal as a short text.
pub fn fault_text(fault: &Fault) -> String {
    match fault {
        Fault::Unauthenticated => "who?".into(),
        Fault::MissingPermission(needs) => {
            format!("needs {}", needs.iter().map(Permission::name).collect::<Vec<_>>().join(" or "))
        }
        Fault::NotAllowed(_) => "not allowed".into(),
        Fault::NotAPerson => "not a person".into(),
        Fault::NotFound { kind, .. } => format!("no such {kind:?}").to_lowercase(),
        Fault::Conflict(Conflict::StaleVersion { given, current, .. }) => format!("version {given} is {current} now"),
        Fault::Conflict(Conflict::IdTaken { .. }) => "id taken".into(),
        Fault::Conflict(Conflict::NameTaken(_)) => "name taken".into(),
        Fault::Conflict(Conflict::EmailTaken(_)) => "e-mail taken".into(),
        Fault::Conflict(Conflict::SkillTaken(..)) => "skill taken".into(),
        Fault::Conflict(Conflict::LastAdministrator) => "last administrator".into(),
        Fault::Conflict(Conflict::OperationReused) => "operation reused".into(),
        Fault::Conflict(Conflict::LastOwner) => "last owner".into(),
        Fault::Conflict(Conflict::NotActive(_)) => "not active".into(),
        Fault::Conflict(Conflict::PhoneShared(_)) => "a shared number".into(),
        Fault::Conflict(Conflict::TakenByRule(_)) => "taken by the rule".into(),
        Fault::Conflict(Conflict::Cycle(..)) => "a cycle".into(),
        Fault::Conflict(Conflict::NotBroadcast(_)) => "no broadcast".into(),
        Fault::Invalid { field, reason } => format!("{field:?} {reason:?}"),
    }
}

fn person(name: &str) -> Person {
    Person {
        email: Some(Email::stored(&format!("{name}@example.org"))),
        ..Person::blank(PersonId(id(name)), Name::stored(name), DivisionId(id("home")))
    }
}

/// A phone number of a person. With `~` it is not a mobile number but one at work.
fn contact(word: &str) -> Contact {
    let (kind, number) = match word.strip_prefix('~') {
        Some(number) => (ContactKind::Work, number),
        None => (ContactKind::Mobile, word),
    };
    Contact {
        media: Media::Phone,
        kind,
        address: Some(Line::stored(number)),
        extension: None,
        country_code: None,
        integration: None,
    }
}
