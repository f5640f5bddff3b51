//! The requirements of the experiments from the kernel. A missing one is a refusal, never a silent skip.

use super::folder::SmallDisk;
use crate::run::TaskError;
use nix::{
    sched::{CloneFlags, unshare},
    sys::resource::{Resource, getrlimit, setrlimit},
    unistd::{getgid, getuid},
};
use std::{fs, io};

const NEEDS_MOUNT: &str = "run it as root, or where the kernel allows user namespaces";

/// Refuses if small disks cannot be mounted. This process must have no other thread yet.
pub fn require_small_disks() -> Result<(), TaskError> {
    let folder = super::folder::scratch()?;
    if SmallDisk::mount(folder.path(), 1).is_err() {
        // If the kernel lets everyone be root of a namespace, that is enough.
        enter_namespace().map_err(|cause| format!("{NEEDS_MOUNT}: {cause}"))?;
        SmallDisk::mount(folder.path(), 1).map_err(|cause| format!("{NEEDS_MOUNT}: {cause}"))?;
    }
    Ok(())
}

/// Makes this process root of a namespace of its own, in which it may mount. It must have no other thread yet.
fn enter_namespace() -> io::Result<()> {
    let (user, group) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("0 {group} 1"))
}

/// Raises the limit of open files of this process and of those that it starts.
pub fn raise_open_files(wanted: u64) -> Result<(), TaskError> {
    let limits = getrlimit(Resource::RLIMIT_NOFILE).map_err(|cause| format!("the limit of open files: {cause}"))?;
    if limits.0 >= wanted {
        return Ok(());
    }
    setrlimit(Resource::RLIMIT_NOFILE, wanted, limits.1.max(wanted))
        .map_err(|cause| format!("only {} are allowed (`ulimit -n {wanted}`): {cause}", limits.1))
}
