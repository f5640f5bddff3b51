//! Parses a scenario to steps. Names in it are replaced later.

use crate::pattern::Range;
use std::iter::Peekable;

/// A step: an action, and its expected result.
#[derive(Debug)]
pub struct Step {
    pub line: usize,
    pub action: Action,
    /// None for `$ convoke serve` and `$ restart`.
    pub expected: Option<Expected>,
}

#[derive(Debug)]
pub enum Action {
    /// The text after `$`.
    Command(String),
    /// Headers are whole lines.
    Request { method: String, target: String, headers: Vec<String>, body: String },
}

/// The text after `=>`.
#[derive(Debug)]
pub struct Expected {
    pub line: usize,
    pub status: u16,
    pub range: Range,
    pub headers: Vec<String>,
    pub body: String,
}

/// An error, with its line.
#[derive(Debug)]
pub struct ScenarioError {
    pub line: usize,
    pub what: String,
}

/// Lines with their numbers, from 1.
type Lines<'t> = Peekable<Box<dyn Iterator<Item = (usize, &'t str)> + 't>>;

pub fn parse(text: &str) -> Result<Vec<Step>, ScenarioError> {
    let numbered: Box<dyn Iterator<Item = _>> = Box::new((1..).zip(text.lines()));
    let mut lines = numbered.peekable();
    let mut steps = Vec::new();
    while let Some((line, text)) = lines.next() {
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        let error = |what: &str| ScenarioError { line, what: what.to_owned() };
        let action = match (text.strip_prefix("$ "), text.split_once(' ')) {
            (Some(command), _) => Action::Command(command.to_owned()),
            (None, Some((method, target))) => request(method, target, &mut lines),
            (None, None) => return Err(error("this is no request")),
        };
        let starts = |line: &str| line.starts_with("convoke serve") || line == "restart";
        let expects = !matches!(&action, Action::Command(line) if starts(line));
        let expected = if expects { expected(&mut lines)? } else { None };
        if expects && expected.is_none() {
            return Err(error("there is no => behind this"));
        }
        steps.push(Step { line, action, expected });
    }
    Ok(steps)
}

/// The rest of a request, up to the expected result.
fn request(method: &str, target: &str, lines: &mut Lines) -> Action {
    let within = |(_, line): &(usize, &str)| !line.starts_with("=>");
    let mut headers = Vec::new();
    while let Some((_, header)) = lines.next_if(within)
        && !header.is_empty()
    {
        headers.push(header.to_owned());
    }
    let mut body = Vec::new();
    while let Some((_, text)) = lines.next_if(within) {
        body.push(text);
    }
    let body = body.join("\n").trim_end().to_owned();
    Action::Request { method: method.to_owned(), target: target.to_owned(), headers, body }
}

/// The expected result, up to an empty line.
fn expected(lines: &mut Lines) -> Result<Option<Expected>, ScenarioError> {
    let Some((line, first)) = lines.next_if(|(_, line)| line.starts_with("=>")) else { return Ok(None) };
    let error = |what: &str| ScenarioError { line, what: what.to_owned() };
    let words: Vec<&str> = first.split_whitespace().skip(1).collect();
    let (status, range) = match words.as_slice() {
        [status] => (status, Range::Some),
        [status, "whole"] => (status, Range::Whole),
        _ => return Err(error("write a status behind =>, and then nothing or «whole»")),
    };
    let status = status.parse().map_err(|_| error("this is no status"))?;
    let (mut headers, mut body) = (Vec::new(), String::new());
    while let Some((_, text)) = lines.next_if(|(_, line)| !line.trim().is_empty()) {
        if body.is_empty() && !text.starts_with(['{', '[']) {
            headers.push(text.to_owned());
        } else {
            body += text;
            body.push('\n');
        }
    }
    Ok(Some(Expected { line, status, range, headers, body }))
}
