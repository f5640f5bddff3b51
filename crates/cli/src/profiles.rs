//! Profiles: servers with credentials, stored in a file that only its owner can read.

use crate::CommandError;
use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The profile to use if none is named and none was selected.
const DEFAULT: &str = "default";
/// The environment variable with another folder for the file.
const FOLDER_VARIABLE: &str = "CONVOKE_CONFIG_DIR";

/// A server and the credentials for it.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    #[serde(flatten)]
    pub place: ServerAddress,
    pub client_id: String,
    pub client_secret: String,
    #[serde(flatten)]
    pub trust: Trust,
    /// Whether it is the selected default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_use: bool,
}

/// The accepted certificates.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trust {
    /// Whether any certificate is accepted.
    #[serde(default)]
    pub insecure: bool,
    /// A file with certificate authorities, in addition to those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl Trust {
    /// This setting, or else the stored one. The two are not combined.
    pub fn or(self, stored: Option<&Trust>) -> Trust {
        if self.insecure || self.ca_file.is_some() { self } else { stored.cloned().unwrap_or_default() }
    }
}

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ServerAddress {
    Url(String),
    /// A region of Genesys Cloud.
    Region(String),
}

impl Default for ServerAddress {
    fn default() -> Self {
        ServerAddress::Url("http://127.0.0.1:8080".to_owned())
    }
}

impl ServerAddress {
    /// The flag for it.
    pub fn flag(&self) -> String {
        match self {
            ServerAddress::Url(url) => format!("--url {url}"),
            ServerAddress::Region(region) => format!("--region {region}"),
        }
    }
}

impl std::fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (ServerAddress::Url(text) | ServerAddress::Region(text)) = self;
        f.write_str(text)
    }
}

/// All profiles by name, and the path of their file.
pub struct Profiles {
    pub by_name: BTreeMap<String, Profile>,
    pub file: PathBuf,
}

impl Profiles {
    /// The name of the profile to use if none is named.
    pub fn in_use(&self) -> &str {
        self.by_name.iter().find_map(|(name, profile)| profile.in_use.then_some(name.as_str())).unwrap_or(DEFAULT)
    }

    /// Selects the profile as the default. None if it does not exist.
    pub fn choose(&mut self, name: &str) -> Option<&Profile> {
        self.by_name.get(name)?;
        for (other, profile) in &mut self.by_name {
            profile.in_use = other == name;
        }
        self.by_name.get(name)
    }

    /// Reads the profiles. Without a file there are none.
    pub fn read() -> Result<Self, CommandError> {
        let file = folder()?.join("profiles.json");
        let problem = |what: &dyn std::fmt::Display| CommandError::refused(format!("{}: {what}", file.display()));
        let by_name = match File::open(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(problem(&error)),
            Ok(opened) => {
                // The mode of the open file, which cannot be exchanged any more.
                let mode = opened.metadata().map_err(|error| problem(&error))?.mode();
                if mode & 0o077 != 0 {
                    let name = file.display();
                    return Err(problem(&format!("others can read the secrets in it; run chmod 600 '{name}'")));
                }
                let read = serde_json::from_reader(std::io::BufReader::new(opened));
                read.map_err(|error| problem(&format!("{error}; put it right, or remove it and log in again")))?
            }
        };
        Ok(Profiles { by_name, file })
    }

    /// Writes the profiles to a temporary file and renames it, so that readers see the old or the new contents.
    pub fn write(&self) -> Result<(), CommandError> {
        let problem = |error: std::io::Error| CommandError::refused(format!("{}: {error}", self.file.display()));
        let folder = self.file.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(problem)?;
        // The temporary file can be read by its owner only.
        let mut written = tempfile::NamedTempFile::new_in(folder).map_err(problem)?;
        let text = serde_json::to_string_pretty(&self.by_name).map_err(CommandError::refused)?;
        writeln!(written, "{text}").map_err(problem)?;
        written.as_file().sync_all().map_err(problem)?;
        written.persist(&self.file).map_err(|error| problem(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(problem)
    }
}

fn folder() -> Result<PathBuf, CommandError> {
    if let Some(folder) = std::env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let strategy = etcetera::choose_base_strategy().map_err(|error| {
        CommandError::refused(format!("there is no place for profiles: {error}; set HOME or {FOLDER_VARIABLE}"))
    })?;
    Ok(strategy.config_dir().join("convoke"))
}
