//! Boolean query parameters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A boolean query parameter: `true`, `false`, `1` or `0`, in any case, because some clients write `True`. A parameter
/// without a value is false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(!try_from, inline)]
pub struct Flag(pub bool);

impl TryFrom<String> for Flag {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Flag(true)),
            "false" | "0" | "" => Ok(Flag(false)),
            _ => Err("must be true or false"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::kaizala::{Flag, GroupsQuery};
    use crate::query::{QueryError, from_str};

    #[test]
    fn yes_and_no_are_written_in_many_ways() {
        for (query, expected) in [
            ("", None),
            ("showDetail", None),
            ("showDetail=", None),
            ("showDetail=true", Some(Flag(true))),
            ("showDetail=True", Some(Flag(true))),
            ("showDetail=TRUE", Some(Flag(true))),
            ("showDetail=1", Some(Flag(true))),
            ("showDetail=+true+", Some(Flag(true))),
            ("showDetail=false", Some(Flag(false))),
            ("showDetail=FALSE", Some(Flag(false))),
            ("showDetail=0", Some(Flag(false))),
        ] {
            let read = from_str::<GroupsQuery>(query).map(|query| query.show_detail);
            assert_eq!(read, Ok(expected), "{query}");
        }
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        for value in ["yes", "2", "-1", "01", "tru", "null", "true,false"] {
            let expected = QueryError { field: "fetchAllGroups".into(), problem: "must be true or false".into() };
            let read = from_str::<GroupsQuery>(&format!("fetchAllGroups={value}"));
            assert_eq!(read.map(|query| query.fetch_all_groups), Err(expected), "{value}");
        }
        let twice = from_str::<GroupsQuery>("showDetails=1&showDetails=1").map(|query| query.show_details);
        assert_eq!(twice.map_err(|error| error.field), Err("showDetails".to_owned()));
    }
}
