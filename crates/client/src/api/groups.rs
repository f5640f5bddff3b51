//! Groups.

use crate::client::Client;
use crate::error::Error;
use crate::pages;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use futures_util::stream::BoxStream;

/// Groups, their members and their rules.
///
/// Each method fails as [`Client::call`] does.
#[derive(Clone, Debug)]
pub struct GroupsApi {
    client: Client,
}

fn group(id: &str) -> GroupPath {
    GroupPath { group_id: id.into() }
}

fn texts(texts: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

impl GroupsApi {
    /// Groups by this client.
    pub fn new(client: &Client) -> Self {
        GroupsApi { client: client.clone() }
    }

    /// Deletes a group.
    pub async fn delete_group(&self, group_id: &str) -> Result<(), Error> {
        self.client.call::<DeleteGroup>(&group(group_id), &Nothing {}, None).await.map(drop)
    }

    /// Removes the rule of a group. Those whom only the rule selected are no longer members.
    pub async fn delete_group_dynamicsettings(&self, group_id: &str) -> Result<(), Error> {
        self.client.call::<DeleteGroupDynamicsettings>(&group(group_id), &Nothing {}, None).await.map(drop)
    }

    /// Removes users from a group, at most 50.
    pub async fn delete_group_members(
        &self,
        group_id: &str,
        ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Empty, Error> {
        let query = MemberIdsQuery { ids: Some(texts(ids)) };
        self.client.call::<DeleteGroupMembers>(&group(group_id), &query, None).await
    }

    /// Describes the fields of `person`, `group` or `org`.
    pub async fn get_fieldconfig(&self, kind: EntityType) -> Result<FieldConfig, Error> {
        let query = FieldConfigQuery { kind: Some(kind) };
        self.client.call::<GetFieldconfig>(&Nothing {}, &query, None).await
    }

    /// A group by its id.
    pub async fn get_group(&self, group_id: &str) -> Result<Group, Error> {
        self.client.call::<GetGroup>(&group(group_id), &Nothing {}, None).await
    }

    /// The rule of a group.
    pub async fn get_group_dynamicsettings(&self, group_id: &str) -> Result<DynamicGroupDefinition, Error> {
        self.client.call::<GetGroupDynamicsettings>(&group(group_id), &Nothing {}, None).await
    }

    /// Everyone who was added to a group by id, on one page.
    pub async fn get_group_individuals(&self, group_id: &str) -> Result<EntityListing<User>, Error> {
        self.client.call::<GetGroupIndividuals>(&group(group_id), &Nothing {}, None).await
    }

    /// A page of a group's members, for any reason of membership.
    pub async fn get_group_members(&self, group_id: &str, opts: &MembersQuery) -> Result<EntityListing<User>, Error> {
        self.client.call::<GetGroupMembers>(&group(group_id), opts, None).await
    }

    /// All members of a group, starting at the page of `opts`.
    pub fn list_group_members(&self, group_id: &str, opts: MembersQuery) -> BoxStream<'static, Result<User, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetGroupMembers, _>(&self.client, group(group_id), page, move |number| MembersQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// A short form of a group. Deprecated by Genesys Cloud.
    pub async fn get_group_profile(&self, group_id: &str, opts: &ProfileQuery) -> Result<GroupProfile, Error> {
        self.client.call::<GetGroupProfile>(&group(group_id), opts, None).await
    }

    /// A page of the groups that the caller can see.
    pub async fn get_groups(&self, opts: &GroupsQuery) -> Result<EntityListing<Group>, Error> {
        self.client.call::<GetGroups>(&Nothing {}, opts, None).await
    }

    /// All groups that the caller can see, starting at the page of `opts`.
    pub fn list_groups(&self, opts: GroupsQuery) -> BoxStream<'static, Result<Group, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetGroups, _>(&self.client, Nothing {}, page, move |number| GroupsQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// A page of a search. `q64` is a link to another page of it, or the value of `q64` in such a link. The documents
    /// of Genesys Cloud do not list any values of `expand`.
    pub async fn get_groups_search(&self, q64: &str, expand: &[&str]) -> Result<SearchResponse<Group>, Error> {
        let expand = expand.iter().copied().map(UserExpand::from).collect();
        let query = SearchQuery { q64: Some(pages::q64(q64)), expand: Some(expand) };
        self.client.call::<GetGroupsSearch>(&Nothing {}, &query, None).await
    }

    /// A page of groups in the short form. Deprecated by Genesys Cloud.
    pub async fn get_profiles_groups(&self, opts: &GroupsQuery) -> Result<EntityListing<GroupProfile>, Error> {
        self.client.call::<GetProfilesGroups>(&Nothing {}, opts, None).await
    }

    /// All groups in the short form, starting at the page of `opts`.
    pub fn list_profiles_groups(&self, opts: GroupsQuery) -> BoxStream<'static, Result<GroupProfile, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetProfilesGroups, _>(&self.client, Nothing {}, page, move |number| GroupsQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// Adds users to a group, at most 50.
    pub async fn post_group_members(&self, group_id: &str, body: &GroupMembersUpdate) -> Result<Empty, Error> {
        self.client.call::<PostGroupMembers>(&group(group_id), &Nothing {}, Some(body)).await
    }

    /// Creates a group.
    pub async fn post_groups(&self, body: &GroupCreate) -> Result<Group, Error> {
        self.client.call::<PostGroups>(&Nothing {}, &Nothing {}, Some(body)).await
    }

    /// Counts the users that a rule would select. Does not change any group.
    pub async fn post_groups_dynamicsettings_preview(
        &self,
        body: &DynamicGroupQuery,
        opts: &PreviewQuery,
    ) -> Result<DynamicGroupQueryPreview, Error> {
        self.client.call::<PostGroupsDynamicsettingsPreview>(&Nothing {}, opts, Some(body)).await
    }

    /// A page of a search of groups.
    pub async fn post_groups_search(&self, body: &GroupSearchRequest) -> Result<SearchResponse<Group>, Error> {
        self.client.call::<PostGroupsSearch>(&Nothing {}, &Nothing {}, Some(body)).await
    }

    /// All hits of a search of groups, starting at the page of `body`.
    pub fn search_groups(&self, body: GroupSearchRequest) -> BoxStream<'static, Result<Group, Error>> {
        let page = (body.page_number, body.page_size);
        pages::search::<PostGroupsSearch, _>(&self.client, page, move |number| GroupSearchRequest {
            page_number: Some(number),
            ..body.clone()
        })
    }

    /// Changes a group. The body has the version that the caller read.
    pub async fn put_group(&self, group_id: &str, body: &GroupUpdate) -> Result<Group, Error> {
        self.client.call::<PutGroup>(&group(group_id), &Nothing {}, Some(&Some(body.clone()))).await
    }

    /// Sets the rule of a group, or replaces it.
    pub async fn put_group_dynamicsettings(&self, group_id: &str, body: &DynamicGroupQuery) -> Result<(), Error> {
        self.client.call::<PutGroupDynamicsettings>(&group(group_id), &Nothing {}, Some(body)).await.map(drop)
    }
}

/// Operations that are specific to Convoke.
impl GroupsApi {
    /// Why a user is a member of a group, or is not.
    pub async fn get_group_member_explanation(
        &self,
        group_id: &str,
        user_id: &str,
    ) -> Result<GroupMemberExplanation, Error> {
        let path = GroupMemberPath { group_id: group_id.into(), user_id: user_id.into() };
        self.client.call::<GetGroupMemberExplanation>(&path, &Nothing {}, None).await
    }

    /// A page of the groups directly beneath a group.
    pub async fn get_group_subgroups(
        &self,
        group_id: &str,
        opts: &SortedPageQuery,
    ) -> Result<EntityListing<Group>, Error> {
        self.client.call::<GetGroupSubgroups>(&group(group_id), opts, None).await
    }

    /// All groups directly beneath a group, starting at the page of `opts`.
    pub fn list_group_subgroups(
        &self,
        group_id: &str,
        opts: SortedPageQuery,
    ) -> BoxStream<'static, Result<Group, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetGroupSubgroups, _>(&self.client, group(group_id), page, move |number| SortedPageQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// Puts groups beneath a group, at most 100.
    pub async fn post_group_subgroups(&self, group_id: &str, body: &GroupSubgroupsUpdate) -> Result<Empty, Error> {
        self.client.call::<PostGroupSubgroups>(&group(group_id), &Nothing {}, Some(body)).await
    }

    /// Removes groups from beneath a group, at most 100.
    pub async fn delete_group_subgroups(
        &self,
        group_id: &str,
        ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Empty, Error> {
        let query = SubgroupIdsQuery { ids: Some(texts(ids)) };
        self.client.call::<DeleteGroupSubgroups>(&group(group_id), &query, None).await
    }
}
