//! The people that a command names: as arguments, in a file, or on standard input.

use crate::CommandError;
use crate::names::{counted, exactly, is_id, user_id};
use crate::output::{Screen, note, visible};
use crate::session::Session;
use clap::Args;
use convoke_client::genesys::{User, UserSearchRequest};
use convoke_client::{Error, TryStreamExt, UsersApi};
use csv::{ByteRecord, ReaderBuilder};
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// How many are searched for in one request. Servers differ in the maximum page size.
const SEARCHED: usize = 100;
/// The maximum length in bytes of an address in such a search. A search accepts 32 KiB of values.
const LONGEST: usize = 320;
/// How many names are looked up concurrently.
const AT_ONCE: usize = 8;
/// The name of standard input.
const STANDARD: &str = "-";
/// The possible separators of a table's cells.
const DELIMITERS: [u8; 3] = *b",;\t";

/// People whom a command names.
#[derive(Args)]
pub struct People {
    /// By id, e-mail address or full name; - reads them from standard input, as --file does
    #[arg(required_unless_present = "file", value_name = "USER")]
    users: Vec<String>,
    /// A file that names them, one a line; or a CSV, by the first of its columns that is called id or email
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// A person as named, and where.
#[derive(Debug, PartialEq, Eq)]
struct PersonReference {
    /// File and line; none for an argument.
    place: Option<String>,
    text: String,
}

/// A name that matches nobody, or several people.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unknown {
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    user: String,
    problem: String,
}

/// The people that a command names.
pub struct ResolvedPeople {
    /// Their ids, each once, in the order of the names.
    pub ids: Vec<String>,
    pub unknown: Vec<Unknown>,
}

impl People {
    /// Finds them all.
    pub async fn find(&self, session: &Session) -> Result<ResolvedPeople, CommandError> {
        let named = self.read()?;
        if named.is_empty() {
            return Err(CommandError::usage("nobody is named"));
        }
        let users = UsersApi::new(session.client());
        let (ids, others): (Vec<&PersonReference>, Vec<&PersonReference>) =
            named.iter().partition(|named| is_id(&named.text));
        let is_email = |named: &&PersonReference| named.text.contains('@') && named.text.len() <= LONGEST;
        let (emails, names): (Vec<&PersonReference>, Vec<&PersonReference>) = others.into_iter().partition(is_email);
        let mut known: HashMap<&str, Result<String, String>> = HashMap::new();
        let lower = str::to_lowercase;
        let by_id = search(&users, "id", &ids, |user| Some(user.id.to_lowercase())).await;
        for PersonReference { text, .. } in ids {
            let id = match &by_id {
                Ok(found) => {
                    found.get(&lower(text)).cloned().ok_or_else(|| format!("no user has the id {}", visible(text)))
                }
                // A caller who may change a group may not be allowed to search for users.
                Err(error) if error.is_refused() => Ok(text.clone()),
                Err(error) => return Err(error.clone().into()),
            };
            known.insert(text, id);
        }
        let by_email = search(&users, "email", &emails, |user| Some(user.email.as_ref()?.to_lowercase())).await?;
        for PersonReference { text, .. } in emails {
            let id = by_email.get(&lower(text)).cloned();
            known.insert(text, id.ok_or_else(|| format!("no user has the e-mail address {}", visible(text))));
        }
        let looked_up = stream::iter(names).map(|named| async move { (named, user_id(session, &named.text).await) });
        let mut looked_up = looked_up.buffered(AT_ONCE);
        while let Some((named, id)) = looked_up.next().await {
            // All unknown and ambiguous names are reported together. A failed request ends the command.
            let id = match id {
                Err(error) if !error.is_unreachable() => Err(error.sentence),
                id => Ok(id?),
            };
            known.insert(&named.text, id);
        }
        Ok(ResolvedPeople::of(&named, &known))
    }

    fn read(&self) -> Result<Vec<PersonReference>, CommandError> {
        let mut named = Vec::new();
        for text in &self.users {
            match text.as_str() {
                STANDARD => named.extend(listed("standard input", std::io::read_to_string(std::io::stdin()))?),
                _ => named.push(PersonReference { place: None, text: text.trim().to_owned() }),
            }
        }
        if let Some(file) = &self.file {
            let (name, text) = match file.to_str() {
                Some(STANDARD) => ("standard input".to_owned(), std::io::read_to_string(std::io::stdin())),
                _ => (file.display().to_string(), std::fs::read_to_string(Path::new(file))),
            };
            named.extend(listed(&name, text)?);
        }
        Ok(named)
    }
}

