//! The pinned packages of the suites: the SDKs, and their dependencies.
//!
//! They are installed into a virtual environment and a `node_modules` folder, both ignored by git. A stamp file records
//! what was installed, so a second run downloads nothing.

use crate::{
    run::{TaskError, must, root},
    tools::answer,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// The time limit of one download over a slow line.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// The path of the Python in the virtual environment.
pub fn python() -> PathBuf {
    root().join(".sdk/python/bin/python")
}

/// Installs the pinned Python packages unless they are installed already.
pub fn fetch_python() -> Result<(), TaskError> {
    let requirements = "tests/sdk/python/requirements.txt";
    let version = answer("python3", &["--version"])?;
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

/// Installs the pinned JavaScript packages unless they are installed already.
pub fn fetch_js() -> Result<(), TaskError> {
    let folder = root().join("tests/sdk/js");
    let version = answer("node", &["--version"])?;
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

/// A record of what was installed: the tool's version and the content of the requirement files.
struct Stamp {
    file: PathBuf,
    content: String,
}

impl Stamp {
    fn new(file: &str, version: &str, requirements: &[&str]) -> Result<Self, TaskError> {
        let mut content = version.to_owned();
        for name in requirements {
            content +=
                &fs::read_to_string(root().join(name)).map_err(|cause| format!("cannot read {name}: {cause}"))?;
        }
        let folder = root().join(".sdk");
        fs::create_dir_all(&folder).map_err(|cause| format!("cannot create {}: {cause}", folder.display()))?;
        let file = root().join(file);
        Ok(Self { file, content })
    }

    fn matches(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|content| content == self.content)
    }

    fn write(&self) -> Result<(), TaskError> {
        fs::write(&self.file, &self.content).map_err(|cause| format!("cannot write {}: {cause}", self.file.display()))
    }
}

fn here(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir(root());
    command
}
