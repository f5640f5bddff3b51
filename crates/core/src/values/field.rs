//! What a refusal is about.

/// A value of the directory, or of a question about it, as a [`Fault`](super::Fault) names it. What callers call it
/// is for each API to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name of a person or a group.
    Name,
    /// The e-mail address of a person.
    Email,
    /// Whose a group is.
    GroupKind,
    /// The owners of a group.
    Owners,
    /// The groups that are put beneath a group, or taken out from there.
    Subgroups,
    /// The subscribers of a group.
    Subscribers,
    /// The phone numbers and other addresses of a person or a group.
    Addresses,
    /// The pictures of a person or a group.
    Images,
    /// What a person says it can do.
    ProfileSkills,
    /// The certificates that a person holds.
    Certifications,
    /// What interests a person.
    Interests,
    /// What a person likes to do.
    Hobbies,
    /// The skills that a person has, all kinds together.
    SkillsHeld,
    /// The roles of an OAuth client.
    Roles,
    /// The groups that a command changes by its consequences.
    ChangedGroups,
    /// The comparisons of a rule.
    Comparisons,
    /// The conditions within conditions of a rule.
    NestedConditions,
    /// What a rule compares a proficiency with.
    Proficiency,
    /// A routing skill that a rule or a person's row names.
    Skill,
    /// A language that a rule or a person's row names.
    Language,
    /// The criteria of a search, with the fields that each compares.
    Criteria,
    /// The criteria within criteria of a search.
    NestedCriteria,
    /// The values that a search compares with.
    SearchedValues,
    /// What a search is ordered by.
    SortKeys,
}
