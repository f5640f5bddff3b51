//! Searches of groups and users.

use super::words::{CriteriaOperator, CriteriaType, SearchOrder};
use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::{apply, skip_serializing_none};

/// What groups to search for, and which page of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupSearchRequest {
    /// `ASC`, `DESC`, or `SCORE` for the best match first.
    #[schemars(extend("enum" = ["ASC", "DESC", "SCORE", null]))]
    pub sort_order: Option<SearchOrder>,
    /// The field that orders; `name` where absent.
    pub sort_by: Option<String>,
    /// Entries on a page: 1 to 500, 25 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// From 1 on; 1 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Several orders, the first one first; in the place of `sortBy` and `sortOrder`.
    pub sort: Option<Vec<SearchSort>>,
    /// What must hold; everything is found where absent.
    pub query: Option<Vec<SearchCriteria>>,
}

/// What users to search for, and which page of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSearchRequest {
    /// `ASC`, `DESC`, or `SCORE` for the best match first.
    #[schemars(extend("enum" = ["ASC", "DESC", "SCORE", null]))]
    pub sort_order: Option<SearchOrder>,
    /// The field that orders; `name` where absent.
    pub sort_by: Option<String>,
    /// Entries on a page: 1 to 500, 25 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// From 1 on; 1 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Several orders, the first one first; in the place of `sortBy` and `sortOrder`.
    pub sort: Option<Vec<SearchSort>>,
    /// What must hold; everything is found where absent.
    pub query: Option<Vec<SearchCriteria>>,
    /// Which further fields each user has; those that no user has are not looked at.
    pub expand: Option<Vec<String>>,
}

/// One order.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchSort {
    /// `ASC`, `DESC`, or `SCORE` for the best match first.
    #[schemars(extend("enum" = ["ASC", "DESC", "SCORE", null]))]
    pub sort_order: Option<SearchOrder>,
    /// The field that orders; `name` where absent.
    pub sort_by: Option<String>,
}

/// One entry of a criteria list. The list holds if every `AND` entry holds, no `NOT` entry does, and,
/// if there is any `OR` entry, one of them does.
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
    /// The fields; any of them may hold.
    pub fields: Option<Vec<String>>,
    /// A value.
    pub value: Option<String>,
    /// Further values; any may hold.
    pub values: Option<Vec<String>>,
    /// The least value of a range.
    pub start_value: Option<String>,
    /// The greatest value of a range.
    pub end_value: Option<String>,
    /// How dates are written, as a Java date pattern; ISO 8601 where absent.
    pub date_format: Option<String>,
    /// How it is joined to the entries beside it: `AND` where absent, `OR` or `NOT`.
    #[schemars(extend("enum" = ["AND", "OR", "NOT", null]))]
    pub operator: Option<CriteriaOperator>,
    /// A list that must hold as well.
    pub group: Option<Vec<SearchCriteria>>,
}

/// A search as a `q64` carries it, compressed and encoded.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchState {
    /// What is searched: `["groups"]` or `["users"]`.
    pub types: Option<Vec<String>>,
    /// What must hold.
    pub query: Option<Vec<SearchCriteria>>,
    /// Entries on a page.
    pub page_size: Option<i64>,
    /// From 1 on.
    pub page_number: Option<i64>,
    /// The order.
    pub sort_order: Option<SearchOrder>,
    /// The field that orders.
    pub sort_by: Option<String>,
    /// Several orders.
    pub sort: Option<Vec<SearchSort>>,
    /// Which further fields each hit has.
    pub expand: Option<Vec<String>>,
    /// `["guid"]`; not looked at.
    pub return_fields: Option<Vec<String>>,
    /// `QUERY_THEN_FETCH`; not looked at.
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

/// A search that was made before.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SearchQuery {
    /// What stands after `q64=` in a page link of an earlier reply.
    #[schemars(required)]
    pub q64: Option<String>,
    /// Which further fields each hit has; those that none has are not looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expand: Vec<String>,
}

/// One page of what was found. The links are relative; those to pages that are not there are left out.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{T}sSearchResponse")]
pub struct SearchResponse<T> {
    /// How many were found, on all pages together.
    pub total: i64,
    /// How many pages there are.
    pub page_count: i32,
    /// How many a page has at the most.
    pub page_size: i32,
    /// Which page it is.
    pub page_number: i32,
    /// The page before.
    pub previous_page: Option<String>,
    /// This page.
    pub current_page: Option<String>,
    /// The page after.
    pub next_page: Option<String>,
    /// What was searched.
    pub types: Vec<String>,
    /// The hits of the page.
    #[serde_with(skip_apply)]
    #[serde(default = "Vec::new")]
    #[schemars(!default)]
    pub results: Vec<T>,
}
