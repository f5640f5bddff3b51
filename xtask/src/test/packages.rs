//! What the suites need from outside: tools of the machine, and the pinned SDKs.
//!
//! The SDKs go into a virtual environment and a `node_modules` folder, both ignored by git. A
//! stamp holds what was installed, so a second run fetches nothing.

use crate::run::{Refusal, must, root, say};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// One fetch over a slow line.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// A tool: how to ask whether it is there, and what a person installs to have it.
const TOOLS: [(&str, &[&str], &str); 5] = [
    ("python3", &["--version"], "install Python 3.9 or newer (Debian: apt-get install python3 python3-venv)"),
    (
        "python3",
        &["-c", "import ensurepip, venv"],
        "install Python's venv module (Debian: apt-get install python3-venv)",
    ),
    ("node", &["--version"], "install Node.js 20 or newer (Debian: apt-get install nodejs npm)"),
    ("npm", &["--version"], "install npm (Debian: apt-get install npm)"),
    ("strace", &["--version"], "install strace (Debian: apt-get install strace)"),
];

/// The Python of the virtual environment.
pub fn python() -> PathBuf {
    root().join(".sdk/python/bin/python")
}

/// Refuses with what to install if a tool is missing.
pub fn require_tools() -> Result<(), Refusal> {
    for (program, args, advice) in TOOLS {
        if answer(program, args).is_none() {
            return Err(format!("`{program} {}` does not run: {advice}", args.join(" ")));
        }
    }
    Ok(())
}

/// Installs the pinned packages unless they are there already.
pub fn fetch() -> Result<(), Refusal> {
    fs::create_dir_all(root().join(".sdk")).map_err(|cause| format!("cannot create the folder .sdk: {cause}"))?;
    fetch_python()?;
    fetch_js()
}

fn fetch_python() -> Result<(), Refusal> {
    let requirements = "tests/sdk/python/requirements.txt";
    let version = answer("python3", &["--version"]).unwrap_or_default();
    let stamp = Stamp::new(".sdk/python.stamp", &version, &[requirements])?;
    if stamp.matches() && python().exists() {
        return Ok(());
    }
    must("create the Python environment", here("python3").args(["-m", "venv", "--clear", ".sdk/python"]), LIMIT)?;
    must(
        "fetch the Python SDK",
        here(python()).args(["-m", "pip", "install", "--quiet", "--no-deps"]).args([
            "--disable-pip-version-check",
            "--requirement",
            requirements,
        ]),
        LIMIT,
    )?;
    stamp.write()
}

fn fetch_js() -> Result<(), Refusal> {
    let folder = root().join("tests/sdk/js");
    let version = answer("node", &["--version"]).unwrap_or_default();
    let stamp =
        Stamp::new(".sdk/js.stamp", &version, &["tests/sdk/js/package.json", "tests/sdk/js/package-lock.json"])?;
    if stamp.matches() && folder.join("node_modules").exists() {
        return Ok(());
    }
    must(
        "fetch the JavaScript SDKs",
        here("npm").current_dir(folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]),
        LIMIT,
    )?;
    stamp.write()
}

/// What was installed: the tool's version and the requirement files, word for word.
struct Stamp {
    file: PathBuf,
    content: String,
}

impl Stamp {
    fn new(file: &str, version: &str, requirements: &[&str]) -> Result<Self, Refusal> {
        let mut content = version.to_owned();
        for name in requirements {
            content +=
                &fs::read_to_string(root().join(name)).map_err(|cause| format!("cannot read {name}: {cause}"))?;
        }
        let file = root().join(file);
        Ok(Self { file, content })
    }

    fn matches(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|content| content == self.content)
    }

    fn write(&self) -> Result<(), Refusal> {
        fs::write(&self.file, &self.content).map_err(|cause| format!("cannot write {}: {cause}", self.file.display()))
    }
}

fn here(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir(root());
    command
}

/// The stdout of a program that ends well.
fn answer(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .map_err(|cause| say(&format!("{program}: {cause}")))
        .ok()?;
    (output.status.success()).then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
