//! Dynamic groups: their rules, and why a user is a member.

use super::common::{DomainEntityRef, SortOrder};
use super::users::User;
use super::words::{Comparator, GroupType, MembershipKind, Operation, PreviewExpand, UserState, Visibility};
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
    /// When the rule was last set, as `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub date_modified: String,
    /// The rule.
    pub query: DynamicGroupQuery,
    /// URI of this resource.
    pub self_uri: String,
}

/// A rule, which selects users by their skills and languages.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicGroupQuery {
    /// The top nodes. All nodes with `And` must hold, and none with `Not`. If any have `Or`, at least one of them must
    /// hold. A rule without comparisons selects nobody.
    #[schemars(required)]
    pub skill_conditions: Option<Vec<DynamicGroupSkillCondition>>,
}

/// A node of a rule: its conditions, and how it is combined with the nodes beside it. With `And` it holds if all its
/// conditions hold, otherwise if any holds. A node without conditions is ignored.
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
    /// `And`, `Or` or `Not`. Default: `And`.
    #[schemars(required)]
    #[schemars(extend("enum" = ["And", "Not", "Or", null]))]
    pub operation: Option<Operation>,
}

/// A condition on a user's proficiency in a routing skill. It holds if the comparison and all children with `And` hold
/// and no child with `Not` holds, or if a child with `Or` holds.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicGroupRoutingSkillCondition {
    /// The skill, by name or by id.
    #[schemars(required)]
    pub routing_skill: Option<String>,
    /// How the proficiency is compared. Never true for a user without the skill.
    #[schemars(required)]
    #[schemars(extend("enum" = [
        "EqualTo", "NotEqualTo", "LessThan", "LessThanOrEqualTo", "GreaterThan", "GreaterThanOrEqualTo", null
    ]))]
    pub comparator: Option<Comparator>,
    /// The value to compare with: 0 to 5.
    #[schemars(required, range(min = 0, max = limits::PROFICIENCY))]
    pub proficiency: Option<i64>,
    /// Nodes that are combined with the comparison.
    pub child_conditions: Option<Vec<DynamicGroupSkillCondition>>,
}

/// A condition on a user's proficiency in a language. It holds if the comparison and all children with `And` hold and
/// no child with `Not` holds, or if a child with `Or` holds.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicGroupLanguageSkillCondition {
    /// The language, by name or by id.
    #[schemars(required)]
    pub language_skill: Option<String>,
    /// How the proficiency is compared. Never true for a user without the language.
    #[schemars(required)]
    #[schemars(extend("enum" = [
        "EqualTo", "NotEqualTo", "LessThan", "LessThanOrEqualTo", "GreaterThan", "GreaterThanOrEqualTo", null
    ]))]
    pub comparator: Option<Comparator>,
    /// The value to compare with: 0 to 5.
    #[schemars(required, range(min = 0, max = limits::PROFICIENCY))]
    pub proficiency: Option<i64>,
    /// Nodes that are combined with the comparison.
    pub child_conditions: Option<Vec<DynamicGroupSkillCondition>>,
}

/// Query of a preview of a rule.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewQuery {
    /// `users` adds the first 25 of the selected users by name. Specific to Convoke: Genesys Cloud returns only the
    /// count. Other values are ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expand: Vec<PreviewExpand>,
    /// A group that the rule is meant for. The reply then has `gained` and `lost`, the effect on its members. Specific
    /// to Convoke.
    pub group_id: Option<String>,
}

/// The users that a rule would select.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicGroupQueryPreview {
    /// The number of users.
    pub user_count: i32,
    /// With `expand=users`: the first 25 users by name.
    pub users: Option<Vec<User>>,
    /// With `groupId`: the number of users who would become members.
    pub gained: Option<i64>,
    /// With `groupId`: the number of members who would no longer be members.
    pub lost: Option<i64>,
}

/// Why a user is a member of a group, or is not. Specific to Convoke.
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
    /// Whether the user is a member of the group itself: as an individual, as an owner where owners are included, or
    /// because the rule selects the user.
    pub is_member: bool,
    /// Whether the user is an effective member: of the group itself, or of a group beneath it.
    #[serde(default)]
    #[schemars(!default)]
    pub is_effective_member: bool,
    /// The groups on the way from the group down to a group that the user is a member of, which is the last. Absent if
    /// the user is a member of no group beneath.
    pub path: Option<Vec<DomainEntityRef>>,
    /// Whether the user was added to the group by id.
    pub is_individual: bool,
    /// Whether the user owns the group.
    pub is_owner: bool,
    /// Whether the group's owners are members.
    pub include_owners: bool,
    /// The evaluation of the group's rule for the user. Absent if the group has no rule.
    pub rule: Option<RuleExplanation>,
}

/// The evaluation of a rule for a user.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuleExplanation {
    /// Whether the rule selects the user: the rule holds, and the user is active.
    pub selects: bool,
    /// The rule as in [`DynamicGroupQuery`], with the result of each part.
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
    /// How it is combined with the nodes beside it.
    #[schemars(extend("enum" = ["And", "Not", "Or"]))]
    pub operation: Operation,
    /// Whether its conditions hold. With `Not`, they must not.
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
    /// The value that it is compared with.
    pub proficiency: i64,
    /// The user's proficiency. Absent if the user does not have the skill.
    pub held: Option<f64>,
    /// Whether the comparison alone is true.
    pub compares: bool,
    /// Whether the condition holds, with its children.
    pub holds: bool,
    /// Nodes that are combined with the comparison.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub child_conditions: Vec<ExplainedNode>,
}

/// Query of a listing of a user's groups.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserGroupsQuery {
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Direction of the order by name.
    pub sort_order: Option<SortOrder>,
    /// Whether to list the groups above those as well: all groups that the user is an effective member of.
    pub effective: Option<bool>,
}

/// A group that a user is a member of. Specific to Convoke: Genesys Cloud has no such operation.
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
    /// Why the user is a member: `individual`, `owner`, `rule`, and with `effective` also `subgroup`, for a member of a
    /// group beneath it. `rule` is listed only if the caller may read the group's rule.
    pub how: Vec<MembershipKind>,
    /// URI of the group.
    pub self_uri: String,
}
