//! Profiles: servers and who signs in there, kept in a file that only its owner can read.

use crate::Trouble;
use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The profile that is meant where none is named, and none was chosen.
const DEFAULT: &str = "default";
/// Names another folder for the file.
const FOLDER_VARIABLE: &str = "CONVOKE_CONFIG_DIR";

/// A server, and who signs in there.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    #[serde(flatten)]
    pub place: Place,
    pub client_id: String,
    pub client_secret: String,
    #[serde(flatten)]
    pub trust: Trust,
    /// Whether it is meant where none is named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_use: bool,
}

/// Whose certificate is taken for the server's.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trust {
    /// Whether any certificate will do.
    #[serde(default)]
    pub insecure: bool,
    /// The file with the certificates of who may have signed it, besides those that the system trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl Trust {
    /// What is given goes before what is stored, and does not add to it.
    pub fn or(self, stored: Option<&Trust>) -> Trust {
        if self.insecure || self.ca_file.is_some() { self } else { stored.cloned().unwrap_or_default() }
    }
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    Url(String),
    /// A region of Genesys Cloud.
    Region(String),
}

impl Default for Place {
    fn default() -> Self {
        Place::Url("http://127.0.0.1:8080".to_owned())
    }
}

impl Place {
    /// As it is typed.
    pub fn flag(&self) -> String {
        match self {
            Place::Url(url) => format!("--url {url}"),
            Place::Region(region) => format!("--region {region}"),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Place::Url(text) | Place::Region(text)) = self;
        f.write_str(text)
    }
}

/// All profiles by name, and the file that has them.
pub struct Profiles {
    pub by_name: BTreeMap<String, Profile>,
    pub file: PathBuf,
}

impl Profiles {
    /// The name of the profile that is meant where none is named.
    pub fn in_use(&self) -> &str {
        self.by_name.iter().find_map(|(name, profile)| profile.in_use.then_some(name.as_str())).unwrap_or(DEFAULT)
    }

    /// Has this profile be meant where none is named; none, where there is none of this name.
    pub fn choose(&mut self, name: &str) -> Option<&Profile> {
        self.by_name.get(name)?;
        for (other, profile) in &mut self.by_name {
            profile.in_use = other == name;
        }
        self.by_name.get(name)
    }

    /// Reads them; there are none where there is no file.
    pub fn read() -> Result<Self, Trouble> {
        let file = folder()?.join("profiles.json");
        let problem = |what: &dyn std::fmt::Display| Trouble::refused(format!("{}: {what}", file.display()));
        let by_name = match File::open(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(problem(&error)),
            Ok(opened) => {
                // Of the file that is open, which nobody can exchange any more.
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

    /// Writes them under another name first: whoever reads the file finds all of it, old or new.
    pub fn write(&self) -> Result<(), Trouble> {
        let problem = |error: std::io::Error| Trouble::refused(format!("{}: {error}", self.file.display()));
        let folder = self.file.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(problem)?;
        // Only its owner can read a temporary file.
        let mut written = tempfile::NamedTempFile::new_in(folder).map_err(problem)?;
        let text = serde_json::to_string_pretty(&self.by_name).map_err(Trouble::refused)?;
        writeln!(written, "{text}").map_err(problem)?;
        written.as_file().sync_all().map_err(problem)?;
        written.persist(&self.file).map_err(|error| problem(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(problem)
    }
}

fn folder() -> Result<PathBuf, Trouble> {
    if let Some(folder) = std::env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let strategy = etcetera::choose_base_strategy().map_err(|error| {
        Trouble::refused(format!("there is no place for profiles: {error}; set HOME or {FOLDER_VARIABLE}"))
    })?;
    Ok(strategy.config_dir().join("convoke"))
}
