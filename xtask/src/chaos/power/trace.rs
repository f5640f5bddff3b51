//! Parses the output of `strace -f -y -xx` into writes and syncs of files, and replies to clients.
//!
//! A time in a trace, called moment, is the number of a line. A call that another thread interrupts in the output has
//! two lines: its effect may happen from the first one on, and is complete at the second.

use crate::run::TaskError;
use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

/// The calls that change files or send replies.
pub const CALLS: &str = "openat,pwrite64,pwritev,write,writev,ftruncate,fallocate,fdatasync,fsync,rename,renameat,\
                         renameat2,unlink,unlinkat,sendto,sendmsg";

/// A call that changes a file.
pub struct Change {
    /// The number of the file, which stays the same when the file is renamed.
    pub file: usize,
    /// The moments from which it may have an effect, and at which it was complete.
    pub begin: usize,
    pub end: usize,
    pub what: What,
}

pub enum What {
    Write { at: usize, bytes: Vec<u8> },
    Truncate { length: usize },
}

/// A change of the names in the folder.
pub struct Naming {
    pub begin: usize,
    pub end: usize,
    pub what: Named,
}

pub enum Named {
    Created { name: String, file: usize },
    Renamed { from: String, to: String },
    Removed { name: String },
}

/// A sync that returned success.
pub struct Sync {
    /// The number of the file; `None` for the folder.
    pub file: Option<usize>,
    pub begin: usize,
    pub end: usize,
}

/// The changes that a server made to the files of one folder, and its replies.
#[derive(Default)]
pub struct Trace {
    pub changes: Vec<Change>,
    pub namings: Vec<Naming>,
    pub syncs: Vec<Sync>,
    /// The moment of the first reply.
    start: usize,
    /// The texts in quotation marks in replies, with the moment when the first reply with each began to be sent.
    quoted: HashMap<String, usize>,
    names: BTreeMap<String, usize>,
    n_files: usize,
    /// For each file, the offset of the next plain `write`.
    ends: HashMap<usize, usize>,
    n_lines: usize,
    /// The number of calls that the tracer made fail.
    pub n_injected: usize,
}

/// The time in which strace must end after the server.
const END_LIMIT: Duration = Duration::from_secs(30);

/// The command that records a server to a file; `inject` is a fault in strace's notation.
pub fn tracer(file: &Path, inject: Option<String>) -> Vec<String> {
    // With -D the started process is the server, and strace is another one.
    let mut command: Vec<String> = ["strace", "-D", "-f", "-y", "-xx", "-s", "1000000", "-o"].map(str::to_owned).into();
    command.extend([file.display().to_string(), "-e".to_owned(), format!("trace={CALLS}")]);
    command.extend(inject.into_iter().flat_map(|inject| ["-e".to_owned(), format!("inject={inject}")]));
    command
}

