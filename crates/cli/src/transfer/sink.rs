//! Sends records to a server by one call, and counts the results.

use super::interrupt::Interrupt;
use super::problems::{Problem, Problems};
use super::progress::{Progress, Total};
use super::records::{Record, RecordFormat};
use super::summary::{RecordCounts, Summary};
use crate::CommandError;
use crate::output::{note, print, visible};
use bytes::Bytes;
use convoke_client::import::{FieldChange, ImportApi, ImportQuery, PersonRow, Row, RowEffect};
use convoke_client::{Client, Error};
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::Value;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Instant;
use tokio::sync::mpsc::{self, UnboundedSender};

/// How many records may wait for results: enough to keep the server busy, with bounded memory.
const IN_FLIGHT: usize = 4096;
/// The server's code for a record that cannot be parsed.
const MALFORMED: &str = "bad.request";
/// The statuses of results after which no more come: the server stops, or had a timeout.
const LAST_WORDS: [u16; 2] = [503, 408];

/// How records are imported and reported.
pub struct Plan {
    /// Whether to change nothing.
    pub dry_run: bool,
    /// Whether to print the effect of each record.
    pub verbose: bool,
    /// Whether to print the summary as JSON.
    pub json: bool,
    /// The file for refused records.
    pub errors: PathBuf,
    /// Whether managers are set after all people exist, because the records may have any order.
    pub managers_last: bool,
    /// How to show a record.
    pub shown: RecordFormat,
    /// The unit to count: lines or rows.
    pub unit: &'static str,
}

/// The records in transfer.
pub struct Sink<'s> {
    plan: Plan,
    /// Gets the offsets of records that are done.
    progress: Option<&'s Progress>,
    problems: Problems,
    counts: RecordCounts,
    /// The line of the last completed record.
    line: u64,
    /// The records without a result, in order.
    waiting: VecDeque<Waiting>,
    /// The records of people whose managers are not set yet.
    managers: Vec<(Waiting, Row)>,
    /// The number of managers that were set.
    n_managers: u64,
    /// The exit code of the first signal, if there was one.
    interrupted: Option<u8>,
}

/// A record without a result.
struct Waiting {
    line: u64,
    end: u64,
    text: Bytes,
    /// The name of the thing, if it is to be printed.
    about: String,
    /// The error, if it was not sent.
    malformed: Option<String>,
    /// The row that sets the person's manager.
    manager: Option<Row>,
    /// The result of the rest of the record, while the row of the manager is sent.
    before: Option<RowEffect>,
    /// The changes known so far.
    changes: Vec<FieldChange>,
}

impl<'s> Sink<'s> {
    pub fn new(plan: Plan, progress: Option<&'s Progress>) -> Self {
        let problems = Problems::new(plan.errors.clone());
        let (waiting, managers) = (VecDeque::new(), Vec::new());
        let counts = RecordCounts::default();
        Sink { plan, progress, problems, counts, line: 0, waiting, managers, n_managers: 0, interrupted: None }
    }

    /// Sends all records, and prints the summary. After a first signal, it sends no more records and waits for the
    /// results of those that were sent. After a second one, it does not wait.
    pub async fn run(
        mut self,
        client: &Client,
        records: impl Stream<Item = Vec<Record>>,
        interrupt: &mut Interrupt,
    ) -> Result<(), CommandError> {
        let begin = Instant::now();
        let done = self.take(client, records, interrupt).await;
        if let Some(progress) = self.progress {
            progress.finish();
        }
        let (line, interrupted) = (self.line, self.interrupted);
        let found = self.problems.finish()?;
        let summary = Summary {
            dry_run: self.plan.dry_run,
            interrupted: interrupted.is_some(),
            errors: found.as_ref().map(|found| found.file.as_path()),
            ..Summary::new(self.counts, begin.elapsed())
        };
        summary.print(self.plan.json)?;
        done?;
        if let Some(code) = interrupted {
            let mut sentence = format!("interrupted after {} {line}", self.plan.unit);
            if !self.plan.dry_run {
                sentence += "; run the same again to go on: what is there already stays as it is";
            }
            let refused = found.map(|found| format!("; {found}")).unwrap_or_default();
            return Err(CommandError { sentence: sentence + &refused, code });
        }
        match found {
            Some(found) => Err(CommandError::refused(found)),
            None => Ok(()),
        }
    }

