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
            /// The id written as the server writes it: 36 characters, lower case. Anything else is
            /// an id that nothing has.
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
    /// Names an organisation.
    OrganisationId;
    /// Names a person, deleted ones included.
    PersonId;
    /// Names a group.
    GroupId;
    /// Names a role.
    RoleId;
    /// Names a division.
    DivisionId;
    /// Names a skill, whatever its kind, deleted ones included.
    SkillId;
}

/// Names an OAuth client, in all organisations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub Arc<str>);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
