//! The lines that `convoke serve --demo` prints for copying.
//!
//! A shell runs the lines unchanged, with their quotes and their `sed`. Only `curl` is replaced by a shell function,
//! and the test makes its requests, because not every machine has curl.

use crate::server::{LIMIT, terminate, wait_for};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

/// A running demo. Dropping it stops it, so that it removes its store.
struct Demo {
    child: Child,
    /// Held so that the server never writes to a closed pipe.
    stderr: BufReader<ChildStderr>,
    /// The lines that it prints with an indentation of two spaces.
    lines: Vec<String>,
}

impl Demo {
    fn start() -> Demo {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convoke"));
        command.args(["serve", "--demo", "--listen", "127.0.0.1:0"]).env_remove("CONVOKE_STORE");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server can be started");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut demo = Demo { child, stderr, lines: vec![] };
        for line in demo.stderr.by_ref().lines() {
            let line = line.expect("text");
            demo.lines.extend(line.strip_prefix("  ").map(str::to_owned));
            // The last line is a call of the Kaizala API.
            if line.contains("showDetail") {
                break;
            }
        }
        demo
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        terminate(&self.child);
        wait_for(&mut self.child);
    }
}

#[test]
fn the_lines_that_the_demo_prints_can_be_pasted() {
    let demo = Demo::start();
    let folder = tempfile::tempdir().expect("a folder for the test");
    let lines: Vec<&String> = demo.lines.iter().filter(|line| line.contains("curl ")).collect();
    let [sign_in, list, kaizala_sign_in, kaizala_list] = lines[..] else { panic!("{lines:?}") };
    let page = paste(sign_in, list, folder.path());
    assert!(page.pointer("/entities/4").is_some() && page.pointer("/entities/5").is_none(), "{page}");
    let page = paste(kaizala_sign_in, kaizala_list, folder.path());
    assert_eq!(page.pointer("/groups/0/hasSubGroups"), Some(&json!(true)), "{page}");
}

/// The reply to the second of two lines. The first one signs in.
fn paste(sign_in: &str, call: &str, folder: &Path) -> Value {
    let reply = curl(&asked(&[sign_in], "", folder));
    let reply = curl(&asked(&[sign_in, call], &reply, folder));
    serde_json::from_str(&reply).unwrap_or_else(|error| panic!("{error}: {reply}"))
}

/// The arguments of curl in the last line, if curl returned `reply` for the lines before.
fn asked(lines: &[&str], reply: &str, folder: &Path) -> Vec<String> {
    let (last, before) = lines.split_last().expect("there is a line");
    let file = folder.join("asked");
    let replies = "curl() { printf '%s' \"$REPLY\"; }";
    let notes = "curl() { printf '%s\\n' \"$@\" > \"$ASKED\"; }";
    let script = [&[replies], before, &[notes, last]].concat().join("\n");
    let ran = Command::new("sh").args(["-c", &script]).env("REPLY", reply).env("ASKED", &file).output();
    let ran = ran.expect("there is a shell");
    assert!(ran.status.success() && ran.stderr.is_empty(), "{lines:?}: {ran:?}");
    std::fs::read_to_string(&file).expect("curl was called").lines().map(str::to_owned).collect()
}

/// The body of the reply to a request of curl.
fn curl(arguments: &[String]) -> String {
    let (mut headers, mut form, mut url) = (String::new(), None, "");
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("the flag has a value");
        match argument {
            "-s" | "-sk" => {}
            "-H" => headers += &format!("{}\r\n", value()),
            "-u" => headers += &format!("authorization: Basic {}\r\n", STANDARD.encode(value())),
            "-d" => form = Some(value()),
            _ => url = argument,
        }
    }
    if let Some(form) = form {
        let length = form.len();
        headers += &format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n");
    }
    let (method, form) = form.map_or(("GET", ""), |form| ("POST", form));
    let (address, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address");
    let request = format!("{method} /{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n{form}");
    let mut stream = TcpStream::connect(address).expect("the demo listens");
    stream.set_read_timeout(Some(LIMIT)).expect("the limit is not zero");
    stream.write_all(request.as_bytes()).expect("the demo reads");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("the demo answers in text");
    assert!(reply.starts_with("HTTP/1.1 200 "), "{url}: {reply}");
    reply.split_once("\r\n\r\n").expect("a head").1.to_owned()
}
