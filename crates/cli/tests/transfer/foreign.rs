//! A pull from a server that is not Convoke, with data that may not be read.

use crate::caller::{Caller, server};
use crate::everything;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

/// The requests to a server, without their headers.
struct Asked {
    paths: Mutex<Vec<String>>,
    now: AtomicUsize,
    most: AtomicUsize,
    /// Makes two requests wait for each other.
    pairs: Barrier,
}

/// A server that replies to each path with a status and a body.
fn foreign(answer: fn(&str) -> (u16, Value)) -> (SocketAddr, Arc<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    let asked = Arc::new(Asked {
        paths: Mutex::default(),
        now: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
        pairs: Barrier::new(2),
    });
    let shared = asked.clone();
    // The thread ends with the test.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let asked = shared.clone();
            thread::spawn(move || while serve(&mut BufReader::new(&stream), &asked, answer).is_ok() {});
        }
    });
    (address, asked)
}

fn serve(stream: &mut BufReader<&TcpStream>, asked: &Asked, answer: fn(&str) -> (u16, Value)) -> std::io::Result<()> {
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
    let now = asked.now.fetch_add(1, Ordering::SeqCst) + 1;
    asked.most.fetch_max(now, Ordering::SeqCst);
    let n_before = {
        let mut paths = asked.paths.lock().expect("no other thread failed");
        paths.push(path.clone());
        paths.iter().filter(|before| **before == path).count()
    };
    // These replies come only if the requests are concurrent.
    if path.ends_with("00100/individuals") || path.ends_with("00101/individuals") {
        asked.pairs.wait();
    }
    let (status, body) = match path.split('?').next().unwrap_or_default() {
        "/oauth/token" => (200, json!({ "access_token": "t", "token_type": "bearer", "expires_in": 86400 })),
        // The first request of each listing is told to wait.
        "/api/v2/groups" if n_before == 1 => {
            (429, json!({ "message": "wait", "code": "too.many.requests", "status": 429 }))
        }
        _ => answer(&path),
    };
    let body = body.to_string();
    asked.now.fetch_sub(1, Ordering::SeqCst);
    let mut stream = *stream.get_ref();
    let head = format!("HTTP/1.1 {status} X\r\nretry-after: 0\r\ncontent-type: application/json\r\n");
    stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes())
}

fn listing(entities: Value, page_number: i64, page_count: i64) -> (u16, Value) {
    let total = entities.as_array().map_or(0, Vec::len);
    (
        200,
        json!({ "entities": entities, "pageSize": 500, "pageNumber": page_number, "pageCount": page_count, "total": total }),
    )
}

fn refusal(status: u16, message: &str) -> (u16, Value) {
    (status, json!({ "message": message, "code": "a.code", "status": status }))
}

fn id(n: u32) -> String {
    format!("0000000b-0000-4000-8000-{n:012}")
}

fn user(n: u32, state: &str) -> Value {
    json!({
        "id": id(n), "name": format!("N {n}"), "email": format!("n{n}@example.org"), "username": format!("n{n}@example.org"),
        "state": state, "version": 7, "acdAutoAnswer": false, "selfUri": "/", "division": { "id": "d", "name": "", "selfUri": "/" },
        "addresses": [{ "display": "(317) 555-0100", "mediaType": "PHONE", "type": "WORK" }, { "mediaType": "PHONE", "type": "HOME" }],
        "manager": { "id": id(n + 1) }, "presence": { "source": "PURECLOUD" },
        "skills": [{ "id": id(900), "name": "Billing", "proficiency": 4.0, "state": "active", "skillUri": "/", "selfUri": "/" },
                   { "id": id(901), "name": "Gone", "proficiency": 4.0, "state": "deleted", "skillUri": "/", "selfUri": "/" }],
        "languages": [],
    })
}

fn group(n: u32) -> Value {
    json!({
        "id": id(n), "name": format!("G {n}"), "dateModified": "2024-01-01T00:00:00.000Z", "memberCount": 2, "state": "active", "version": 3,
        "type": "official", "rulesVisible": true, "visibility": "public", "selfUri": "/",
        "owners": [{ "id": id(1) }, { "id": id(99) }],
    })
}

