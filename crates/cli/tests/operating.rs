//! Operation of the real binary: start, backups, upgrades.

mod server;

use serde_json::{Value, json};
use server::{Server, convoke, wait_until};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const SECRET: &str = "secret of the test";

/// A store as a program of the third format left it when it was killed. Some tables lack log entries.
const FORMAT_3: &str = include_str!("../../store/tests/store/format_3.sql");
/// The hash of the secret of the store's client `test`, and the hash of the secret that tests sign in with.
const SECRETS: [&str; 2] = [
    "$argon2id$v=19$m=19456,t=2,p=1$ksorjPwJlaYb12LlPFjVyw$+ROEjfm15HHDBq9Fh2Mqe+40BtpxXDzpXAimETEkl88",
    "$argon2id$v=19$m=19456,t=2,p=1$IOq0mLF4Li+mlvZKT7Vi2A$NUvQZP+IUGNPdLIKIQ4Drh+tcQXfOIi8lba+JQddy/w",
];

/// Creates that store.
fn format_3(path: &Path) {
    let [theirs, ours] = SECRETS;
    let made = FORMAT_3.replace(theirs, ours);
    rusqlite::Connection::open(path).and_then(|old| old.execute_batch(&made)).expect("a store of format 3");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A command that calls a server as its administrator.
fn call(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convoke"));
    command.args(arguments).env("CONVOKE_URL", url).env("CONVOKE_CLIENT_ID", "test");
    command.env("CONVOKE_CLIENT_SECRET", SECRET).env("NO_PROXY", "*").stdin(Stdio::null());
    command
}

fn output(mut command: Command) -> Output {
    command.output().expect("the command can be started")
}

fn url(server: &Server) -> String {
    format!("http://{}", server.address)
}

/// The names of all files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is read");
    let mut names: Vec<_> =
        entries.map(|entry| text(entry.expect("an entry").file_name().as_encoded_bytes())).collect();
    names.sort();
    names
}

/// The server's replies to several kinds of requests.
fn answers(server: &Server) -> Vec<Value> {
    let token = server.sign_in();
    let mut connection = server.connect(Some(&token));
    let mut ask = |path: &str| {
        let reply = connection.request("GET", path, &[], None).expect("the server answers");
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        // Replies contain the address of their server.
        serde_json::from_str(&reply.body.to_string().replace(&server.address.to_string(), "")).expect("JSON")
    };
    let groups: Value = ask("/api/v2/groups?pageSize=100");
    let ids: Vec<String> = groups
        .get("entities")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|group| group.get("id").and_then(Value::as_str).expect("an id").to_owned())
        .collect();
    let mut all: Vec<Value> = ids.iter().map(|id| ask(&format!("/api/v2/groups/{id}/members"))).collect();
    all.push(groups);
    for path in ["/api/v2/users?pageSize=100", "/api/v2/oauth/clients", "/api/v2/routing/skills"] {
        all.push(ask(path));
    }
    all
}

fn fill(server: &Server) {
    let token = server.sign_in();
    let mut connection = server.connect(Some(&token));
    let mut post = |path: &str, body: Value| {
        let reply = connection.request("POST", path, &[], Some(&body)).expect("the server answers");
        assert!((200..300).contains(&reply.status), "{path}: {reply:?}");
        reply.body.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let group = post(
        "/api/v2/groups",
        json!({ "name": "g", "type": "official", "rulesVisible": true, "visibility": "public" }),
    );
    let person = post("/api/v2/users", json!({ "name": "Cy", "email": "cy@example.org" }));
    post(&format!("/api/v2/groups/{group}/members"), json!({ "memberIds": [person], "version": 1 }));
    post("/api/v2/routing/skills", json!({ "name": "Fencing" }));
}

/// The server's log so far.
fn log(store: &Path) -> String {
    fs::read_to_string(store.with_extension("log")).unwrap_or_default()
}

#[test]
fn a_store_that_must_exist_is_not_made() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mount = folder.path().join("mount");
    let store = mount.join("store.sqlite");
    let refused = |why: &str| {
        let refused = output(convoke(&["serve", "--must-exist", "--listen", "127.0.0.1:0"], &store));
        let said = text(&refused.stderr);
        assert_eq!((refused.status.code(), refused.stdout.is_empty()), (Some(1), true), "{why}: {said}");
        assert!(said.contains("--must-exist") && said.contains("missing or empty"), "{why}: {said}");
        said
    };
    assert!(refused("the folder is not there").contains(&format!("{} is missing", mount.display())));
    assert!(!mount.exists());
    fs::create_dir(&mount).expect("as if nothing were mounted");
    assert!(refused("the file is not there").contains("store.sqlite is missing"));
    assert_eq!(names(&mount), Vec::<String>::new());
    fs::write(&store, "").expect("an empty file");
    refused("the file is empty");
    fs::remove_file(&store).expect("it is there");

    let server = Server::start(&store);
    // The message comes after the server listens.
    wait_until("the log tells of the new store", || log(&store).contains("a new one was made"));
    let said = log(&store);
    assert!(said.contains("WARN") && said.contains("a new one was made") && said.contains("--must-exist"), "{said}");
    assert!(said.contains("store.sqlite") && said.contains("default"), "{said}");
    fill(&server);
    server.terminate();
    assert!(server.wait().success());
    let mut again = convoke(&["serve"], &store);
    again.env("CONVOKE_MUST_EXIST", "true");
    let server = Server::start_by(again, &store);
    assert!(!log(&store).contains("a new one was made"));
    drop(server);

    // If a store was there before, the message says why it is missing, as without the flag.
    fs::remove_file(&store).expect("the database is lost");
    fs::remove_file(mount.join("store.sqlite-wal")).expect("and its log");
    let lost = output(convoke(&["serve", "--must-exist", "--listen", "127.0.0.1:0"], &store));
    assert!(text(&lost.stderr).contains("store.sqlite-head says that it had"), "{}", text(&lost.stderr));
}

