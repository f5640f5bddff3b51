//! The tools that tasks need beside cargo and a C compiler. All missing ones are reported together, before anything
//! long begins.

use crate::{chaos, postgres, run::TaskError};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    process::{Command, Stdio},
};

/// The oldest Python that the pinned packages run on.
const PYTHON: (u32, u32) = (3, 11);
/// The oldest Node.js whose test runner the JavaScript suites use.
const NODE: (u32, u32) = (20, 0);

/// One thing that a machine may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// The Python of the suites.
    Python,
    /// Python's module that creates virtual environments.
    PythonVenv,
    /// The JavaScript of the suites.
    Node,
    /// The package manager of the JavaScript suites.
    Npm,
    /// The tracer of system calls.
    Strace,
    /// The programs that make and run a PostgreSQL cluster.
    Postgres,
    /// Small disks in memory that this process may mount.
    SmallDisks,
    /// A high limit of open files.
    OpenFiles,
}

impl Tool {
    fn name(self) -> String {
        match self {
            Tool::Python => format!("Python {}.{} or newer (python3)", PYTHON.0, PYTHON.1),
            Tool::PythonVenv => "Python's modules venv and ensurepip".to_owned(),
            Tool::Node => format!("Node.js {} or newer (node)", NODE.0),
            Tool::Npm => "npm".to_owned(),
            Tool::Strace => "strace".to_owned(),
            Tool::Postgres => "PostgreSQL 13 or newer (initdb and postgres)".to_owned(),
            Tool::SmallDisks => "small disks in memory, mounted".to_owned(),
            Tool::OpenFiles => "thousands of open files".to_owned(),
        }
    }

    /// The Debian package that contains the tool.
    fn package(self) -> Option<&'static str> {
        match self {
            Tool::Python => Some("python3"),
            Tool::PythonVenv => Some("python3-venv"),
            Tool::Node => Some("nodejs"),
            Tool::Npm => Some("npm"),
            Tool::Strace => Some("strace"),
            Tool::Postgres => Some("postgresql"),
            Tool::SmallDisks | Tool::OpenFiles => None,
        }
    }

    /// Checks that the tool is there; the refusal says what was found instead.
    fn look(self) -> Result<(), TaskError> {
        match self {
            Tool::Python => at_least(PYTHON, &answer("python3", &["--version"])?),
            Tool::PythonVenv => answer("python3", &["-c", "import ensurepip, venv"]).map(drop),
            Tool::Node => at_least(NODE, &answer("node", &["--version"])?),
            Tool::Npm => answer("npm", &["--version"]).map(drop),
            Tool::Strace => answer("strace", &["-V"]).map(drop),
            Tool::Postgres => postgres::programs(&[]).map(drop).ok_or_else(|| "not found".to_owned()),
            Tool::SmallDisks => chaos::have_small_disks(),
            Tool::OpenFiles => chaos::have_open_files(),
        }
    }
}

/// Refuses if a tool is missing. `needs` has the names of parts with their tools.
pub fn require(needs: &[(&str, &[Tool])]) -> Result<(), TaskError> {
    missing(needs, Tool::look).map_or(Ok(()), Err)
}

/// The message about all missing tools, if any are missing.
fn missing(needs: &[(&str, &[Tool])], look: impl Fn(Tool) -> Result<(), TaskError>) -> Option<String> {
    let mut needed_by: BTreeMap<Tool, Vec<&str>> = BTreeMap::new();
    for (name, tools) in needs {
        for &tool in *tools {
            needed_by.entry(tool).or_default().push(name);
        }
    }
    let mut found = needed_by.keys().filter_map(|&tool| look(tool).err().map(|why| (tool, why)));
    let lacking: BTreeMap<Tool, TaskError> = found.by_ref().collect();
    if lacking.is_empty() {
        return None;
    }
    let mut text = "this machine lacks what is needed:".to_owned();
    for (tool, why) in &lacking {
        let users = needed_by.get(tool).map(|names| names.join(", ")).unwrap_or_default();
        let _ = write!(text, "\n  {}: {why}; needed by {users}", tool.name());
    }
    let packages: Vec<&str> = lacking.keys().filter_map(|tool| tool.package()).collect();
    if !packages.is_empty() {
        let _ = write!(text, "\non Debian or Ubuntu: apt-get install {}", packages.join(" "));
    }
    if lacking.contains_key(&Tool::Node) {
        let _ = write!(text, "\nwhere that Node.js is too old: https://nodejs.org/en/download");
    }
    let able = needs.iter().filter(|(_, tools)| !tools.iter().any(|tool| lacking.contains_key(tool)));
    let able: Vec<&str> = able.map(|(name, _)| *name).collect();
    if !able.is_empty() {
        let _ = write!(text, "\nwhat goes without: cargo xtask test {}", able.join(" "));
    }
    Some(text)
}

