//! The operations of the Kaizala groups API.

use crate::client::Client;
use crate::error::Error;
use crate::pages;
use crate::sign_in::connector_headers;
use convoke_wire::Nothing;
use convoke_wire::kaizala::*;
use futures_util::stream::BoxStream;
use http::HeaderMap;

/// Groups, members and sign-in, by the Kaizala API.
///
/// The client signs in by [`Config::connector`]. The three operations of sign-in need no signed-in client.
///
/// Each method fails as [`Client::call`] does.
///
/// [`Config::connector`]: crate::Config::connector
#[derive(Clone, Debug)]
pub struct Groups {
    client: Client,
}

fn group(id: &str) -> GroupPath {
    GroupPath { group_id: id.into() }
}

fn member(group_id: &str, member_id: &str) -> MemberPath {
    MemberPath { group_id: group_id.into(), member_id: member_id.into() }
}

impl Groups {
    /// Groups by this client.
    pub fn new(client: &Client) -> Self {
        Groups { client: client.clone() }
    }

    /// Exchanges a refresh token for an access token. A client with [`Config::connector`](crate::Config::connector)
    /// does this by itself.
    pub async fn get_access_token(
        &self,
        application_id: &str,
        application_secret: &str,
        refresh_token: &str,
    ) -> Result<AccessToken, Error> {
        let headers = connector_headers(application_id, application_secret, refresh_token).map_err(Error::unfit)?;
        self.client.call_unsigned::<GetAccessToken>(headers, None).await
    }

    /// Sends a PIN to a phone.
    pub async fn generate_pin(&self, body: &PinRequest) -> Result<Empty, Error> {
        self.client.call_unsigned::<PostGeneratePin>(HeaderMap::new(), Some(body)).await
    }

    /// Exchanges a PIN for a refresh token of the phone's user.
    pub async fn login_with_pin_and_application_id(&self, body: &PinLogin) -> Result<Login, Error> {
        self.client.call_unsigned::<PostLogin>(HeaderMap::new(), Some(body)).await
    }

    /// Creates a group. A confined connector creates it beneath its own group.
    pub async fn post_groups(&self, body: &GroupCreate) -> Result<GroupCreated, Error> {
        self.client.call::<PostGroups>(&Nothing {}, &Nothing {}, Some(body)).await
    }

    /// The caller's groups. `opts` can ask for all groups above and beneath them too.
    pub async fn get_groups(&self, opts: &GroupsQuery) -> Result<GroupList, Error> {
        self.client.call::<GetGroups>(&Nothing {}, opts, None).await
    }

    /// A group by its id.
    pub async fn get_group(&self, group_id: &str) -> Result<GroupReply, Error> {
        self.client.call::<GetGroup>(&group(group_id), &Nothing {}, None).await
    }

    /// A group with the groups beneath it.
    pub async fn get_sub_groups(&self, group_id: &str, opts: &SubGroupsQuery) -> Result<GroupReply, Error> {
        self.client.call::<GetSubGroups>(&group(group_id), opts, None).await
    }

    /// Creates a group beneath another.
    pub async fn post_sub_groups(&self, group_id: &str, body: &GroupCreate) -> Result<GroupCreated, Error> {
        self.client.call::<PostSubGroups>(&group(group_id), &Nothing {}, Some(body)).await
    }

    /// Puts groups beneath another.
    pub async fn put_sub_groups(&self, group_id: &str, body: &SubGroupsUpdate) -> Result<Attached, Error> {
        self.client.call::<PutSubGroups>(&group(group_id), &Nothing {}, Some(body)).await
    }

    /// Removes a group from beneath another.
    pub async fn delete_sub_group(&self, group_id: &str, sub_group_id: &str) -> Result<Attached, Error> {
        let path = SubGroupPath { group_id: group_id.into(), sub_group_id: sub_group_id.into() };
        self.client.call::<DeleteSubGroup>(&path, &Nothing {}, None).await
    }

    /// All members of a group.
    pub async fn get_members(&self, group_id: &str) -> Result<MemberList, Error> {
        self.client.call::<GetMembers>(&group(group_id), &Nothing {}, None).await
    }

    /// Adds members to a group, by phone number or by id.
    pub async fn put_members(&self, group_id: &str, body: &MembersUpdate) -> Result<Done, Error> {
        self.client.call::<PutMembers>(&group(group_id), &Nothing {}, Some(body)).await
    }

    /// Makes a member an admin, or an admin a member.
    pub async fn put_member(&self, group_id: &str, member_id: &str, body: &RoleUpdate) -> Result<Done, Error> {
        self.client.call::<PutMember>(&member(group_id, member_id), &Nothing {}, Some(body)).await
    }

    /// Removes a member from a group, by id.
    pub async fn delete_member(&self, group_id: &str, member_id: &str) -> Result<Done, Error> {
        self.client.call::<DeleteMember>(&member(group_id, member_id), &Nothing {}, None).await
    }

    /// The user of the caller.
    pub async fn get_users_me(&self) -> Result<User, Error> {
        self.client.call::<GetUsersMe>(&Nothing {}, &Nothing {}, None).await
    }

    /// Adds subscribers to a public group. The reply has a result for each number.
    pub async fn put_subscribers_add(&self, group_id: &str, body: &SubscribersUpdate) -> Result<Added, Error> {
        self.client.call::<PutSubscribersAdd>(&group(group_id), &Nothing {}, Some(body)).await
    }

    /// Removes subscribers from a public group. The reply has a result for each number.
    pub async fn put_subscribers_remove(&self, group_id: &str, body: &SubscribersUpdate) -> Result<Removed, Error> {
        self.client.call::<PutSubscribersRemove>(&group(group_id), &Nothing {}, Some(body)).await
    }

    /// A page of a public group's subscribers.
    pub async fn post_subscribers(&self, group_id: &str, page: &SubscribersPage) -> Result<SubscriberList, Error> {
        self.client.call::<PostSubscribers>(&group(group_id), &Nothing {}, Some(&Some(page.clone()))).await
    }

    /// The same page, by the request that old clients send.
    pub async fn get_subscribers(&self, group_id: &str, page: &SubscribersPage) -> Result<SubscriberList, Error> {
        self.client.call::<GetSubscribers>(&group(group_id), page, None).await
    }

    /// All subscribers of a public group, from the cursor of `page` on.
    pub fn list_subscribers(&self, group_id: &str, page: SubscribersPage) -> BoxStream<'static, Result<User, Error>> {
        let (groups, group_id, count) = (self.clone(), group_id.to_owned(), page.count);
        pages::entries(page.cursor, move |cursor| {
            let (groups, group_id) = (groups.clone(), group_id.clone());
            async move {
                let page = groups.post_subscribers(&group_id, &SubscribersPage { cursor, count }).await?;
                Ok((page.subscribers, page.cursor.filter(|cursor| !cursor.is_empty()).map(Some)))
            }
        })
    }
}