#[test]
fn a_backup_goes_to_standard_output_and_nothing_else_does() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    let server = Server::start(&store);
    fill(&server);
    let asked = output(call(&url(&server), &["backup", "-"]));
    assert!(asked.status.success(), "{}", text(&asked.stderr));
    server.terminate();
    assert!(server.wait().success());
    let opened = output(convoke(&["backup", "-"], &store));
    assert!(opened.status.success(), "{}", text(&opened.stderr));
    for (at, written) in [asked, opened].into_iter().enumerate() {
        assert_eq!(text(&written.stderr), format!("standard output: {} bytes\n", written.stdout.len()));
        let copy = folder.path().join(format!("copy-{at}"));
        fs::write(&copy, &written.stdout).expect("the copy is kept");
        let verified = output(convoke(&["verify"], &copy));
        assert_eq!(
            text(&verified.stdout),
            "1 organisation, 5 log entries: no differences\n",
            "{}",
            text(&verified.stderr)
        );
    }
    // A backup that nobody can read is no backup.
    let mut unread =
        convoke(&["backup", "-"], &store).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(unread.stdout.take());
    let mut said = String::new();
    unread.stderr.take().expect("it is piped").read_to_string(&mut said).expect("text");
    assert_eq!(unread.wait().expect("it ends").code(), Some(1), "{said}");
    assert!(said.contains("standard output:"), "{said}");
    assert!(names(folder.path()).iter().all(|name| !name.starts_with(".convoke")), "{:?}", names(folder.path()));
}

#[test]
fn a_backup_is_not_written_to_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    drop(Server::start(&store));
    let pty = nix::pty::openpty(None, None).expect("a terminal can be opened");
    let mut backup = convoke(&["backup", "-"], &store);
    backup.stdout(Stdio::from(pty.slave)).stderr(Stdio::piped());
    let refused = output(backup);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("convoke backup - > FILE"), "{}", text(&refused.stderr));
}

#[test]
fn verification_leaves_nothing_beside_what_it_reads() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    let server = Server::start(&store);
    fill(&server);
    let backup = folder.path().join("backup");
    fs::create_dir(&backup).expect("a folder");
    let copy = backup.join("copy.sqlite");
    assert!(output(call(&url(&server), &["backup", &copy.display().to_string()])).status.success());
    // A killed server leaves its log, and a store of format 3 must be migrated.
    let killed = backup.join("killed.sqlite");
    fs::copy(&store, &killed).expect("a copy");
    fs::copy(folder.path().join("store.sqlite-wal"), backup.join("killed.sqlite-wal")).expect("a copy");
    let old = backup.join("old.sqlite");
    format_3(&old);
    drop(server);
    let before: Vec<_> =
        names(&backup).into_iter().map(|name| (fs::read(backup.join(&name)).expect("it is read"), name)).collect();
    for (store, said) in [
        (&copy, "1 organisation, 5 log entries: no differences\n"),
        (&killed, "1 organisation, 5 log entries: no differences\n"),
        (&old, "1 organisation, 11 log entries: no differences\n"),
    ] {
        let verified = output(convoke(&["verify"], store));
        assert_eq!(
            (text(&verified.stdout).as_str(), text(&verified.stderr).as_str()),
            (said, ""),
            "{}",
            store.display()
        );
        assert!(verified.status.success());
    }
    let after: Vec<_> =
        names(&backup).into_iter().map(|name| (fs::read(backup.join(&name)).expect("it is read"), name)).collect();
    assert!(before == after, "{:?}", names(&backup));
}

