//! `convoke groups voicemail`.

use crate::CommandError;
use crate::names::{group_id, group_path};
use crate::session::{Body, Session};
use clap::{Args, Subcommand};
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

#[derive(Subcommand)]
pub enum Voicemail {
    /// Show the voicemail settings of a group
    Get {
        /// By id or name
        group: String,
    },
    /// Change the voicemail settings of a group
    Set(Box<Set>),
}

#[derive(Args)]
pub struct Set {
    /// By id or name
    group: String,
    /// Whether there is a mailbox
    #[arg(long, value_name = "true|false")]
    enabled: Option<bool>,
    /// Whether an e-mail is sent for each message
    #[arg(long, value_name = "true|false")]
    send_email: Option<bool>,
    /// Seconds until the next member is rung
    #[arg(long, value_name = "SECONDS")]
    rotate_after: Option<i64>,
    /// Rotations until the mailbox answers
    #[arg(long, value_name = "N")]
    rounds: Option<i64>,
    /// The order in which members are rung
    #[arg(long, value_name = "ORDER", value_parser = ["RANDOM", "ROUND_ROBIN", "SEQUENTIAL"], ignore_case = true)]
    alert: Option<String>,
    /// The group that is rung next, by id or name
    #[arg(long, value_name = "GROUP")]
    overflow: Option<String>,
    #[command(flatten)]
    body: Body,
}

impl Voicemail {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        match self {
            Voicemail::Get { group } => {
                let path = group_path(session, &group).await?;
                session.show::<GetVoicemailGroupPolicy>(&path, &Nothing {}, None).await
            }
            Voicemail::Set(set) => {
                let path = group_path(session, &set.group).await?;
                let body: VoicemailGroupPolicy = set.body.read()?;
                let overflow = match &set.overflow {
                    Some(group) if !group.is_empty() => Some(group_id(session, group).await?),
                    none => none.clone(),
                };
                let body = VoicemailGroupPolicy {
                    enabled: set.enabled.or(body.enabled),
                    send_email_notifications: set.send_email.or(body.send_email_notifications),
                    rotate_calls_secs: set.rotate_after.or(body.rotate_calls_secs),
                    stop_ringing_after_rotations: set.rounds.or(body.stop_ringing_after_rotations),
                    group_alert_type: set.alert.map(Into::into).or(body.group_alert_type),
                    overflow_group_id: overflow.or(body.overflow_group_id),
                    ..body
                };
                session.show::<PatchVoicemailGroupPolicy>(&path, &Nothing {}, Some(&body)).await
            }
        }
    }
}
