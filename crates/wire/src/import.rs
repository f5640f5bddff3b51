//! Import of a directory. Specific to Convoke. A directory is written as rows, one JSON object on each line, and each
//! row can be read on its own: `{"person":{"email":"zoe@example.org","name":"Zoë"}}`. The fields are those of the
//! Genesys Cloud API. A row refers to other things by id or by a name: to a person by e-mail address, to a skill by
//! name, and to a group by a key, from which its id is computed.

use crate::endpoint::{Nothing, endpoints};
use crate::genesys::{
    Biography, Contact, DynamicGroupQuery, EmployerInfo, ErrorBody, GroupContact, GroupState, GroupType, Image,
    UpdateUser, User, UserState, Visibility,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::skip_serializing_none;
use std::collections::BTreeMap;

/// The media type of rows and of their results.
pub const MEDIA_TYPE: &str = "application/x-ndjson";

endpoints! {
    /// Import rows, and answer each with its result
    ///
    /// The body has one [`Row`] on each line, the reply one [`RowResult`] on each line. Both are streams that flow at
    /// the same time: a row is answered when it is on the disk. The media type of both is [`MEDIA_TYPE`].
    PostImport = "postImport": POST "/directory/import" ["admin"]
        (Nothing, ImportQuery, None Nothing) -> 200 Nothing, Act;
}

/// Options of an import.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportQuery {
    /// Whether to report what each row would do, and to change nothing.
    pub dry_run: Option<bool>,
    /// With `dryRun`: whether to report the changed fields of each row.
    pub changes: Option<bool>,
}

/// One thing of a directory. A row is imported as a whole or refused as a whole; a row that describes the present state
/// changes nothing. A row removes nothing, except values that a list or text in it replaces.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Row {
    /// A routing skill.
    Skill(SkillRow),
    /// A language.
    Language(SkillRow),
    /// A person.
    Person(Box<PersonRow>),
    /// A group.
    Group(Box<GroupRow>),
    /// A person who was added to a group by id.
    Membership(MembershipRow),
    /// A group directly beneath another.
    Subgroup(SubgroupRow),
}

/// A skill or language, identified by name, or else by id: the skill with the id gets the name.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SkillRow {
    /// The id. If absent, a new skill gets a random one.
    pub id: Option<String>,
    /// Its name.
    #[schemars(required)]
    pub name: Option<String>,
}

/// A person, identified by e-mail address, or else by id. Absent fields stay unchanged; an empty list or text clears. A
/// deleted person is restored.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonRow {
    /// The id. If absent, a new person gets a random one.
    pub id: Option<String>,
    /// E-mail address. It may be absent if there is an id.
    pub email: Option<String>,
    /// The full name, required of a new person.
    pub name: Option<String>,
    /// `active` or `inactive`.
    pub state: Option<UserState>,
    /// Sign-in name.
    pub username: Option<String>,
    /// The name that colleagues use.
    pub preferred_name: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Cost center.
    pub cost_center: Option<String>,
    /// The manager, by id or e-mail address. The manager's row must come before.
    pub manager: Option<String>,
    /// The number of the mobile phone. Other contacts stay unchanged.
    pub phone: Option<String>,
    /// All contacts.
    pub addresses: Option<Vec<Contact>>,
    /// All pictures.
    pub images: Option<Vec<Image>>,
    /// All profile skills.
    pub profile_skills: Option<Vec<String>>,
    /// All certificates.
    pub certifications: Option<Vec<String>>,
    /// Employment data.
    pub employer_info: Option<EmployerInfo>,
    /// What people say about themselves.
    pub biography: Option<Biography>,
    /// Whether calls are answered automatically.
    pub acd_auto_answer: Option<bool>,
    /// All routing skills, by name or id, with proficiency: 0 to 5.
    pub skills: Option<BTreeMap<String, f64>>,
    /// All languages, by name or id, with proficiency: 0 to 5.
    pub languages: Option<BTreeMap<String, f64>>,
}