#[test]
fn a_damaged_log_is_said_once() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    let server = Server::start(&store);
    fill(&server);
    server.terminate();
    assert!(server.wait().success());
    for (damage, n_lines) in [("UPDATE log SET at = at + 1 WHERE seq = 2", 1), ("DELETE FROM groups", 1)] {
        let damaged = rusqlite::Connection::open(&store).expect("the store opens");
        damaged.execute_batch(damage).expect("damage");
        drop(damaged);
        let found = output(convoke(&["verify"], &store));
        let said = text(&found.stdout);
        assert_eq!((found.status.code(), said.lines().count()), (Some(1), n_lines), "{damage}: {said}");
        assert!(said.contains("does not match its checksum in entry 2"), "{damage}: {said}");
    }
}

/// Files with a certificate for loopback, its authority, and its key.
fn signed(folder: &Path) -> (PathBuf, PathBuf, PathBuf) {
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let by = authority.self_signed(&authority_key).expect("a certificate");
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let server = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let certificate = server.signed_by(&key, &issuer).expect("a certificate");
    let write = |name: &str, pem: String| {
        let file = folder.join(name);
        fs::write(&file, pem).expect("a file");
        file
    };
    (write("ca.pem", by.pem()), write("server.pem", certificate.pem()), write("server.key", key.serialize_pem()))
}

/// A process that is killed when this is dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (authority, certificate, key) = signed(folder.path());
    let mut serve = convoke(&["serve", "--listen", "127.0.0.1:0"], &folder.path().join("store.sqlite"));
    serve.arg("--tls-cert").arg(&certificate).arg("--tls-key").arg(&key);
    serve.env("CONVOKE_BOOTSTRAP_CLIENT_ID", "test").env("CONVOKE_BOOTSTRAP_CLIENT_SECRET", SECRET);
    let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map(Ended).expect("it can be started");
    let mut line = String::new();
    let stdout = child.0.stdout.take().expect("its stdout is piped");
    BufReader::new(stdout).read_line(&mut line).expect("the first line is text");
    let url = line.trim().trim_start_matches("listening on ");
    let config = folder.path().join("config");
    let run = |arguments: &[&str], environment: &[(&str, &Path)]| {
        let mut command = call(url, arguments);
        command.env("CONVOKE_CONFIG_DIR", &config).env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
        let ran = output({
            command.envs(environment.iter().copied());
            command
        });
        (ran.status.code(), text(&ran.stderr))
    };
    let file = authority.to_str().expect("a name in UTF-8");
    let (code, said) = run(&["org", "show"], &[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("--ca-file FILE or SSL_CERT_FILE") && said.contains("--insecure"), "{said}");
    for (arguments, environment) in [
        (&["org", "show", "--ca-file", file][..], &[][..]),
        (&["org", "show"], &[("CONVOKE_CA_FILE", authority.as_path())]),
        (&["org", "show"], &[("SSL_CERT_FILE", authority.as_path())]),
        (&["health", "--ca-file", file], &[]),
    ] {
        assert_eq!(run(arguments, environment), (Some(0), String::new()), "{arguments:?} {environment:?}");
    }
    for (named, why) in [(&key, "no certificate"), (&folder.path().join("none"), "No such file")] {
        let (code, said) = run(&["org", "show", "--ca-file", &named.display().to_string()], &[]);
        assert!(code == Some(2) && said.contains(why) && said.contains(&named.display().to_string()), "{said}");
    }

    // A profile stores its absolute path.
    let mut login = call(url, &["login", "--ca-file", "ca.pem"]);
    login.env("CONVOKE_CONFIG_DIR", &config).current_dir(folder.path());
    let login = output(login);
    assert!(login.status.success(), "{}", text(&login.stderr));
    let mut known = Command::new(env!("CARGO_BIN_EXE_convoke"));
    known.args(["org", "show"]).env_clear().env("CONVOKE_CONFIG_DIR", &config);
    let known = output(known);
    assert!(known.status.success(), "{}", text(&known.stderr));
}

