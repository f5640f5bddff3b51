//! Records on their way into a server: sent by one call, counted as they are answered.

use super::interrupt::Interrupt;
use super::problems::{Problem, Problems};
use super::progress::{Progress, Total};
use super::records::{Record, Shown};
use super::summary::{Summary, Tally};
use crate::Trouble;
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

/// So many records may wait for their answers: the server always has some, and memory is bounded.
const IN_FLIGHT: usize = 4096;
/// What kind of problem it is that a record cannot be understood, as the server calls it.
const MALFORMED: &str = "bad.request";
/// The statuses of answers after which there are no others: the server stops, or has waited for too long.
const LAST_WORDS: [u16; 2] = [503, 408];

/// How records are taken in, and what is said of it.
pub struct Plan {
    /// Whether nothing is to change.
    pub dry_run: bool,
    /// Whether to print what each record does.
    pub verbose: bool,
    /// Whether to print the summary as JSON.
    pub json: bool,
    /// Where those records go that are refused.
    pub errors: PathBuf,
    /// Whether people get their managers when all people are there: the records may come in any order.
    pub managers_last: bool,
    /// How a record is shown.
    pub shown: Shown,
    /// What is counted: lines, or rows.
    pub unit: &'static str,
}

/// Records on their way.
pub struct Sink<'s> {
    plan: Plan,
    /// Told of the ends of records.
    progress: Option<&'s Progress>,
    problems: Problems,
    tally: Tally,
    /// The line of the last record that was settled.
    line: u64,
    /// Those that are not settled, in order.
    waiting: VecDeque<Waiting>,
    /// Those that wait for others, to get their managers.
    managers: Vec<(Waiting, Row)>,
    /// How many have their managers.
    n_managers: u64,
    /// The exit code of the signal that asked to end, once there was one.
    interrupted: Option<u8>,
}

/// A record that is not settled.
struct Waiting {
    line: u64,
    end: u64,
    text: Bytes,
    /// Whom or what it is about, where that is to be printed.
    about: String,
    /// What is wrong with it, if it was not sent.
    malformed: Option<String>,
    /// The row that gives a person the manager.
    manager: Option<Row>,
    /// What the rest of the record came to, when the manager is on its way.
    before: Option<RowEffect>,
    /// What would be different, as far as it is known.
    changes: Vec<FieldChange>,
}

impl<'s> Sink<'s> {
    pub fn new(plan: Plan, progress: Option<&'s Progress>) -> Self {
        let problems = Problems::new(plan.errors.clone());
        let (waiting, managers) = (VecDeque::new(), Vec::new());
        let tally = Tally::default();
        Sink { plan, progress, problems, tally, line: 0, waiting, managers, n_managers: 0, interrupted: None }
    }

