//! Skills, rules, and the reasons of memberships.

use super::PersonFilter;
use crate::directory::{GroupEntry, by_group_name};
use crate::policy::{self, View};
use crate::records::{
    Comparison, Condition, GroupRule, HeldSkill, NamedSkill, Person, PersonState, Proficiency, Rule, RuleNode, Skill,
    SkillKind,
};
use crate::sets::{Set, Tag};
use crate::values::{
    Direction, Fault, Field, GroupId, Kind, Listing, Permission, Permissions, PersonId, Reason, SkillId, Window, fold,
    limits,
};
use std::sync::Arc;

/// Whether a person is a member of a group, and why.
#[derive(Clone, Debug)]
pub struct Explanation<'d> {
    /// The group.
    pub group: &'d Arc<GroupEntry>,
    /// The person.
    pub person: &'d Arc<Person>,
    /// Whether the person is a member of the group itself, for any reason.
    pub is_member: bool,
    /// Whether the person was added by id.
    pub is_individual: bool,
    /// Whether the person owns the group, even if owners are not members.
    pub is_owner: bool,
    /// The result of the group's rule, if there is one.
    pub rule: Option<RuleTruth<'d>>,
    /// A shortest path from the group down to a group of which the person is a member, which is the last. Empty if the
    /// person is a member of no group beneath that the caller can see. Groups that the caller cannot see are left out.
    pub path: Vec<&'d Arc<GroupEntry>>,
}

/// The result of a rule for a person.
#[derive(Clone, Debug)]
pub struct RuleTruth<'d> {
    /// Whether the rule selects the person: it holds, and the person is active.
    pub selects: bool,
    /// The results of its nodes.
    pub nodes: Vec<NodeTruth<'d>>,
}

/// The result of a node for a person.
#[derive(Clone, Debug)]
pub struct NodeTruth<'d> {
    /// The node.
    pub node: &'d RuleNode<NamedSkill>,
    /// Whether its conditions hold: all or any, depending on its tag. True without conditions; the node is then
    /// ignored.
    pub holds: bool,
    /// The results of its conditions.
    pub conditions: Vec<ConditionTruth<'d>>,
}

/// The result of a condition for a person.
#[derive(Clone, Debug)]
pub struct ConditionTruth<'d> {
    /// The condition.
    pub condition: &'d Condition<NamedSkill>,
    /// The person's proficiency, if the person has the skill.
    pub held: Option<Proficiency>,
    /// Whether its comparison is true.
    pub compares: bool,
    /// Whether it holds, including its children.
    pub holds: bool,
    /// The results of its children.
    pub children: Vec<NodeTruth<'d>>,
}

/// A group of which a person is a member, and why.
#[derive(Clone, Debug)]
pub struct Membership<'d> {
    /// The group.
    pub group: &'d Arc<GroupEntry>,
    /// Whether the person was added by id.
    pub is_individual: bool,
    /// Whether the person owns the group and owners are members.
    pub is_owner: bool,
    /// Whether the rule selects the person. None if the caller may not know.
    pub by_rule: Option<bool>,
    /// Whether the person is a member of a group beneath it that the caller can see. Computed only for
    /// [`Memberships::Effective`].
    pub by_subgroup: bool,
}

/// The effect of a rule on the members of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MembershipDelta {
    /// The number of people who would become members.
    pub gained: usize,
    /// The number of members who would no longer be members.
    pub lost: usize,
}

/// Which groups of a person to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Memberships {
    /// Those of which the person is a member.
    #[default]
    Direct,
    /// These, and the groups above them: all of which the person is an effective member.
    Effective,
}

