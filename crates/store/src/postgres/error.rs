//! What went wrong in the database, in classes by SQLSTATE
//! (<https://www.postgresql.org/docs/current/errcodes-appendix.html>), and in sentences that say what to do.

use crate::StoreError;
use crate::postgres::address::{HostConfig, inner};
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

/// A failure of a request to the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The connection broke, or no reply came in time. Whether the request was carried out is not known.
    Unknown(String),
    /// The request was not carried out, and may be when it is sent again, by a new connection.
    Transient(String),
    /// The host is a standby, or became one. Nothing was carried out; another host may be the primary.
    Standby(String),
    /// The request was not carried out: a row with its key exists.
    Duplicate,
    /// The request was not carried out: no space is left.
    Full,
    /// It was not and will not be carried out.
    Refused(String),
}

impl Failure {
    pub fn is_standby(&self) -> bool {
        matches!(self, Failure::Standby(_))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Unknown(what) | Failure::Transient(what) | Failure::Standby(what) | Failure::Refused(what) => {
                f.write_str(what)
            }
            Failure::Duplicate => f.write_str("a row with its key exists"),
            Failure::Full => StoreError::Full.fmt(f),
        }
    }
}

/// The error of a running store. The details of one that may pass are only logged.
impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unknown(what) | Failure::Transient(what) | Failure::Standby(what) => {
                tracing::debug!("the database cannot be used: {what}");
                StoreError::Unavailable
            }
            Failure::Duplicate => StoreError::Lost,
            Failure::Full => StoreError::Full,
            Failure::Refused(what) => StoreError::Failed(what),
        }
    }
}

/// The class of an error that the server reports.
fn of_code(code: &SqlState, severity: Option<Severity>, what: String) -> Failure {
    // The server ends the session: what it was doing may have been done.
    if matches!(severity, Some(Severity::Fatal | Severity::Panic)) && !is_refusal(code) {
        return Failure::Unknown(what);
    }
    match code.code() {
        // read_only_sql_transaction
        "25006" => Failure::Standby(what),
        // unique_violation
        "23505" => Failure::Duplicate,
        // disk_full
        "53100" => Failure::Full,
        // lock_not_available, query_canceled, cannot_connect_now, and those that ask to be tried again
        "55P03" | "57014" | "57P03" | "40001" | "40P01" | "25P03" | "25P04" => Failure::Transient(what),
        code => match code.get(..2) {
            // Lost connections, insufficient resources, and what an operator did.
            Some("08" | "53" | "57" | "58") => Failure::Transient(what),
            _ => Failure::Refused(what),
        },
    }
}

/// A fatal error that comes before anything was carried out: of connecting.
fn is_refusal(code: &SqlState) -> bool {
    matches!(code.code(), "53300" | "57P03") || matches!(code.code().get(..2), Some("28" | "3D" | "3F" | "42"))
}

fn said(error: &DbError) -> String {
    format!("the database reports {} ({})", error.message(), error.code().code())
}

/// The failure of a statement.
pub(crate) fn of_statement(error: &Error) -> Failure {
    match error.as_db_error() {
        Some(reported) => of_code(reported.code(), reported.parsed_severity(), said(reported)),
        None if error.is_closed() => Failure::Unknown("the connection to the database is closed".into()),
        None if is_local(error) => Failure::Refused(format!("a value does not suit the database: {}", inner(error))),
        None => Failure::Unknown(format!("the connection to the database broke: {}", inner(error))),
    }
}

/// Whether the request was wrong before it was sent, or the reply was not of the expected types.
fn is_local(error: &Error) -> bool {
    std::error::Error::source(error).is_none_or(|cause| !cause.is::<std::io::Error>())
}

