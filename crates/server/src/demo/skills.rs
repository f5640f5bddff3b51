//! What people of made-up organisations can do, and rules that compare it.

use super::words::{BRANCHES, LANGUAGES, ROUTING_SKILLS, TEAMS};
use super::{Plan, id, names, pick};
use convoke_core::*;
use fastrand::Rng;

/// How many groups, the first ones, never have a rule: the largest, and the one of 25.
pub(super) const WITHOUT_RULE: usize = 2;

/// The skills of one kind, by id and name. The first ones are what more people can do.
struct Skills {
    kind: SkillKind,
    list: Vec<(SkillId, String)>,
}

/// What makes skills, who has them, and rules; to be run in this order.
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
    // Teams that are about something come first: their rules say it.
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

    /// The skill that a topic is, for the branch that a group of this round is about.
    fn about(&self, topic: &str, round: usize) -> Option<&(SkillId, String)> {
        let place = ROUTING_SKILLS.iter().position(|name| *name == topic)?;
        let n_branches = (self.list.len() / ROUTING_SKILLS.len()).max(1);
        self.list.get((place + round % n_branches * ROUTING_SKILLS.len()) % self.list.len())
    }
}

/// What someone can do: one language or two, which are mostly English, and one to three skills. One in
/// twenty is new and has not been asked yet.
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

/// What a group's team is about, if its members are chosen for that.
fn topics(at: usize) -> &'static [&'static str] {
    TEAMS.get(at % TEAMS.len()).map_or(&[], |(.., topics)| topics)
}

/// Takes whoever does any of what the team is about, in one language; for a local team, only those who
/// do something further. Three to six comparisons.
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
        // Who only begins with the first is not called for the second.
        let mut beginners = at_least(rng, Tag::Not, SkillKind::Routing, about.first().copied());
        for condition in &mut beginners.conditions {
            (condition.comparator, condition.proficiency) = (Comparator::LessThan, 2);
        }
        nodes.push(beginners);
    }
    Rule::new(nodes).expect("a made-up rule is small")
}

/// A node of comparisons with skills that are to be held well.
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
