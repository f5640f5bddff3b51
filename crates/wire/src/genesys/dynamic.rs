//! Groups that follow what people can do: their rules, and who is in them for what.

use super::common::{DomainEntityRef, SortOrder};
use super::users::User;
use super::words::{Comparator, GroupType, Operation, UserState, Visibility};
use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::{apply, skip_serializing_none};

/// The rule of a group.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicGroupDefinition {
    /// The group.
    pub group: DomainEntityRef,
    /// When the rule was put, as `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub date_modified: String,
    /// The rule.
    pub query: DynamicGroupQuery,
    /// Where it is.
    pub self_uri: String,
}

/// A rule: whom it selects by what they can do.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicGroupQuery {
    /// The nodes at the top: those with `And` must all hold, those with `Not` must not, and if any
    /// have `Or`, one of these must. A rule without any comparison selects nobody.
    #[schemars(required)]
    pub skill_conditions: Option<Vec<DynamicGroupSkillCondition>>,
}

/// A node of a rule: its conditions, and how it is joined to the nodes beside it. With `And` it holds
/// if all its conditions do, otherwise if any does; a node without conditions is as if it were not
/// there.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicGroupSkillCondition {
    /// Conditions about routing skills; none where absent.
    #[schemars(required)]
    pub routing_skill_conditions: Option<Vec<DynamicGroupRoutingSkillCondition>>,
    /// Conditions about languages; none where absent.
    #[schemars(required)]
    pub language_skill_conditions: Option<Vec<DynamicGroupLanguageSkillCondition>>,
    /// `And`, `Or` or `Not`; `And` where absent.
    #[schemars(required)]
    #[schemars(extend("enum" = ["And", "Not", "Or", null]))]
    pub operation: Option<Operation>,
}

/// What a user's proficiency in a routing skill must be. It holds if the comparison and every child
/// with `And` do and no child with `Not` does, or if a child with `Or` holds.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicGroupRoutingSkillCondition {
    /// The skill, by name or by id.
    #[schemars(required)]
    pub routing_skill: Option<String>,
    /// How the proficiency is compared; never true for a user without the skill.
    #[schemars(required)]
    #[schemars(extend("enum" = [
        "EqualTo", "NotEqualTo", "LessThan", "LessThanOrEqualTo", "GreaterThan", "GreaterThanOrEqualTo", null
    ]))]
    pub comparator: Option<Comparator>,
    /// What it is compared with: 0 to 5.
    #[schemars(required, range(min = 0, max = limits::PROFICIENCY))]
    pub proficiency: Option<i64>,
    /// Nodes that are joined to the comparison.
    pub child_conditions: Option<Vec<DynamicGroupSkillCondition>>,
}

/// What a user's proficiency in a language must be. It holds if the comparison and every child with
/// `And` do and no child with `Not` does, or if a child with `Or` holds.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicGroupLanguageSkillCondition {
    /// The language, by name or by id.
    #[schemars(required)]
    pub language_skill: Option<String>,
    /// How the proficiency is compared; never true for a user without the language.
    #[schemars(required)]
    #[schemars(extend("enum" = [
        "EqualTo", "NotEqualTo", "LessThan", "LessThanOrEqualTo", "GreaterThan", "GreaterThanOrEqualTo", null
    ]))]
    pub comparator: Option<Comparator>,
    /// What it is compared with: 0 to 5.
    #[schemars(required, range(min = 0, max = limits::PROFICIENCY))]
    pub proficiency: Option<i64>,
    /// Nodes that are joined to the comparison.
    pub child_conditions: Option<Vec<DynamicGroupSkillCondition>>,
}

/// What to say of those whom a rule would select.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewQuery {
    /// `users` adds the first 25 of them by name. Convoke's own: in Genesys Cloud there is only the
    /// count. Other words are not looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expand: Vec<String>,
    /// A group that the rule is meant for: `gained` and `lost` say what it would do to the group's members.
    /// Convoke's own.
    pub group_id: Option<String>,
}

