//! Tests of the public client: against the real server in this process, and against servers with scripted replies.

mod client {
    mod endpoints;
    mod examples;
    mod import;
    mod lossy;
    mod refusals;
    mod retries;
    mod scripted;
    mod server;
    mod shapes;
    mod sign_in;
    mod streams;
    mod tls;
    mod walk;
}
