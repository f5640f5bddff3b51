//! URLs of endpoints, with their parameters.

use crate::config::ConfigError;
use crate::error::Error;
use convoke_wire::Endpoint;
use reqwest::Url;
use serde::Serialize;
use serde_json::{Map, Value};
use std::net::IpAddr;

/// Parses the base URL, to which paths are appended.
pub(crate) fn parse_base(text: &str) -> Result<Url, ConfigError> {
    let advice = "write it as https://directory.example.org";
    // The text before an @ may be a password.
    let shown = if text.contains('@') { "what was given".into() } else { format!("{text:?}") };
    if let Some(whole) = without_scheme(text) {
        return Err(ConfigError(format!("{text:?} lacks http:// or https:// in front; write it as {whole}")));
    }
    let url = Url::parse(text).map_err(|error| ConfigError(format!("{shown} is no URL: {error}; {advice}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(ConfigError(format!("{shown} is no address of a server; {advice}")));
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigError(format!("the URL of a server has no user, query or fragment; {advice}")));
    }
    Ok(url)
}

/// The URL for a host without a scheme, with an optional port and path. The scheme is http for the local machine, which
/// rarely has a certificate, and https otherwise.
fn without_scheme(text: &str) -> Option<String> {
    if text.contains("://") || text.contains('@') {
        return None;
    }
    let url = Url::parse(&format!("http://{text}")).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    let is_local = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    Some(format!("{}://{text}", if is_local { "http" } else { "https" }))
}

/// Appends a path without parameters to a base URL.
pub(crate) fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

/// The URL of an endpoint with these parameters.
pub(crate) fn of<E: Endpoint>(base: &Url, path: &E::Path, query: &E::Query) -> Result<Url, Error> {
    with_parameters(base, E::PATH, &fields(path), &fields(query))
}

fn with_parameters(
    base: &Url,
    path: &str,
    parameters: &Map<String, Value>,
    query: &Map<String, Value>,
) -> Result<Url, Error> {
    let mut url = base.clone();
    let mut segments = url.path_segments_mut().expect("a base is http or https, which have paths");
    segments.pop_if_empty();
    for part in path.split('/').skip(1) {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            segments.push(part);
            continue;
        };
        let value = parameters.get(name).map(text).unwrap_or_default();
        // These values would change the path, even if they were percent-encoded.
        if matches!(&*value, "" | "." | "..") {
            return Err(Error::InvalidArgument { name: name.into(), problem: format!("is {value:?}, which is no id") });
        }
        segments.push(&value);
    }
    drop(segments);
    for (key, value) in query {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let texts: Vec<String> = values.iter().filter(|value| !value.is_null()).map(text).collect();
        if !texts.is_empty() {
            // Lists are joined by commas, as in the newer SDKs.
            url.query_pairs_mut().append_pair(key, &texts.join(","));
        }
    }
    Ok(url)
}

fn fields(parameters: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(parameters) {
        Ok(Value::Object(fields)) => fields,
        _ => unreachable!("parameters are structs of texts, numbers and lists"),
    }
}

/// A parameter as text.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoke_wire::Nothing;
    use convoke_wire::genesys::*;

    fn group(id: &str) -> GroupPath {
        GroupPath { group_id: id.into() }
    }

    #[test]
    fn parameters_go_where_they_belong_and_mean_nothing_else() {
        let base = parse_base("http://h:1/base/").expect("a base");
        let expand = vec![UserExpand::Skills, UserExpand::Groups];
        for (query, expected) in [
            (MembersQuery::default(), ""),
            (
                MembersQuery { page_size: Some(5), effective: Some(true), ..Default::default() },
                "?pageSize=5&effective=true",
            ),
            (MembersQuery { expand, ..Default::default() }, "?expand=skills%2Cgroups"),
        ] {
            let url = of::<GetGroupMembers>(&base, &group("a/b c%?"), &query).expect("an address");
            assert_eq!(url.as_str(), format!("http://h:1/base/api/v2/groups/a%2Fb%20c%25%3F/members{expected}"));
        }
        let base = parse_base("http://h").expect("a base");
        let ids = SubgroupIdsQuery { ids: Some(vec!["a&b".into(), "c".into()]) };
        let url = of::<DeleteGroupSubgroups>(&base, &group("g"), &ids).expect("an address");
        assert_eq!(url.as_str(), "http://h/api/v2/groups/g/subgroups?ids=a%26b%2Cc");
    }

    #[test]
    fn an_id_that_would_lead_elsewhere_is_refused_by_name() {
        let base = parse_base("http://h").expect("a base");
        for id in ["", ".", ".."] {
            let error = of::<GetGroup>(&base, &group(id), &Nothing {}).expect_err("an error");
            assert_eq!(error.to_string(), format!("groupId is {id:?}, which is no id"));
        }
    }

    #[test]
    fn a_base_is_a_server_and_may_have_a_path() {
        for (text, expected) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/oauth/token"),
            ("https://gateway.example.org/login", "https://gateway.example.org/login/oauth/token"),
            ("https://gateway.example.org/login/", "https://gateway.example.org/login/oauth/token"),
        ] {
            assert_eq!(parse_base(text).map(|base| join(&base, "/oauth/token").into()), Ok(expected.to_owned()));
        }
        for (text, whole) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("[::1]:8080", "http://[::1]:8080"),
            ("localhost:8080/base", "http://localhost:8080/base"),
            ("directory.example.org", "https://directory.example.org"),
        ] {
            let error = parse_base(text).expect_err("an error").to_string();
            assert_eq!(error, format!("{text:?} lacks http:// or https:// in front; write it as {whole}"));
        }
        let with_secrets = ["http://me:secret@h", "ftp://me:secret@h", "me:secret@h", "http://me:secret@:8080"];
        let others = ["127.0.0.1:8080", "mailto:h", "ftp://h", "http://h?x=1", "http://h#x", ""];
        for text in with_secrets.into_iter().chain(others) {
            let error = parse_base(text).expect_err("an error").to_string();
            assert!(error.contains("write it as") && !error.contains("me:secret"), "{text}: {error}");
        }
    }
}