impl ResolvedPeople {
    fn of(named: &[PersonReference], known: &HashMap<&str, Result<String, String>>) -> Self {
        let (mut ids, mut unknown, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for PersonReference { place, text } in named {
            match known.get(text.as_str()) {
                Some(Ok(id)) if seen.insert(id) => ids.push(id.clone()),
                Some(Ok(_)) | None => {}
                Some(Err(problem)) => {
                    unknown.push(Unknown { place: place.clone(), user: text.clone(), problem: problem.clone() })
                }
            }
        }
        ResolvedPeople { ids, unknown }
    }

    /// Reports the unknown names, unless the printed result has them.
    ///
    /// # Errors
    ///
    /// [`CommandError`] if there are any.
    pub fn check(&self, screen: &Screen) -> Result<(), CommandError> {
        for Unknown { place, problem, .. } in self.unknown.iter().filter(|_| !screen.is_verbatim()) {
            match place {
                Some(place) => note(&format!("{place}: {problem}")),
                None => note(problem),
            }
        }
        match self.unknown.len() {
            0 => Ok(()),
            1 => Err(CommandError::refused("1 of those who are named is unknown")),
            n => Err(CommandError::refused(format!("{n} of those who are named are unknown"))),
        }
    }
}

/// How many people: `1 user`, `7 users`.
pub fn users(number: usize) -> String {
    counted(number as i64, "user")
}

/// The ids of the users that have one of these values in a field.
async fn search(
    users: &UsersApi,
    field: &str,
    named: &[&PersonReference],
    key: impl Fn(&User) -> Option<String>,
) -> Result<HashMap<String, String>, Error> {
    let mut found = HashMap::new();
    for named in named.chunks(SEARCHED) {
        let criterion = exactly(field, named.iter().map(|named| named.text.as_str()));
        let page_size = Some(SEARCHED as i64);
        let body = UserSearchRequest { query: Some(vec![criterion]), page_size, ..UserSearchRequest::default() };
        let mut hits = users.search_users(body);
        while let Some(user) = hits.try_next().await? {
            if let Some(key) = key(&user) {
                found.insert(key, user.id);
            }
        }
    }
    Ok(found)
}

/// The people in a text, with their line numbers.
fn listed(name: &str, text: std::io::Result<String>) -> Result<Vec<PersonReference>, CommandError> {
    let problem = |problem: &dyn std::fmt::Display| CommandError::refused(format!("{name}: {problem}"));
    let text = text.map_err(|error| problem(&error))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let named = |line: u64, cell: &str| {
        let text = cell.trim().to_owned();
        (!text.is_empty()).then(|| PersonReference { place: Some(format!("{name}, line {line}")), text })
    };
    let Some((delimiter, column)) =
        DELIMITERS.into_iter().find_map(|delimiter| Some((delimiter, column(text, delimiter)?)))
    else {
        return Ok((1..).zip(text.lines()).filter_map(|(line, text)| named(line, text)).collect());
    };
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut people = Vec::new();
    while reader.read_byte_record(&mut record).map_err(|error| problem(&error))? {
        let line = record.position().map_or(0, csv::Position::line);
        let cell = record.get(column).map(String::from_utf8_lossy).unwrap_or_default();
        people.extend(named(line, &cell));
    }
    Ok(people)
}

/// The first column whose header names people.
fn column(text: &str, delimiter: u8) -> Option<usize> {
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut first = ByteRecord::new();
    reader.read_byte_record(&mut first).ok()?;
    first.iter().position(|cell| [&b"id"[..], b"email"].iter().any(|name| cell.trim_ascii().eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_lines_or_a_table() {
        for (text, expected) in [
            ("", &[][..]),
            ("a@x\n\n  Ann Archer \r\n", &[(1, "a@x"), (3, "Ann Archer")]),
            ("Archer, Ann\nb@x", &[(1, "Archer, Ann"), (2, "b@x")]),
            ("\u{feff}email\na@x\n", &[(2, "a@x")]),
            ("name,E-Mail,ID\nAnn,a@x,7\n\"B\nob\",b@x,8\nCy\n", &[(2, "7"), (3, "8")]),
            ("name;Email\nAnn;a@x", &[(2, "a@x")]),
        ] {
            let named = listed("f", Ok(text.to_owned())).unwrap_or_else(|error| panic!("{}", error.sentence));
            let named: Vec<_> = named.into_iter().map(|named| (named.place.unwrap_or_default(), named.text)).collect();
            let expected: Vec<_> =
                expected.iter().map(|(line, text)| (format!("f, line {line}"), (*text).to_owned())).collect();
            assert_eq!(named, expected, "{text:?}");
        }
    }
}
