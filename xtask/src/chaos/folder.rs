//! Folders in memory, small disks, and copies of stores.

use crate::{run::TaskError, supervise};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A folder that is removed when it is dropped, for files whose durability does not matter.
pub fn scratch() -> Result<TempDir, TaskError> {
    let parent = supervise::memory();
    let made = tempfile::Builder::new().prefix("convoke-chaos-").tempdir_in(&parent);
    made.map_err(|cause| format!("cannot create a folder in {}: {cause}", parent.display()))
}

/// A new empty folder of this name.
pub fn fresh(parent: &Path, name: &str) -> Result<PathBuf, TaskError> {
    let folder = parent.join(name);
    let made = match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir(&folder),
    };
    made.map(|()| folder.clone()).map_err(|cause| format!("{}: {cause}", folder.display()))
}

/// Copies the files of a store, without those that exist only while a process runs.
pub fn copy_store(from: &Path, to: &Path) -> Result<(), TaskError> {
    let copy = || -> io::Result<()> {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let name = entry.file_name();
            let text = name.to_string_lossy();
            let is_private = text.ends_with("-shm") || text.ends_with("-lock") || text.ends_with(".log");
            if entry.file_type()?.is_file() && !is_private {
                fs::copy(entry.path(), to.join(&name))?;
            }
        }
        Ok(())
    };
    copy().map_err(|cause| format!("copy {} to {}: {cause}", from.display(), to.display()))
}

/// The size of a file in bytes; 0 if it does not exist.
pub fn size(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}

/// The path of a file of the store beside the database: `-wal`, for example.
pub fn beside(store: &Path, suffix: &str) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A disk of a few MiB, in memory. Dropping it unmounts it.
pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts it on a folder. This needs root of the machine or of a namespace.
    pub fn mount(folder: &Path, mebibytes: u64) -> Result<SmallDisk, TaskError> {
        let options = format!("size={mebibytes}m");
        mount(Some("chaos"), folder, Some("tmpfs"), MsFlags::empty(), Some(options.as_str()))
            .map_err(|cause| format!("cannot mount a tmpfs: {cause}"))?;
        Ok(SmallDisk { folder: folder.to_owned() })
    }

    /// Bind-mounts a folder to another one.
    pub fn bind(from: &Path, folder: &Path) -> Result<SmallDisk, TaskError> {
        mount(Some(from), folder, None::<&str>, MsFlags::MS_BIND, None::<&str>)
            .map_err(|cause| format!("cannot make a bind mount: {cause}"))?;
        Ok(SmallDisk { folder: folder.to_owned() })
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It fails only if the mount is gone already.
        let _ = umount2(&self.folder, MntFlags::MNT_DETACH);
    }
}
