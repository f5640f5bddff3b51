//! `convoke completions` and `convoke man`: completion scripts and man pages of all commands.

mod bash;
mod names;

use crate::CommandError;
use crate::command_line::command;
use crate::output::print;
use clap::{Args, Command};
use clap_complete::env::{Elvish, Fish, Powershell, Shells, Zsh};
use clap_complete::{ArgValueCompleter, CompleteEnv};
use std::path::{Path, PathBuf};

/// The variable by which the completion script asks for completions; its value is the name of the shell.
const VARIABLE: &str = "CONVOKE_COMPLETE";
const NAME: &str = "convoke";

const HELP: &str = "\
  bash        source <(convoke completions bash)        in ~/.bashrc
  zsh         source <(convoke completions zsh)         in ~/.zshrc, after compinit
  fish        convoke completions fish | source         in ~/.config/fish/config.fish

Names of groups and addresses of users come from the server that the command line, the environment or the profile
names. One that does not answer within a second is not waited for.";

#[derive(Args)]
#[command(after_help = HELP)]
pub struct Completions {
    /// The shell; it is told to ask convoke itself what may stand where
    shell: clap_complete::Shell,
}

#[derive(Args)]
pub struct Man {
    /// A page for each command, in this folder, in place of one to standard output
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

/// The shells that there are completions for.
const fn shells() -> Shells<'static> {
    Shells(&[&bash::Bash, &Elvish, &Fish, &Powershell, &Zsh])
}

/// If a completion script has called the program, prints the completions and ends the process.
pub fn complete() {
    CompleteEnv::with_factory(|| completed(command())).var(VARIABLE).shells(shells()).complete();
}

/// The command, with those arguments that name groups and users completed by what the server has. The second API
/// has other callers, and no searches.
fn completed(command: Command) -> Command {
    if command.get_name() == "kaizala" {
        return command;
    }
    let command = command.mut_args(|arg| {
        let named = arg.get_value_names().unwrap_or_default().first().map(|name| name.as_str().to_owned());
        match named.as_deref() {
            Some("GROUP" | "SUBGROUP") => arg.add(ArgValueCompleter::new(names::groups)),
            Some("USER") => arg.add(ArgValueCompleter::new(names::users)),
            _ => arg,
        }
    });
    command.mut_subcommands(completed)
}

impl Completions {
    pub fn run(self) -> Result<(), CommandError> {
        let shells = shells();
        let shell =
            shells.completer(&self.shell.to_string()).ok_or_else(|| CommandError::usage("no completions for it"))?;
        let mut script = Vec::new();
        let written = shell.write_registration(VARIABLE, NAME, NAME, &called(), &mut script);
        written.map_err(CommandError::refused)?;
        print(&String::from_utf8_lossy(&script))
    }
}

/// The path by which this program was called, usable from any folder.
fn called() -> String {
    let called = std::env::args_os().next().map_or_else(|| NAME.into(), PathBuf::from);
    let is_path = called.components().count() > 1;
    let called = if is_path { std::path::absolute(&called).unwrap_or(called) } else { called };
    Path::new(&called).to_string_lossy().into_owned()
}

impl Man {
    pub fn run(self, command: Command) -> Result<(), CommandError> {
        if let Some(dir) = self.dir {
            return clap_mangen::generate_to(command, &dir)
                .map_err(|error| CommandError::refused(format!("{}: {error}", dir.display())));
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(CommandError::refused)?;
        print(&String::from_utf8_lossy(&page))
    }
}
