//! Roles: named sets of permissions.

use crate::values::{Line, Name, Permission, Permissions, RoleId};

/// A role: a named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id, unique to this organisation.
    pub id: RoleId,
    /// The id of the [default role](crate::DEFAULT_ROLES) that it was made from.
    pub default_id: Line,
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub description: Line,
    /// The permissions that it grants.
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
    /// The permissions that it grants.
    pub permissions: &'static [Permission],
}

/// The roles that every organisation has from the start. The administrator's is the first.
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
