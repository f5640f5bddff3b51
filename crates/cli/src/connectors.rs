//! `convoke connectors`.

use crate::Trouble;
use crate::remote::Server;
use clap::{Args, Subcommand};
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use std::time::{SystemTime, UNIX_EPOCH};

/// Connectors that are asked for at one time: as many as a page can have.
const PAGE: i64 = 500;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

#[derive(Subcommand)]
pub enum Connectors {
    /// Make a connector, and its first refresh token
    Create(Box<Create>),
    /// List connectors
    List(List),
    /// End all tokens of a connector, and make it a new refresh token
    Regenerate(Regenerate),
    /// Delete a connector, and with it its tokens
    Delete(Delete),
}

#[derive(Args)]
pub struct Create {
    /// Its name
    #[arg(long)]
    name: String,
    /// The number of the person that it stands for, with a plus and the country code; a person is made
    /// where nobody has it
    #[arg(long, value_name = "+E164")]
    phone: String,
    /// The group that confines it
    #[arg(long, value_name = "ID")]
    group: Option<String>,
    /// Let its person manage all official groups
    #[arg(long)]
    administrator: bool,
    /// Print the server's reply as it is
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Args)]
pub struct List {
    /// Print the server's replies as they are, one line for each page
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Args)]
pub struct Regenerate {
    /// The connector
    application_id: String,
    /// Print the server's reply as it is
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Args)]
pub struct Delete {
    /// The connector
    application_id: String,
    #[command(flatten)]
    server: Server,
}

impl Connectors {
    /// Does it.
    pub async fn run(self) -> Result<(), Trouble> {
        match self {
            Connectors::Create(create) => create.run().await,
            Connectors::List(list) => list.run().await,
            Connectors::Regenerate(regenerate) => regenerate.run().await,
            Connectors::Delete(delete) => {
                let path = ConnectorPath { application_id: delete.application_id };
                delete.server.call::<DeleteConnector>(&path, &Nothing {}, None).await.map(drop)
            }
        }
    }
}

impl Create {
    async fn run(self) -> Result<(), Trouble> {
        let body = ConnectorCreate {
            name: Some(self.name),
            phone: Some(self.phone),
            group_id: self.group,
            administrator: Some(self.administrator),
        };
        let answer = self.server.call::<PostConnectors>(&Nothing {}, &Nothing {}, Some(&body)).await?;
        show(&answer.text().await.map_err(Trouble::refused)?, self.json)
    }
}

impl Regenerate {
    async fn run(self) -> Result<(), Trouble> {
        let path = ConnectorPath { application_id: self.application_id };
        let answer = self.server.call::<PostConnectorRefreshtoken>(&path, &Nothing {}, None).await?;
        show(&answer.text().await.map_err(Trouble::refused)?, self.json)
    }
}

/// Prints one connector, with the secrets that its reply has.
fn show(text: &str, json: bool) -> Result<(), Trouble> {
    if json {
        println!("{text}");
        return Ok(());
    }
    let connector: Connector = serde_json::from_str(text).map_err(Trouble::refused)?;
    println!("connector           {}", connector.name);
    println!("phone               {}", connector.mobile_number.as_deref().unwrap_or("(none)"));
    if let Some(group) = &connector.group_id {
        println!("group               {group}");
    }
    println!("application id      {}", connector.application_id);
    if let Some(secret) = &connector.application_secret {
        println!("application secret  {secret}  (not shown again)");
    }
    if let Some(token) = &connector.refresh_token {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
        let days = connector.refresh_token_expiry.map_or(0, |end| (end - now + DAY_MILLIS / 2) / DAY_MILLIS);
        println!("refresh token       {token}  (not shown again; good for {days} days)");
    }
    Ok(())
}

impl List {
    async fn run(self) -> Result<(), Trouble> {
        let session = self.server.sign_in().await?;
        let mut rows = vec![["APPLICATION ID", "NAME", "PHONE", "CONFINED TO"].map(str::to_owned)];
        for number in 1.. {
            let query = PageQuery { page_size: Some(PAGE), page_number: Some(number) };
            let answer = session.call::<GetConnectors>(&Nothing {}, &query, None).await?;
            let text = answer.text().await.map_err(Trouble::refused)?;
            let page: EntityListing<Connector> = serde_json::from_str(&text).map_err(Trouble::refused)?;
            if self.json {
                println!("{text}");
            }
            rows.extend(page.entities.into_iter().map(row));
            if page.next_uri.is_none() {
                break;
            }
        }
        if !self.json {
            print_aligned(&rows);
        }
        Ok(())
    }
}

fn row(connector: Connector) -> [String; 4] {
    let name = if connector.administrator { format!("{} (administrator)", connector.name) } else { connector.name };
    [
        connector.application_id,
        name,
        connector.mobile_number.unwrap_or_default(),
        connector.group_id.unwrap_or_default(),
    ]
}

/// Prints rows, each column as wide as its widest text.
fn print_aligned<const N: usize>(rows: &[[String; N]]) {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or_default());
    for row in rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(text, width)| format!("{text:width$}")).collect();
        println!("{}", cells.join("  ").trim_end());
    }
}
