//! Limits of log lines that strangers can cause at will.

use crate::limits;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A limit of lines in a minute, so that nobody can fill the disk with log lines.
pub struct LineBudget {
    limit: u32,
    window: Mutex<Minute>,
}

struct Minute {
    since: Instant,
    n_lines: u32,
    n_left_out: u64,
}

/// Permission to write one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The number of lines left out since the last one, if there were any. The line must contain it.
    pub left_out: Option<u64>,
}

impl LineBudget {
    /// A budget of `limit` lines a minute, counted from `at`.
    pub fn new(limit: u32, at: Instant) -> Self {
        LineBudget { limit, window: Mutex::new(Minute { since: at, n_lines: 0, n_left_out: 0 }) }
    }

    /// Asks for permission for the next line; `None` if there were too many in this minute.
    pub fn next(&self, at: Instant) -> Option<Permit> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if at >= window.since + limits::LOG_WINDOW {
            (window.since, window.n_lines) = (at, 0);
        }
        if window.n_lines >= self.limit {
            window.n_left_out += 1;
            return None;
        }
        window.n_lines += 1;
        Some(Permit { left_out: take(&mut window.n_left_out) })
    }

    /// The number of lines left out since the last one, for a caller that logs it in a line of its own.
    pub fn left_out(&self) -> Option<u64> {
        take(&mut self.window.lock().unwrap_or_else(PoisonError::into_inner).n_left_out)
    }
}

fn take(n: &mut u64) -> Option<u64> {
    Some(std::mem::take(n)).filter(|n| *n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_limit_are_told_as_a_number() {
        let began = Instant::now();
        let budget = LineBudget::new(3, began);
        let written = |n, at| (0..n).filter_map(|_| budget.next(at)).map(|line| line.left_out).collect::<Vec<_>>();
        assert_eq!(written(10, began), [None; 3]);
        assert_eq!(written(10, began + limits::LOG_WINDOW), [Some(7), None, None]);
        assert_eq!((budget.left_out(), budget.left_out()), (Some(7), None));
        assert_eq!(written(1, began + limits::LOG_WINDOW * 2), [None]);
    }
}
