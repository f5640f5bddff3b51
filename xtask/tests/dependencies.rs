//! The dependencies are those that `deny.toml` allows, and work with the promised version of Rust.
//!
//! cargo-deny checks this too, and more, but it needs about 165 further crates.

use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};
use std::{fs, path::Path, process::Command};
use toml::Table;

/// A package in the output of `cargo metadata`.
#[derive(Clone)]
struct Package {
    name: String,
    version: String,
    /// The registry or repository that it comes from; none for the packages of this workspace.
    source: Option<String>,
    licence: Option<String>,
    /// The minimum version of Rust that it declares.
    rust: Option<String>,
}

/// The part of `deny.toml` that is checked here.
struct Policy {
    licences: Vec<Licensee>,
    exceptions: Vec<(String, Vec<Licensee>)>,
    banned: Vec<(String, String)>,
    /// The public registry. cargo-deny allows only this one if no other is named.
    registry: String,
}

impl Policy {
    fn read() -> Policy {
        let file = table("deny.toml");
        let at = |section: &str, key: &str| list(file.get(section).and_then(|section| section.get(key)));
        let licensees = |names: Vec<toml::Value>| {
            let licensee = |name: &toml::Value| Licensee::parse(text(Some(name))).expect("an SPDX identifier");
            names.iter().map(licensee).collect::<Vec<_>>()
        };
        let name = |entry: &toml::Value| text(entry.get("crate")).to_owned();
        let exception = |entry: &toml::Value| (name(entry), licensees(list(entry.get("allow"))));
        Policy {
            licences: licensees(at("licenses", "allow")),
            exceptions: at("licenses", "exceptions").iter().map(exception).collect(),
            banned: at("bans", "deny").iter().map(|it| (name(it), text(it.get("reason")).to_owned())).collect(),
            registry: registry(),
        }
    }

    /// The problem with the licence of a package, if there is one.
    fn licence(&self, package: &Package) -> Option<String> {
        let excepted = self.exceptions.iter().filter(|(name, _)| *name == package.name).flat_map(|(_, allow)| allow);
        let allowed: Vec<&Licensee> = self.licences.iter().chain(excepted).collect();
        let Some(licence) = &package.licence else { return Some("has no licence".to_owned()) };
        let Ok(expression) = Expression::parse_mode(licence, ParseMode::LAX) else {
            return Some(format!("has a licence that cannot be read: {licence}"));
        };
        let holds = expression.evaluate(|required| allowed.iter().any(|licensee| licensee.satisfies(required)));
        (!holds).then(|| format!("has a licence that is not allowed: {licence}"))
    }

    /// The problem with the name or source of a package, if there is one.
    fn origin(&self, package: &Package) -> Option<String> {
        if let Some((_, reason)) = self.banned.iter().find(|(name, _)| *name == package.name) {
            return Some(format!("is banned: {reason}"));
        }
        let source = package.source.as_ref()?;
        (*source != self.registry).then(|| format!("comes from {source}"))
    }
}

fn table(file: &str) -> Table {
    read(file).parse().unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn read(file: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn list(value: Option<&toml::Value>) -> Vec<toml::Value> {
    value.and_then(toml::Value::as_array).cloned().expect("deny.toml has a list")
}

fn text(value: Option<&toml::Value>) -> &str {
    value.and_then(toml::Value::as_str).expect("there is a text")
}

/// All packages of the lock file, for every platform.
fn locked() -> Vec<Package> {
    let package = |entry: &toml::Value| Package {
        name: text(entry.get("name")).to_owned(),
        version: text(entry.get("version")).to_owned(),
        source: entry.get("source").and_then(toml::Value::as_str).map(str::to_owned),
        licence: None,
        rust: None,
    };
    list(table("Cargo.lock").get("package")).iter().map(package).collect()
}

/// The public registry: that of a package that certainly comes from there.
fn registry() -> String {
    let serde = locked().into_iter().find(|package| package.name == "serde").and_then(|package| package.source);
    serde.filter(|source| source.starts_with("registry+")).expect("serde comes from a registry")
}

/// The packages for this platform. cargo has downloaded these, so this test needs no network.
fn built() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let host = Command::new(&cargo).arg("-vV").output().expect("cargo can be started");
    let host = String::from_utf8_lossy(&host.stdout).into_owned();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).expect("cargo has a host");
    let mut command = Command::new(&cargo);
    command.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host]);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata.get("packages").and_then(Value::as_array).expect("there are packages");
    let field = |package: &Value, name: &str| package.get(name).and_then(Value::as_str).map(str::to_owned);
    let package = |package: &Value| Package {
        name: field(package, "name").expect("every package has a name"),
        version: field(package, "version").expect("every package has a version"),
        source: field(package, "source"),
        licence: field(package, "license"),
        rust: field(package, "rust_version"),
    };
    packages.iter().map(package).collect()
}

