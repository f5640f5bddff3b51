//! An address that another program uses.

use crate::server::convoke;
use crate::{Ended, text};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

#[test]
fn a_port_that_is_taken_is_told_with_the_flag_that_gives_another() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = other.local_addr().expect("it has an address").to_string();
    for flag in ["--listen", "--health-listen", "--metrics-listen"] {
        let mut serve = convoke(&["serve"], &store);
        if flag != "--listen" {
            serve.args(["--listen", "127.0.0.1:0"]);
        }
        let refused = serve.args([flag, &taken]).stdin(Stdio::null()).output().expect("the command can be started");
        let said = text(&refused.stderr);
        let advice = format!(
            "cannot listen on {taken}: another program listens there; stop it, or take another port, \
             such as a free one with {flag} 127.0.0.1:0\n"
        );
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.ends_with(&advice), "{said}");
        assert!(!store.exists(), "a store was made, whose secret nobody saw");
    }
    // The advice in the message works.
    let mut serve = convoke(&["serve", "--listen", "127.0.0.1:0"], &store);
    let child = serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut server = Ended(child.expect("the command can be started"));
    let mut line = String::new();
    let stdout = server.0.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut line).expect("the first line is text");
    assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
}
