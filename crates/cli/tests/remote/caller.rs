//! Runs commands of the real binary as a person or a script does.

use crate::server::{LIMIT, Server, convoke, wait_for, wait_until};
use serde_json::Value;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

pub const SECRET: &str = "secret of the test";

/// The environment of a caller: a folder of its own, and nothing of the environment of the tests.
pub struct Caller {
    pub folder: TempDir,
    environment: Vec<(String, String)>,
}

/// The output of a command.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// What is typed on the terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typed {
    Shown,
    Hidden,
}

impl Caller {
    /// A caller without a server.
    pub fn stranger() -> Self {
        Caller { folder: tempfile::tempdir().expect("a folder for the test"), environment: vec![] }
    }

    /// The administrator of a server.
    pub fn of(server: &Server) -> Self {
        let url = format!("http://{}", server.address);
        Caller::stranger()
            .with("CONVOKE_URL", &url)
            .with("CONVOKE_CLIENT_ID", "test")
            .with("CONVOKE_CLIENT_SECRET", SECRET)
    }

    /// The same caller with another environment variable.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Another caller with the same environment.
    pub fn again(&self) -> Self {
        Caller { environment: self.environment.clone(), ..Caller::stranger() }
    }

    /// The URL of its server.
    pub fn url(&self) -> Option<&str> {
        self.environment.iter().find_map(|(name, value)| (name == "CONVOKE_URL").then_some(value.as_str()))
    }

    /// The folder of its profiles.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convoke"));
        command.args(arguments).env_clear().env("CONVOKE_CONFIG_DIR", self.config()).stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().expect("the command can be started"))
    }

    /// Runs a command with this standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command can be started");
        let mut stdin = child.stdin.take().expect("it is piped");
        // A command that refuses does not read its input.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        said(child.wait_with_output().expect("it ends"))
    }

    /// The standard output of a command that succeeds.
    pub fn out(&self, arguments: &[&str]) -> String {
        let Said { code, out, err } = self.run(arguments);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{arguments:?}: {out}");
        out
    }

    /// The API's reply in a command that succeeds.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let out = self.out(&[arguments, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {out}"))
    }

    /// A field of the API's reply.
    pub fn field(&self, arguments: &[&str], name: &str) -> String {
        let reply = self.json(arguments);
        reply.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{name} of {reply}")).to_owned()
    }

    /// The output of a command on a terminal, where a person types a secret at a prompt.
    pub fn on_terminal(&self, arguments: &[&str], secret: Option<(&str, &str)>) -> String {
        self.on_terminal_of(120, arguments, secret)
    }

    /// The same on a terminal of this width.
    pub fn on_terminal_of(&self, columns: u16, arguments: &[&str], secret: Option<(&str, &str)>) -> String {
        self.at_terminal(columns, arguments, secret.map(|(prompt, text)| (prompt, text, Typed::Hidden)))
    }

    /// The output of a command on a terminal, where a person answers a question.
    pub fn answering(&self, arguments: &[&str], answer: &str) -> String {
        self.at_terminal(120, arguments, Some(("? [y/N] ", answer, Typed::Shown)))
    }

    fn at_terminal(&self, columns: u16, arguments: &[&str], typed: Option<(&str, &str, Typed)>) -> String {
        let size = nix::pty::Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = nix::pty::openpty(Some(&size), None).expect("a terminal can be opened");
        let end = || Stdio::from(pty.slave.try_clone().expect("a descriptor can be copied"));
        // A session of its own, so that this terminal is the one that asks for secrets.
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait", env!("CARGO_BIN_EXE_convoke")]).args(arguments).env_clear();
        command.env("CONVOKE_CONFIG_DIR", self.config()).env("TERM", "xterm");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(end()).stdout(end()).stderr(end());
        let mut child = command.spawn().expect("setsid can be started");
        drop((command, pty.slave));
        let terminal = std::fs::File::from(pty.master);
        let (mut shown, mut chunk) = (Vec::new(), [0; 4096]);
        let mut typed = typed;
        // Reading fails when the other end is closed.
        while let Ok(length) = (&terminal).read(&mut chunk) {
            shown.extend(chunk.iter().take(length));
            if let Some((prompt, text, how)) = typed
                && String::from_utf8_lossy(&shown).ends_with(prompt)
            {
                let echoes = || {
                    let state = nix::sys::termios::tcgetattr(&terminal).expect("a terminal has a state");
                    state.local_flags.contains(nix::sys::termios::LocalFlags::ECHO)
                };
                wait_until("the terminal shows what is typed, or not", || echoes() == (how == Typed::Shown));
                (&terminal).write_all(text.as_bytes()).expect("the terminal takes what is typed");
                typed = None;
            }
        }
        let status = wait_for(&mut child);
        assert!(status.is_some(), "{arguments:?} did not end within {LIMIT:?}");
        String::from_utf8_lossy(&shown).replace("\r\n", "\n")
    }
}

fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A server with a new store in a folder.
pub fn server(folder: &Path) -> Server {
    Server::start(&folder.join("store.sqlite"))
}

/// A server with further flags.
pub fn server_with(folder: &Path, flags: &[&str]) -> Server {
    let store = folder.join("store.sqlite");
    Server::start_by(convoke(&[&["serve"], flags].concat(), &store), &store)
}
