//! The `convoke` command: the server and its clients.

mod access;
mod clients;
mod command_line;
mod connection;
mod connectors;
mod consent;
mod demo_data;
mod display_names;
mod fields;
mod groups;
mod health;
mod kaizala;
mod language;
mod languages;
mod listing;
mod login;
mod names;
mod org;
mod output;
mod people;
mod profiles;
mod search;
mod serve;
mod session;
mod shell;
mod skills;
mod store;
mod token;
mod transfer;
mod users;
mod waiting;

use clap::{Parser, Subcommand};
use connection::Remote;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

/// At the end, how long to wait for work without a caller, such as an abandoned verification.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// The document on the syntax of searches and rules, for users who have only the program.
const LANGUAGE: &str = include_str!("../../../docs/search-language.md");

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A group directory that speaks the Genesys Cloud Groups API and the Kaizala groups API
#[derive(Parser)]
#[command(name = "convoke", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve directories until told to stop
    Serve(Box<serve::Serve>),
    /// Sign in to a server, and remember it
    #[command(mut_args(|arg| arg.hide_short_help(false)))]
    Login(Box<login::Login>),
    /// Forget a server that login remembers
    Logout(login::Logout),
    /// List the servers that login remembers
    Profiles(login::List),
    /// Make one of them the server that is called where none is named
    Use(login::Use),
    /// Groups, who is in them, and why
    Groups(Box<Remote<groups::Groups>>),
    /// Users, what they can do, and where they are members
    Users(Box<Remote<users::Users>>),
    /// Routing skills
    Skills(Box<Remote<skills::Skills>>),
    /// Languages
    Languages(Box<Remote<languages::Languages>>),
    /// OAuth clients, by which programs come through the Genesys Cloud API
    Clients(Box<Remote<clients::Clients>>),
    /// Connectors, by which people come through the Kaizala API
    Connectors(Box<Remote<connectors::Connectors>>),
    /// Roles, which clients may have
    Roles(Box<Remote<access::Roles>>),
    /// Divisions
    Divisions(Box<Remote<access::Divisions>>),
    /// List permissions, of which roles are made
    Permissions(Box<access::Permissions>),
    /// List the fields that people, groups and others have
    Fields(Box<fields::Fields>),
    /// Organisations of a server
    Org(Box<Remote<org::Org>>),
    /// The token of this sign-in, or the one that --access-token names
    Token(Box<Remote<token::Token>>),
    /// The Kaizala groups API, as a connector
    Kaizala(Box<kaizala::Kaizala>),
    /// Take in people, groups and memberships from a file
    Import(Box<transfer::Import>),
    /// Write people, groups and memberships to a file
    Export(Box<transfer::Export>),
    /// Copy what another server has
    Pull(Box<transfer::Pull>),
    /// Compare memory, tables and log, and list what differs
    Verify(Box<store::Verify>),
    /// Ask whether a server is ready
    Health(Box<health::Health>),
    /// Write a copy of the store to a file, while writing goes on
    Backup(Box<store::Backup>),
    /// Put a backup in the place of a store that no server is using
    Restore(store::Restore),
    /// Fill a store with a made-up organisation, to measure with
    DemoData(demo_data::DemoData),
    /// Print how searches and rules are typed
    #[command(override_help = LANGUAGE)]
    Language,
    /// Print what completes commands in a shell
    Completions(shell::Completions),
    /// Print the manual page, or write one for each command
    Man(shell::Man),
}

impl Command {
    async fn run(self) -> Result<(), CommandError> {
        match self {
            Command::Serve(serve) => serve.run().await,
            Command::Login(login) => login.run().await,
            Command::Logout(logout) => logout.run(),
            Command::Profiles(profiles) => profiles.run(),
            Command::Use(chosen) => chosen.run(),
            Command::Groups(groups) => groups.command.run(&groups.connection.session()?).await,
            Command::Users(users) => users.command.run(&users.connection.session()?).await,
            Command::Skills(skills) => skills.command.run(&skills.connection.session()?).await,
            Command::Languages(languages) => languages.command.run(&languages.connection.session()?).await,
            Command::Clients(clients) => clients.command.run(&clients.connection.session()?).await,
            Command::Connectors(connectors) => connectors.command.run(&connectors.connection.session()?).await,
            Command::Roles(roles) => roles.command.run(&roles.connection.session()?).await,
            Command::Divisions(divisions) => divisions.command.run(&divisions.connection.session()?).await,
            Command::Permissions(permissions) => permissions.run().await,
            Command::Fields(fields) => fields.run().await,
            Command::Org(org) => org.command.run(&org.connection.session()?).await,
            Command::Token(token) => token.command.run(&token.connection.session()?).await,
            Command::Kaizala(kaizala) => kaizala.run().await,
            Command::Import(import) => import.run().await,
            Command::Export(export) => export.run().await,
            Command::Pull(pull) => pull.run().await,
            Command::Verify(verify) => verify.run().await,
            Command::Health(health) => health.run().await,
            Command::Backup(backup) => backup.run().await,
            Command::Restore(restore) => restore.run(),
            Command::DemoData(demo_data) => demo_data.run().await,
            Command::Language => output::print(LANGUAGE),
            Command::Completions(completions) => completions.run(),
            Command::Man(man) => man.run(command_line::command()),
        }
    }
}

/// The error of a command: a sentence and the exit code. 1 means refused, 2 wrong usage, 3 unreachable, 130
/// interrupted. Most usage errors are found before a command starts.
struct CommandError {
    sentence: String,
    code: u8,
}

impl CommandError {
    fn refused(sentence: impl ToString) -> Self {
        CommandError { sentence: sentence.to_string(), code: 1 }
    }

    fn usage(sentence: impl ToString) -> Self {
        CommandError { sentence: sentence.to_string(), code: 2 }
    }

    fn unreachable(sentence: impl ToString) -> Self {
        CommandError { sentence: sentence.to_string(), code: 3 }
    }

    /// Whether no server answered.
    fn is_unreachable(&self) -> bool {
        self.code == 3
    }

    /// An interruption by a person, with the exit code of shells.
    fn interrupted(sentence: impl ToString) -> Self {
        CommandError { sentence: sentence.to_string(), code: 130 }
    }

    /// Standard output was closed by its reader. The command ends without a message.
    fn enough() -> Self {
        CommandError { sentence: String::new(), code: 0 }
    }
}

fn main() -> ExitCode {
    // A shell runs the program for completions. Then it does nothing else.
    shell::complete();
    let arguments = command_line::parse();
    // A server logs as its flags say. Other commands print their own messages, and log only on request.
    if !matches!(arguments.command, Command::Serve(_)) {
        let filter = tracing_subscriber::EnvFilter::try_from_env("CONVOKE_LOG");
        tracing_subscriber::fmt()
            .with_env_filter(filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off")))
            .with_writer(std::io::stderr)
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .with_target(false)
            .init();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("convoke: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    // `block_on` polls its future in three places, and each would get a copy of all commands.
    let work: Pin<Box<dyn Future<Output = Result<(), CommandError>>>> = Box::pin(arguments.command.run());
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(LAST_WAIT);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.sentence.is_empty() {
                output::note(&format!("convoke: {}", error.sentence));
            }
            ExitCode::from(error.code)
        }
    }
}
