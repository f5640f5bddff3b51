//! The syntax of commands: flags before the noun, aliases of verbs, examples in the help.

mod examples;

use crate::Arguments;
use crate::connection::Connection;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, CommandFactory, FromArgMatches};
use std::fmt::Write;

/// Verbs and their aliases. If a noun has another verb of that name, the name means that verb.
const ALIASES: [(&str, &str); 5] =
    [("list", "ls"), ("get", "show"), ("show", "get"), ("delete", "rm"), ("remove", "rm")];

/// Parses the arguments of this process. Ends the process if they are wrong or ask for help.
pub fn parse() -> Arguments {
    let mut command = command();
    let parsed = command.try_get_matches_from_mut(std::env::args_os());
    let checked = parsed.and_then(|matches| {
        check_taken(&mut command, &matches)?;
        Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    });
    checked.unwrap_or_else(|error| error.exit())
}

/// The whole command line.
pub fn command() -> Command {
    let command = furnished(Arguments::command(), "");
    // These flags are global within each noun, so a noun takes the values given here. They are not global here, because
    // some commands talk to no server and do not have them.
    let flags = Connection::augment_args(Command::new(""));
    command.args(flags.get_arguments().map(|flag| flag.clone().global(false).hide_short_help(true)))
}

/// Refuses a flag in front of a command that does not have it.
fn check_taken(command: &mut Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((name, _)) = matches.subcommand() else { return Ok(()) };
    let Some(noun) = command.find_subcommand(name) else { return Ok(()) };
    let is_taken =
        |flag: &clap::Arg| noun.get_arguments().any(|own| own.get_id() == flag.get_id() && own.is_global_set());
    let is_given = |flag: &clap::Arg| matches.value_source(flag.get_id().as_str()) == Some(ValueSource::CommandLine);
    let extra = command.get_arguments().find(|flag| is_given(flag) && !is_taken(flag));
    let Some(flag) = extra.and_then(clap::Arg::get_long) else { return Ok(()) };
    let sentence = format!("convoke {name} has no flag --{flag}");
    Err(command.error(ErrorKind::UnknownArgument, sentence))
}

/// Adds aliases and examples to a command and its subcommands.
fn furnished(mut command: Command, path: &str) -> Command {
    let verbs: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    for verb in &verbs {
        let path = format!("{path} {verb}");
        let alias = ALIASES.into_iter().find_map(|(name, alias)| (name == verb).then_some(alias));
        let alias = alias.filter(|alias| !is_taken_among(&verbs, verb, alias));
        command = command.mut_subcommand(verb, |verb| furnished(verb, &path).visible_aliases(alias));
    }
    let examples = examples::of(path.trim());
    if examples.is_empty() {
        return command;
    }
    let heading = command.get_styles().get_header();
    let mut help = format!("{heading}Examples:{heading:#}");
    for example in examples {
        let _ = write!(help, "\n  {example}");
    }
    if let Some(more) = command.get_after_help() {
        let _ = write!(help, "\n\n{}", more.ansi());
    }
    command.after_help(help)
}

/// Whether another verb of a noun has this name, or gets this alias before `verb` does.
fn is_taken_among(verbs: &[String], verb: &str, alias: &str) -> bool {
    let has = |name: &str| verbs.iter().any(|other| other == name);
    has(alias) || (verb == "remove" && has("delete"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All subcommands at any depth, with their paths.
    fn all(command: &Command) -> Vec<(String, Command)> {
        let mut open = vec![(String::new(), command.clone())];
        let mut found = Vec::new();
        while let Some((path, command)) = open.pop() {
            for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
                open.push((format!("{path} {}", verb.get_name()).trim().to_owned(), verb.clone()));
            }
            found.push((path, command));
        }
        found
    }

    #[test]
    fn no_command_contradicts_itself() {
        command().debug_assert();
    }

    #[test]
    fn every_command_and_argument_says_what_it_is() {
        for (path, command) in all(&command()) {
            assert!(command.get_about().is_some(), "{path}");
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_empty() && !help.ends_with('.'), "{path} {}: {help}", argument.get_id());
            }
        }
    }

    #[test]
    fn every_command_has_examples_that_can_be_typed() {
        let mut left = examples::paths();
        for (path, noun) in all(&command()) {
            let examples = examples::of(&path);
            // The help of `language` is a document with examples.
            assert!(!examples.is_empty() || path == "language", "{path:?} has no example");
            left.retain(|other| *other != path);
            for example in examples {
                let words =
                    shlex::split(example).unwrap_or_else(|| panic!("{example}: its quotation marks are not closed"));
                let words = words.into_iter().take_while(|word| !["|", ">", "<"].contains(&word.as_str()));
                let matches =
                    command().try_get_matches_from(words).unwrap_or_else(|error| panic!("{example}: {error}"));
                let is_of_it = std::iter::successors(matches.subcommand(), |(_, beneath)| beneath.subcommand())
                    .any(|(name, _)| name == noun.get_name());
                assert!(path.is_empty() || is_of_it, "{example} is no example of {path:?}");
            }
        }
        assert_eq!(left, [""; 0], "these are no commands");
    }
}
