//! Voicemail of groups.

use crate::client::Client;
use crate::error::Error;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

/// Voicemail of groups.
///
/// Each method fails as [`Client::call`] does.
#[derive(Clone, Debug)]
pub struct VoicemailApi {
    client: Client,
}

impl VoicemailApi {
    /// Voicemail by this client.
    pub fn new(client: &Client) -> Self {
        VoicemailApi { client: client.clone() }
    }

    /// The voicemail settings of a group.
    pub async fn get_voicemail_group_policy(&self, group_id: &str) -> Result<VoicemailGroupPolicy, Error> {
        let path = GroupPath { group_id: group_id.into() };
        self.client.call::<GetVoicemailGroupPolicy>(&path, &Nothing {}, None).await
    }

    /// Changes the voicemail settings of a group.
    pub async fn patch_voicemail_group_policy(
        &self,
        group_id: &str,
        body: &VoicemailGroupPolicy,
    ) -> Result<VoicemailGroupPolicy, Error> {
        let path = GroupPath { group_id: group_id.into() };
        self.client.call::<PatchVoicemailGroupPolicy>(&path, &Nothing {}, Some(body)).await
    }
}
