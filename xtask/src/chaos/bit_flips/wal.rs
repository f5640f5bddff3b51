//! The frames of SQLite's write-ahead log (sqlite.org/fileformat2.html, section 4).

use crate::run::TaskError;
use std::ops::Range;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The range of bytes of the last commit in this log, which must have at least two commits.
pub fn last_commit(log: &[u8]) -> Result<Range<usize>, TaskError> {
    let number = |at: usize| log.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    let page = number(8).ok_or("the log has no header")? as usize;
    let salt = (number(16), number(20));
    let mut ends = Vec::new();
    let mut at = HEADER;
    // A frame of this round has the header's salt. The last frame of a commit has the size of the database.
    while at + FRAME_HEADER + page <= log.len() && (number(at + 8), number(at + 12)) == salt {
        let is_commit = number(at + 4) != Some(0);
        at += FRAME_HEADER + page;
        if is_commit {
            ends.push(at);
        }
    }
    match ends.as_slice() {
        [.., before, last] => Ok(*before..*last),
        _ => Err("the log has less than two commits".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_commit_ends_before_frames_of_an_earlier_round() {
        let mut log = vec![0; HEADER];
        log.splice(8..12, 512u32.to_be_bytes());
        log.splice(16..24, [7; 8]);
        let mut frame = |commit: u32, salt: u8| {
            let mut frame = vec![0; FRAME_HEADER + 512];
            frame.splice(4..8, commit.to_be_bytes());
            frame.splice(8..16, [salt; 8]);
            log.extend(frame);
        };
        for (commit, salt) in [(3, 7), (0, 7), (4, 7), (5, 6)] {
            frame(commit, salt);
        }
        let size = FRAME_HEADER + 512;
        assert_eq!(last_commit(&log), Ok(HEADER + size..HEADER + 3 * size));
        assert!(last_commit(log.get(..HEADER + size).unwrap_or_default()).is_err());
    }
}
