//! What the fuzzers begin with, on every run of the tests.

use crate::fuzzing;
use std::path::Path;

/// Plays each input of a target. Those that are to be refused say so in their names; the others are
/// to be understood, or they would try nothing.
fn play(target: &str, run: fn(&[u8]) -> bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut n_inputs = 0;
    for entry in folder.read_dir().expect("the folder of the target") {
        let path = entry.expect("an entry").path();
        // What a fuzzer found and put beside them has no extension.
        if path.extension().is_none() {
            continue;
        }
        let is_refused = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("refused-"));
        let input = std::fs::read(&path).expect("an input");
        assert_eq!(run(&input), !is_refused, "whether {} is understood", path.display());
        n_inputs += 1;
    }
    assert!(n_inputs >= 12, "{} has only {n_inputs} inputs", folder.display());
}

#[test]
fn q64() {
    play("q64", fuzzing::q64);
}

#[test]
fn search() {
    play("search", fuzzing::search);
}

#[test]
fn body() {
    play("body", fuzzing::body);
}

#[test]
fn rule() {
    play("rule", fuzzing::rule);
}
