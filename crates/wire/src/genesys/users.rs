//! Users, which is the API's word for people.

use super::access::Organization;
use super::common::{Chat, Image, SortOrder};
use super::groups::Group;
use super::skills::{UserRoutingLanguage, UserRoutingSkill};
use super::words::{ContactType, MediaType, UserState};
use crate::limits;
use crate::word::{Word, word_enums};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{apply, skip_serializing_none};
use std::borrow::Cow;
use std::fmt;

word_enums! {
    /// A field that a reply has only on request. Values that the directory does not have are left out.
    UserExpand {
        RoutingStatus = "routingStatus",
        Presence = "presence",
        IntegrationPresence = "integrationPresence",
        ConversationSummary = "conversationSummary",
        OutOfOffice = "outOfOffice",
        Geolocation = "geolocation",
        Station = "station",
        Authorization = "authorization",
        LastTokenIssued = "lasttokenissued",
        UnusedRoles = "authorization.unusedRoles",
        Team = "team",
        WorkPlanBidRanks = "workPlanBidRanks",
        ExternalContactsSettings = "externalContactsSettings",
        Groups = "groups",
        CustomAttributes = "customAttributes",
        ProfileSkills = "profileSkills",
        Certifications = "certifications",
        Locations = "locations",
        Skills = "skills",
        Languages = "languages",
        LanguagePreference = "languagePreference",
        EmployerInfo = "employerInfo",
        Biography = "biography",
        DateLastLogin = "dateLastLogin",
        DateWelcomeSent = "dateWelcomeSent",
        GivenName = "givenName",
        FamilyName = "familyName",
        CostCenter = "costCenter",
    }
    /// A field of the current user only, on request.
    OwnExpand {
        Date = "date",
        GeolocationSettings = "geolocationsettings",
        Organization = "organization",
        PresenceDefinitions = "presencedefinitions",
        DivisionedPresenceDefinitions = "divisionedpresencedefinitions",
        LocationDefinitions = "locationdefinitions",
        OrgAuthorization = "orgauthorization",
        OrgProducts = "orgproducts",
        Favorites = "favorites",
        Superiors = "superiors",
        DirectReports = "directreports",
        Adjacents = "adjacents",
        RoutingSkills = "routingskills",
        RoutingLanguages = "routinglanguages",
        FieldConfigs = "fieldconfigs",
        Token = "token",
        Trustors = "trustors",
        LogCapture = "logCapture",
        AutoAnswerSettings = "autoanswersettings",
    }
}

/// A field that a reply about the current user has only on request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeExpand {
    /// A field of any user.
    User(UserExpand),
    /// A field of the current user only.
    Own(OwnExpand),
}

impl From<String> for MeExpand {
    fn from(text: String) -> Self {
        match UserExpand::from(text) {
            UserExpand::Other(text) => MeExpand::Own(text.into()),
            word => MeExpand::User(word),
        }
    }
}

impl Serialize for MeExpand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            MeExpand::User(word) => word.serialize(serializer),
            MeExpand::Own(word) => word.serialize(serializer),
        }
    }
}

/// The fields that are specific to this directory. Genesys Cloud ignores unknown words.
pub const OWN_EXPANDS: [UserExpand; 3] = [UserExpand::GivenName, UserExpand::FamilyName, UserExpand::CostCenter];

macro_rules! expands {
    ($($name:ident, $other:pat, $words:expr;)*) => {$(
        /// Refuses unknown words.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                match $name::from(text.clone()) {
                    $other => {
                        let words: Vec<&str> = $words;
                        Err(D::Error::custom(format!("{text:?} is none of {}", words.join(", "))))
                    }
                    word => Ok(word),
                }
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let words: Vec<&str> = $words;
                json_schema!({ "type": "string", "enum": words })
            }
        }
    )*};
}

expands! {
    UserExpand, UserExpand::Other(_), UserExpand::WORDS.to_vec();
    MeExpand, MeExpand::Own(OwnExpand::Other(_)), [UserExpand::WORDS, OwnExpand::WORDS].concat();
}

