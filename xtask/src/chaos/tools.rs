//! What the experiments need from the machine. A missing tool is a refusal, never a silent skip.

use crate::run::Refusal;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::process::{Command, Stdio};

/// Refuses with what to install or allow, if anything is missing.
pub fn require() -> Result<(), Refusal> {
    let strace = Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !strace.is_ok_and(|status| status.success()) {
        return Err("chaos needs strace (Debian: apt-get install strace)".to_owned());
    }
    let folder = super::folder::scratch()?;
    super::folder::SmallDisk::mount(folder.path(), 1).map(drop)
}

/// Raises the limit of open files of this process and of those that it starts.
pub fn raise_open_files(wanted: u64) -> Result<(), Refusal> {
    let limits = getrlimit(Resource::RLIMIT_NOFILE).map_err(|cause| format!("the limit of open files: {cause}"))?;
    if limits.0 >= wanted {
        return Ok(());
    }
    setrlimit(Resource::RLIMIT_NOFILE, wanted, limits.1.max(wanted))
        .map_err(|cause| format!("chaos needs {wanted} open files (`ulimit -n {wanted}`): {cause}"))
}
