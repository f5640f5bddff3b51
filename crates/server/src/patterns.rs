//! A cache of compiled patterns. Callers send the same pattern again, at least for each page of a search, and compiling
//! one costs more than most searches.

use crate::limits;
use convoke_core::{Pattern, Reason};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The patterns that were used last, within bounds of their number and bytes.
#[derive(Default)]
pub(crate) struct Patterns {
    /// Each with its text. The last used one comes first.
    entries: Mutex<VecDeque<(String, Pattern)>>,
}

impl Patterns {
    /// The pattern of a text.
    ///
    /// # Errors
    ///
    /// As [`Pattern::new`].
    pub fn get(&self, text: &str) -> Result<Pattern, Reason> {
        if let Some(pattern) = self.find(text) {
            return Ok(pattern);
        }
        // Not under the lock: it may take milliseconds.
        let pattern = Pattern::new(text)?;
        self.insert(text, pattern.clone());
        Ok(pattern)
    }

    /// Whether the pattern of a text is kept, so that it need not be compiled.
    pub fn has(&self, text: &str) -> bool {
        self.lock().iter().any(|(other, _)| other == text)
    }

    fn find(&self, text: &str) -> Option<Pattern> {
        let mut entries = self.lock();
        let at = entries.iter().position(|(other, _)| other == text)?;
        let used = entries.remove(at)?;
        let pattern = used.1.clone();
        entries.push_front(used);
        Some(pattern)
    }

    fn insert(&self, text: &str, pattern: Pattern) {
        let mut entries = self.lock();
        entries.retain(|(other, _)| other != text);
        entries.push_front((text.to_owned(), pattern));
        entries.truncate(limits::PATTERNS_KEPT);
        let mut bytes: usize = entries.iter().map(|(_, pattern)| pattern.bytes()).sum();
        while bytes > limits::PATTERNS_KEPT_BYTES
            && let Some((_, dropped)) = entries.pop_back()
        {
            bytes -= dropped.bytes();
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Pattern)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_used_last_are_kept_within_the_bounds() {
        let patterns = Patterns::default();
        let held = |text: &str| patterns.has(text);
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
        let n_bytes: usize = patterns.lock().iter().map(|(_, pattern)| pattern.bytes()).sum();
        assert!(n_bytes > 0 && n_bytes <= limits::PATTERNS_KEPT_BYTES, "{n_bytes}");
    }
}