/// A user as replies have it.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// The full name.
    pub name: String,
    /// The division.
    pub division: Division,
    /// Chat address.
    pub chat: Option<Chat>,
    /// Department.
    pub department: Option<String>,
    /// E-mail address. Absent for a user who is known by a telephone number only.
    pub email: Option<String>,
    /// The primary contacts of the user.
    #[serde_with(skip_apply)]
    #[serde(default)]
    pub primary_contact_info: Vec<Contact>,
    /// All contacts of the user.
    #[serde_with(skip_apply)]
    #[serde(default)]
    pub addresses: Vec<Contact>,
    /// `active`, `inactive` or `deleted`.
    #[schemars(extend("enum" = ["active", "inactive", "deleted"]))]
    pub state: UserState,
    /// Job title.
    pub title: Option<String>,
    /// Sign-in name. The e-mail address if the user has no other.
    pub username: Option<String>,
    /// The name that colleagues use.
    pub preferred_name: Option<String>,
    /// The user's manager.
    pub manager: Option<UserReference>,
    /// Pictures.
    #[serde_with(skip_apply)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// 1 when new; each change adds 1.
    pub version: i32,
    /// With `expand=certifications`.
    pub certifications: Option<Vec<String>>,
    /// With `expand=biography`.
    pub biography: Option<Biography>,
    /// With `expand=employerInfo`.
    pub employer_info: Option<EmployerInfo>,
    /// With `expand=profileSkills`.
    pub profile_skills: Option<Vec<String>>,
    /// With `expand=groups`: those that the caller can see.
    pub groups: Option<Vec<Group>>,
    /// With `expand=skills`: routing skills.
    pub skills: Option<Vec<UserRoutingSkill>>,
    /// With `expand=languages`.
    pub languages: Option<Vec<UserRoutingLanguage>>,
    /// With `expand=givenName`.
    pub given_name: Option<String>,
    /// With `expand=familyName`.
    pub family_name: Option<String>,
    /// With `expand=costCenter`.
    pub cost_center: Option<String>,
    /// Whether calls are answered automatically.
    pub acd_auto_answer: bool,
    /// URI of the user.
    pub self_uri: String,
}

/// A reference to a user by id.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserReference {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// The current version of the user, which the documents require. 0 if a server leaves it out.
    pub version: i32,
    /// URI of the user.
    pub self_uri: String,
}

/// The current user: a user, and fields for the caller only.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserMe {
    /// The user.
    #[serde(flatten)]
    pub user: User,
    /// With `expand=organization`.
    pub organization: Option<Organization>,
}

/// A division by id and name.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Division {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// URI of this resource.
    pub self_uri: String,
}

/// A contact of a user.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Phone number or e-mail address.
    pub address: Option<String>,
    /// How to display it. Ignored in requests.
    pub display: Option<String>,
    /// `PHONE`, `EMAIL` or `SMS`.
    #[schemars(extend("enum" = ["PHONE", "EMAIL", "SMS", null]))]
    pub media_type: Option<MediaType>,
    /// `PRIMARY`, `WORK`, `WORK2`, `WORK3`, `WORK4`, `HOME`, `MOBILE`, `MAIN` or `OTHER`.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["PRIMARY", "WORK", "WORK2", "WORK3", "WORK4", "HOME", "MOBILE", "MAIN", "OTHER", null]))]
    pub kind: Option<ContactType>,
    /// Extension of the number.
    pub extension: Option<String>,
    /// Two-letter country code.
    pub country_code: Option<String>,
    /// The integration that the contact came from.
    pub integration: Option<String>,
}

/// What a user says about themselves.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Biography {
    /// A short text.
    pub biography: Option<String>,
    /// Interests.
    pub interests: Option<Vec<String>>,
    /// Hobbies.
    pub hobbies: Option<Vec<String>>,
    /// Spouse.
    pub spouse: Option<String>,
}

/// Employment data of a user.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmployerInfo {
    /// Legal name.
    pub official_name: Option<String>,
    /// The employee's number.
    pub employee_id: Option<String>,
    /// Such as full-time.
    pub employee_type: Option<String>,
    /// Date of hiring.
    pub date_hire: Option<String>,
}

/// The body of a request that creates a user. A `password` is accepted and discarded.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateUser {
    /// The full name.
    #[schemars(required, length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// E-mail address, unique in the organisation.
    #[schemars(required, extend("format" = "email"))]
    pub email: Option<String>,
    /// Contacts of the user.
    pub addresses: Option<Vec<Contact>>,
    /// Job title.
    pub title: Option<String>,
    /// Given name. Specific to Convoke.
    pub given_name: Option<String>,
    /// Family name. Specific to Convoke.
    pub family_name: Option<String>,
    /// Cost center. Specific to Convoke.
    pub cost_center: Option<String>,
    /// The division. Default: the home division.
    pub division_id: Option<String>,
    /// `active` or `inactive`.
    #[schemars(extend("enum" = ["active", "inactive", null]))]
    pub state: Option<UserState>,
}