/// Waits until the tracer of an ended server has written its last line.
pub fn await_end(file: &Path) -> Result<(), TaskError> {
    let begin = Instant::now();
    while !is_complete(file) {
        if begin.elapsed() > END_LIMIT {
            return Err("strace did not end".to_owned());
        }
        sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Whether the last line says that the process ended. Its threads have such lines too, with other ids. The first line
/// has the id of the process, since it had no threads yet.
fn is_complete(file: &Path) -> bool {
    let ends = || -> std::io::Result<(String, String)> {
        let mut lines = BufReader::new(File::open(file)?);
        let (mut first, mut tail) = (String::new(), String::new());
        lines.read_line(&mut first)?;
        let length = lines.get_ref().metadata()?.len();
        lines.seek(SeekFrom::Start(length.saturating_sub(200)))?;
        lines.read_to_string(&mut tail)?;
        Ok((first, tail))
    };
    ends().is_ok_and(|(first, tail)| {
        let process = first.split(' ').next().unwrap_or_default();
        tail.lines().last().is_some_and(|line| line.split(' ').next() == Some(process) && line.ends_with("+++"))
    })
}

impl Trace {
    /// Reads the changes of the files in `folder`, and the replies.
    pub fn read(file: &Path, folder: &Path) -> Result<Trace, TaskError> {
        let lines = File::open(file).map_err(|cause| format!("{}: {cause}", file.display()))?;
        let mut trace = Trace::default();
        let mut unfinished: HashMap<String, (usize, String)> = HashMap::new();
        let folder = folder.display().to_string();
        for (number, line) in BufReader::new(lines).lines().enumerate() {
            let line = line.map_err(|cause| format!("the trace: {cause}"))?;
            trace.n_lines = number + 1;
            trace.n_injected += usize::from(line.ends_with("(INJECTED)"));
            let Some((thread, rest)) = line.split_once(' ') else { continue };
            let rest = rest.trim_start();
            if let Some(call) = rest.strip_suffix(" <unfinished ...>") {
                unfinished.insert(thread.to_owned(), (number, call.to_owned()));
            } else if rest.starts_with("<... ") {
                let Some((begin, call)) = unfinished.remove(thread) else { continue };
                let result = rest.split_once("resumed>").map_or("", |(_, result)| result);
                trace.take(&folder, begin, number, &(call + result))?;
            } else {
                trace.take(&folder, number, number, rest)?;
            }
        }
        Ok(trace)
    }

    /// Processes one complete call: `name(arguments) = result`.
    fn take(&mut self, folder: &str, begin: usize, end: usize, call: &str) -> Result<(), TaskError> {
        let Some((name, rest)) = call.split_once('(') else { return Ok(()) };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else { return Ok(()) };
        if result.starts_with('-') || result.starts_with('?') {
            return Ok(());
        }
        let fields = Fields::of(arguments);
        let in_folder = |path: &str| path.strip_prefix(folder).map(|rest| rest.trim_start_matches('/').to_owned());
        let of_descriptor = |text: &str| Fields::of(text).descriptor;
        match name {
            "openat" => {
                let Some(path) = of_descriptor(result).as_deref().and_then(in_folder) else { return Ok(()) };
                if !path.is_empty() && !self.names.contains_key(&path) {
                    let file = self.n_files;
                    self.n_files += 1;
                    self.names.insert(path.clone(), file);
                    self.namings.push(Naming { begin, end, what: Named::Created { name: path, file } });
                } else if arguments.contains("O_TRUNC") {
                    self.change(&path, begin, end, What::Truncate { length: 0 });
                }
            }
            "pwrite64" | "pwritev" | "write" | "writev" | "sendto" | "sendmsg" => {
                let Some(path) = fields.descriptor.clone() else { return Ok(()) };
                if path.starts_with("socket:") || path.starts_with("TCP:") {
                    self.start = if self.start == 0 { begin } else { self.start };
                    let text = String::from_utf8_lossy(&fields.strings.concat()).into_owned();
                    for part in text.split('"').filter(|part| !part.is_empty()) {
                        self.quoted.entry(part.to_owned()).or_insert(begin);
                    }
                } else if let Some(path) = in_folder(&path) {
                    let bytes = fields.strings.concat();
                    let file = self.names.get(&path).copied().unwrap_or_default();
                    let at = match (name.starts_with('p'), fields.last_number) {
                        (true, Some(at)) => at,
                        (true, None) => return Err(format!("the trace has a write without a place: {result}")),
                        (false, _) => self.ends.get(&file).copied().unwrap_or_default(),
                    };
                    self.ends.insert(file, at + bytes.len());
                    self.change(&path, begin, end, What::Write { at, bytes });
                }
            }
            "ftruncate" => {
                if let (Some(path), Some(length)) =
                    (fields.descriptor.as_deref().and_then(in_folder), fields.last_number)
                {
                    self.change(&path, begin, end, What::Truncate { length });
                }
            }
            "fdatasync" | "fsync" => {
                if let Some(path) = fields.descriptor.as_deref().and_then(in_folder) {
                    let file = if path.is_empty() { None } else { self.names.get(&path).copied() };
                    if path.is_empty() || file.is_some() {
                        self.syncs.push(Sync { file, begin, end });
                    }
                }
            }
            "rename" | "renameat" | "renameat2" | "unlink" | "unlinkat" => {
                let paths: Vec<String> =
                    fields.strings.iter().filter_map(|bytes| in_folder(&String::from_utf8_lossy(bytes))).collect();
                match paths.as_slice() {
                    [from, to] => {
                        if let Some(file) = self.names.remove(from) {
                            self.names.insert(to.clone(), file);
                            let what = Named::Renamed { from: from.clone(), to: to.clone() };
                            self.namings.push(Naming { begin, end, what });
                        }
                    }
                    [name] if self.names.remove(name).is_some() => {
                        self.namings.push(Naming { begin, end, what: Named::Removed { name: name.clone() } });
                    }
                    _ => {}
                }
            }
            "fallocate" => return Err("the server uses fallocate, which this rig does not know".to_owned()),
            _ => {}
        }
        Ok(())
    }

    fn change(&mut self, path: &str, begin: usize, end: usize, what: What) {
        if let Some(file) = self.names.get(path).copied() {
            self.changes.push(Change { file, begin, end, what });
        }
    }

    /// The moment when the first reply with this text in quotation marks began to be sent.
    pub fn reply_with(&self, text: &str) -> Option<usize> {
        self.quoted.get(text).copied()
    }

    /// A random moment after the start. Every other one is just before the end of a sync, when most bytes are unsynced.
    pub fn moment(&self, rng: &mut fastrand::Rng) -> usize {
        let start = self.start();
        let chosen = if rng.bool() { rng.choice(&self.syncs).map(|sync| sync.end.saturating_sub(1)) } else { None };
        chosen.filter(|moment| *moment >= start).unwrap_or_else(|| rng.usize(start..self.n_lines.max(start + 1)))
    }

    /// The moment of the first reply: from then on the server is ready.
    pub fn start(&self) -> usize {
        self.start
    }

    /// The number of syncs of the file that has this name at the end, or had it last.
    pub fn n_syncs(&self, name: &str) -> usize {
        let is_it = |file: usize| {
            self.namings.iter().any(|naming| {
                matches!(&naming.what, Named::Created { name: created, file: it } if created == name && *it == file)
            })
        };
        self.syncs.iter().filter(|sync| sync.file.is_some_and(is_it)).count()
    }
}

/// The parsed arguments of a call.
struct Fields {
    /// The path of the first descriptor.
    descriptor: Option<String>,
    /// All strings in quotation marks.
    strings: Vec<Vec<u8>>,
    /// The last argument, if it is a number.
    last_number: Option<usize>,
}

impl Fields {
    fn of(text: &str) -> Fields {
        let between = |open: char, close: char| {
            text.split_once(open).and_then(|(_, rest)| rest.split_once(close)).map(|(inner, _)| inner)
        };
        let before_string = text.find('"').unwrap_or(usize::MAX);
        let descriptor = text.find('<').filter(|at| *at < before_string).and_then(|_| between('<', '>'));
        let descriptor = descriptor.map(|hex| String::from_utf8_lossy(&unescape(hex)).into_owned());
        let strings = text.split('"').skip(1).step_by(2).map(unescape).collect();
        // The result of a resumed call is in a column of its own.
        let last = text.trim_end().trim_end_matches(')').rsplit(", ").next().unwrap_or_default();
        Fields { descriptor, strings, last_number: last.trim().parse().ok() }
    }
}

/// Decodes escapes such as `\x41\x42`; other characters are kept.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [b'\\', b'x', high, low, after @ ..] => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or_default() as u8;
                bytes.push(digit(high) * 16 + digit(low));
                rest = after;
            }
            [byte, after @ ..] => {
                bytes.push(*byte);
                rest = after;
            }
            [] => return bytes,
        }
    }
}