/// Whom a rule would select.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicGroupQueryPreview {
    /// How many users.
    pub user_count: i32,
    /// With `expand=users`: the first 25 by name.
    pub users: Option<Vec<User>>,
    /// With `groupId`: how many members the group would have that it has not now.
    pub gained: Option<i64>,
    /// With `groupId`: how many members the group would have no more.
    pub lost: Option<i64>,
}

/// Why a user is in a group, or is not. Convoke's own: it has no counterpart in Genesys Cloud.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupMemberExplanation {
    /// The group.
    pub group: DomainEntityRef,
    /// The user.
    pub user: DomainEntityRef,
    /// The user's state; rules select only `active` ones.
    #[schemars(extend("enum" = ["active", "inactive"]))]
    pub user_state: UserState,
    /// Whether the user is a member of the group itself: as an individual, as an owner where owners
    /// are included, or because the rule selects the user.
    pub is_member: bool,
    /// Whether the user is an effective member: of the group itself, or of a group beneath it.
    #[serde(default)]
    #[schemars(!default)]
    pub is_effective_member: bool,
    /// The groups that lead from the group down to one that the user is a member of, that one last.
    /// Absent where the user is a member of no group beneath.
    pub path: Option<Vec<DomainEntityRef>>,
    /// Whether the user was added by id.
    pub is_individual: bool,
    /// Whether the user owns the group.
    pub is_owner: bool,
    /// Whether the group's owners are members.
    pub include_owners: bool,
    /// What the group's rule says of the user; absent where the group has no rule.
    pub rule: Option<RuleExplanation>,
}

/// What a rule says of a user.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuleExplanation {
    /// Whether it selects the user: it holds, and the user is active.
    pub selects: bool,
    /// The rule as [`DynamicGroupQuery`] has it, with what each part of it comes to.
    pub skill_conditions: Vec<ExplainedNode>,
}

/// A [`DynamicGroupSkillCondition`], and whether it holds for a user.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedNode {
    /// Conditions about routing skills.
    pub routing_skill_conditions: Vec<ExplainedCondition>,
    /// Conditions about languages.
    pub language_skill_conditions: Vec<ExplainedCondition>,
    /// How it is joined to the nodes beside it.
    #[schemars(extend("enum" = ["And", "Not", "Or"]))]
    pub operation: Operation,
    /// Whether its conditions hold: with `Not`, that is what must not be.
    pub holds: bool,
}

/// A condition of a rule, and whether it holds for a user.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedCondition {
    /// The skill, as the rule names it; in conditions about routing skills.
    pub routing_skill: Option<String>,
    /// The language, as the rule names it; in conditions about languages.
    pub language_skill: Option<String>,
    /// How the proficiency is compared.
    #[schemars(extend("enum" = [
        "EqualTo", "NotEqualTo", "LessThan", "LessThanOrEqualTo", "GreaterThan", "GreaterThanOrEqualTo"
    ]))]
    pub comparator: Comparator,
    /// What it is compared with.
    pub proficiency: i64,
    /// The user's proficiency; absent where the user has not the skill.
    pub held: Option<f64>,
    /// Whether the comparison is true by itself.
    pub compares: bool,
    /// Whether the condition holds, its children taken in.
    pub holds: bool,
    /// Nodes that are joined to the comparison.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub child_conditions: Vec<ExplainedNode>,
}

/// Which groups of a user, and which page of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserGroupsQuery {
    /// Entries on a page: 1 to 500, 25 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// From 1 on; 1 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// In which direction names go.
    pub sort_order: Option<SortOrder>,
    /// Whether the groups above those are listed as well: all that the user is an effective member of.
    pub effective: Option<bool>,
}

/// A group that a user is a member of. Convoke's own: it has no counterpart in Genesys Cloud.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserGroup {
    /// The group's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `official` or `social`.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["official", "social"]))]
    pub kind: GroupType,
    /// `public`, `owners` or `members`.
    #[schemars(extend("enum" = ["public", "owners", "members"]))]
    pub visibility: Visibility,
    /// For what the user is a member: `individual`, `owner`, `rule`, and where `effective` is asked for
    /// `subgroup`, of a member of a group beneath it. `rule` stands only where the caller may read what the group's rule says.
    pub how: Vec<String>,
    /// Where the group is.
    pub self_uri: String,
}