/// The changes of a user. Absent fields stay unchanged; an empty list or text clears.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateUser {
    /// A new name.
    #[schemars(length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
    /// A new department.
    pub department: Option<String>,
    /// A new e-mail address.
    pub email: Option<String>,
    /// The new contacts, which replace all.
    pub addresses: Option<Vec<Contact>>,
    /// A new job title.
    pub title: Option<String>,
    /// A new sign-in name.
    pub username: Option<String>,
    /// The name that colleagues use.
    pub preferred_name: Option<String>,
    /// A new given name. Specific to Convoke.
    pub given_name: Option<String>,
    /// A new family name. Specific to Convoke.
    pub family_name: Option<String>,
    /// A new cost center. Specific to Convoke.
    pub cost_center: Option<String>,
    /// Id of the new manager.
    pub manager: Option<ManagerRef>,
    /// The new pictures, which replace all.
    pub images: Option<Vec<Image>>,
    /// The version that the caller read. The change is refused if it is not the current one.
    #[schemars(required, range(min = 0, max = limits::VERSION))]
    pub version: Option<i64>,
    /// The new profile skills, which replace all.
    pub profile_skills: Option<Vec<String>>,
    /// `active` or `inactive`. Restores a deleted user.
    #[schemars(extend("enum" = ["active", "inactive", null]))]
    pub state: Option<UserState>,
    /// Whether calls are answered automatically.
    pub acd_auto_answer: Option<bool>,
    /// The new certificates, which replace all.
    pub certifications: Option<Vec<String>>,
    /// What the user now says about themselves.
    pub biography: Option<Biography>,
    /// The new employment data.
    pub employer_info: Option<EmployerInfo>,
}

/// A manager: an id in requests, an object in replies. The object is accepted in requests too.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct ManagerRef(pub String);

impl<'de> Deserialize<'de> for ManagerRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdOrObject;
        impl<'de> Visitor<'de> for IdOrObject {
            type Value = ManagerRef;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the id of a user, or a user with an id")
            }

            fn visit_str<E>(self, id: &str) -> Result<ManagerRef, E> {
                Ok(ManagerRef(id.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<ManagerRef, A::Error> {
                let mut id = None;
                while let Some(key) = fields.next_key::<String>()? {
                    if key == "id" {
                        id = Some(fields.next_value()?);
                    } else {
                        fields.next_value::<IgnoredAny>()?;
                    }
                }
                id.map(ManagerRef).ok_or_else(|| A::Error::missing_field("id"))
            }
        }
        deserializer.deserialize_any(IdOrObject)
    }
}

impl JsonSchema for ManagerRef {
    fn schema_name() -> Cow<'static, str> {
        "ManagerRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string" },
                { "type": "object", "properties": { "id": { "type": "string" } }, "required": ["id"] },
            ],
        })
    }
}

/// Query of a listing of users.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsersQuery {
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Only these users; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<String>,
    /// Only the users with these chat addresses. Not together with `id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jabber_id: Vec<String>,
    /// Direction of the order by name.
    pub sort_order: Option<SortOrder>,
    /// Further fields of each user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expand: Vec<UserExpand>,
    /// Only users in this state. Default: `active`.
    pub state: Option<UsersState>,
}

/// Which users a listing has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UsersState {
    /// Active ones.
    Active,
    /// Inactive ones.
    Inactive,
    /// Deleted ones.
    Deleted,
    /// All.
    Any,
}

/// Query for a user.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct UserQuery {
    /// Further fields of the user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expand: Vec<UserExpand>,
    /// `deleted` finds only a deleted user, `active` (the default) only one that is not deleted.
    pub state: Option<UserQueryState>,
}

/// Whether an id means a deleted user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UserQueryState {
    /// One that is not deleted.
    Active,
    /// One that is deleted.
    Deleted,
}

/// Query for the current user.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct MeQuery {
    /// Further fields of the user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expand: Vec<MeExpand>,
}
