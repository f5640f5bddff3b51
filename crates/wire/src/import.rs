//! Moving a directory: Convoke's own. A directory is written as rows, one line of JSON each, of which
//! every one stands for itself: `{"person":{"email":"zoe@example.org","name":"Zoë"}}`. Fields are those of
//! the Genesys Cloud API; other things are named by id, or by what people know them by: a person by
//! e-mail address, a skill by name, a group by a key that is not stored but makes its id.

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

/// The media type of rows and of what became of them.
pub const MEDIA_TYPE: &str = "application/x-ndjson";

endpoints! {
    /// Take in rows, and say of each what became of it
    ///
    /// The body is one [`Row`] a line, the reply one [`RowResult`] a line, and both flow at the same time:
    /// a row is answered when it is on the disk. The media type of both is [`MEDIA_TYPE`].
    PostImport = "postImport": POST "/directory/import" ["admin"]
        (Nothing, ImportQuery, None Nothing) -> 200 Nothing, Act;
}

/// How to take in rows.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportQuery {
    /// Whether to say what would become of each row, and change nothing.
    pub dry_run: Option<bool>,
    /// Whether to say, with `dryRun`, of each row that would change something what that is, field by field.
    pub changes: Option<bool>,
}

/// One thing that a directory has. A row is taken in as a whole or not at all; one that says what is so
/// already changes nothing. No row takes anything away but what a list or text in it replaces.
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
    /// Someone who was added to a group.
    Membership(MembershipRow),
    /// A group beneath another.
    Subgroup(SubgroupRow),
}

/// A skill or language, known by name, or else by id: one that has the id gets the name.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SkillRow {
    /// The id that it has, or is to have; a new one where absent.
    pub id: Option<String>,
    /// Its name.
    #[schemars(required)]
    pub name: Option<String>,
}

/// A person, known by e-mail address, or else by id. Absent fields stay as they are, an empty list or text
/// clears. Someone who was deleted is there again.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonRow {
    /// The id that the person has, or is to have; a new one where absent.
    pub id: Option<String>,
    /// E-mail address; may be absent where there is an id.
    pub email: Option<String>,
    /// The full name; a new person must have one.
    pub name: Option<String>,
    /// `active` or `inactive`.
    pub state: Option<UserState>,
    /// Sign-in name.
    pub username: Option<String>,
    /// What colleagues call the person.
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
    /// Whom the person reports to, by id or e-mail address; that row comes before.
    pub manager: Option<String>,
    /// The number of the phone that the person carries along; other contacts stay.
    pub phone: Option<String>,
    /// All ways to reach the person.
    pub addresses: Option<Vec<Contact>>,
    /// All pictures.
    pub images: Option<Vec<Image>>,
    /// All profile skills.
    pub profile_skills: Option<Vec<String>>,
    /// All certificates.
    pub certifications: Option<Vec<String>>,
    /// What the employer knows.
    pub employer_info: Option<EmployerInfo>,
    /// What the person tells.
    pub biography: Option<Biography>,
    /// Whether calls are answered without a click.
    pub acd_auto_answer: Option<bool>,
    /// All routing skills, by name or id, and how well: 0 to 5.
    pub skills: Option<BTreeMap<String, f64>>,
    /// All languages, by name or id, and how well: 0 to 5.
    pub languages: Option<BTreeMap<String, f64>>,
}

impl From<User> for PersonRow {
    /// What rows say as replies do. The manager is named by id; skills and languages, which rows name otherwise, and
    /// the number of the phone, which is among the contacts, are left out.
    fn from(user: User) -> Self {
        PersonRow {
            id: Some(user.id),
            name: Some(user.name),
            state: Some(user.state),
            // Where there is no other, it is the e-mail address.
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
    /// What an update says as a row does. The manager, whom a row may name by e-mail address, is left out.
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

/// A list, unless it is empty.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// A group, known by id or by key. Absent fields stay as they are, an empty list or text clears.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupRow {
    /// The id that it has, or is to have.
    pub id: Option<String>,
    /// In the place of an id: what another system knows the group by. The same key makes the same id, in
    /// the same organisation.
    pub key: Option<String>,
    /// Its name; a new group must have one. Names need not be unique.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// `official` or `social`; of a new group `official` where absent, and fixed from then on.
    #[serde(rename = "type")]
    pub kind: Option<GroupType>,
    /// `active` or `inactive`.
    pub state: Option<GroupState>,
    /// `public`, `owners` or `members`; of a new group `public` where absent.
    pub visibility: Option<Visibility>,
    /// Whether those who see the group see its rule; of a new group true where absent.
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
    /// Whom it takes by what they can do.
    pub rule: Option<DynamicGroupQuery>,
}

/// Someone who was added to a group.
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
    /// The upper one, by id or key.
    pub group: String,
    /// The lower one, by id or key.
    pub subgroup: String,
}

/// What became of a row.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RowResult {
    /// Which line of the body it was, from 1 on. Blank lines are counted, and not answered.
    pub line: u64,
    /// What it did.
    pub effect: RowEffect,
    /// Why it was refused.
    pub error: Option<ErrorBody>,
    /// With `changes`: the fields that would be different.
    pub changes: Option<Vec<FieldChange>>,
}

/// A field of something that is there, as it is and as it would be. Names and values are those of rows; a value is
/// absent where the field is empty.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    /// The name of the field.
    pub field: String,
    /// What it is.
    pub old: Option<Value>,
    /// What it would be.
    pub new: Option<Value>,
}

/// What a row did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowEffect {
    /// Something is there that was not.
    Created,
    /// Something is different.
    Changed,
    /// Nothing: it was so already.
    Unchanged,
    /// Nothing, for a reason.
    Refused,
}
