//! Completions in bash. Those of `clap_complete` are not quoted, but names of groups have spaces.

use clap::Command;
use clap_complete::engine;
use clap_complete::env::EnvCompleter;
use std::ffi::OsString;
use std::io::{Error, Write};
use std::path::Path;

/// The variable with the index of the word to complete.
const INDEX: &str = "_CONVOKE_INDEX";

/// The script for bash. It keeps quotation marks that were typed, and otherwise quotes the completion. It also runs in
/// bash 3.2, which macOS has.
const SCRIPT: &str = r#"_convoke() {
    local words=("${COMP_WORDS[@]}") typed="$2" candidate
    COMPREPLY=()
    words[COMP_CWORD]="${typed//\\/}"
    while IFS= read -r candidate; do
        case "${COMP_WORDS[COMP_CWORD]}" in
            [\"\']*) ;;
            *) printf -v candidate %q "$candidate" ;;
        esac
        COMPREPLY+=("$candidate")
    done < <(INDEX="$COMP_CWORD" VARIABLE=bash COMPLETER -- "${words[@]}" 2> /dev/null)
    case "${COMPREPLY[0]-}" in
        *[=/]) compopt -o nospace 2> /dev/null ;;
    esac
}
complete -o bashdefault -F _convoke NAME
"#;

/// Completions in bash.
pub struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        variable: &str,
        _: &str,
        name: &str,
        completer: &str,
        script: &mut dyn Write,
    ) -> Result<(), Error> {
        let quoted = format!("'{}'", completer.replace('\'', r"'\''"));
        let text = SCRIPT.replace("INDEX", INDEX).replace("VARIABLE", variable).replace("NAME", name);
        script.write_all(text.replace("COMPLETER", &quoted).as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        candidates: &mut dyn Write,
    ) -> Result<(), Error> {
        let index = std::env::var(INDEX).ok().and_then(|index| index.parse().ok()).unwrap_or_default();
        for candidate in engine::complete(command, words, index, folder)? {
            writeln!(candidates, "{}", candidate.get_value().to_string_lossy())?;
        }
        Ok(())
    }
}