#[test]
fn a_server_is_asked_without_tls_where_no_authorities_are_known() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = Server::start(&folder.path().join("store.sqlite"));
    let mut health = call(&url(&server), &["health"]);
    health.env("SSL_CERT_FILE", folder.path().join("none"));
    let health = output(health);
    assert_eq!(
        (health.status.code(), text(&health.stdout), text(&health.stderr)),
        (Some(0), "ready\n".into(), String::new())
    );
    let gone = url(&server);
    drop(server);
    assert_eq!(output(call(&gone, &["health"])).status.code(), Some(3));
}

/// A server on a free loopback port that sends this reply to every request.
fn answering(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let head = BufReader::new(stream.try_clone().expect("a descriptor can be copied")).lines();
            // Reads to the end of the head; the body does not matter.
            let _ = head.map_while(Result::ok).find(|line| line.is_empty());
            let length = body.len();
            let reply = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            // The client may have gone.
            let _ = stream.write_all(reply.as_bytes());
        }
    });
    url
}

#[test]
fn a_sign_in_that_the_server_cannot_take_now_asks_for_no_other_secret() {
    const BUSY: &str =
        r#"{"message":"the server cannot take the request now","code":"service.unavailable","status":503}"#;
    let busy = output(call(&answering("503 Service Unavailable", BUSY), &["org", "show"]));
    let said = text(&busy.stderr);
    assert_eq!(busy.status.code(), Some(1), "{said}");
    assert!(said.contains("the server cannot take the request now") && !said.contains("secret"), "{said}");
    const NOT_READY: &str = r#"{"status":"read-only","reason":"no space is left on the disk"}"#;
    let health = output(call(&answering("503 Service Unavailable", NOT_READY), &["health"]));
    assert_eq!(health.status.code(), Some(1));
    assert!(text(&health.stderr).contains("no space is left on the disk"), "{}", text(&health.stderr));
}

/// The backups in a folder, by name.
fn backups(folder: &Path) -> Vec<String> {
    names(folder).into_iter().filter(|name| name.starts_with("convoke-")).collect()
}

#[test]
fn backups_are_made_kept_and_deleted_without_being_asked() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    let to = folder.path().join("backups");
    let start = || {
        let mut serve = convoke(&["serve", "--backup-keep", "2"], &store);
        serve.env("CONVOKE_BACKUP_TO", &to).env("CONVOKE_BACKUP_EVERY", "12h");
        serve
    };
    let mut refused = start();
    refused.args(["--listen", "127.0.0.1:0"]);
    let refused = output(refused);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("backups cannot be written"), "{}", text(&refused.stderr));
    assert!(!store.exists(), "nothing was begun");

    fs::create_dir(&to).expect("a folder");
    let server = Server::start_by(start(), &store);
    wait_until("there is a first backup", || !backups(&to).is_empty());
    let metrics = |server: &Server| {
        let mut stream = TcpStream::connect(server.address).expect("the server accepts connections");
        let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).expect("the server reads");
        let mut metrics = String::new();
        stream.read_to_string(&mut metrics).expect("the server answers");
        metrics
    };
    let metric = |server: &Server, name: &str| {
        let metrics = metrics(server);
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<i64>().ok());
        line.unwrap_or_else(|| panic!("no {name} in {metrics}"))
    };
    wait_until("the metric tells", || metric(&server, "convoke_scheduled_backup_timestamp_seconds") > 1_600_000_000);
    assert_eq!(metric(&server, "convoke_scheduled_backup_failures_total"), 0);
    let first = backups(&to);
    assert_eq!((first.len(), names(&to)), (1, first.clone()), "and nothing else");
    let verified = output(convoke(&["verify"], &to.join(first.first().expect("a backup"))));
    assert!(verified.status.success(), "{}", text(&verified.stderr));
    drop(server);

    // The newest backup is younger than the interval, so a start makes none.
    let server = Server::start_by(start(), &store);
    assert!(metric(&server, "convoke_scheduled_backup_timestamp_seconds") > 1_600_000_000);
    server.terminate();
    assert!(server.wait().success());
    assert_eq!(backups(&to), first);

    // A demo makes no backups, and a server without a schedule has no metrics of backups.
    let mut demo = Command::new(env!("CARGO_BIN_EXE_convoke"));
    demo.args(["serve", "--demo"]).env_remove("CONVOKE_STORE").env("CONVOKE_BACKUP_TO", folder.path().join("missing"));
    let demo = Server::start_by(demo, &store);
    let of_demo = metrics(&demo);
    assert!(of_demo.contains("convoke_people") && !of_demo.contains("scheduled_backup"), "{of_demo}");
    demo.terminate();
    assert!(demo.wait().success());

    // The first backup is older, there are more than two, and there are other files.
    let first = first.into_iter().next().expect("a backup");
    let (_, end) = first.rsplit_once('-').expect("the directory's part");
    let older = ["20200101T000000Z", "20200102T000000Z", "20200103T000000Z"].map(|at| format!("convoke-{at}-{end}"));
    let [oldest, old, kept] = &older;
    for name in &older {
        fs::copy(to.join(&first), to.join(name)).expect("a copy");
    }
    fs::remove_file(to.join(&first)).expect("it goes");
    let others = ["convoke-20200101T000000Z-00000000.sqlite", "convoke-20200101T000000Z.sqlite", "mine.sqlite"];
    for name in others {
        fs::write(to.join(name), "of someone else").expect("a file");
    }
    let server = Server::start_by(start(), &store);
    wait_until("old ones are deleted", || !to.join(oldest).exists() && !to.join(old).exists());
    drop(server);
    let found = names(&to);
    assert!(found.contains(kept) && others.iter().all(|name| found.contains(&(*name).to_owned())), "{found:?}");
    assert_eq!(found.len(), others.len() + 2, "{found:?}");
}