    async fn take(
        &mut self,
        client: &Client,
        records: impl Stream<Item = Vec<Record>>,
        interrupt: &mut Interrupt,
    ) -> Result<(), CommandError> {
        let (rows, outgoing) = mpsc::unbounded_channel::<Vec<Row>>();
        let mut rows = Some(rows);
        let outgoing = stream::unfold(outgoing, |mut outgoing| async {
            let rows = outgoing.recv().await?;
            Some((stream::iter(rows), outgoing))
        });
        let Plan { dry_run, verbose, .. } = self.plan;
        let query = ImportQuery { dry_run: dry_run.then_some(true), changes: (dry_run && verbose).then_some(true) };
        let results = ImportApi::new(client).post_import(query, outgoing.flatten());
        let mut results = results.ready_chunks(IN_FLIGHT);
        let mut records = pin!(records);
        let mut has_more = true;
        loop {
            self.settle_malformed()?;
            if !has_more && self.waiting.is_empty() {
                match rows.take_if(|_| self.managers.is_empty()) {
                    // The server ends its reply when the rows end.
                    Some(rows) => drop(rows),
                    None => send(rows.as_ref(), self.enter_managers()),
                }
            }
            tokio::select! {
                batch = records.next(), if has_more && self.waiting.len() < IN_FLIGHT => match batch {
                    Some(batch) => send(rows.as_ref(), self.enter(batch)),
                    None => has_more = false,
                },
                answered = results.next() => match answered {
                    Some(answered) => {
                        for result in answered {
                            self.settle_malformed()?;
                            let result = result.map_err(|error| self.lost(error))?;
                            let error = result.error.unwrap_or_default();
                            let waiting = self.waiting.pop_front().filter(|_| !LAST_WORDS.contains(&error.status));
                            let Some(mut waiting) = waiting else {
                                return Err(self.stopped(&visible(&error.message)));
                            };
                            waiting.changes.extend(result.changes.unwrap_or_default());
                            self.settle(waiting, result.effect, &error.message, &error.code)?;
                        }
                    }
                    None if rows.is_none() => return Ok(()),
                    None => return Err(self.stopped("the server ended its reply")),
                },
                code = interrupt.next() => {
                    if self.interrupted.replace(code).is_some() {
                        return Ok(());
                    }
                    has_more = false;
                    // They would come after all people, but not all people were sent.
                    self.managers.clear();
                    self.say("ending as soon as the rows that were sent are answered; a second Ctrl-C ends at once");
                }
            }
        }
    }

    /// Queues records, and returns their rows to send.
    fn enter(&mut self, records: Vec<Record>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(records.len());
        for Record { line, end, text, row } in records {
            let (about, changes) = (String::new(), Vec::new());
            let mut waiting = Waiting { line, end, text, about, malformed: None, manager: None, before: None, changes };
            match row {
                Ok(mut row) => {
                    if self.plan.verbose {
                        waiting.about = about_of(&row);
                    }
                    if self.plan.managers_last {
                        waiting.manager = manager_of(&mut row);
                    }
                    rows.push(row);
                }
                Err(problem) => waiting.malformed = Some(problem),
            }
            self.waiting.push_back(waiting);
        }
        rows
    }

    /// Queues people again for their managers, and returns the rows to send.
    fn enter_managers(&mut self) -> Vec<Row> {
        if let Some(progress) = self.progress.filter(|_| !self.managers.is_empty()) {
            progress.begin("setting managers", Total::Things(self.managers.len() as u64));
        }
        let (waiting, rows): (Vec<_>, Vec<_>) = self.managers.drain(..).unzip();
        self.waiting.extend(waiting);
        rows
    }

    /// Completes the records at the front that were not sent because of errors.
    fn settle_malformed(&mut self) -> Result<(), CommandError> {
        while let Some(waiting) = self.waiting.pop_front_if(|waiting| waiting.malformed.is_some()) {
            let problem = waiting.malformed.clone().unwrap_or_default();
            self.settle(waiting, RowEffect::Refused, &problem, MALFORMED)?;
        }
        Ok(())
    }