impl<'d> View<'d> {
    /// A skill of a kind that is not deleted.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if there is none.
    pub fn skill(&self, kind: SkillKind, id: SkillId) -> Result<&'d Arc<Skill>, Fault> {
        self.directory.skills.get(kind, id).ok_or_else(|| Fault::not_found(kind.into(), id))
    }

    /// The skills of a kind that are not deleted, by name.
    pub fn skills(&self, kind: SkillKind) -> Vec<&'d Arc<Skill>> {
        let all = self.directory.skills.records.values();
        let mut skills: Vec<_> = all.filter(|skill| skill.kind == kind && !skill.deleted).collect();
        skills.sort_by(|one, other| one.name.key().cmp(other.name.key()));
        skills
    }

    /// The skills of a person of one kind, by name.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if there is no such person.
    pub fn held(&self, id: PersonId, kind: SkillKind) -> Result<Vec<(&'d Arc<Skill>, Proficiency)>, Fault> {
        let (slot, _) = self.directory.people.living(id).ok_or_else(|| Fault::not_found(Kind::Person, id))?;
        Ok(self.directory.held(slot, kind))
    }

    /// The rule of a group.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if there is no such group, or it has no rule. [`Fault::NotAllowed`] if the caller may not
    /// read it.
    pub fn rule(&self, id: GroupId) -> Result<(&'d Arc<GroupEntry>, &'d GroupRule), Fault> {
        let entry = self.group(id)?;
        let rule = entry.group.rule.as_deref().ok_or_else(|| Fault::not_found(Kind::Rule, id))?;
        self.may_read_rule(entry)?;
        Ok((entry, rule))
    }

    /// A skill as the author of a rule named it: by its present name, or by its id.
    pub fn skill_text(&self, named: NamedSkill) -> String {
        match self.directory.skills.records.get(&named.id) {
            Some(skill) if named.by_name => skill.name.as_str().to_owned(),
            _ => named.id.to_string(),
        }
    }

    /// Looks up the skills of a rule, by id or by name.
    ///
    /// # Errors
    ///
    /// [`Fault::Invalid`] if no skill of the kind has the id or name, or one skill has it as its id and another as its
    /// name.
    pub fn resolve(&self, rule: &Rule<String>) -> Result<Rule<NamedSkill>, Fault> {
        rule.try_map(&|kind, text: &String| self.named_skill(kind, text))
    }

    /// The skill with this id or name that is not deleted.
    pub(crate) fn named_skill(&self, kind: SkillKind, text: &str) -> Result<NamedSkill, Fault> {
        let skills = &self.directory.skills;
        let by_id = SkillId::parse(text).filter(|id| skills.get(kind, *id).is_some());
        let refuse = |reason: fn(String) -> Reason| {
            let field = match kind {
                SkillKind::Routing => Field::Skill,
                SkillKind::Language => Field::Language,
            };
            Err(Fault::invalid(field, reason(text.chars().take(limits::NAME_CHARS).collect())))
        };
        match (by_id, skills.by_key(kind, &fold(text))) {
            (Some(id), Some(other)) if id != other => refuse(Reason::AmbiguousSkill),
            (Some(id), _) => Ok(NamedSkill { id, by_name: false }),
            (None, Some(id)) => Ok(NamedSkill { id, by_name: true }),
            (None, None) => refuse(Reason::NoSuchSkill),
        }
    }

    /// The people that a rule would select, by name. Without a window, only their number.
    ///
    /// # Errors
    ///
    /// As [`View::resolve`].
    pub fn preview(&self, rule: &Rule<String>, window: Option<Window>) -> Result<Listing<&'d Arc<Person>>, Fault> {
        let selected = match self.resolve(rule)?.expression() {
            Some(expression) => self.directory.skills.select(&expression, &self.directory.people.active),
            None => return Ok(Listing { entries: Vec::new(), total: 0 }),
        };
        Ok(match window {
            Some(window) => self.people_in(&selected, window, Direction::Ascending),
            None => Listing { entries: Vec::new(), total: selected.len() },
        })
    }

    /// How many members a group would gain and lose with this rule.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if there is no such group. [`Fault::NotAllowed`] if it has a rule that the caller may not
    /// read. Also as [`View::resolve`].
    pub fn membership_delta(&self, group: GroupId, rule: &Rule<String>) -> Result<MembershipDelta, Fault> {
        let entry = self.group(group)?;
        if entry.group.rule.is_some() {
            self.may_read_rule(entry)?;
        }
        let changed = GroupEntry { rule: self.resolve(rule)?.expression().map(Arc::new), ..GroupEntry::clone(entry) };
        let members = self.directory.members_of(&changed);
        Ok(MembershipDelta {
            gained: members.without(&entry.members).len(),
            lost: entry.members.without(&members).len(),
        })
    }

    /// Why a person is a member of a group, or is not.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if the group or the person does not exist. [`Fault::NotAllowed`] if the reason depends on a
    /// rule that the caller may not read.
    pub fn explain(&self, group: GroupId, person: PersonId) -> Result<Explanation<'d>, Fault> {
        let group = self.group(group)?;
        let person = self.person(person, PersonFilter::Living)?;
        let slot = self.directory.people.slot(person.id).ok_or_else(|| Fault::not_found(Kind::Person, person.id))?;
        let rule = match group.group.rule.as_deref() {
            None => None,
            Some(group_rule) => {
                self.may_read_rule(group)?;
                let held = self.directory.people.held(slot);
                let holds = group.rule.as_ref().is_some_and(|rule| rule.holds(&|comparison| comparison.holds(held)));
                Some(RuleTruth {
                    selects: holds && person.state == PersonState::Active,
                    nodes: nodes_truth(group_rule.rule.nodes(), held),
                })
            }
        };
        Ok(Explanation {
            group,
            person,
            is_member: group.members.contains(slot),
            is_individual: group.has_individual(slot),
            is_owner: group.group.owners.contains(&person.id),
            rule,
            path: self.path_to_member(group, slot),
        })
    }

    /// The groups of which a person is a member and that the caller can see, by name.
    ///
    /// # Errors
    ///
    /// [`Fault::NotFound`] if there is no such person.
    pub fn memberships(
        &self,
        id: PersonId,
        which: Memberships,
        window: Window,
        direction: Direction,
    ) -> Result<Listing<Membership<'d>>, Fault> {
        let people = &self.directory.people;
        let (slot, person) = people.living(id).ok_or_else(|| Fault::not_found(Kind::Person, id))?;
        let groups = &self.directory.groups;
        let mut seen = self.seen_groups_of(slot);
        let above = match which {
            Memberships::Direct => Set::default(),
            Memberships::Effective => self.seen_groups_above(&seen),
        };
        seen.add(&above);
        let slots = groups.ranking.window(&seen, window, direction, by_group_name(&groups.entries));
        let held = people.held(slot);
        let membership = |(group_slot, group): (u32, &'d Arc<GroupEntry>)| {
            let by_rule = || {
                person.state == PersonState::Active
                    && group.rule.as_ref().is_some_and(|rule| rule.holds(&|comparison| comparison.holds(held)))
            };
            Membership {
                group,
                is_individual: group.has_individual(slot),
                is_owner: group.counts_owner(id),
                by_rule: policy::reads_rule(self, group).then(by_rule),
                by_subgroup: above.contains(group_slot),
            }
        };
        let entries = slots.into_iter().filter_map(|slot| Some((slot, groups.get(slot)?))).map(membership).collect();
        Ok(Listing { entries, total: seen.len() })
    }

    fn may_read_rule(&self, entry: &GroupEntry) -> Result<(), Fault> {
        let reads = policy::reads_rule(self, entry);
        if reads { Ok(()) } else { Err(Fault::NotAllowed(Permissions::of(&[Permission::GroupEdit]))) }
    }
}

