//! Users.

use crate::client::Client;
use crate::error::Error;
use crate::pages;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use futures_util::stream::BoxStream;

/// Users, and their skills, languages and groups.
///
/// Each method fails as [`Client::call`] does.
#[derive(Clone, Debug)]
pub struct UsersApi {
    client: Client,
}

fn user(id: &str) -> UserPath {
    UserPath { user_id: id.into() }
}

fn skill(user_id: &str, skill_id: &str) -> UserSkillPath {
    UserSkillPath { user_id: user_id.into(), skill_id: skill_id.into() }
}

fn language(user_id: &str, language_id: &str) -> UserLanguagePath {
    UserLanguagePath { user_id: user_id.into(), language_id: language_id.into() }
}

impl UsersApi {
    /// Users by this client.
    pub fn new(client: &Client) -> Self {
        UsersApi { client: client.clone() }
    }

    /// A page of users.
    pub async fn get_users(&self, opts: &UsersQuery) -> Result<EntityListing<User>, Error> {
        self.client.call::<GetUsers>(&Nothing {}, opts, None).await
    }

    /// All users, starting at the page of `opts`.
    pub fn list_users(&self, opts: UsersQuery) -> BoxStream<'static, Result<User, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetUsers, _>(&self.client, Nothing {}, page, move |number| UsersQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// Creates a user.
    pub async fn post_users(&self, body: &CreateUser) -> Result<User, Error> {
        self.client.call::<PostUsers>(&Nothing {}, &Nothing {}, Some(body)).await
    }

    /// A page of a search of users.
    pub async fn post_users_search(&self, body: &UserSearchRequest) -> Result<SearchResponse<User>, Error> {
        self.client.call::<PostUsersSearch>(&Nothing {}, &Nothing {}, Some(body)).await
    }

