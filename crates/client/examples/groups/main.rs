//! The operations on groups, by name:
//!
//! ```sh
//! export CONVOKE_URL=http://127.0.0.1:8080 CONVOKE_CLIENT_ID=me CONVOKE_CLIENT_SECRET=my-secret
//! cargo run -p convoke-client --example groups -- post_groups 'Night shift'
//! cargo run -p convoke-client --example groups -- get_group GROUP_ID
//! ```

mod operations;

use convoke_client::{Client, Config};
use std::env;
use std::error::Error;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str| env::var(name).map_err(|_| format!("set {name}"));
    let config = Config::url(&variable("CONVOKE_URL")?)
        .client_credentials(variable("CONVOKE_CLIENT_ID")?, variable("CONVOKE_CLIENT_SECRET")?);
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [operation, arguments @ ..] = arguments.as_slice() else {
        return Err(format!("name an operation, one of {}", operations::NAMES.join(", ")).into());
    };
    operations::run(&Client::new(config)?, operation, arguments).await
}
