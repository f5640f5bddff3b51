//! `convoke fields`.

use crate::Trouble;
use crate::connection::Connection;
use crate::output::{print, table};
use crate::session::print_reply;
use clap::{Args, ValueEnum};
use convoke_wire::Nothing;
use convoke_wire::genesys::{FieldConfigQuery, FieldList, GetFieldconfig};

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
    pub async fn run(self) -> Result<(), Trouble> {
        let session = self.connection.session()?;
        let kind = match self.of {
            Entity::Person => "person",
            Entity::Group => "group",
            Entity::Org => "org",
            Entity::ExternalContact => "externalContact",
        };
        let query = FieldConfigQuery { kind: Some(kind.to_owned()) };
        let answer = session.answer::<GetFieldconfig>(&Nothing {}, &query, None).await?;
        if session.json {
            return print_reply(&answer);
        }
        let word = |is: bool| if is { "yes" } else { "no" };
        let row =
            |field: FieldList| [field.key, field.kind, word(field.required).into(), word(field.repeatable).into()];
        let fields = answer.parse()?.sections.into_iter().flat_map(|section| section.field_list);
        print(&table(session.style, ["KEY", "TYPE", "REQUIRED", "SEVERAL"], fields.map(row).collect()))
    }
}