    /// All hits of a search of users, starting at the page of `body`.
    pub fn search_users(&self, body: UserSearchRequest) -> BoxStream<'static, Result<User, Error>> {
        let page = (body.page_number, body.page_size);
        pages::search::<PostUsersSearch, _>(&self.client, page, move |number| UserSearchRequest {
            page_number: Some(number),
            ..body.clone()
        })
    }

    /// A page of a search. `q64` is a link to another page of it, or the value of `q64` in such a link.
    pub async fn get_users_search(&self, q64: &str, expand: &[UserExpand]) -> Result<SearchResponse<User>, Error> {
        let query = SearchQuery { q64: Some(pages::q64(q64)), expand: Some(expand.to_vec()) };
        self.client.call::<GetUsersSearch>(&Nothing {}, &query, None).await
    }

    /// The user of the caller.
    pub async fn get_users_me(&self, opts: &MeQuery) -> Result<UserMe, Error> {
        self.client.call::<GetUsersMe>(&Nothing {}, opts, None).await
    }

    /// A user by id.
    pub async fn get_user(&self, user_id: &str, opts: &UserQuery) -> Result<User, Error> {
        self.client.call::<GetUser>(&user(user_id), opts, None).await
    }

    /// Changes a user. The body has the version that the caller read.
    pub async fn patch_user(&self, user_id: &str, body: &UpdateUser) -> Result<User, Error> {
        self.client.call::<PatchUser>(&user(user_id), &Nothing {}, Some(body)).await
    }

    /// Deletes a user. A change of `state` restores the user.
    pub async fn delete_user(&self, user_id: &str) -> Result<Empty, Error> {
        self.client.call::<DeleteUser>(&user(user_id), &Nothing {}, None).await
    }

    /// A page of a user's routing skills.
    pub async fn get_user_routingskills(
        &self,
        user_id: &str,
        opts: &SortedPageQuery,
    ) -> Result<EntityListing<UserRoutingSkill>, Error> {
        self.client.call::<GetUserRoutingskills>(&user(user_id), opts, None).await
    }

    /// All routing skills of a user, starting at the page of `opts`.
    pub fn list_user_routingskills(
        &self,
        user_id: &str,
        opts: SortedPageQuery,
    ) -> BoxStream<'static, Result<UserRoutingSkill, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetUserRoutingskills, _>(&self.client, user(user_id), page, move |number| SortedPageQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// Adds a routing skill to a user.
    pub async fn post_user_routingskills(
        &self,
        user_id: &str,
        body: &UserRoutingSkillPost,
    ) -> Result<UserRoutingSkill, Error> {
        self.client.call::<PostUserRoutingskills>(&user(user_id), &Nothing {}, Some(body)).await
    }

    /// Changes a user's proficiency in a routing skill.
    pub async fn put_user_routingskill(
        &self,
        user_id: &str,
        skill_id: &str,
        body: &UserRoutingUpdate,
    ) -> Result<UserRoutingSkill, Error> {
        self.client.call::<PutUserRoutingskill>(&skill(user_id, skill_id), &Nothing {}, Some(body)).await
    }

    /// Removes a routing skill from a user.
    pub async fn delete_user_routingskill(&self, user_id: &str, skill_id: &str) -> Result<(), Error> {
        self.client.call::<DeleteUserRoutingskill>(&skill(user_id, skill_id), &Nothing {}, None).await.map(drop)
    }

    /// Replaces all routing skills of a user.
    pub async fn put_user_routingskills_bulk(
        &self,
        user_id: &str,
        body: &[UserRoutingSkillPost],
    ) -> Result<EntityListing<UserRoutingSkill>, Error> {
        self.client.call::<PutUserRoutingskillsBulk>(&user(user_id), &Nothing {}, Some(&body.to_vec())).await
    }

    /// Adds these routing skills to a user, and keeps the others.
    pub async fn patch_user_routingskills_bulk(
        &self,
        user_id: &str,
        body: &[UserRoutingSkillPost],
    ) -> Result<EntityListing<UserRoutingSkill>, Error> {
        self.client.call::<PatchUserRoutingskillsBulk>(&user(user_id), &Nothing {}, Some(&body.to_vec())).await
    }

    /// A page of a user's languages.
    pub async fn get_user_routinglanguages(
        &self,
        user_id: &str,
        opts: &SortedPageQuery,
    ) -> Result<EntityListing<UserRoutingLanguage>, Error> {
        self.client.call::<GetUserRoutinglanguages>(&user(user_id), opts, None).await
    }

    /// All languages of a user, starting at the page of `opts`.
    pub fn list_user_routinglanguages(
        &self,
        user_id: &str,
        opts: SortedPageQuery,
    ) -> BoxStream<'static, Result<UserRoutingLanguage, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetUserRoutinglanguages, _>(&self.client, user(user_id), page, move |number| SortedPageQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// Adds a language to a user.
    pub async fn post_user_routinglanguages(
        &self,
        user_id: &str,
        body: &UserRoutingLanguagePost,
    ) -> Result<UserRoutingLanguage, Error> {
        self.client.call::<PostUserRoutinglanguages>(&user(user_id), &Nothing {}, Some(body)).await
    }

    /// Changes a user's proficiency in a language.
    pub async fn patch_user_routinglanguage(
        &self,
        user_id: &str,
        language_id: &str,
        body: &UserRoutingUpdate,
    ) -> Result<UserRoutingLanguage, Error> {
        self.client.call::<PatchUserRoutinglanguage>(&language(user_id, language_id), &Nothing {}, Some(body)).await
    }

    /// Removes a language from a user.
    pub async fn delete_user_routinglanguage(&self, user_id: &str, language_id: &str) -> Result<(), Error> {
        let path = language(user_id, language_id);
        self.client.call::<DeleteUserRoutinglanguage>(&path, &Nothing {}, None).await.map(drop)
    }

    /// Adds these languages to a user, and keeps the others.
    pub async fn patch_user_routinglanguages_bulk(
        &self,
        user_id: &str,
        body: &[UserRoutingLanguagePost],
    ) -> Result<EntityListing<UserRoutingLanguage>, Error> {
        self.client.call::<PatchUserRoutinglanguagesBulk>(&user(user_id), &Nothing {}, Some(&body.to_vec())).await
    }

    /// The profile skills of a user. They are only texts, and routing does not use them.
    pub async fn get_user_profileskills(&self, user_id: &str) -> Result<Vec<String>, Error> {
        self.client.call::<GetUserProfileskills>(&user(user_id), &Nothing {}, None).await
    }

    /// Replaces all profile skills of a user.
    pub async fn put_user_profileskills(
        &self,
        user_id: &str,
        body: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Vec<String>, Error> {
        let body = body.into_iter().map(Into::into).collect();
        self.client.call::<PutUserProfileskills>(&user(user_id), &Nothing {}, Some(&body)).await
    }
}

/// Operations that are specific to Convoke.
impl UsersApi {
    /// A page of the groups that a user is a member of, with the reasons.
    pub async fn get_user_groups(
        &self,
        user_id: &str,
        opts: &UserGroupsQuery,
    ) -> Result<EntityListing<UserGroup>, Error> {
        self.client.call::<GetUserGroups>(&user(user_id), opts, None).await
    }

    /// All groups that a user is a member of, starting at the page of `opts`.
    pub fn list_user_groups(
        &self,
        user_id: &str,
        opts: UserGroupsQuery,
    ) -> BoxStream<'static, Result<UserGroup, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetUserGroups, _>(&self.client, user(user_id), page, move |number| UserGroupsQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }
}