#[test]
fn what_a_backup_has_is_what_is_served_after_a_restore() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (store, backup) = (folder.path().join("store.sqlite"), folder.path().join("backup.sqlite"));
    let server = Server::start(&store);
    fill(&server);
    let before = answers(&server);
    assert!(output(call(&url(&server), &["backup", &backup.display().to_string()])).status.success());
    // Data written after the backup is not in it.
    let token = server.sign_in();
    let late = json!({ "name": "late", "type": "official", "rulesVisible": true, "visibility": "public" });
    let reply = server.connect(Some(&token)).request("POST", "/api/v2/groups", &[], Some(&late));
    assert_eq!(reply.expect("the server answers").status, 200);
    assert_ne!(answers(&server), before);
    server.terminate();
    assert!(server.wait().success());
    let restored = output(convoke(&["restore", &backup.display().to_string(), "--yes"], &store));
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    let server = Server::start(&store);
    assert_eq!(answers(&server), before);
    let verified = output(call(&url(&server), &["verify"]));
    assert_eq!(text(&verified.stdout), "1 organisation, 5 log entries: no differences\n", "{}", text(&verified.stderr));
}

#[test]
fn a_file_that_cannot_be_restored_has_the_name_that_was_given() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (store, file) = (folder.path().join("store.sqlite"), folder.path().join("notes.sqlite"));
    let other = rusqlite::Connection::open(&file).expect("a database of another program");
    other.execute_batch("CREATE TABLE notes (text TEXT)").expect("its table");
    drop(other);
    let empty = folder.path().join("empty.sqlite");
    fs::write(&empty, "").expect("an empty file");
    for (file, why) in [(&file, "is not a store of this program"), (&empty, "has no tables")] {
        let refused = output(convoke(&["restore", &file.display().to_string()], &store));
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("{} {why}", file.display())), "{said}");
        assert!(!said.contains("unfinished"), "{said}");
    }
}

#[test]
fn a_store_of_an_older_version_is_verified_served_and_backed_up() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    format_3(&store);
    let kept = folder.path().join("kept.sqlite");
    fs::copy(&store, &kept).expect("a copy");
    let verify = |store: &Path| {
        let verified = output(convoke(&["verify"], store));
        (text(&verified.stdout), text(&verified.stderr))
    };
    let sound = |entries: u32| (format!("1 organisation, {entries} log entries: no differences\n"), String::new());
    assert_eq!(verify(&store), sound(11));
    let server = Server::start_by(convoke(&["serve", "--must-exist"], &store), &store);
    let before = answers(&server);
    let shown = before.iter().map(Value::to_string).collect::<String>();
    for name in ["Night watch", "Day", "Ada One", "Bo Two", "Chess", "Second"] {
        assert!(shown.contains(name), "{name} is not in {shown}");
    }
    fill(&server);
    let asked = output(call(&url(&server), &["verify"]));
    assert_eq!(text(&asked.stdout), sound(15).0, "{}", text(&asked.stderr));
    server.terminate();
    assert!(server.wait().success());
    assert_eq!(verify(&store), sound(15));

    // Restores the copy of the older version, which is a backup.
    let restored = output(convoke(&["restore", &kept.display().to_string(), "--yes"], &store));
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    assert_eq!(answers(&Server::start(&store)), before);
}