impl From<User> for PersonRow {
    /// Takes the fields that replies and rows have in the same form. It leaves out the manager, skills and languages,
    /// which rows may name otherwise, and the mobile phone, which is one of the contacts.
    fn from(user: User) -> Self {
        PersonRow {
            id: Some(user.id),
            name: Some(user.name),
            state: Some(user.state),
            // Without a name of its own, the reply has the e-mail address.
            username: user.username.filter(|username| Some(username) != user.email.as_ref()),
            email: user.email,
            preferred_name: user.preferred_name,
            title: user.title,
            department: user.department,
            given_name: user.given_name,
            family_name: user.family_name,
            cost_center: user.cost_center,
            manager: user.manager.map(|manager| manager.id),
            phone: None,
            addresses: some(user.addresses),
            images: some(user.images),
            profile_skills: user.profile_skills.and_then(some),
            certifications: user.certifications.and_then(some),
            employer_info: user.employer_info,
            biography: user.biography,
            acd_auto_answer: Some(user.acd_auto_answer),
            skills: None,
            languages: None,
        }
    }
}

impl From<PersonRow> for UpdateUser {
    /// Takes the fields that rows and updates have in the same form. It leaves out the manager, whom a row may name by
    /// e-mail address.
    fn from(row: PersonRow) -> Self {
        UpdateUser {
            name: row.name,
            department: row.department,
            given_name: row.given_name,
            family_name: row.family_name,
            cost_center: row.cost_center,
            email: row.email,
            addresses: row.addresses,
            title: row.title,
            username: row.username,
            preferred_name: row.preferred_name,
            manager: None,
            images: row.images,
            version: None,
            profile_skills: row.profile_skills,
            state: row.state,
            acd_auto_answer: row.acd_auto_answer,
            certifications: row.certifications,
            biography: row.biography,
            employer_info: row.employer_info,
        }
    }
}

/// The list, or none if it is empty.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// A group, identified by id or by key. Absent fields stay unchanged; an empty list or text clears.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupRow {
    /// The id.
    pub id: Option<String>,
    /// A key of the group in another system, instead of an id. In one organisation the same key always gives the same
    /// id.
    pub key: Option<String>,
    /// Its name, required of a new group. Names need not be unique.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// `official` or `social`. A new group is `official` by default, and the type cannot change later.
    #[serde(rename = "type")]
    pub kind: Option<GroupType>,
    /// `active` or `inactive`.
    pub state: Option<GroupState>,
    /// `public`, `owners` or `members`. A new group is `public` by default.
    pub visibility: Option<Visibility>,
    /// Whether those who can see the group can see its rule. True by default for a new group.
    pub rules_visible: Option<bool>,
    /// Whether roles may be granted to it.
    pub roles_enabled: Option<bool>,
    /// Whether owners are members.
    pub include_owners: Option<bool>,
    /// Whether it can be called.
    pub calls_enabled: Option<bool>,
    /// Its own e-mail address.
    pub email: Option<String>,
    /// All owners, by id or e-mail address.
    pub owners: Option<Vec<String>>,
    /// All phone numbers.
    pub addresses: Option<Vec<GroupContact>>,
    /// All pictures.
    pub images: Option<Vec<Image>>,
    /// The rule that selects members by their skills.
    pub rule: Option<DynamicGroupQuery>,
}

/// A person who was added to a group by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MembershipRow {
    /// The group, by id or key.
    pub group: String,
    /// The person, by id or e-mail address.
    pub member: String,
}

/// A group directly beneath another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubgroupRow {
    /// The upper group, by id or key.
    pub group: String,
    /// The lower group, by id or key.
    pub subgroup: String,
}

/// The result of a row.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RowResult {
    /// The line number in the body, from 1. Blank lines are counted and not answered.
    pub line: u64,
    /// The effect of the row.
    pub effect: RowEffect,
    /// Why the row was refused.
    pub error: Option<ErrorBody>,
    /// With `changes`: the fields that would change.
    pub changes: Option<Vec<FieldChange>>,
}

/// A field that would change, with its old and new value. Names and values are those of rows. A value is absent if the
/// field is empty.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    /// The name of the field.
    pub field: String,
    /// The present value.
    pub old: Option<Value>,
    /// The new value.
    pub new: Option<Value>,
}

/// The effect of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowEffect {
    /// It created something.
    Created,
    /// It changed something.
    Changed,
    /// Nothing had to change.
    Unchanged,
    /// The row was refused.
    Refused,
}
