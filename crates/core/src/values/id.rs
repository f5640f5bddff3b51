//! Ids.

use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Parses an id in the form that the server writes: 36 characters in lower case. Any other text is an
            /// unknown id.
            pub fn parse(text: &str) -> Option<Self> {
                let canonical = text.len() == 36 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
                if canonical { Uuid::try_parse(text).ok().map($name) } else { None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// The id of an organisation.
    OrganisationId;
    /// The id of a person, who may be deleted.
    PersonId;
    /// The id of a group.
    GroupId;
    /// The id of a role.
    RoleId;
    /// The id of a division.
    DivisionId;
    /// The id of a skill of any kind, which may be deleted.
    SkillId;
}

/// The id of an OAuth client or connector, unique in all organisations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub Arc<str>);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
