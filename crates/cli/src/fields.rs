//! `convoke fields`.

use crate::CommandError;
use crate::connection::Connection;
use crate::output::{Column, Columns};
use clap::{Args, ValueEnum};
use convoke_wire::Nothing;
use convoke_wire::genesys::{FieldConfig, FieldConfigQuery, GetFieldconfig};

const COLUMNS: Columns = Columns {
    what: "fields",
    shown: &[
        Column::new("KEY", "key"),
        Column::new("TYPE", "type"),
        Column::new("REQUIRED", "required"),
        Column::new("SEVERAL", "repeatable"),
    ],
};

#[derive(Args)]
pub struct Fields {
    /// Whose fields
    #[arg(value_enum)]
    of: Entity,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Clone, Copy, ValueEnum)]
enum Entity {
    Person,
    Group,
    Org,
    ExternalContact,
}

impl Fields {
    pub async fn run(self) -> Result<(), CommandError> {
        let session = self.connection.session()?;
        let kind = match self.of {
            Entity::Person => "person",
            Entity::Group => "group",
            Entity::Org => "org",
            Entity::ExternalContact => "externalContact",
        };
        let query = FieldConfigQuery { kind: Some(kind.into()) };
        let answer = session.call_raw::<GetFieldconfig>(&Nothing {}, &query, None).await?;
        let fields = |config: FieldConfig| config.sections.into_iter().flat_map(|section| section.field_list).collect();
        session.print_all(&COLUMNS, &answer, fields)
    }
}
