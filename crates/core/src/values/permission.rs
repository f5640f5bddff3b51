//! Permissions.

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// A permission.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Permission { $($(#[$doc])* $variant,)* }

        impl Permission {
            /// Every permission.
            pub const ALL: &[Permission] = &[$(Permission::$variant,)*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(Permission::$variant => $word,)* }
            }
        }
    };
}

permissions! {
    /// All permissions.
    Admin = "admin",
    /// Create groups.
    GroupAdd = "directory:group:add",
    /// Change groups, and the members of any group.
    GroupEdit = "directory:group:edit",
    /// Delete groups.
    GroupDelete = "directory:group:delete",
    /// Read the rules of groups.
    GroupView = "directory:group:view",
    /// See groups that only their members or owners can see.
    PrivateGroupView = "directory:privateGroup:view",
    /// Create people.
    UserAdd = "directory:user:add",
    /// Change people.
    UserEdit = "directory:user:edit",
    /// Delete people.
    UserDelete = "directory:user:delete",
    /// Search people.
    UserView = "directory:user:view",
    /// Read the profile skills of people.
    UserProfileView = "directory:userProfile:view",
    /// Change the profile skills of people.
    UserProfileEdit = "directory:userProfile:edit",
    /// Administer the organisation's people.
    OrganizationAdmin = "directory:organization:admin",
    /// Read groups' voicemail policies.
    VoicemailPolicyView = "voicemail:groupPolicy:view",
    /// Change groups' voicemail policies.
    VoicemailPolicyEdit = "voicemail:groupPolicy:edit",
    /// Read routing skills.
    SkillView = "routing:skill:view",
    /// Create, change and delete routing skills and languages.
    SkillManage = "routing:skill:manage",
    /// Create routing skills.
    SkillCreate = "routing:skill:create",
    /// Change routing skills.
    SkillUpdate = "routing:skill:update",
    /// Delete routing skills.
    SkillDelete = "routing:skill:delete",
    /// Assign routing skills and languages to people.
    SkillAssign = "routing:skill:assign",
    /// Assign languages to people.
    LanguageAssign = "routing:language:assign",
    /// Read roles.
    RoleView = "authorization:role:view",
    /// Create OAuth clients.
    ClientAdd = "oauth:client:add",
    /// Read OAuth clients.
    ClientView = "oauth:client:view",
    /// Change OAuth clients.
    ClientEdit = "oauth:client:edit",
    /// Delete OAuth clients.
    ClientDelete = "oauth:client:delete",
}

/// Old names of permissions, each with the permissions that replaced it.
const ALIASES: &[(&str, &[Permission])] = &[
    (
        "group_administration",
        &[Permission::GroupAdd, Permission::GroupEdit, Permission::GroupDelete, Permission::GroupView],
    ),
    ("group_creation", &[Permission::GroupAdd]),
];

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u64);

impl Permissions {
    /// No permission.
    pub const NONE: Permissions = Permissions(0);

    /// The listed permissions.
    pub fn of(list: &[Permission]) -> Self {
        list.iter().copied().fold(Self::NONE, Self::with)
    }

    /// The permissions with these names or old names. None if one of the names is unknown.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut set = Self::NONE;
        for name in names {
            let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, list)| *list);
            let plain = Permission::ALL.iter().find(|permission| permission.name() == name);
            match (alias, plain) {
                (Some(list), _) => set = set.and(Self::of(list)),
                (None, Some(permission)) => set = set.with(*permission),
                (None, None) => return None,
            }
        }
        Some(set)
    }

    fn with(self, permission: Permission) -> Self {
        Permissions(self.0 | 1 << permission as u64)
    }

    /// The union of both sets.
    pub fn and(self, other: Self) -> Self {
        Permissions(self.0 | other.0)
    }

    /// Whether the set contains this permission, or [`Permission::Admin`].
    pub fn allow(self, permission: Permission) -> bool {
        self.meets(Permissions::NONE.with(permission))
    }

    /// Whether the set allows any of these. If `any` is empty, it does.
    pub fn meets(self, any: Permissions) -> bool {
        any == Self::NONE || self.0 & any.with(Permission::Admin).0 != 0
    }

    /// Whether the set allows all that the other does.
    pub fn covers(self, other: Permissions) -> bool {
        other.iter().all(|permission| self.allow(permission))
    }

    /// The permissions in the set.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.0 & 1 << *permission as u64 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_stand_for_the_new_ones() {
        let old = Permissions::named(["group_administration"]).expect("an alias");
        let names: Vec<_> = old.iter().map(Permission::name).collect();
        assert_eq!(
            names,
            ["directory:group:add", "directory:group:edit", "directory:group:delete", "directory:group:view"]
        );
        assert_eq!(Permissions::named(["group_creation"]), Permissions::named(["directory:group:add"]));
        assert_eq!(Permissions::named(["directory:group:add", "nobody's"]), None);
    }

    #[test]
    fn admin_meets_everything_and_is_met_only_by_itself() {
        let admin = Permissions::of(&[Permission::Admin]);
        let reader = Permissions::of(&[Permission::UserView]);
        assert!(admin.covers(reader) && admin.allow(Permission::GroupDelete));
        assert!(!reader.covers(admin) && !reader.allow(Permission::GroupDelete));
        assert!(reader.meets(Permissions::NONE));
    }
}
