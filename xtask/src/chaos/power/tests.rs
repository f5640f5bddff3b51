//! Tests of the parser of recordings and of the images.

use super::{
    image::{Disk, Syncs},
    trace::Trace,
};
use std::{collections::BTreeMap, fs, path::Path};

/// The text as strace writes it with `-xx`.
fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
}

fn trace(folder: &Path, lines: &[String]) -> Trace {
    let file = folder.join("trace");
    fs::write(&file, lines.join("\n")).expect("the folder can be written");
    Trace::read(&file, Path::new("/store")).expect("the lines are calls")
}

/// The files of an image of the end, without anything that was not synced.
fn synced(folder: &Path, trace: &Trace, syncs: Syncs) -> BTreeMap<String, String> {
    let image = folder.join("image");
    fs::create_dir(&image).expect("the folder can be written");
    Disk::new(trace, syncs).write_synced(&image).expect("the folder can be written");
    let files = fs::read_dir(&image).expect("it was made").flatten();
    files
        .map(|file| {
            let text = fs::read_to_string(file.path()).expect("the test writes text");
            (file.file_name().to_string_lossy().into_owned(), text)
        })
        .collect()
}

fn check(lines: &[String], expected: &[(&str, &str)]) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let trace = trace(folder.path(), lines);
    let found = synced(folder.path(), &trace, Syncs::Honoured);
    let expected: BTreeMap<_, _> =
        expected.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    assert_eq!(found, expected, "{lines:#?}");
}

fn create(name: &str) -> String {
    let path = hex(&format!("/store/{name}"));
    format!("1 openat(AT_FDCWD<{}>, \"{path}\", O_RDWR|O_CREAT, 0600) = 5<{path}>", hex("/"))
}

fn write(name: &str, at: usize, text: &str) -> String {
    let n = text.len();
    format!("1 pwrite64(5<{}>, \"{}\", {n}, {at}) = {n}", hex(&format!("/store/{name}")), hex(text))
}

fn sync(path: &str, result: &str) -> String {
    format!("1 fdatasync(5<{}>) = {result}", hex(path))
}

#[test]
fn only_what_was_synced_is_certain() {
    let (folder, file) = (sync("/store", "0"), sync("/store/a", "0"));
    let failed = sync("/store/a", "-1 EIO (Input/output error) (INJECTED)");
    let start = [create("a"), folder.clone(), write("a", 0, "one")];
    let with = |more: &[String]| [start.as_slice(), more].concat();
    check(&with(&[]), &[("a", "")]);
    check(&with(std::slice::from_ref(&file)), &[("a", "one")]);
    check(&with(&[failed]), &[("a", "")]);
    check(&with(&[file.clone(), write("a", 1, "xxx")]), &[("a", "one")]);
    check(&with(&[write("a", 1, "xxx"), file.clone()]), &[("a", "oxxx")]);
    check(&[create("a"), write("a", 0, "one"), file], &[]);
}

#[test]
fn a_sync_counts_for_what_was_done_before_it_began() {
    let path = hex("/store/a");
    let begin = format!("2 fdatasync(5<{path}> <unfinished ...>");
    let end = "2 <... fdatasync resumed>) = 0".to_owned();
    let start = [create("a"), sync("/store", "0"), write("a", 0, "one")];
    let with = |more: &[String]| [start.as_slice(), more].concat();
    check(&with(&[begin.clone(), write("a", 3, "two"), end.clone()]), &[("a", "one")]);
    check(&with(&[write("a", 3, "two"), begin, end]), &[("a", "onetwo")]);
}

#[test]
fn a_write_that_is_resumed_keeps_its_place() {
    let path = hex("/store/a");
    let begin = format!("1 pwrite64(5<{path}>, \"{}\", 1, 0 <unfinished ...>", hex("O"));
    let end = "1 <... pwrite64 resumed>)           = 1".to_owned();
    let lines = [create("a"), sync("/store", "0"), write("a", 0, "one"), begin, end, sync("/store/a", "0")];
    check(&lines, &[("a", "One")]);
}

#[test]
fn names_follow_the_folder() {
    let rename = format!("1 rename(\"{}\", \"{}\") = 0", hex("/store/a"), hex("/store/b"));
    let start = [create("a"), sync("/store", "0"), write("a", 0, "one"), sync("/store/a", "0"), rename];
    check(&start, &[("a", "one")]);
    check(&[start.as_slice(), &[sync("/store", "0")]].concat(), &[("b", "one")]);
}

#[test]
fn replies_are_found_by_what_they_quote_and_ignored_syncs_make_nothing_certain() {
    let socket = hex("socket:[7]");
    let reply = |text: &str| format!("3 sendto(9<{socket}>, \"{}\", 9, MSG_NOSIGNAL, NULL, 0) = 9", hex(text));
    let lines = [
        create("a"),
        sync("/store", "0"),
        reply("HTTP/1.1 200 OK ready"),
        write("a", 0, "one"),
        sync("/store/a", "0"),
        reply("{\"name\":\"power-1\"}"),
    ];
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let trace = trace(folder.path(), &lines);
    assert_eq!((trace.start(), trace.reply_with("power-1"), trace.reply_with("power-2")), (2, Some(5), None));
    assert_eq!(trace.n_syncs("a"), 1);
    let found = synced(folder.path(), &trace, Syncs::Ignored);
    assert_eq!(found.get("a").map(String::as_str), Some(""));
}