    /// Sends all records, and says what became of them. When a signal asks to end, no more are sent, and what
    /// became of those that were is waited for; when a second one does, not even that.
    pub async fn run(
        mut self,
        client: &Client,
        records: impl Stream<Item = Vec<Record>>,
        interrupt: &mut Interrupt,
    ) -> Result<(), Trouble> {
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
            ..Summary::new(self.tally, begin.elapsed())
        };
        summary.print(self.plan.json)?;
        done?;
        if let Some(code) = interrupted {
            let mut sentence = format!("interrupted after {} {line}", self.plan.unit);
            if !self.plan.dry_run {
                sentence += "; run the same again to go on: what is there already stays as it is";
            }
            let refused = found.map(|found| format!("; {found}")).unwrap_or_default();
            return Err(Trouble { sentence: sentence + &refused, code });
        }
        match found {
            Some(found) => Err(Trouble::refused(found)),
            None => Ok(()),
        }
    }

    async fn take(
        &mut self,
        client: &Client,
        records: impl Stream<Item = Vec<Record>>,
        interrupt: &mut Interrupt,
    ) -> Result<(), Trouble> {
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
                    // The server ends its reply when no rows can come any more.
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
                    // They come after all people, of whom some do not come any more.
                    self.managers.clear();
                    self.say("ending as soon as the rows that were sent are answered; a second Ctrl-C ends at once");
                }
            }
        }
    }

    /// Notes records that wait from now on, and gives the rows to send.
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

    /// Has people wait for their managers, and gives the rows to send.
    fn enter_managers(&mut self) -> Vec<Row> {
        if let Some(progress) = self.progress.filter(|_| !self.managers.is_empty()) {
            progress.begin("setting managers", Total::Things(self.managers.len() as u64));
        }
        let (waiting, rows): (Vec<_>, Vec<_>) = self.managers.drain(..).unzip();
        self.waiting.extend(waiting);
        rows
    }

    /// Settles those at the front that were not sent.
    fn settle_malformed(&mut self) -> Result<(), Trouble> {
        while let Some(waiting) = self.waiting.pop_front_if(|waiting| waiting.malformed.is_some()) {
            let problem = waiting.malformed.clone().unwrap_or_default();
            self.settle(waiting, RowEffect::Refused, &problem, MALFORMED)?;
        }
        Ok(())
    }

    /// Counts a record, and says what is to be said of it.
    fn settle(&mut self, mut waiting: Waiting, effect: RowEffect, message: &str, code: &str) -> Result<(), Trouble> {
        let before = waiting.before;
        let effect = match (before, effect) {
            (Some(before), RowEffect::Unchanged) => before,
            (Some(RowEffect::Created), RowEffect::Changed) => RowEffect::Created,
            (_, effect) => effect,
        };
        if let Some(before) = before {
            *self.tally.of(before) -= 1;
        }
        *self.tally.of(effect) += 1;
        self.line = self.line.max(waiting.line);
        self.n_managers += u64::from(before.is_some());
        if let Some(progress) = self.progress {
            progress.reach(if before.is_some() { self.n_managers } else { waiting.end });
        }
        // Whoever is to end sets no managers.
        let manager = waiting.manager.take_if(|_| effect != RowEffect::Refused && self.interrupted.is_none());
        // A trial says of a record at one time what would be different.
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

    fn print(&self, waiting: &Waiting, effect: RowEffect) -> Result<(), Trouble> {
        let word = match effect {
            RowEffect::Created => "created",
            RowEffect::Changed => "changed",
            RowEffect::Unchanged => "unchanged",
            RowEffect::Refused => "refused",
        };
        let line = format!("{} {}: {word} {}", self.plan.unit, waiting.line, visible(&waiting.about));
        let mut lines = line.trim_end().to_owned();
        // Of what is new, all is.
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

    /// What to do when the server is gone.
    fn lost(&self, error: Error) -> Trouble {
        if self.line == 0 || !error.is_unreachable() {
            error.into()
        } else {
            self.stopped(&visible(&error.to_string()))
        }
    }

    fn stopped(&self, reason: &str) -> Trouble {
        Trouble::unreachable(format!(
            "{reason}; all up to {} {} was answered; run the same again to go on: what is there already stays as it is",
            self.plan.unit, self.line
        ))
    }
}

/// Sends rows. Where nobody takes them any more, the results say why.
fn send(rows: Option<&UnboundedSender<Vec<Row>>>, batch: Vec<Row>) {
    if let Some(rows) = rows {
        let _ = rows.send(batch);
    }
}

/// The value of a field, as JSON.
fn value(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| visible(&value.to_string()).into_owned())
}

/// Whom or what a row is about.
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

/// Takes the manager out of the row of a person, into a row that says nothing else.
fn manager_of(row: &mut Row) -> Option<Row> {
    let Row::Person(person) = row else { return None };
    let manager = Some(person.manager.take()?);
    let (id, email) = (person.id.clone(), person.email.clone());
    Some(Row::Person(Box::new(PersonRow { id, email, manager, ..PersonRow::default() })))
}
