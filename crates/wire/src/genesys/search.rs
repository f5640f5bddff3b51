//! Searches of groups and users.

use super::users::UserExpand;
use super::words::{CriteriaOperator, CriteriaType, SearchOrder, SortField};
use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_with::{apply, skip_serializing_none};

/// A search of groups.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupSearchRequest {
    /// `ASC`, `DESC`, or `SCORE` for the best match first.
    #[schemars(extend("enum" = ["ASC", "DESC", "SCORE", null]))]
    pub sort_order: Option<SearchOrder>,
    /// The field to sort by. Default: `name`.
    pub sort_by: Option<SortField>,
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Several sort orders, the most significant first. They replace `sortBy` and `sortOrder`.
    pub sort: Option<Vec<SearchSort>>,
    /// The criteria. If absent, everything is found.
    pub query: Option<Vec<SearchCriteria>>,
}

/// A search of users.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSearchRequest {
    /// `ASC`, `DESC`, or `SCORE` for the best match first.
    #[schemars(extend("enum" = ["ASC", "DESC", "SCORE", null]))]
    pub sort_order: Option<SearchOrder>,
    /// The field to sort by. Default: `name`.
    pub sort_by: Option<SortField>,
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Several sort orders, the most significant first. They replace `sortBy` and `sortOrder`.
    pub sort: Option<Vec<SearchSort>>,
    /// The criteria. If absent, everything is found.
    pub query: Option<Vec<SearchCriteria>>,
    /// Further fields of each user. Unknown fields are ignored.
    #[serde(default, deserialize_with = "any_words")]
    #[schemars(with = "Option<Vec<String>>", !default)]
    pub expand: Option<Vec<UserExpand>>,
}

/// One sort order.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchSort {
    /// `ASC`, `DESC`, or `SCORE` for the best match first.
    #[schemars(extend("enum" = ["ASC", "DESC", "SCORE", null]))]
    pub sort_order: Option<SearchOrder>,
    /// The field to sort by.
    pub sort_by: Option<SortField>,
}

/// One entry of a criteria list. The list holds if every `AND` entry holds, no `NOT` entry holds and, if there are `OR`
/// entries, at least one of them holds.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchCriteria {
    /// How fields are compared with values.
    #[serde(rename = "type")]
    #[schemars(required, extend("enum" = [
        "EXACT", "STARTS_WITH", "CONTAINS", "REGEX", "TERM", "TERMS", "REQUIRED_FIELDS", "MATCH_ALL", "QUERY_STRING",
        "RANGE", "DATE_RANGE", "LESS_THAN", "LESS_THAN_EQUAL_TO", "GREATER_THAN", "GREATER_THAN_EQUAL_TO",
    ]))]
    pub kind: Option<CriteriaType>,
    /// The fields to compare. One match is enough.
    pub fields: Option<Vec<String>>,
    /// The value to compare with.
    pub value: Option<String>,
    /// Further values to compare with. One match is enough.
    pub values: Option<Vec<String>>,
    /// The smallest value of a range.
    pub start_value: Option<String>,
    /// The greatest value of a range.
    pub end_value: Option<String>,
    /// The format of dates, as a Java date pattern. Default: ISO 8601.
    pub date_format: Option<String>,
    /// How it is combined with the entries beside it: `AND` (the default), `OR` or `NOT`.
    #[schemars(extend("enum" = ["AND", "OR", "NOT", null]))]
    pub operator: Option<CriteriaOperator>,
    /// A nested criteria list, which must hold too.
    pub group: Option<Vec<SearchCriteria>>,
}

/// The state of a search in a `q64`, which is compressed and encoded.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchState {
    /// The searched entities: `["groups"]` or `["users"]`.
    pub types: Option<Vec<String>>,
    /// The criteria.
    pub query: Option<Vec<SearchCriteria>>,
    /// Page size.
    pub page_size: Option<i64>,
    /// Page number, from 1.
    pub page_number: Option<i64>,
    /// The direction of the order.
    pub sort_order: Option<SearchOrder>,
    /// The field to sort by.
    pub sort_by: Option<SortField>,
    /// Several sort orders.
    pub sort: Option<Vec<SearchSort>>,
    /// Further fields of each hit.
    #[serde(default, deserialize_with = "any_words")]
    pub expand: Option<Vec<UserExpand>>,
    /// `["guid"]`. Ignored.
    pub return_fields: Option<Vec<String>>,
    /// `QUERY_THEN_FETCH`. Ignored.
    pub search_type: Option<String>,
}

impl From<GroupSearchRequest> for SearchState {
    fn from(request: GroupSearchRequest) -> Self {
        let GroupSearchRequest { sort_order, sort_by, page_size, page_number, sort, query } = request;
        UserSearchRequest { sort_order, sort_by, page_size, page_number, sort, query, expand: None }.into()
    }
}

impl From<UserSearchRequest> for SearchState {
    fn from(request: UserSearchRequest) -> Self {
        SearchState {
            types: None,
            query: request.query,
            page_size: request.page_size,
            page_number: request.page_number,
            sort_order: request.sort_order,
            sort_by: request.sort_by,
            sort: request.sort,
            expand: request.expand,
            return_fields: None,
            search_type: None,
        }
    }
}

/// Query for a page of an earlier search.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SearchQuery {
    /// The value of `q64` in a page link of an earlier reply.
    #[schemars(required)]
    pub q64: Option<String>,
    /// Further fields of each hit. Unknown fields are ignored.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "any_words")]
    #[schemars(with = "Vec<String>")]
    pub expand: Option<Vec<UserExpand>>,
}

/// Reads the fields to expand as searches do. Other requests refuse unknown words.
fn any_words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<UserExpand>>, D::Error> {
    let words: Option<Vec<String>> = Option::deserialize(deserializer)?;
    Ok(words.map(|words| words.into_iter().map(UserExpand::from).collect()))
}

/// One page of a search's hits. Links are relative; a link to a page that does not exist is absent.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{T}sSearchResponse")]
pub struct SearchResponse<T> {
    /// Number of hits on all pages.
    pub total: i64,
    /// Number of pages.
    pub page_count: i32,
    /// Maximum number of hits on a page.
    pub page_size: i32,
    /// Page number.
    pub page_number: i32,
    /// Link to the previous page.
    pub previous_page: Option<String>,
    /// Link to this page.
    pub current_page: Option<String>,
    /// Link to the next page.
    pub next_page: Option<String>,
    /// The searched entities.
    pub types: Vec<String>,
    /// The hits of the page.
    #[serde_with(skip_apply)]
    #[serde(default = "Vec::new")]
    #[schemars(!default)]
    pub results: Vec<T>,
}
