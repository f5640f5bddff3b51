//! The arguments of searches of groups and users.

use crate::CommandError;
use crate::language;
use crate::listing::Paging;
use crate::names::resolve_criteria;
use crate::session::{Body, Session};
use clap::Args;
use convoke_wire::genesys::{SearchCriteria, SearchOrder, SearchSort};

/// The end of the help of searches.
pub const HELP: &str = "\
Searches:
  name=x  name!=x         it is x; it is not
  name^=x  name*=x        it begins with x; it has x in it
  name~x                  it matches the pattern x
  memberCount>=5          also <, <= and >; numbers and dates are fields of groups
  memberCount 5..10       in the range; one end may be left out
  state in (a, b)         one of these
  has email               there is a value
  name,email*=x           one of the fields
  night  \"night shift\"    the name has it in it
  and  or  not  ( )       not binds closest, then and, then or

Put values with spaces or signs in quotation marks. convoke help language prints all of it.";

#[derive(Args)]
pub struct SearchArguments {
    /// What must hold; everything is found without
    #[arg(conflicts_with = "file")]
    expression: Option<language::Search>,
    #[command(flatten)]
    body: Body,
    /// A field to order by, with :desc for the greatest first; or score, for the best match first
    #[arg(long = "sort", value_name = "FIELD", value_delimiter = ',')]
    sorts: Vec<String>,
    /// A page link of an earlier reply, or what stands behind q64= there, in place of all else
    #[arg(long, conflicts_with_all = ["expression", "file", "sorts", "page", "page_size", "all", "limit"])]
    pub q64: Option<String>,
    #[command(flatten)]
    pub paging: Paging,
}

impl SearchArguments {
    /// The criteria, from the expression or from a file. In an expression, groups and users may be named instead of
    /// their ids.
    pub async fn criteria(&self, session: &Session) -> Result<Option<Vec<SearchCriteria>>, CommandError> {
        match &self.expression {
            Some(language::Search(criteria)) => {
                let mut criteria = criteria.clone();
                resolve_criteria(session, &mut criteria).await?;
                Ok(Some(criteria))
            }
            None => self.body.read(),
        }
    }

    /// The sort orders.
    pub fn sort(&self) -> Option<Vec<SearchSort>> {
        let sort = |text: &String| {
            let (field, order) = text.split_once(':').unwrap_or((text, "asc"));
            if field.eq_ignore_ascii_case("score") {
                return SearchSort { sort_order: Some(SearchOrder::Score), sort_by: None };
            }
            SearchSort { sort_order: Some(order.to_uppercase().into()), sort_by: Some(field.into()) }
        };
        (!self.sorts.is_empty()).then(|| self.sorts.iter().map(sort).collect())
    }
}
