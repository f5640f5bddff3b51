//! Runs the files in `scenarios/` against the real binary, request by request, byte by byte.
//!
//! A file has steps, separated by empty lines. A line that begins with `#` is a comment.
//!
//! ```text
//! $ convoke serve --public-url https://groups.example
//!
//! $ convoke connectors create --name n --phone +911099999999 --json
//! => 0
//! {"applicationId": "{{id = …}}"}
//!
//! POST {{endpoint}}/v1/groups
//! accessToken: {{token}}
//!
//! {name: "g", members: [{{3 numbers}}]}
//! => 200 whole
//! content-type: application/json
//! no access-control-allow-origin
//! {"groupName": "g", "groupId": "{{group = …}}", "membersAdded": true}
//! ```
//!
//! `$ convoke serve` starts a new server with an empty store. `$ restart` stops it and starts another with the same
//! store. Any other `$ convoke` runs as the administrator, and `=>` has its exit code. `$ cat` prints the last line of
//! a file. A request is sent as written, with added headers `host`, `content-length` and `connection: close`. A target
//! with a host is sent to that host.
//!
//! After `=>` come the expected status, headers, and keys of the body. `whole` means that there are no other keys, and
//! that the keys have this order. `…` is any text, `{{name = …}}` gives it a name, `{{a number}}` is a number, and
//! `{{nothing}}` means that the key is absent. `{{name}}` is the text with that name, `{{server}}` the server's
//! address, `{{admin}}` an OAuth token of its administrator, `{{folder}}` a folder for files, and `{{3 numbers}}` are
//! three phone numbers.

#[path = "scenario/pattern.rs"]
mod pattern;
#[expect(dead_code, reason = "a scenario speaks for itself, byte for byte")]
mod server;
#[path = "scenario/step.rs"]
mod step;
#[path = "scenario/wire.rs"]
mod wire;

use pattern::{Names, compare, fill};
use server::{Server, convoke};
use std::path::{Path, PathBuf};
use std::process::Command;
use step::{Action, Expected, ScenarioError, parse};
use tempfile::TempDir;
use wire::Reply;

#[test]
fn every_scenario_goes_as_it_is_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let entries = std::fs::read_dir(&folder).expect("the folder of the scenarios is there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "there is no scenario");
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a scenario can be read");
        let name = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&file).display().to_string();
        let n_steps = play(&name, &text).unwrap_or_else(|error| panic!("{error}"));
        println!("{name}: {n_steps} steps");
    }
}

#[test]
fn what_goes_otherwise_is_told_with_file_and_line() {
    let begin = "# Begin\n\n$ convoke serve\n\n";
    for (rest, expected) in [
        ("GET /health/live\n=> 200\n{\"status\": \"live\"}", Ok(2)),
        ("GET /health/live\n=> 404", Err("x.http:6: the status is 200 and not 404\n")),
        ("GET /health/live\n=> 200\ncontent-type: text/html", Err("x.http:6: content-type is \"application/json\" ")),
        ("GET /health/live\n=> 200\nx-none: …", Err("x.http:6: there is no x-none\n")),
        ("GET /health/live\n=> 200\nno content-type", Err("x.http:6: there is a content-type: \"application/json\"\n")),
        ("GET /health/live\n=> 200\n{\"status\": \"dead\"}", Err("x.http:6: status is \"live\" and not \"dead\"\n")),
        ("GET /health/live\n=> 200\n{\"status\": }", Err("x.http:6: what is expected is no JSON: ")),
        ("GET /{{unknown}}\n=> 200", Err("x.http:5: nothing has the name {{unknown}}")),
        ("GET /health/live\n\n", Err("x.http:5: there is no => behind this")),
        ("$ convoke verify --json\n=> 1", Err("x.http:6: the exit code is 0 and not 1\n")),
        ("$ convoke verify --json\n=> 0\n{\"organisations\": 1}", Ok(2)),
        ("$ something else\n=> 0", Err("x.http:5: only convoke and cat are called here")),
    ] {
        match (play("x.http", &format!("{begin}{rest}\n")), expected) {
            (Ok(n_steps), Ok(expected)) => assert_eq!(n_steps, expected, "{rest}"),
            (Err(told), Err(expected)) if told.starts_with(expected) => {}
            (found, expected) => panic!("{rest}: {found:?} and not {expected:?}"),
        }
    }
}

/// Runs a scenario to its end, or to the first step that fails. Returns the number of its steps.
fn play(name: &str, text: &str) -> Result<usize, String> {
    let told = |ScenarioError { line, what }: ScenarioError| format!("{name}:{line}: {what}");
    let steps = parse(text).map_err(told)?;
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let names = Names::from([("folder".to_owned(), folder.path().display().to_string())]);
    let mut player = Player { folder, names, server: None, flags: Vec::new(), n_stores: 0 };
    for step in &steps {
        let error = |what: String| ScenarioError { line: step.line, what };
        let unlike =
            |what: String| ScenarioError { line: step.expected.as_ref().map_or(step.line, |it| it.line), what };
        let found = player.act(&step.action).map_err(|what| told(error(what)))?;
        if let (Some(expected), Some(found)) = (&step.expected, &found) {
            let checked = player.check(expected, found);
            checked.map_err(|what| told(unlike(format!("{what}\n{}", found.as_text()))))?;
        }
    }
    player.end();
    Ok(steps.len())
}

