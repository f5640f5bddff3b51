//! The `convoke` command: the server, and everything that talks to one.

mod connectors;
mod demo_data;
mod language;
mod remote;
mod serve;
mod store;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use std::time::Duration;

/// How long the end waits for work that nobody waits for any more, such as a verification.
const LAST_WAIT: Duration = Duration::from_secs(5);

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
    /// Organisations of a server
    #[command(subcommand)]
    Org(remote::Org),
    /// Connectors, by which people come through the Kaizala API
    #[command(subcommand)]
    Connectors(connectors::Connectors),
    /// Compare memory, tables and log, and list what differs
    Verify(store::Verify),
    /// Write a copy of the store to a file, while writing goes on
    Backup(store::Backup),
    /// Fill a store with a made-up organisation, to measure with
    DemoData(demo_data::DemoData),
}

/// Why a command did not do what it was asked, in a sentence, and the exit code that says so:
/// 1 refused, 3 unreachable. Usage errors end with 2 before a command begins.
struct Trouble {
    sentence: String,
    code: u8,
}

impl Trouble {
    fn refused(sentence: impl ToString) -> Self {
        Trouble { sentence: sentence.to_string(), code: 1 }
    }

    fn unreachable(sentence: impl ToString) -> Self {
        Trouble { sentence: sentence.to_string(), code: 3 }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("CONVOKE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("convoke: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        match arguments.command {
            Command::Serve(serve) => serve.run().await,
            Command::Org(org) => org.run().await,
            Command::Connectors(connectors) => connectors.run().await,
            Command::Verify(verify) => verify.run().await,
            Command::Backup(backup) => backup.run().await,
            Command::DemoData(demo_data) => demo_data.run().await,
        }
    });
    runtime.shutdown_timeout(LAST_WAIT);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("convoke: {}", trouble.sentence);
            ExitCode::from(trouble.code)
        }
    }
}
