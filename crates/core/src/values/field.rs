//! The fields that refusals name.

/// A value of the directory or of a query, as a [`Fault`](super::Fault) names it. Each API has its own name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name of a person or a group.
    Name,
    /// The e-mail address of a person.
    Email,
    /// The kind of a group: official or social.
    GroupKind,
    /// The owners of a group.
    Owners,
    /// The groups to put beneath a group, or to remove from there.
    Subgroups,
    /// The subscribers of a group.
    Subscribers,
    /// The phone numbers and other addresses of a person or a group.
    Addresses,
    /// The pictures of a person or a group.
    Images,
    /// The profile skills of a person.
    ProfileSkills,
    /// The certificates that a person holds.
    Certifications,
    /// The interests of a person.
    Interests,
    /// The hobbies of a person.
    Hobbies,
    /// The skills of a person, of all kinds together.
    SkillsHeld,
    /// The roles of an OAuth client.
    Roles,
    /// The groups that a command changes as a consequence.
    ChangedGroups,
    /// The comparisons of a rule.
    Comparisons,
    /// Nested conditions of a rule.
    NestedConditions,
    /// The proficiency that a rule compares with.
    Proficiency,
    /// A routing skill named in a rule or in a person's row.
    Skill,
    /// A language named in a rule or in a person's row.
    Language,
    /// The criteria of a search, counted with their fields.
    Criteria,
    /// Nested criteria of a search.
    NestedCriteria,
    /// The values to search for.
    SearchedValues,
    /// The sort keys of a search.
    SortKeys,
}