struct Player {
    folder: TempDir,
    names: Names,
    server: Option<Server>,
    /// The flags of the server.
    flags: Vec<String>,
    n_stores: usize,
}

/// The result of a step.
struct Found {
    /// The meaning of the number after `=>`.
    what: &'static str,
    reply: Reply,
}

impl Found {
    fn as_text(&self) -> String {
        let Reply { status, headers, body } = &self.reply;
        let headers: String = headers.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect();
        format!("  {} {status}\n{headers}  {body}", self.what)
    }
}

impl Player {
    fn act(&mut self, action: &Action) -> Result<Option<Found>, String> {
        match action {
            Action::Command(line) => {
                let line = fill(line, &self.names)?;
                match line.split_whitespace().collect::<Vec<_>>().as_slice() {
                    ["convoke", "serve", flags @ ..] => {
                        self.end();
                        self.n_stores += 1;
                        self.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
                        self.serve();
                        Ok(None)
                    }
                    ["restart"] => {
                        self.serve();
                        Ok(None)
                    }
                    ["convoke", arguments @ ..] => self.call(arguments).map(Some),
                    ["cat", file] => last_line(file).map(Some),
                    _ => Err("only convoke and cat are called here".to_owned()),
                }
            }
            Action::Request { method, target, headers, body } => {
                let filled = |text: &str| fill(text, &self.names);
                let headers = headers.iter().map(|header| filled(header)).collect::<Result<Vec<_>, _>>()?;
                let server = self.names.get("server").ok_or("there is no server yet")?;
                let reply = wire::send(server, method, &filled(target)?, &headers, &filled(body)?)?;
                Ok(Some(Found { what: "the status", reply }))
            }
        }
    }

    /// Stops the server, and starts another.
    fn serve(&mut self) {
        self.end();
        let store = self.store();
        let mut command = convoke(&["serve"], &store);
        command.args(&self.flags);
        let server = Server::start_by(command, &store);
        self.names.insert("server".to_owned(), server.address.to_string());
        self.names.insert("admin".to_owned(), server.sign_in());
        self.server = Some(server);
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join(format!("{}.sqlite", self.n_stores))
    }

    /// Calls `convoke` as the server's administrator.
    fn call(&self, arguments: &[&str]) -> Result<Found, String> {
        let server = self.names.get("server").ok_or("there is no server yet")?;
        let output = Command::new(env!("CARGO_BIN_EXE_convoke"))
            .args(arguments)
            .env("CONVOKE_URL", format!("http://{server}"))
            .env("CONVOKE_CLIENT_ID", "test")
            .env("CONVOKE_CLIENT_SECRET", "secret of the test")
            .output()
            .expect("the command can be started");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let status = output.status.code().and_then(|code| u16::try_from(code).ok()).ok_or("it was killed")?;
        let body = said(&output.stdout);
        let headers = said(&output.stderr).lines().map(|line| ("stderr".to_owned(), line.to_owned())).collect();
        Ok(Found { what: "the exit code", reply: Reply { status, headers, body } })
    }

    /// Compares a result with what is expected, and stores the named parts.
    fn check(&mut self, expected: &Expected, found: &Found) -> Result<(), String> {
        let Found { what, reply } = found;
        if reply.status != expected.status {
            return Err(format!("{what} is {} and not {}", reply.status, expected.status));
        }
        for header in &expected.headers {
            let header = fill(header, &self.names)?;
            match (header.strip_prefix("no "), header.split_once(':')) {
                (Some(name), _) => {
                    if let Some(value) = reply.header(name) {
                        return Err(format!("there is a {name}: {value:?}"));
                    }
                }
                (None, Some((name, value))) => {
                    let found = reply.header(name).ok_or_else(|| format!("there is no {name}"))?;
                    if !pattern::is_like(value.trim(), found) {
                        return Err(format!("{name} is {found:?} and not {:?}", value.trim()));
                    }
                }
                (None, None) => return Err(format!("{header:?} is no header")),
            }
        }
        if expected.body.is_empty() {
            return Ok(());
        }
        let pattern = serde_json::from_str(&fill(&expected.body, &self.names)?);
        let pattern = pattern.map_err(|error| format!("what is expected is no JSON: {error}"))?;
        let body = serde_json::from_str(&reply.body).map_err(|error| format!("the body is no JSON: {error}"))?;
        compare(&pattern, Some(&body), expected.range, "", &mut self.names)
    }

    /// Stops the server cleanly, and verifies its store.
    fn end(&mut self) {
        let Some(server) = self.server.take() else { return };
        server.terminate();
        let status = server.wait();
        assert!(status.success(), "the server ended with {status}");
        let output = convoke(&["verify"], &self.store()).output().expect("the command can be started");
        let is_sound = String::from_utf8_lossy(&output.stdout).ends_with(": no differences\n");
        assert!(output.status.success() && is_sound, "verify: {output:?}");
    }
}

fn last_line(file: &str) -> Result<Found, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let body = text.lines().last().unwrap_or_default().to_owned();
    Ok(Found { what: "the exit code", reply: Reply { status: 0, headers: Vec::new(), body } })
}