/// The replies of Genesys Cloud: no groups beneath groups, and another refusal for a group without a rule.
fn genesys(path: &str) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is = |parameter: &str| query.split('&').any(|given| given == parameter);
    let rule = json!({ "skillConditions": [{ "operation": "And", "languageSkillConditions": [], "routingSkillConditions": [
        { "routingSkill": id(900), "comparator": "GreaterThan", "proficiency": 2 }] }] });
    let definition = json!({ "group": { "id": id(100) }, "dateModified": "2024-01-01T00:00:00.000Z", "query": rule, "selfUri": "/" });
    match path {
        "/api/v2/routing/skills" => {
            let skill = |n, name, state| {
                json!({ "id": id(n), "name": name, "state": state, "version": "1", "dateModified": "2024-01-01T00:00:00.000Z",
                        "division": { "id": "d", "name": "", "selfUri": "/" }, "selfUri": "/" })
            };
            listing(json!([skill(900, "Billing", "active"), skill(901, "Gone", "deleted")]), 1, 1)
        }
        "/api/v2/routing/languages" => refusal(403, "languages are not for you"),
        "/api/v2/users" if is("state=active") => listing((1..=3).map(|n| user(n, "active")).collect(), 1, 1),
        // The total is greater than the number of listed users.
        "/api/v2/users" if is("pageNumber=1") => {
            let page = (2000..2500).map(|n| user(n, "inactive")).collect();
            listing(page, 1, 21)
        }
        "/api/v2/users" => refusal(400, "no more than 10,000"),
        "/api/v2/groups" => listing((100..140).map(group).collect(), 1, 1),
        _ if path.ends_with("00100/dynamicsettings") => (200, definition),
        _ if path.ends_with("00101/dynamicsettings") => refusal(404, "none"),
        _ if path.ends_with("00102/dynamicsettings") => refusal(403, "rules are not for you"),
        _ if path.ends_with("/dynamicsettings") => refusal(400, "none"),
        _ if path.ends_with("00103/individuals") => refusal(403, "members are not for you"),
        _ if path.ends_with("/individuals") => {
            listing(json!([{ "id": id(2) }, { "id": id(1) }, { "id": id(99) }]), 1, 1)
        }
        _ if path.ends_with("/subgroups") => refusal(404, "no such path"),
        _ if path.contains("/api/v2/groups/") => (200, group(100)),
        _ => refusal(404, path),
    }
}

#[test]
fn what_another_server_shows_is_copied_and_the_rest_is_said() {
    let (address, asked) = foreign(genesys);
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let to = Caller::of(&server);
    // This server does not check credentials, so the profile is written without a login.
    let profile = json!({ "real": { "url": format!("http://{address}"), "clientId": "c", "clientSecret": "s" } });
    std::fs::create_dir_all(to.config()).expect("a folder");
    let file = to.config().join("profiles.json");
    std::fs::write(&file, profile.to_string()).expect("a file");
    let only_mine = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, only_mine).expect("its owner may");

    let said = to.run(&["pull", "--from", "real", "--concurrency", "3"]);
    insta::assert_snapshot!(said.err);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains(" 0 refused; "), "{said:?}");
    let n_asked = |end: &str| {
        let paths = asked.paths.lock().expect("no other thread failed");
        paths.iter().filter(|path| path.split('?').next().unwrap_or_default().ends_with(end)).count()
    };
    assert_eq!((n_asked("/dynamicsettings"), n_asked("/individuals")), (40, 40));
    assert!((1..=3).contains(&n_asked("/subgroups")), "{}", n_asked("/subgroups"));
    assert!((2..=3).contains(&asked.most.load(Ordering::SeqCst)), "{}", asked.most.load(Ordering::SeqCst));

    let copied = everything(&to);
    let rows = |has: &str| copied.lines().filter(|row| row.contains(has)).count();
    assert_eq!((rows("{\"person\":{\"id\":\"0000000b"), rows("\"inactive\"")), (3 + 500 + 501, 500));
    assert_eq!((rows("\"Billing\":4.0"), rows("\"rule\":{"), rows("Gone")), (503, 1, 0));
    assert_eq!((rows("(317) 555-0100"), rows("HOME"), rows(&id(99)), rows("{\"membership\"")), (503, 0, 0, 78));
    let again = to.run(&["pull", "--from", "real"]);
    assert!(again.out.starts_with("0 created, 0 changed, 1123 unchanged, 0 refused; "), "{again:?}");
    assert_eq!(everything(&to), copied);
}
