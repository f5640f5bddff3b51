//! `convoke completions` and `convoke man`: what a shell and `man` want to know of the other commands.

use crate::Trouble;
use crate::output::print;
use clap::{Args, Command};
use std::path::PathBuf;

#[derive(Args)]
pub struct Completions {
    /// The shell; what is printed goes where that one looks for completions
    shell: clap_complete::Shell,
}

#[derive(Args)]
pub struct Man {
    /// A page for each command, in this folder, in place of one to standard output
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

impl Completions {
    pub fn run(self, mut command: Command) -> Result<(), Trouble> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "convoke", &mut script);
        print(&String::from_utf8_lossy(&script))
    }
}

impl Man {
    pub fn run(self, command: Command) -> Result<(), Trouble> {
        if let Some(dir) = self.dir {
            return clap_mangen::generate_to(command, &dir)
                .map_err(|error| Trouble::refused(format!("{}: {error}", dir.display())));
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(Trouble::refused)?;
        print(&String::from_utf8_lossy(&page))
    }
}
