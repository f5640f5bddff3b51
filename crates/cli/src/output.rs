//! What results look like: tables and fields for people, the API's own replies for programs.

mod fields;
mod table;
mod text;

pub use fields::fields;
pub use table::table;
pub use text::visible;

use crate::Trouble;
use std::io::{ErrorKind, IsTerminal, Write};

/// Whether results go to a person who is looking, and whether colours are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    colours: bool,
}

impl Style {
    /// What standard output is good for.
    pub fn of_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Style { colours: is_terminal() && !unwanted && !is_dumb }
    }

    fn bold(self, text: &str) -> String {
        self.sgr("1", text)
    }

    /// For what is there to be copied, rather than read.
    pub fn dim(self, text: &str) -> String {
        self.sgr("2", text)
    }

    fn sgr(self, code: &str, text: &str) -> String {
        if self.colours && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Says something beside the results. Where nobody listens, there is nothing to be done about it.
pub fn note(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "{sentence}");
}

/// Prints lines to standard output. Who closed it has read enough, which is no trouble worth a word.
pub fn print(lines: &str) -> Result<(), Trouble> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut stdout = std::io::stdout().lock();
    let end = if lines.ends_with('\n') { "" } else { "\n" };
    let written = write!(stdout, "{lines}{end}").and_then(|()| stdout.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Trouble::enough(),
        _ => Trouble::refused(format!("standard output: {error}")),
    })
}
