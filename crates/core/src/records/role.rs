//! Roles: permissions under a name.

use crate::values::{Line, Name, Permission, Permissions, RoleId};

/// A role: permissions under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id, made for this organisation.
    pub id: RoleId,
    /// Which of [`DEFAULT_ROLES`](crate::DEFAULT_ROLES) it came from.
    pub default_id: Line,
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub description: Line,
    /// What its holders may do.
    pub permissions: Permissions,
}

/// A role that every organisation has from the start.
pub struct DefaultRole {
    /// The same in every organisation.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What its holders may do.
    pub permissions: &'static [Permission],
}

/// The roles that every organisation has from the start, the administrator's first.
pub const DEFAULT_ROLES: &[DefaultRole] = &[
    DefaultRole { id: "admin", name: "admin", description: "May do everything", permissions: &[Permission::Admin] },
    DefaultRole {
        id: "groupAdministrator",
        name: "group administrator",
        description: "Creates, changes and deletes any group and its members",
        permissions: &[
            Permission::GroupAdd,
            Permission::GroupEdit,
            Permission::GroupDelete,
            Permission::GroupView,
            Permission::PrivateGroupView,
            Permission::UserView,
            Permission::UserProfileView,
            Permission::VoicemailPolicyView,
            Permission::VoicemailPolicyEdit,
            Permission::SkillView,
        ],
    },
    DefaultRole {
        id: "groupCreator",
        name: "group creator",
        description: "Creates groups",
        permissions: &[Permission::GroupAdd, Permission::GroupView, Permission::UserView],
    },
    DefaultRole {
        id: "reader",
        name: "reader",
        description: "Reads what everyone in the organisation may see",
        permissions: &[
            Permission::GroupView,
            Permission::UserView,
            Permission::UserProfileView,
            Permission::VoicemailPolicyView,
            Permission::SkillView,
        ],
    },
];