fn troubles(packages: &[Package], judge: impl Fn(&Package) -> Option<String>) -> Vec<String> {
    let told = |package: &Package| judge(package).map(|it| format!("{} {} {it}", package.name, package.version));
    packages.iter().filter_map(told).collect()
}

#[test]
fn every_dependency_may_be_used() {
    let policy = Policy::read();
    let (locked, built) = (locked(), built());
    assert!(locked.len() > built.len() && built.len() > 100, "{} and {}", locked.len(), built.len());
    let mut found = troubles(&locked, |package| policy.origin(package));
    found.extend(troubles(&built, |package| policy.licence(package)));
    assert_eq!(found, [""; 0]);
}

#[test]
fn what_may_not_be_used_is_found() {
    let policy = Policy::read();
    let good = Package {
        name: "good".to_owned(),
        version: "1.0.0".to_owned(),
        source: Some(policy.registry.clone()),
        licence: Some("MIT/Apache-2.0".to_owned()),
        rust: None,
    };
    let licensed = |licence: &str| Package { licence: Some(licence.to_owned()), ..good.clone() };
    for (package, expected) in [
        (good.clone(), None),
        (licensed("GPL-3.0 OR MIT"), None),
        (licensed("GPL-3.0"), Some("has a licence that is not allowed: GPL-3.0")),
        (licensed("MIT AND GPL-3.0"), Some("has a licence that is not allowed: MIT AND GPL-3.0")),
        (licensed("MPL-2.0"), Some("has a licence that is not allowed: MPL-2.0")),
        (Package { name: "imbl".to_owned(), ..licensed("MPL-2.0+") }, None),
        (licensed("ask me"), Some("has a licence that cannot be read: ask me")),
        (Package { licence: None, ..good.clone() }, Some("has no licence")),
        (Package { name: "sqlx".to_owned(), ..good.clone() }, Some("is banned: SQLite is reached by rusqlite")),
        (Package { source: Some("git+https://x/y".to_owned()), ..good.clone() }, Some("comes from git+https://x/y")),
        (
            Package { source: Some("registry+https://x".to_owned()), ..good.clone() },
            Some("comes from registry+https://x"),
        ),
    ] {
        let found = policy.origin(&package).or_else(|| policy.licence(&package));
        assert_eq!(found.as_deref(), expected, "{} {:?} {:?}", package.name, package.licence, package.source);
    }
}

/// Major and minor version of Rust.
fn rust(version: &str) -> (u32, u32) {
    let mut numbers = version.split('.').map(|it| it.parse().unwrap_or_else(|_| panic!("{version} is no version")));
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

/// clippy's `incompatible_msrv` checks our own code. This checks the dependencies.
#[test]
fn the_rust_that_we_promise_is_enough() {
    let manifest = table("Cargo.toml");
    let promised = manifest.get("workspace").and_then(|it| it.get("package")).and_then(|it| it.get("rust-version"));
    let promised = text(promised);
    assert!(read("README.md").contains(&format!(" {promised} or newer")), "README.md promises another Rust");
    let packages = built();
    for package in packages.iter().filter(|package| package.source.is_none()) {
        assert_eq!(package.rust.as_deref(), Some(promised), "{} does not inherit rust-version", package.name);
    }
    let needs_more = |package: &Package| {
        let needed = package.rust.as_deref().filter(|needed| rust(needed) > rust(promised))?;
        Some(format!("needs Rust {needed}"))
    };
    assert_eq!(troubles(&packages, needs_more), [""; 0]);
}