    /// Counts a record, and prints what is to be printed.
    fn settle(
        &mut self,
        mut waiting: Waiting,
        effect: RowEffect,
        message: &str,
        code: &str,
    ) -> Result<(), CommandError> {
        let before = waiting.before;
        let effect = match (before, effect) {
            (Some(before), RowEffect::Unchanged) => before,
            (Some(RowEffect::Created), RowEffect::Changed) => RowEffect::Created,
            (_, effect) => effect,
        };
        if let Some(before) = before {
            *self.counts.of(before) -= 1;
        }
        *self.counts.of(effect) += 1;
        self.line = self.line.max(waiting.line);
        self.n_managers += u64::from(before.is_some());
        if let Some(progress) = self.progress {
            progress.reach(if before.is_some() { self.n_managers } else { waiting.end });
        }
        // After a signal, no managers are set.
        let manager = waiting.manager.take_if(|_| effect != RowEffect::Refused && self.interrupted.is_none());
        // A dry run reports all changes of a record at once.
        let is_news = if self.plan.dry_run { manager.is_none() } else { before != Some(effect) };
        if self.plan.verbose && is_news && effect != RowEffect::Unchanged {
            self.print(&waiting, effect)?;
        }
        if effect == RowEffect::Refused {
            let message = match before {
                Some(_) => &format!("all but the manager is so: {message}"),
                None => message,
            };
            let record = self.plan.shown.json(&waiting.text);
            return self.problems.add(&Problem { line: waiting.line, message, code, record });
        }
        if let Some(row) = manager {
            waiting.before = Some(effect);
            self.managers.push((waiting, row));
        }
        Ok(())
    }

    fn print(&self, waiting: &Waiting, effect: RowEffect) -> Result<(), CommandError> {
        let word = match effect {
            RowEffect::Created => "created",
            RowEffect::Changed => "changed",
            RowEffect::Unchanged => "unchanged",
            RowEffect::Refused => "refused",
        };
        let line = format!("{} {}: {word} {}", self.plan.unit, waiting.line, visible(&waiting.about));
        let mut lines = line.trim_end().to_owned();
        // Of a created thing all fields are new, so they are not listed.
        let changes = waiting.changes.iter().filter(|_| effect == RowEffect::Changed);
        for FieldChange { field, old, new } in changes {
            lines += &format!("\n  {field}: {} → {}", value(old.as_ref()), value(new.as_ref()));
        }
        match self.progress {
            Some(progress) => progress.print(&lines),
            None => print(&lines),
        }
    }

    fn say(&self, sentence: &str) {
        match self.progress {
            Some(progress) => progress.note(sentence),
            None => note(sentence),
        }
    }

    /// The error if the connection to the server is lost.
    fn lost(&self, error: Error) -> CommandError {
        if self.line == 0 || !error.is_unreachable() {
            error.into()
        } else {
            self.stopped(&visible(&error.to_string()))
        }
    }

    fn stopped(&self, reason: &str) -> CommandError {
        CommandError::unreachable(format!(
            "{reason}; all up to {} {} was answered; run the same again to go on: what is there already stays as it is",
            self.plan.unit, self.line
        ))
    }
}

/// Sends rows. If the receiver is gone, the results have the reason.
fn send(rows: Option<&UnboundedSender<Vec<Row>>>, batch: Vec<Row>) {
    if let Some(rows) = rows {
        let _ = rows.send(batch);
    }
}

/// A value as JSON.
fn value(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| visible(&value.to_string()).into_owned())
}

/// The name of the thing of a row.
fn about_of(row: &Row) -> String {
    let first = |names: [&Option<String>; 3]| names.into_iter().flatten().next().cloned().unwrap_or_default();
    match row {
        Row::Skill(skill) | Row::Language(skill) => first([&skill.name, &skill.id, &None]),
        Row::Person(person) => first([&person.email, &person.id, &person.name]),
        Row::Group(group) => first([&group.key, &group.name, &group.id]),
        Row::Membership(membership) => format!("{} in {}", membership.member, membership.group),
        Row::Subgroup(subgroup) => format!("{} beneath {}", subgroup.subgroup, subgroup.group),
    }
}

/// Moves the manager from a person's row to a row of its own.
fn manager_of(row: &mut Row) -> Option<Row> {
    let Row::Person(person) = row else { return None };
    let manager = Some(person.manager.take()?);
    let (id, email) = (person.id.clone(), person.email.clone());
    Some(Row::Person(Box::new(PersonRow { id, email, manager, ..PersonRow::default() })))
}
