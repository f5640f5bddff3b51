//! The skills of people in generated organisations, and rules that compare them.

use super::words::{BRANCHES, LANGUAGES, ROUTING_SKILLS, TEAMS};
use super::{Plan, id, names, pick};
use convoke_core::*;
use fastrand::Rng;

/// The number of groups at the start of the list that never have a rule: the largest, and the one with 25 individuals.
pub(super) const WITHOUT_RULE: usize = 2;

/// The skills of one kind, by id and name. More people have the first ones.
struct Skills {
    kind: SkillKind,
    list: Vec<(SkillId, String)>,
}

/// The commands that create skills, assign them to people, and set rules. They must run in this order.
pub(super) fn commands(
    rng: &mut Rng,
    plan: Plan,
    people: &[PersonId],
    groups: &[GroupId],
) -> [(&'static str, Vec<Command>); 3] {
    let mut draw = |kind, names: Vec<String>| {
        let list = names.into_iter().map(|name| (SkillId(id(rng)), name)).collect();
        Skills { kind, list }
    };
    let routing = draw(SkillKind::Routing, names(plan.skills, ROUTING_SKILLS, BRANCHES));
    let languages = draw(SkillKind::Language, LANGUAGES.iter().map(|name| (*name).to_owned()).collect());
    let created = routing.create().chain(languages.create()).collect();
    let held = people.iter().flat_map(|person| hold(rng, *person, &routing, &languages)).collect();
    // Teams with topics come first, because their rules use these topics.
    let mut ruled: Vec<(usize, GroupId)> = groups.iter().copied().enumerate().skip(WITHOUT_RULE).collect();
    ruled.sort_by_key(|(at, _)| topics(*at).is_empty());
    let ruled = ruled.into_iter().take(plan.rules);
    let rules = ruled.map(|(at, group)| Command::PutRule(group, rule(rng, at, &routing, &languages))).collect();
    [("skills", created), ("people's skills", held), ("rules", rules)]
}

impl Skills {
    fn create(&self) -> impl Iterator<Item = Command> {
        self.list.iter().map(|(id, name)| SkillCommand::Create(*id, self.kind, Name::stored(name)).into())
    }

    /// One at random, the first ones more often.
    fn draw(&self, rng: &mut Rng) -> Option<&(SkillId, String)> {
        let n = self.list.len();
        if n == 0 { None } else { self.list.get(rng.usize(..n).min(rng.usize(..n))) }
    }

    /// The skill of a topic, in the branch that groups of this round have.
    fn about(&self, topic: &str, round: usize) -> Option<&(SkillId, String)> {
        let place = ROUTING_SKILLS.iter().position(|name| *name == topic)?;
        let n_branches = (self.list.len() / ROUTING_SKILLS.len()).max(1);
        self.list.get((place + round % n_branches * ROUTING_SKILLS.len()) % self.list.len())
    }
}

/// The skills of one person: one or two languages, mostly English, and one to three routing skills. One person in
/// twenty is new and has none yet.
fn hold(rng: &mut Rng, person: PersonId, routing: &Skills, languages: &Skills) -> Vec<Command> {
    let mut spoken = Vec::from_iter(languages.draw(rng));
    spoken.extend(languages.list.first().filter(|_| rng.u8(..10) < 7));
    let mut done: Vec<_> = (0..pick(rng, &[1, 1, 2, 2, 2, 3])).filter_map(|_| routing.draw(rng)).collect();
    if rng.u8(..20) == 0 {
        spoken.clear();
        done.clear();
    }
    let mut commands = Vec::new();
    for (kind, mut drawn) in [(SkillKind::Routing, done), (SkillKind::Language, spoken)] {
        drawn.sort();
        drawn.dedup();
        let skills: Vec<_> = drawn.into_iter().map(|(id, _)| (id.to_string(), level(rng))).collect();
        if !skills.is_empty() {
            commands.push(HoldSkills { person, kind, skills, others: OtherSkills::Keep }.into());
        }
    }
    commands
}

fn level(rng: &mut Rng) -> Proficiency {
    Proficiency::new(f64::from(rng.u8(1..=Proficiency::MAX))).expect("it is between 0 and the highest")
}

/// The topics of a group's team, if its members are chosen by their skills.
fn topics(at: usize) -> &'static [&'static str] {
    TEAMS.get(at % TEAMS.len()).map_or(&[], |(.., topics)| topics)
}

/// The rule of a group, with three to six conditions. It selects everyone with any topic of the team and with one
/// language. A local team requires a further skill.
fn rule(rng: &mut Rng, at: usize, routing: &Skills, languages: &Skills) -> Rule<String> {
    let round = at / TEAMS.len();
    let mut about: Vec<_> = topics(at).iter().filter_map(|topic| routing.about(topic, round)).collect();
    about.extend((about.len()..2).filter_map(|_| routing.draw(rng)));
    let n_languages = if round == 0 { 3 } else { languages.list.len() };
    let language = if rng.bool() { languages.list.first() } else { languages.list.get(rng.usize(..n_languages)) };
    let mut nodes = vec![
        at_least(rng, Tag::Or, SkillKind::Routing, about.iter().copied()),
        at_least(rng, Tag::And, SkillKind::Language, language),
    ];
    if round > 0 {
        let (one, other) = (routing.draw(rng), routing.draw(rng).filter(|_| rng.bool()));
        let mut further = at_least(rng, Tag::And, SkillKind::Routing, one);
        let instead = other.map(|other| at_least(rng, Tag::Or, SkillKind::Routing, [other]));
        further.conditions.iter_mut().for_each(|condition| condition.children.extend(instead.clone()));
        nodes.push(further);
    }
    if rng.bool() {
        // Excludes beginners in the first topic, even if they have another topic.
        let mut beginners = at_least(rng, Tag::Not, SkillKind::Routing, about.first().copied());
        for condition in &mut beginners.conditions {
            (condition.comparator, condition.proficiency) = (Comparator::LessThan, 2);
        }
        nodes.push(beginners);
    }
    Rule::new(nodes).expect("a made-up rule is small")
}

/// A node of conditions that require a good proficiency.
fn at_least<'s>(
    rng: &mut Rng,
    tag: Tag,
    kind: SkillKind,
    skills: impl IntoIterator<Item = &'s (SkillId, String)>,
) -> RuleNode<String> {
    let condition = |(_, name): &(SkillId, String)| Condition {
        kind,
        skill: name.clone(),
        comparator: Comparator::GreaterThanOrEqualTo,
        proficiency: rng.u8(2..=3),
        children: Vec::new(),
    };
    RuleNode { tag, conditions: skills.into_iter().map(condition).collect() }
}
