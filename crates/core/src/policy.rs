//! Who may do what: permissions, roles, the caller, and the rules about groups. Every refusal for
//! want of a right is decided here.

use crate::directory::{Directory, GroupEntry};
use crate::fault::Fault;
use crate::model::{ClientId, PersonId, PersonState, RoleId, Visibility};
use crate::query::View;
use crate::set::Set;

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// Something that only some may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Permission { $($(#[$doc])* $variant,)* }

        impl Permission {
            /// Every permission.
            pub const ALL: &[Permission] = &[$(Permission::$variant,)*];

            /// Its name, as current documents of the API have it.
            pub fn name(self) -> &'static str {
                match self { $(Permission::$variant => $word,)* }
            }
        }
    };
}

permissions! {
    /// Everything, whatever it is called.
    Admin = "admin",
    /// Create groups.
    GroupAdd = "directory:group:add",
    /// Change groups, and the members of any group.
    GroupEdit = "directory:group:edit",
    /// Delete groups.
    GroupDelete = "directory:group:delete",
    /// Read the definition of groups.
    GroupView = "directory:group:view",
    /// See groups that only their members or owners see.
    PrivateGroupView = "directory:privateGroup:view",
    /// Create people.
    UserAdd = "directory:user:add",
    /// Change people.
    UserEdit = "directory:user:edit",
    /// Delete people.
    UserDelete = "directory:user:delete",
    /// Search people.
    UserView = "directory:user:view",
    /// Read what people say of themselves.
    UserProfileView = "directory:userProfile:view",
    /// Change what people say of themselves.
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
    /// Say who has which routing skills and languages.
    SkillAssign = "routing:skill:assign",
    /// Say who has which languages.
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

/// Old names, each for the permissions that took its place.
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

    /// Those listed.
    pub fn of(list: &[Permission]) -> Self {
        list.iter().copied().fold(Self::NONE, Self::with)
    }

    /// Those that go by these names or old names; none if one of them is nobody's name.
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

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Permissions(self.0 | other.0)
    }

    /// Whether the set has this one, by itself or because it has [`Permission::Admin`].
    pub fn allow(self, permission: Permission) -> bool {
        self.meets(Permissions::NONE.with(permission))
    }

    /// Whether the set has any of these; needing none is met by all.
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

/// Who sent a request, as the token says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The client that the token was issued to.
    pub client: ClientId,
}

/// Who sent a request, as the directory knows it at this moment.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The client.
    pub client: ClientId,
    /// The slot of the person that it stands for, if any.
    pub(crate) person: Option<u32>,
    /// What it may do.
    pub permissions: Permissions,
}

/// Lets a caller in to a directory: the only way to read one, and the first step of every command.
///
/// # Errors
///
/// [`Fault::Unauthenticated`] when the client, or the person it stands for, is not active;
/// [`Fault::MissingPermission`] when the caller has none of the permissions needed.
pub fn admit<'d>(directory: &'d Directory, actor: &Actor, needs: Permissions) -> Result<View<'d>, Fault> {
    let entry = directory.clients.get(&actor.client).filter(|entry| entry.client.enabled);
    let entry = entry.ok_or(Fault::Unauthenticated)?;
    let person = match entry.client.person {
        None => None,
        Some(id) => Some(active_person(directory, id).ok_or(Fault::Unauthenticated)?),
    };
    if !entry.permissions.meets(needs) {
        return Err(Fault::MissingPermission(needs));
    }
    let caller = Caller { client: actor.client.clone(), person, permissions: entry.permissions };
    Ok(View { directory, caller })
}

fn active_person(directory: &Directory, id: PersonId) -> Option<u32> {
    let slot = directory.people.slot(id)?;
    let person = directory.people.get(slot)?;
    (person.state == PersonState::Active).then_some(slot)
}

/// The groups that the caller finds.
pub(crate) fn seen_groups(view: &View) -> Set {
    let groups = &view.directory.groups;
    if view.caller.permissions.allow(Permission::PrivateGroupView) {
        return groups.all.clone();
    }
    let Some(person) = view.caller.person else { return groups.public().clone() };
    let mut seen = groups.public().clone();
    for group in view.directory.possible_groups_of(person).without(&seen).iter() {
        if groups.get(group).is_some_and(|entry| sees(view, entry)) {
            seen.insert(group);
        }
    }
    seen
}

/// Whether the caller finds the group.
pub(crate) fn sees(view: &View, entry: &GroupEntry) -> bool {
    let own = |slot: u32| match entry.group.visibility {
        Visibility::Public => true,
        Visibility::Members => entry.members.contains(slot) || owns(view, slot, entry),
        Visibility::Owners => owns(view, slot, entry),
    };
    entry.group.visibility == Visibility::Public
        || view.caller.permissions.allow(Permission::PrivateGroupView)
        || view.caller.person.is_some_and(own)
}

/// Refuses callers who may not change the group's members: neither owner nor group editor.
pub(crate) fn may_change_members(view: &View, entry: &GroupEntry) -> Result<(), Fault> {
    let owner = view.caller.person.is_some_and(|slot| owns(view, slot, entry));
    if owner || view.caller.permissions.allow(Permission::GroupEdit) {
        return Ok(());
    }
    Err(Fault::NotAllowed(Permissions::of(&[Permission::GroupEdit])))
}

/// Whether the caller may read the group's rule, and what it says of a person.
pub(crate) fn reads_rule(view: &View, entry: &GroupEntry) -> bool {
    entry.group.rules_visible
        || view.caller.permissions.allow(Permission::GroupEdit)
        || view.caller.person.is_some_and(|slot| owns(view, slot, entry))
}

/// Refuses to hand out what the caller does not have: the permissions of these roles, or the
/// rights of a person that it does not stand for.
pub(crate) fn may_confer(view: &View, roles: &[RoleId], person: Option<PersonId>) -> Result<(), Fault> {
    let conferred = view.directory.permissions_of(roles);
    let own = |id| view.directory.people.slot(id) == view.caller.person;
    if !person.is_none_or(own) && !view.caller.permissions.allow(Permission::Admin) {
        return Err(Fault::NotAllowed(Permissions::of(&[Permission::Admin])));
    }
    if !view.caller.permissions.covers(conferred) {
        return Err(Fault::NotAllowed(conferred));
    }
    Ok(())
}

fn owns(view: &View, slot: u32, entry: &GroupEntry) -> bool {
    view.directory.people.get(slot).is_some_and(|person| entry.group.owners.contains(&person.id))
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
