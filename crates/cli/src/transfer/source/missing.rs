//! What could not be read, and what was left out because of missing references.

use crate::CommandError;
use crate::output::visible;
use convoke_client::Error;
use std::collections::{BTreeMap, HashSet};

/// How many ids of left out things are printed.
const NAMED: usize = 5;

/// What is missing in the rows.
#[derive(Debug, Default)]
pub struct MissingData {
    /// How often something could not be read, and the first error.
    unread: BTreeMap<&'static str, (u64, String)>,
    /// How often something was left out, and the first ids.
    left_out: BTreeMap<&'static str, (u64, Vec<String>)>,
}

impl MissingData {
    /// Notes something that could not be read.
    pub fn not_read(&mut self, what: &'static str, error: &Error) {
        let (n, _) = self.unread.entry(what).or_insert_with(|| (0, visible(&error.to_string()).into_owned()));
        *n += 1;
    }

    /// Notes something that the caller may not read. Returns any other error.
    pub fn denied(&mut self, what: &'static str, error: Error) -> Result<(), Error> {
        if error.status() != Some(403) {
            return Err(error);
        }
        self.not_read(what, &error);
        Ok(())
    }

    /// Notes something that was left out.
    pub fn leave_out(&mut self, what: &'static str, id: String) {
        let (n, named) = self.left_out.entry(what).or_default();
        *n += 1;
        if named.len() <= NAMED && !named.contains(&id) {
            named.push(id);
        }
    }

    /// Removes the ids that are not known.
    pub fn keep(&mut self, ids: Vec<String>, known: Option<&HashSet<String>>, what: &'static str) -> Vec<String> {
        let Some(known) = known else { return ids };
        let (kept, others): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| known.contains(id));
        for id in others {
            self.leave_out(what, id);
        }
        kept
    }

    /// Prints what is missing, once for each kind.
    ///
    /// # Errors
    ///
    /// If something could not be read.
    pub fn say(&self) -> Result<(), CommandError> {
        for (what, (n, ids)) in &self.left_out {
            let named: Vec<_> = ids.iter().take(NAMED).map(|id| visible(id)).collect();
            let more = if ids.len() > NAMED { ", …" } else { "" };
            eprintln!("left out: {what} ({n}): {}{more}", named.join(", "));
        }
        if self.unread.is_empty() {
            return Ok(());
        }
        let mut said = "not everything could be read".to_owned();
        for (what, (n, why)) in &self.unread {
            said += &format!("\n{what} ({n}): {why}");
        }
        Err(CommandError::refused(said))
    }
}
