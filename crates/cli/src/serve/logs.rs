//! The server's log: one line for each event, on standard error.

use crate::CommandError;
use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};
use convoke_server::{ACCESS_LOG_TARGET, AccessLog, LOG_LINES, LineBudget, Permit, REQUEST_TARGET};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{IsTerminal, stderr};
use std::panic::PanicHookInfo;
use std::time::Instant;
use tracing::Level;
use tracing_subscriber::filter::{Directive, EnvFilter, LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

/// The target of messages that are shown whatever the filter. In the text format most of them are printed as plain
/// text.
pub const TOLD_TARGET: &str = "convoke::told";

/// The environment variable with the filter.
const VARIABLE: &str = "CONVOKE_LOG";

#[derive(Args, Clone, Copy)]
pub struct Logs {
    /// Log a line for each request
    #[arg(long, env = "CONVOKE_ACCESS_LOG", value_parser = FalseyValueParser::new())]
    access_log: bool,
    /// Format of log lines
    #[arg(long, env = "CONVOKE_LOG_FORMAT", value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    log_format: Format,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs: one object a line
    Json,
}

impl Logs {
    /// Starts logging, including that of panics.
    pub fn start(self) {
        let (filter, problem) = self.filter();
        let lines = fmt::layer().with_writer(stderr).with_target(false);
        let registry = Registry::default().with(filter);
        match self.log_format {
            Format::Text => registry.with(lines.with_ansi(stderr().is_terminal())).init(),
            Format::Json => {
                registry.with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false)).init();
            }
        }
        log_panics();
        if let Some(problem) = problem {
            tracing::warn!("{problem}");
        }
    }

    pub fn access_log(self) -> AccessLog {
        if self.access_log { AccessLog::Written } else { AccessLog::Off }
    }

    pub fn is_json(self) -> bool {
        self.log_format == Format::Json
    }

    /// In the JSON format, logs as an object why the server ends, since standard error must have nothing else.
    pub fn tell(self, error: CommandError) -> CommandError {
        if !self.is_json() || error.sentence.is_empty() {
            return error;
        }
        tracing::error!(target: TOLD_TARGET, "{}", error.sentence);
        CommandError { sentence: String::new(), ..error }
    }

    /// The filter, and the problem with the environment variable, if there is one. The access log is written at any
    /// level.
    ///
    /// The simple filter knows levels and targets only, and is asked once for each place in the code. The other one
    /// knows all directives, and takes a lock for every request.
    fn filter(self) -> (Box<dyn Layer<Registry> + Send + Sync>, Option<String>) {
        let text = std::env::var(VARIABLE).unwrap_or_default();
        let text = if text.trim().is_empty() { "info" } else { &text };
        let always = [
            (TOLD_TARGET, LevelFilter::INFO),
            (ACCESS_LOG_TARGET, LevelFilter::INFO),
            (REQUEST_TARGET, LevelFilter::ERROR),
        ];
        let (told, _) = always.split_at(1);
        let always = if self.access_log { always.as_slice() } else { told };
        let simple = |targets: Targets| Box::new(targets.with_targets(always.iter().copied()));
        let default = |problem: String| {
            let problem = format!("{VARIABLE} is no filter, and counts as \"info\": {problem}");
            (simple(Targets::new().with_default(LevelFilter::INFO)) as Box<_>, Some(problem))
        };
        // In brackets a single word is the name of a field.
        if !text.contains('[')
            && let Some(word) = text.split(',').map(str::trim).find(|word| is_unclear(word))
        {
            return default(format!(
                "{word:?} is neither a level nor a part of convoke; of other parts write {word}=trace"
            ));
        }
        if !text.contains('[')
            && let Ok(targets) = text.parse::<Targets>()
        {
            return (simple(targets), None);
        }
        match EnvFilter::try_new(text) {
            Ok(filter) => {
                let directive = |(target, level): (&str, LevelFilter)| {
                    format!("{target}={level}").parse::<Directive>().expect("it is a target and a level")
                };
                (Box::new(always.iter().copied().map(directive).fold(filter, EnvFilter::add_directive)), None)
            }
            Err(error) => default(error.to_string()),
        }
    }
}

/// Whether a directive is a word that the filter takes for a target, but that is more likely a mistyped level.
fn is_unclear(directive: &str) -> bool {
    let is_word = !directive.is_empty() && !directive.contains('=');
    is_word && directive.parse::<LevelFilter>().is_err() && !directive.starts_with("convoke")
}

/// Installs a hook that logs panics.
fn log_panics() {
    let before = std::panic::take_hook();
    let lines = LineBudget::new(LOG_LINES, Instant::now());
    std::panic::set_hook(Box::new(move |info| {
        // There may be no log, as in some threads of tests.
        if !tracing::enabled!(target: TOLD_TARGET, Level::ERROR) {
            before(info);
        } else if let Some(permit) = lines.next(Instant::now()) {
            log_panic(info, permit);
        }
    }));
}

/// Logs a panic in the span of the request that panicked.
fn log_panic(info: &PanicHookInfo<'_>, Permit { left_out }: Permit) {
    let location = info.location().map(tracing::field::display);
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| tracing::field::display(&backtrace));
    let thread = std::thread::current();
    tracing::error!(
        target: TOLD_TARGET,
        panic = info.payload_as_str().unwrap_or("(no text)"),
        location,
        thread = thread.name(),
        backtrace,
        left_out,
        "something panicked: this is a defect"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("nobody panics here").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_a_line_in_the_span_of_its_request() {
        let written = Written::default();
        let writer = written.clone();
        let lines = fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(move || writer.clone());
        let _guard = tracing::subscriber::set_default(Registry::default().with(lines));
        // Threads of other tests have no subscriber, and panic as ever.
        log_panics();
        let panicked = std::panic::catch_unwind(|| {
            tracing::error_span!("request", correlation_id = "an id").in_scope(|| panic!("as asked"))
        });
        assert!(panicked.is_err());
        let written = written.0.lock().expect("nobody panics here").clone();
        let line: serde_json::Value = serde_json::from_slice(&written).expect("one object");
        let text = |pointer: &str| line.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default();
        assert_eq!((text("/panic"), text("/span/correlation_id"), text("/level")), ("as asked", "an id", "ERROR"));
        assert!(text("/location").contains("logs.rs:"), "{line}");
    }
}
