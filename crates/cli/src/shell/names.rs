//! Completion of names by the server. It must not delay typing: a slow response is dropped, and errors are not shown.

use crate::command_line::command;
use crate::connection::Connection;
use crate::output::visible;
use clap::FromArgMatches;
use clap_complete::CompletionCandidate;
use convoke_client::genesys::{CriteriaType, GroupSearchRequest, SearchCriteria, UserSearchRequest};
use convoke_client::{Client, Error, GroupsApi, UsersApi};
use std::ffi::OsStr;
use std::time::Duration;

/// The timeout for the server's response.
const DEADLINE: Duration = Duration::from_secs(1);
/// The greatest number of names that are shown.
const SHOWN: i64 = 100;

/// A name, and the description that the shell shows beside it.
type Suggestion = (String, String);

/// The groups whose names begin with the typed text.
pub fn groups(typed: &OsStr) -> Vec<CompletionCandidate> {
    candidates(typed, async |client, typed| {
        let query = beginning("name", &typed);
        let body = GroupSearchRequest { query, page_size: Some(SHOWN), ..GroupSearchRequest::default() };
        let found = GroupsApi::new(&client).post_groups_search(&body).await?;
        Ok(found.results.into_iter().map(|group| (group.name, group.kind.to_string())).collect())
    })
}

/// The e-mail addresses of users that begin with the typed text.
pub fn users(typed: &OsStr) -> Vec<CompletionCandidate> {
    candidates(typed, async |client, typed| {
        let query = beginning("email", &typed);
        let body = UserSearchRequest { query, page_size: Some(SHOWN), ..UserSearchRequest::default() };
        let found = UsersApi::new(&client).post_users_search(&body).await?;
        Ok(found.results.into_iter().filter_map(|user| Some((user.email?, user.name))).collect())
    })
}

fn beginning(field: &str, typed: &str) -> Option<Vec<SearchCriteria>> {
    let criterion = SearchCriteria {
        kind: Some(CriteriaType::StartsWith),
        fields: Some(vec![field.to_owned()]),
        value: Some(typed.to_owned()),
        ..SearchCriteria::default()
    };
    (!typed.is_empty()).then(|| vec![criterion])
}

fn candidates(
    typed: &OsStr,
    search: impl AsyncFnOnce(Client, String) -> Result<Vec<Suggestion>, Error>,
) -> Vec<CompletionCandidate> {
    let found = typed.to_str().and_then(|typed| {
        let client = connection()?.client().ok()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        let found = async { tokio::time::timeout(DEADLINE, search(client, typed.to_owned())).await };
        runtime.block_on(found).ok()?.ok()
    });
    // Names with control characters are left out: nobody types them, and they would move the cursor.
    let shown = found.into_iter().flatten().filter(|(name, _)| visible(name) == *name);
    shown.map(|(name, about)| CompletionCandidate::new(name).help(Some(visible(&about).into_owned().into()))).collect()
}

/// The connection from the flags on the command line so far, the environment and the profile.
fn connection() -> Option<Connection> {
    let words = std::env::args_os().skip_while(|word| word != "--").skip(1);
    let matches = command().ignore_errors(true).try_get_matches_from(words).ok()?;
    let mut matches = &matches;
    while let Some((_, beneath)) = matches.subcommand() {
        matches = beneath;
    }
    Connection::from_arg_matches(matches).ok()
}