/// The failure of connecting to a host.
pub(crate) fn of_connect(host: &HostConfig, error: &Error) -> Failure {
    let name = &host.name;
    let role = host.config.get_user().unwrap_or_default();
    let database = host.config.get_dbname().unwrap_or_default();
    let Some(reported) = error.as_db_error() else {
        let cause = inner(error);
        return match std::error::Error::source(error) {
            Some(cause) if cause.is::<std::io::Error>() && is_tls(cause) => {
                Failure::Refused(format!("TLS to {name} fails: {cause}; see sslmode and sslrootcert"))
            }
            Some(cause) if cause.is::<std::io::Error>() => Failure::Transient(format!(
                "no database server answers at {name}: {cause}; start it, or correct the host and port of the URL"
            )),
            _ if cause.contains("TLS") => Failure::Refused(format!(
                "the server at {name} does not speak TLS; turn it on there, or allow plain text with sslmode=disable"
            )),
            _ if cause.contains("password missing") => Failure::Refused(format!(
                "the server at {name} asks for a password of the role {role}, and the URL has none"
            )),
            _ => Failure::Refused(format!("{name} cannot be used: {cause}")),
        };
    };
    let what = match reported.code().code() {
        "28P01" => format!("the server at {name} refuses the password of the role {role}; correct it in the URL"),
        code if code.starts_with("28") => format!(
            "the server at {name} does not admit the role {role} to the database {database}: {}; allow it there \
             (pg_hba.conf), or correct the URL",
            reported.message()
        ),
        "3D000" => format!(
            "the server at {name} has no database {database}; create it, for example with `createdb {database}`, or \
             correct the URL"
        ),
        "53300" => format!(
            "the server at {name} has no connection left; raise its max_connections, or end other programs' connections"
        ),
        "57P03" => format!("the server at {name} is starting or stopping: {}; try again soon", reported.message()),
        "42501" => format!(
            "the role {role} may not connect to the database {database}; GRANT CONNECT ON DATABASE {database} TO {role}"
        ),
        _ => format!("{name}: {}", said(reported)),
    };
    of_code(reported.code(), reported.parsed_severity(), what)
}

fn is_tls(cause: &(dyn std::error::Error + 'static)) -> bool {
    let cause = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    cause.is_some_and(|cause| cause.is::<rustls::Error>())
}

pub(crate) fn no_answer(name: &str) -> Failure {
    Failure::Transient(format!("the database server at {name} does not answer in time; see whether it hangs"))
}

pub(crate) fn standby(name: &str) -> Failure {
    Failure::Standby(format!(
        "the server at {name} is a standby that takes no writes; name the primary in the URL, or all hosts of the cluster"
    ))
}

pub(crate) fn too_old(name: &str, version: &str) -> Failure {
    let major = version.parse().unwrap_or(0) / 10_000;
    Failure::Refused(format!("the server at {name} is PostgreSQL {major}; version 13 or newer is needed"))
}

pub(crate) fn encoding(host: &HostConfig, encoding: &str) -> Failure {
    let database = host.config.get_dbname().unwrap_or_default();
    Failure::Refused(format!(
        "the database {database} has the encoding {encoding}; create one with the encoding UTF8, for example with \
         `createdb --template=template0 --encoding=UTF8 {database}`"
    ))
}

/// The error of opening the store: what the start of a server reports.
pub(crate) fn of_opening(failure: Failure) -> StoreError {
    match failure {
        Failure::Full => StoreError::Full,
        failure => StoreError::Refused(failure.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_class() {
        let class = |code, severity| of_code(&SqlState::from_code(code), Some(severity), "x".into());
        let transient = Failure::Transient("x".into());
        for code in ["08006", "08003", "53300", "57P03", "40001", "40P01", "55P03", "53200", "57014", "58030"] {
            assert_eq!(class(code, Severity::Error), transient, "{code}");
        }
        for code in ["53300", "57P03"] {
            assert_eq!(class(code, Severity::Fatal), transient, "{code}");
        }
        for code in ["57P01", "57P02", "57P05", "XX000", "25P03"] {
            assert_eq!(class(code, Severity::Fatal), Failure::Unknown("x".into()), "{code}");
        }
        for code in ["28P01", "28000", "3D000", "42501"] {
            assert_eq!(class(code, Severity::Fatal), Failure::Refused("x".into()), "{code}");
        }
        for code in ["42501", "42P01", "22021", "XX001"] {
            assert_eq!(class(code, Severity::Error), Failure::Refused("x".into()), "{code}");
        }
        assert_eq!(class("25006", Severity::Error), Failure::Standby("x".into()));
        assert_eq!(class("23505", Severity::Error), Failure::Duplicate);
        assert_eq!(class("53100", Severity::Error), Failure::Full);
    }
}
