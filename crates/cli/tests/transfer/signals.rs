//! Transfers that are ended by Ctrl-C, or by SIGTERM as service managers send it.

use crate::caller::Caller;
use crate::counts;
use crate::everything;
use crate::files::Desk;
use crate::server::{wait_for, wait_until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;

/// The number of people in the file: several times the number in flight.
const PEOPLE: usize = 12_000;

fn start(caller: &Caller, folder: &Path, arguments: &[&str]) -> Child {
    let mut command = caller.command(arguments);
    let child = command.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    child.expect("the command can be started")
}

/// Sends a signal. Returns the exit code and both outputs.
fn end(mut child: Child, signal: Signal) -> crate::caller::Said {
    kill(Pid::from_raw(i32::try_from(child.id()).expect("a small number")), signal).expect("the command runs");
    assert!(wait_for(&mut child).is_some(), "the command goes on after {signal}");
    let output = child.wait_with_output().expect("it has ended");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    crate::caller::Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// The names of all temporary files in a folder.
fn temporary(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("a folder").flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".convoke-")).collect()
}

#[test]
fn an_import_that_is_told_to_end_says_what_it_did() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let desk = Desk::new();
        // The first record is refused, so that there is a file of errors too.
        let mut text = "name,email\nNobody,none\n".to_owned();
        for n in 0..PEOPLE {
            writeln!(text, "N {n},n{n}@example.org").expect("text grows");
        }
        desk.write("people.csv", text);
        let child = start(&desk.caller, desk.folder.path(), &["import", "people", "people.csv", "--json"]);
        let total = || desk.caller.json(&["users", "list", "--page-size", "1"]).get("total").and_then(Value::as_u64);
        wait_until("some people are there", || total() > Some(100));
        let said = end(child, signal);
        assert_eq!(said.code, Some(code), "{said:?}");
        let [created, changed, unchanged, refused] = counts(&said);
        assert!(created < PEOPLE as u64, "it was through before it was told to end");
        assert_eq!((changed, unchanged, refused), (0, 0, 1), "{said:?}");
        // The header, the refused record, and all created ones; the administrator exists beside them.
        assert_eq!(total(), Some(created + 1), "{said:?}");
        assert!(said.out.contains("\"interrupted\":true"), "{said:?}");
        let sentence = format!("convoke: interrupted after line {}; run the same again to go on", created + 2);
        assert!(said.err.contains(&sentence), "{said:?}");
        assert!(said.err.contains("1 rows were refused; people.csv.errors.jsonl says why"), "{said:?}");
        assert!(desk.has("people.csv.errors.jsonl"));
        assert_eq!(temporary(desk.folder.path()), Vec::<String>::new());
    }
}

/// What a server does with a request for the second group's members.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Second {
    NoReply,
    Failure,
}

/// A server with two groups. It sends a message when it is asked for the second group's members.
fn serve(second: Second) -> (SocketAddr, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    let (asked, receiver) = mpsc::channel();
    // The thread ends with the test.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let asked = asked.clone();
            thread::spawn(move || while answer(&mut BufReader::new(&stream), &asked, second).is_ok() {});
        }
    });
    (address, receiver)
}

fn answer(stream: &mut BufReader<&TcpStream>, asked: &Sender<()>, second: Second) -> std::io::Result<()> {
    let (mut first, mut length) = (String::new(), 0);
    stream.read_line(&mut first)?;
    let path = first.split(' ').nth(1).ok_or(std::io::ErrorKind::UnexpectedEof)?.to_owned();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0);
            }
            Some(_) => {}
            None => break,
        }
    }
    std::io::copy(&mut stream.by_ref().take(length), &mut std::io::sink())?;
    let listing = |entities: &[Value]| json!({ "entities": entities, "pageCount": 1, "total": entities.len() });
    let (status, body) = match path.split('?').next().unwrap_or_default() {
        "/oauth/token" => (200, json!({ "access_token": "t", "token_type": "bearer", "expires_in": 86400 })),
        "/api/v2/groups" => (200, listing(&[json!({ "id": "g1", "name": "1" }), json!({ "id": "g2", "name": "2" })])),
        "/api/v2/groups/g1/individuals" => (200, listing(&[json!({ "id": "p1" }), json!({ "id": "p2" })])),
        _ => {
            let _ = asked.send(());
            if second == Second::NoReply {
                // Until the command has ended.
                return std::io::copy(stream, &mut std::io::sink()).and(Err(std::io::ErrorKind::UnexpectedEof.into()));
            }
            (500, json!({ "message": "it fails", "code": "internal", "status": 500 }))
        }
    };
    let body = body.to_string();
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    let mut stream = *stream.get_ref();
    stream.write_all((head + &body).as_bytes())
}

#[test]
fn an_export_that_does_not_come_to_its_end_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let folder = folder.path();
    let caller = |address: SocketAddr| {
        let caller = Caller::stranger().with("CONVOKE_URL", &format!("http://{address}"));
        caller.with("CONVOKE_CLIENT_ID", "c").with("CONVOKE_CLIENT_SECRET", "s")
    };
    let (address, asked) = serve(Second::NoReply);
    let silent_one = caller(address);
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let child = start(&silent_one, folder, &["export", "memberships", "members.csv"]);
        asked.recv().expect("it asks");
        wait_until("the file is begun", || !temporary(folder).is_empty());
        let said = end(child, signal);
        assert_eq!(said.code, Some(code), "{said:?}");
        let sentence = |n_rows| format!("convoke: interrupted after {n_rows} rows; members.csv is not written\n");
        // The rows of the first group may not have arrived.
        assert!([0, 2].into_iter().any(|n_rows| said.err.ends_with(&sentence(n_rows))), "{said:?}");
        assert_eq!(std::fs::read_dir(folder).expect("a folder").count(), 0, "{:?}", temporary(folder));
    }
    let (address, _asked) = serve(Second::Failure);
    let said = caller(address).run(&["export", "memberships", &folder.join("members.csv").display().to_string()]);
    assert!(said.code == Some(1) && said.err.contains("it fails"), "{said:?}");
    assert_eq!(std::fs::read_dir(folder).expect("a folder").count(), 0, "{:?}", temporary(folder));
}

#[test]
fn a_bar_says_how_much_there_is() {
    let caller = Caller::stranger();
    let server = crate::demo(&caller);
    let caller = Caller::of(&server);
    let file = caller.folder.path().join("all.jsonl").display().to_string();
    let shown = caller.on_terminal(&["export", "all", &file], None);
    let n_rows = everything(&caller).lines().count();
    assert!(shown.contains(&format!("{file}: {n_rows} rows")), "{shown}");
    // The progress of 300 people and the administrator, or of 40 groups, when it was last drawn.
    assert!(shown.contains(" of 301, ") || shown.contains(" of 40, "), "{shown}");
    assert!(shown.contains("100 %") && !shown.contains(" of 0"), "{shown}");
}
