//! Images of the disk at a moment of a trace.

use super::trace::{Change, Named, Trace, What};
use fastrand::Rng;
use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    path::Path,
};

/// The bytes that a disk writes atomically.
const PIECE: usize = 512;

/// Whether a sync makes anything durable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Syncs {
    Honoured,
    /// Syncs after the start are ignored, as if the server never synced. For the self-test.
    Ignored,
}

/// The fate of the unsynced writes in one image.
#[derive(Clone, Copy)]
enum UnsyncedWrites {
    /// None is on the disk.
    Dropped,
    /// All are on the disk, except the last one, which is torn.
    TornEnd,
    /// Each is there, missing or torn at random.
    Mixed,
}

/// The state of the files that is certainly on the disk, moved forward in time.
pub struct Disk<'t> {
    trace: &'t Trace,
    /// The changes of each file, by number.
    changes: HashMap<usize, Vec<&'t Change>>,
    /// For each file, the certain content, and the number of its changes in it.
    certain: HashMap<usize, (Vec<u8>, usize)>,
    /// The syncs that are not ignored, in the order of their ends.
    syncs: Vec<(Option<usize>, usize, usize)>,
    n_syncs: usize,
    /// For each file (`None`: the folder), the moment up to which the last sync covers its changes.
    reach: HashMap<Option<usize>, usize>,
}

impl<'t> Disk<'t> {
    pub fn new(trace: &'t Trace, syncs: Syncs) -> Disk<'t> {
        let mut changes: HashMap<usize, Vec<&Change>> = HashMap::new();
        for change in &trace.changes {
            changes.entry(change.file).or_default().push(change);
        }
        let counts = |end: usize| syncs == Syncs::Honoured || end <= trace.start();
        let mut syncs: Vec<_> = trace.syncs.iter().map(|sync| (sync.file, sync.begin, sync.end)).collect();
        syncs.retain(|(_, _, end)| counts(*end));
        syncs.sort_unstable_by_key(|(_, _, end)| *end);
        Disk { trace, changes, certain: HashMap::new(), syncs, n_syncs: 0, reach: HashMap::new() }
    }

    /// Writes an image of this moment to an empty folder. Unsynced writes are there or not at random. Moments must not
    /// go back. Returns the number of unsynced writes.
    pub fn write_image(&mut self, moment: usize, folder: &Path, rng: &mut Rng) -> io::Result<usize> {
        self.write(moment, folder, Some(rng))
    }

    /// Writes an image of the end, without anything that was not synced.
    pub fn write_synced(&mut self, folder: &Path) -> io::Result<()> {
        self.write(usize::MAX, folder, None).map(drop)
    }

    fn write(&mut self, moment: usize, folder: &Path, mut rng: Option<&mut Rng>) -> io::Result<usize> {
        while let Some((file, begin, end)) = self.syncs.get(self.n_syncs).copied().filter(|(_, _, end)| *end <= moment)
        {
            debug_assert!(begin <= end);
            let reach = self.reach.entry(file).or_default();
            *reach = (*reach).max(begin);
            self.n_syncs += 1;
        }
        let mut n_unsynced = 0;
        for (name, file) in self.names(moment, rng.as_deref_mut()) {
            // The server creates these files again; they are shared memory and locks, which are on no disk.
            if name.ends_with("-shm") || name.ends_with("-lock") {
                continue;
            }
            let bytes = self.bytes(file, moment, rng.as_deref_mut(), &mut n_unsynced);
            fs::write(folder.join(name), bytes)?;
        }
        Ok(n_unsynced)
    }

    /// The names and files of the folder. Changes of names happen in order; unsynced ones may be lost from any point
    /// on.
    fn names(&self, moment: usize, rng: Option<&mut Rng>) -> BTreeMap<String, usize> {
        let reach = self.reach.get(&None).copied().unwrap_or_default();
        let namings: Vec<_> = self.trace.namings.iter().filter(|naming| naming.begin <= moment).collect();
        let n_certain = namings.iter().take_while(|naming| naming.end < reach).count();
        let n = match rng {
            Some(rng) => {
                let any = rng.usize(n_certain..=namings.len());
                if rng.bool() { namings.len() } else { any }
            }
            None => n_certain,
        };
        let mut names = BTreeMap::new();
        for naming in namings.into_iter().take(n) {
            match &naming.what {
                Named::Created { name, file } => drop(names.insert(name.clone(), *file)),
                Named::Renamed { from, to } => {
                    if let Some(file) = names.remove(from) {
                        names.insert(to.clone(), file);
                    }
                }
                Named::Removed { name } => drop(names.remove(name)),
            }
        }
        names
    }

    fn bytes(&mut self, file: usize, moment: usize, rng: Option<&mut Rng>, n_unsynced: &mut usize) -> Vec<u8> {
        let changes = self.changes.get(&file).map_or([].as_slice(), Vec::as_slice);
        let reach = self.reach.get(&Some(file)).copied().unwrap_or_default();
        let (certain, n_certain) = self.certain.entry(file).or_default();
        while let Some(change) = changes.get(*n_certain).filter(|change| change.end < reach) {
            apply(certain, &change.what, 0..usize::MAX);
            *n_certain += 1;
        }
        let mut bytes = certain.clone();
        let open: Vec<_> = changes.iter().skip(*n_certain).take_while(|change| change.begin <= moment).collect();
        *n_unsynced += open.len();
        let Some(rng) = rng else { return bytes };
        let fate = *rng
            .choice(&[UnsyncedWrites::Dropped, UnsyncedWrites::TornEnd, UnsyncedWrites::Mixed, UnsyncedWrites::Mixed])
            .unwrap_or(&UnsyncedWrites::Mixed);
        let n_open = open.len();
        for (number, change) in open.into_iter().enumerate() {
            let length = match &change.what {
                What::Write { bytes, .. } => bytes.len(),
                What::Truncate { .. } => 0,
            };
            let torn = |rng: &mut Rng| rng.usize(0..=length / PIECE) * PIECE;
            match fate {
                UnsyncedWrites::Dropped => {}
                UnsyncedWrites::TornEnd if number + 1 < n_open => apply(&mut bytes, &change.what, 0..usize::MAX),
                UnsyncedWrites::TornEnd => apply(&mut bytes, &change.what, 0..torn(rng)),
                UnsyncedWrites::Mixed => match rng.u8(..3) {
                    0 => {}
                    1 => apply(&mut bytes, &change.what, 0..usize::MAX),
                    // A random run of pieces; the others are missing.
                    _ => {
                        let (one, other) = (torn(rng), torn(rng));
                        apply(&mut bytes, &change.what, one.min(other)..one.max(other));
                    }
                },
            }
        }
        bytes
    }
}

/// Applies a change to a file; of a write, only the bytes in `part`.
fn apply(file: &mut Vec<u8>, what: &What, part: std::ops::Range<usize>) {
    match what {
        What::Truncate { length } => file.resize(*length, 0),
        What::Write { at, bytes } => {
            let (from, to) = (part.start.min(bytes.len()), part.end.min(bytes.len()));
            let Some(part) = bytes.get(from..to).filter(|part| !part.is_empty()) else { return };
            let (begin, end) = (at + from, at + to);
            if file.len() < end {
                file.resize(end, 0);
            }
            if let Some(place) = file.get_mut(begin..end) {
                place.copy_from_slice(part);
            }
        }
    }
}
