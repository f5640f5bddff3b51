//! Conversion of the paths that clients of Kaizala send to the paths of the router.
//!
//! Some clients append `/v1/groups` to an endpoint URL that ends in a slash, and send `//v1/groups`. Some omit the
//! version. The documents themselves spell `subGroups` in two ways. Kaizala accepted all of these, and so does this
//! server.

use convoke_wire::kaizala;
use std::borrow::Cow;
use std::iter;
use std::sync::LazyLock;

/// A path of the API without an endpoint, so that the router refuses it in the format of the API.
const NOWHERE: &str = "/v1";

/// The segments of each path in the table, without the version. A test checks that no request's path matches two of
/// them.
static SHAPES: LazyLock<Vec<Vec<&'static str>>> = LazyLock::new(|| {
    let mut shapes: Vec<Vec<&str>> =
        kaizala::endpoints().iter().map(|endpoint| endpoint.path.split('/').skip(2).collect()).collect();
    shapes.sort_unstable();
    shapes.dedup();
    shapes
});

/// The path of the table for a request's path. `None` if it belongs to the other API.
///
/// A path belongs to this API if it begins with `v1`, or with a segment that follows `v1` in a path of the table. Empty
/// segments and case are ignored, except in parameters, which stay as they are, because the router decodes them. A path
/// without an endpoint becomes [`NOWHERE`].
pub(crate) fn canonical(path: &str) -> Option<Cow<'_, str>> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty()).peekable();
    let versioned = segments.next_if(|first| first.eq_ignore_ascii_case("v1")).is_some();
    let Some(shape) = SHAPES.iter().find(|shape| fits(shape, segments.clone())) else {
        let first = segments.peek().copied().unwrap_or_default();
        let known = SHAPES.iter().any(|shape| fits(shape.get(..1).unwrap_or_default(), iter::once(first)));
        return (versioned || known).then_some(Cow::Borrowed(NOWHERE));
    };
    let named = shape.iter().zip(segments).map(|(name, segment)| if is_parameter(name) { segment } else { name });
    let pieces = iter::once("v1").chain(named).flat_map(|segment| ["/", segment]);
    if pieces.clone().flat_map(str::bytes).eq(path.bytes()) {
        return Some(Cow::Borrowed(path));
    }
    Some(Cow::Owned(pieces.collect()))
}

fn fits<'p>(shape: &[&str], mut segments: impl Iterator<Item = &'p str>) -> bool {
    let fits =
        |name: &&str| segments.next().is_some_and(|segment| is_parameter(name) || segment.eq_ignore_ascii_case(name));
    shape.iter().all(fits) && segments.next().is_none()
}

fn is_parameter(name: &str) -> bool {
    name.starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoke_wire::{genesys, oauth, operator};

    fn check(paths: &[&str], expected: Option<&str>) {
        for path in paths {
            assert_eq!(canonical(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn known_paths_are_found_however_they_are_written() {
        check(
            &[
                "/v1/groups",
                "/groups",
                "/v1/groups/",
                "//v1/groups",
                "/v1//groups",
                "/V1/GROUPS",
                "//Groups//",
                "groups",
            ],
            Some("/v1/groups"),
        );
        check(
            &["/v1/groups/Ab@1", "/groups/Ab@1", "/v1/GROUPS//Ab@1/", "//v1//groups//Ab@1//"],
            Some("/v1/groups/Ab@1"),
        );
        check(
            &["/v1/groups/a/subGroups", "/groups/a/subgroups", "/V1//Groups/a/SUBGROUPS", "/v1/groups/a/subGroups/"],
            Some("/v1/groups/a/subGroups"),
        );
        check(&["/groups/a/SubGroups/B", "/v1/groups/a/subgroups/B/"], Some("/v1/groups/a/subGroups/B"));
        check(&["/v1/groups/a/members", "/groups//a//Members"], Some("/v1/groups/a/members"));
        check(&["/groups/a/MEMBERS/Members"], Some("/v1/groups/a/members/Members"));
        check(&["/groups/a/Subscribers"], Some("/v1/groups/a/subscribers"));
        check(&["/groups/a/subscribers/ADD", "//v1/groups/a/subscribers/add"], Some("/v1/groups/a/subscribers/add"));
        check(&["/groups/a/Subscribers/Remove"], Some("/v1/groups/a/subscribers/remove"));
        check(&["/v1/users/me", "/Users/Me", "//v1//users//me//"], Some("/v1/users/me"));
        check(&["/v1/accessToken", "/accesstoken", "//V1/ACCESSTOKEN/"], Some("/v1/accessToken"));
        check(&["/v1/generatePin", "/GeneratePIN"], Some("/v1/generatePin"));
        check(&["/loginwithpinandapplicationid"], Some("/v1/loginWithPinAndApplicationId"));
    }

    #[test]
    fn parameters_stay_as_they_came() {
        for id in ["a%401", "A%2Fb", "%2e%2e", "..", "{groupId}", "v1", "GROUPS", "a;b=c", "ä", "%00", "%"] {
            let expected = format!("/v1/groups/{id}/members/{id}");
            check(&[&expected, &format!("/Groups/{id}//Members/{id}/")], Some(&expected));
        }
    }

    #[test]
    fn paths_that_no_endpoint_has_lead_nowhere() {
        check(
            &[
                "/v1",
                "/V1//",
                "/v1/v1/groups",
                "/v1/api/v2/groups",
                "/v1/groupsx",
                "/v1/gr%6Fups",
                "/v1/tenant/findGroupsByQuery",
                "/v1/groups/a/bot",
                "/v1/groups/a/subscribers/b",
                "/v1/groups/a/members/b/c",
                "/groups/a/b",
                "/users",
                "/users/you",
                "/Users/me/groups",
                "/accessToken/a",
                "/generatePin/a/b",
            ],
            Some(NOWHERE),
        );
        assert!(kaizala::endpoints().iter().all(|endpoint| endpoint.path != NOWHERE));
    }

    #[test]
    fn paths_of_others_are_left_alone() {
        check(
            &[
                "",
                "/",
                "//",
                "*",
                "/api/v2/groups",
                "/api/v1/groups",
                "/operator/organisations",
                "/oauth/token",
                "/token",
                "/openapi/genesys.json",
                "/openapi/kaizala.json",
                "/health/live",
                "/metrics",
                "/groupsx",
                "/group",
                "/v2/groups",
                "/v1x/groups",
                "/v%31/groups",
                "/me",
                "/{groupId}",
            ],
            None,
        );
        check(&oauth::TOKEN_PATHS, None);
        for endpoint in genesys::endpoints().into_iter().chain(operator::endpoints()) {
            check(&[endpoint.path], None);
        }
    }

    #[test]
    fn each_path_of_the_table_is_itself_and_copied_only_where_it_differs() {
        for endpoint in kaizala::endpoints() {
            assert!(matches!(canonical(endpoint.path), Some(Cow::Borrowed(path)) if path == endpoint.path));
            let versionless = endpoint.path.trim_start_matches("/v1");
            check(&[versionless, &format!("/{}/", endpoint.path)], Some(endpoint.path));
        }
    }

    #[test]
    fn no_path_is_of_two_shapes() {
        for (at, shape) in SHAPES.iter().enumerate() {
            for other in SHAPES.iter().skip(at + 1) {
                let both = |(a, b): (&&str, &&str)| is_parameter(a) || is_parameter(b) || a.eq_ignore_ascii_case(b);
                assert!(shape.len() != other.len() || !shape.iter().zip(other).all(both), "{shape:?} {other:?}");
            }
        }
    }
}
