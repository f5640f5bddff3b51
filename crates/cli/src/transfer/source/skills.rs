//! The skills and languages of a server, to check the references of rules and people.

use convoke_client::genesys::{DynamicGroupQuery, DynamicGroupSkillCondition};
use std::collections::HashSet;

/// Skills and languages.
pub struct Skills {
    pub routing: SkillIndex,
    pub languages: SkillIndex,
}

/// Skills of one kind, by id and by name.
pub struct SkillIndex {
    ids: HashSet<String>,
    names: HashSet<String>,
}

impl Skills {
    /// Skills with these ids and names.
    pub fn new(routing: &[(String, String)], languages: &[(String, String)]) -> Self {
        Skills { routing: SkillIndex::new(routing), languages: SkillIndex::new(languages) }
    }

    /// Whether all skills of a rule exist.
    pub fn know(&self, rule: &DynamicGroupQuery) -> bool {
        rule.skill_conditions.iter().flatten().all(|node| self.know_node(node))
    }

    fn know_node(&self, node: &DynamicGroupSkillCondition) -> bool {
        let mut skills = node.routing_skill_conditions.iter().flatten();
        let mut languages = node.language_skill_conditions.iter().flatten();
        skills.all(|condition| {
            self.routing.know(condition.routing_skill.as_deref())
                && condition.child_conditions.iter().flatten().all(|node| self.know_node(node))
        }) && languages.all(|condition| {
            self.languages.know(condition.language_skill.as_deref())
                && condition.child_conditions.iter().flatten().all(|node| self.know_node(node))
        })
    }
}

impl SkillIndex {
    fn new(skills: &[(String, String)]) -> Self {
        let ids = skills.iter().map(|(id, _)| id.clone()).collect();
        SkillIndex { ids, names: skills.iter().map(|(_, name)| folded(name)).collect() }
    }

    fn know(&self, text: Option<&str>) -> bool {
        text.is_some_and(|text| self.ids.contains(text) || self.names.contains(&folded(text)))
    }

    /// A skill as a row names it: by its name, or by its id if the name is the id of another skill.
    pub fn text(&self, id: &str, name: String) -> Option<String> {
        if !self.ids.contains(id) {
            return None;
        }
        Some(if self.ids.contains(&name) { id.to_owned() } else { name })
    }
}

/// A name without case. If this distinguishes two names, the server does too.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}
