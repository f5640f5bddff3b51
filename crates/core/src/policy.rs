//! Who may do what: permissions, roles, the caller, and the rules about groups. Every refusal for
//! want of a right is decided here.

mod groups;

use crate::directory::Directory;
use crate::fault::Fault;
use crate::model::{ClientId, PersonId, PersonState, RoleId};
use crate::query::View;
pub use groups::Standing;
pub(crate) use groups::{
    effective, glimpses, hidden, managed_groups, may_change_members, own_groups, reads_rule, seen_groups, sees,
    standing, standing_of, with_beneath,
};

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
pub enum Actor {
    /// An OAuth client.
    Client(ClientId),
    /// A person, by a connector.
    Connector {
        /// The connector that the token was issued to.
        connector: ClientId,
        /// The person.
        person: PersonId,
        /// The generation of the connector's tokens that this one is of.
        generation: u32,
    },
}

impl Actor {
    /// The OAuth client or connector: what sends the requests.
    pub fn client(&self) -> &ClientId {
        match self {
            Actor::Client(id) | Actor::Connector { connector: id, .. } => id,
        }
    }

    /// What tells callers apart: the OAuth client, or the connector and the person who comes by it.
    pub fn caller_key(&self) -> (ClientId, Option<PersonId>) {
        match self {
            Actor::Client(id) => (id.clone(), None),
            Actor::Connector { connector, person, .. } => (connector.clone(), Some(*person)),
        }
    }
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
    /// How far it sees.
    pub(crate) reach: Reach,
}

/// How far a caller sees, and what it may change there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// What visibility says: OAuth clients.
    Organisation,
    /// And along the hierarchy of the groups that it is in: people, by a connector.
    Hierarchy,
    /// A group, as if it owned that, and what is beneath it: a confined connector.
    Group(u32),
}

/// Lets a caller in to a directory: the only way to read one, and the first step of every command.
///
/// # Errors
///
/// [`Fault::Unauthenticated`] when the client or connector, the generation of its tokens, or the
/// person it stands for is not (or no longer) good; [`Fault::MissingPermission`] when the caller has
/// none of the permissions needed.
pub fn admit<'d>(directory: &'d Directory, actor: &Actor, needs: Permissions) -> Result<View<'d>, Fault> {
    let caller = match actor {
        Actor::Client(client) => by_client(directory, client),
        Actor::Connector { connector, person, generation } => by_connector(directory, connector, *person, *generation),
    };
    let caller = caller.ok_or(Fault::Unauthenticated)?;
    if !caller.permissions.meets(needs) {
        return Err(Fault::MissingPermission(needs));
    }
    Ok(View { directory, caller })
}

/// A client that may do everything, on whose behalf the server's operator may act.
pub fn administrator(directory: &Directory) -> Option<Actor> {
    let mut clients = directory.clients.keys().cloned().map(Actor::Client);
    clients.find(|actor| admit(directory, actor, Permissions::of(&[Permission::Admin])).is_ok())
}

fn by_client(directory: &Directory, id: &ClientId) -> Option<Caller> {
    let entry = directory.clients.get(id).filter(|entry| entry.client.enabled)?;
    let person = match entry.client.person {
        None => None,
        Some(id) => Some(active_person(directory, id)?),
    };
    Some(Caller { client: id.clone(), person, permissions: entry.permissions, reach: Reach::Organisation })
}

fn by_connector(directory: &Directory, id: &ClientId, person: PersonId, generation: u32) -> Option<Caller> {
    let connector = directory.connectors.get(id).filter(|connector| connector.generation == generation)?;
    let reach = match connector.group {
        None => Reach::Hierarchy,
        Some(group) => Reach::Group(directory.groups.by_id(group)?.0),
    };
    let permissions = match connector.administrator && connector.person == person {
        true => Permissions::of(&[Permission::GroupEdit]),
        false => Permissions::NONE,
    };
    Some(Caller { client: id.clone(), person: Some(active_person(directory, person)?), permissions, reach })
}

fn active_person(directory: &Directory, id: PersonId) -> Option<u32> {
    let slot = directory.people.slot(id)?;
    let person = directory.people.get(slot)?;
    (person.state == PersonState::Active).then_some(slot)
}

/// Refuses to hand out what the caller does not have: the permissions of these roles, or the
/// rights of a person that it does not stand for.
pub(crate) fn may_confer(view: &View, roles: &[RoleId], person: Option<PersonId>) -> Result<(), Fault> {
    let conferred = view.directory.permissions_of(roles);
    let own = |id| view.caller.person.is_some_and(|own| view.directory.people.slot(id) == Some(own));
    if !person.is_none_or(own) && !view.caller.permissions.allow(Permission::Admin) {
        return Err(Fault::NotAllowed(Permissions::of(&[Permission::Admin])));
    }
    if !view.caller.permissions.covers(conferred) {
        return Err(Fault::NotAllowed(conferred));
    }
    Ok(())
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
