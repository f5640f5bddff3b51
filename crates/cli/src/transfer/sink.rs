//! Records on their way into a server: sent by one call, counted as they are answered.

use super::problems::{Problem, Problems};
use super::progress::Progress;
use super::records::{Record, Shown};
use super::summary::{Summary, Tally};
use crate::Trouble;
use crate::output::{print, visible};
use bytes::Bytes;
use convoke_client::import::{ImportApi, ImportQuery, PersonRow, Row, RowEffect};
use convoke_client::{Client, Error};
use futures_util::stream::{self, Stream, StreamExt};
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
}

impl<'s> Sink<'s> {
    pub fn new(plan: Plan, progress: Option<&'s Progress>) -> Self {
        let problems = Problems::new(plan.errors.clone());
        let (waiting, managers) = (VecDeque::new(), Vec::new());
        Sink { plan, progress, problems, tally: Tally::default(), line: 0, waiting, managers }
    }

    /// Sends all records, and says what became of them.
    pub async fn run(mut self, client: &Client, records: impl Stream<Item = Vec<Record>>) -> Result<(), Trouble> {
        let begin = Instant::now();
        let done = self.take(client, records).await;
        if let Some(progress) = self.progress {
            progress.finish();
        }
        let errors = self.problems.finish()?;
        let summary = Summary::new(self.plan.dry_run, self.tally, begin.elapsed(), errors.as_deref());
        summary.print(self.plan.json)?;
        done?;
        match errors {
            Some(errors) => {
                let (n, errors) = (self.tally.refused, errors.display());
                Err(Trouble::refused(format!("{n} rows were refused; {errors} says why")))
            }
            None => Ok(()),
        }
    }

    async fn take(&mut self, client: &Client, records: impl Stream<Item = Vec<Record>>) -> Result<(), Trouble> {
        let (rows, outgoing) = mpsc::unbounded_channel::<Vec<Row>>();
        let mut rows = Some(rows);
        let outgoing = stream::unfold(outgoing, |mut outgoing| async {
            let rows = outgoing.recv().await?;
            Some((stream::iter(rows), outgoing))
        });
        let query = ImportQuery { dry_run: self.plan.dry_run.then_some(true) };
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
                            let Some(waiting) = waiting else {
                                return Err(self.stopped(&visible(&error.message)));
                            };
                            self.settle(waiting, result.effect, &error.message, &error.code)?;
                        }
                    }
                    None if rows.is_none() => return Ok(()),
                    None => return Err(self.stopped("the server ended its reply")),
                },
            }
        }
    }

    /// Notes records that wait from now on, and gives the rows to send.
    fn enter(&mut self, records: Vec<Record>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(records.len());
        for Record { line, end, text, row } in records {
            let about = String::new();
            let mut waiting = Waiting { line, end, text, about, malformed: None, manager: None, before: None };
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
        if let Some(progress) = self.progress {
            progress.reach(waiting.end);
        }
        if self.plan.verbose && before != Some(effect) && effect != RowEffect::Unchanged {
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
        if let Some(row) = waiting.manager.take() {
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
        match self.progress {
            Some(progress) => progress.print(line.trim_end()),
            None => print(line.trim_end()),
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