/// The output of a program that must succeed.
pub fn answer(program: &str, arguments: &[&str]) -> Result<String, TaskError> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        Ok(output) => Err(format!("`{program} {}` ends with {}", arguments.join(" "), output.status)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Err("not found".to_owned()),
        Err(cause) => Err(cause.to_string()),
    }
}

/// Refuses a version that is older. `said` is the output of `python3 --version` or `node --version`.
fn at_least(wanted: (u32, u32), said: &str) -> Result<(), TaskError> {
    let mut numbers = said.trim_start_matches(|it: char| !it.is_ascii_digit()).split('.').map(str::parse::<u32>);
    let mut next = || numbers.next().and_then(Result::ok);
    match next().zip(next()) {
        Some(found) if found >= wanted => Ok(()),
        Some((major, minor)) => Err(format!("found {major}.{minor}")),
        None => Err(format!("{said:?} is no version")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDS: [(&str, &[Tool]); 3] = [
        ("cargo", &[Tool::Strace]),
        ("python", &[Tool::Python, Tool::PythonVenv]),
        ("chaos", &[Tool::Strace, Tool::SmallDisks]),
    ];

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        let look = |tool| match tool {
            Tool::Python => Ok(()),
            Tool::SmallDisks => Err("run it as root".to_owned()),
            _ => Err("not found".to_owned()),
        };
        let expected = "this machine lacks what is needed:
  Python's modules venv and ensurepip: not found; needed by python
  strace: not found; needed by cargo, chaos
  small disks in memory, mounted: run it as root; needed by chaos
on Debian or Ubuntu: apt-get install python3-venv strace";
        assert_eq!(missing(&NEEDS, look).as_deref(), Some(expected));
    }

    #[test]
    fn only_what_is_chosen_is_looked_for_and_each_once() {
        let looked = std::cell::RefCell::new(Vec::new());
        let look = |tool| {
            looked.borrow_mut().push(tool);
            Ok(())
        };
        assert_eq!(missing(&NEEDS, look), None);
        assert_eq!(*looked.borrow(), [Tool::Python, Tool::PythonVenv, Tool::Strace, Tool::SmallDisks]);
        looked.borrow_mut().clear();
        assert_eq!(missing(&NEEDS[..1], look), None);
        assert_eq!(*looked.borrow(), [Tool::Strace]);
    }

    #[test]
    fn the_parts_that_can_run_are_named() {
        let look = |tool| if tool == Tool::Python { Err("not found".to_owned()) } else { Ok(()) };
        let said = missing(&NEEDS, look).unwrap_or_default();
        assert!(said.ends_with("\nwhat goes without: cargo xtask test cargo chaos"), "{said}");
    }

    #[test]
    fn a_version_may_be_too_old() {
        for (said, expected) in [
            ("Python 3.11.2", Ok(())),
            ("Python 3.9.2", Err("found 3.9")),
            ("v20.0.0", Ok(())),
            ("v18.19.0", Err("found 18.19")),
            ("", Err("\"\" is no version")),
        ] {
            let wanted = if said.starts_with('v') { NODE } else { PYTHON };
            assert_eq!(at_least(wanted, said), expected.map_err(str::to_owned), "{said}");
        }
    }
}
