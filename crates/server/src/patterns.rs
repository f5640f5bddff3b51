//! The patterns that were used last, compiled. Callers send the same ones again, for each page of a search at least, and
//! compiling costs more than most searches.

use crate::limits;
use convoke_core::{Pattern, Reason};
use std::collections::VecDeque;
use std::sync::Mutex;

/// A small cache, bounded in patterns and bytes.
#[derive(Default)]
pub(crate) struct Patterns {
    /// With their texts; those used last come first.
    kept: Mutex<VecDeque<(String, Pattern)>>,
}

impl Patterns {
    /// The pattern of a text.
    ///
    /// # Errors
    ///
    /// As [`Pattern::new`].
    pub fn get(&self, text: &str) -> Result<Pattern, Reason> {
        if let Some(pattern) = self.kept(text) {
            return Ok(pattern);
        }
        // Not under the lock: it may take milliseconds.
        let pattern = Pattern::new(text)?;
        Ok(self.keep(text, pattern))
    }

    fn kept(&self, text: &str) -> Option<Pattern> {
        let mut kept = self.kept.lock().ok()?;
        let at = kept.iter().position(|(other, _)| other == text)?;
        let used = kept.remove(at)?;
        let pattern = used.1.clone();
        kept.push_front(used);
        Some(pattern)
    }

    fn keep(&self, text: &str, pattern: Pattern) -> Pattern {
        let Ok(mut kept) = self.kept.lock() else { return pattern };
        kept.retain(|(other, _)| other != text);
        kept.push_front((text.to_owned(), pattern.clone()));
        kept.truncate(limits::PATTERNS_KEPT);
        let mut bytes: usize = kept.iter().map(|(_, pattern)| pattern.bytes()).sum();
        while bytes > limits::PATTERNS_KEPT_BYTES
            && let Some((_, dropped)) = kept.pop_back()
        {
            bytes -= dropped.bytes();
        }
        pattern
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_used_last_are_kept_within_the_bounds() {
        let patterns = Patterns::default();
        let held = |text: &str| patterns.kept.lock().is_ok_and(|kept| kept.iter().any(|(other, _)| other == text));
        for n in 0..limits::PATTERNS_KEPT {
            assert!(patterns.get(&format!("a{n}.*")).is_ok_and(|pattern| pattern.matches(&format!("A{n}b"))));
        }
        assert!(held("a0.*"));
        assert!(patterns.get("a0.*").is_ok_and(|pattern| pattern.matches("a0")));
        assert!(patterns.get("b").is_ok());
        assert!(held("a0.*") && held("b") && !held("a1.*"));
        assert!(patterns.get("(").is_err() && !held("("));
        for n in 0..limits::PATTERNS_KEPT {
            assert!(patterns.get(&format!("\\w{{9}}{n}")).is_ok());
        }
        let kept = patterns.kept.lock().expect("no test panicked with it");
        assert!(
            !kept.is_empty()
                && kept.iter().map(|(_, pattern)| pattern.bytes()).sum::<usize>() <= limits::PATTERNS_KEPT_BYTES
        );
    }
}