impl From<SkillKind> for Kind {
    fn from(kind: SkillKind) -> Self {
        match kind {
            SkillKind::Routing => Kind::Skill,
            SkillKind::Language => Kind::Language,
        }
    }
}

fn nodes_truth<'d>(nodes: &'d [RuleNode<NamedSkill>], held: &[HeldSkill]) -> Vec<NodeTruth<'d>> {
    let truth = |node: &'d RuleNode<NamedSkill>| {
        let conditions: Vec<_> = node.conditions.iter().map(|condition| condition_truth(condition, held)).collect();
        let mut each = conditions.iter().map(|condition| condition.holds);
        let holds = match node.tag {
            Tag::And => each.all(|holds| holds),
            Tag::Or | Tag::Not => conditions.is_empty() || each.any(|holds| holds),
        };
        NodeTruth { node, holds, conditions }
    };
    nodes.iter().map(truth).collect()
}

fn condition_truth<'d>(condition: &'d Condition<NamedSkill>, held: &[HeldSkill]) -> ConditionTruth<'d> {
    let Condition { skill, comparator, proficiency, .. } = *condition;
    let compares = Comparison { skill: skill.id, comparator, proficiency }.holds(held);
    let children = nodes_truth(&condition.children, held);
    let asked = || children.iter().filter(|child| !child.conditions.is_empty());
    let with = asked().all(|child| match child.node.tag {
        Tag::And => child.holds,
        Tag::Not => !child.holds,
        Tag::Or => true,
    });
    let instead = asked().any(|child| child.node.tag == Tag::Or && child.holds);
    ConditionTruth {
        condition,
        held: held.iter().find(|held| held.skill == skill.id).map(|held| held.proficiency),
        compares,
        holds: (compares && with) || instead,
        children,
    }
}
