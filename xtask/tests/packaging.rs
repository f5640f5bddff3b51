//! The files of `packaging/` match the rest of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn the_container_is_built_with_every_file_that_the_sources_include() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let read = |name: &str| fs::read_to_string(root.join(name)).expect("text");
    let (dockerfile, ignore) = (read("packaging/Dockerfile"), read("packaging/Dockerfile.dockerignore"));
    let copies =
        dockerfile.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|line| !line.contains("--from"));
    let copied: Vec<&str> = copies.flat_map(|line| line.split(' ').rev().skip(1)).collect();
    for name in &copied {
        assert!(ignore.lines().any(|line| line.strip_prefix('!') == Some(name)), "{name} is not let through");
    }
    let is_source =
        |file: &PathBuf| file.extension() == Some("rs".as_ref()) && !file.iter().any(|part| part == "tests");
    for file in files(&root.join("crates")).into_iter().filter(is_source) {
        let text = fs::read_to_string(&file).expect("a source");
        // The image does not build documentation tests.
        for line in text.lines().filter(|line| !line.starts_with("#[doc")) {
            let Some((_, rest)) = line.split_once("include_str!(\"").or(line.split_once("include_bytes!(\"")) else {
                continue;
            };
            let path = file.with_file_name(rest.split('"').next().expect("a path"));
            let path = path.canonicalize().expect("it is there");
            let is_copied =
                copied.iter().any(|name| path.starts_with(root.join(name).canonicalize().expect("it is there")));
            assert!(is_copied, "{} includes {}, which is not copied", file.display(), path.display());
        }
    }
}
