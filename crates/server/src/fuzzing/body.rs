//! The fuzz target `body`: request bodies as Kaizala's clients write them, and paths.

use crate::api::kaizala::{canonical, groups};
use crate::http::json;
use convoke_wire::kaizala::GroupCreate;

/// Parses the bytes as JSON, as JSON5, as a new group, and as a path. Returns whether they are a group.
pub fn body(bytes: &[u8]) -> bool {
    let (strict, loose) = json::both(bytes);
    // Numbers may differ: one parser reads -0 as a fraction, the other as a whole number.
    assert!(strict.is_none() || loose.is_some() || bytes.trim_ascii().is_empty(), "what is JSON is JSON5 as well");
    if let Some(loose) = loose {
        let (strict, _) = json::both(loose.to_string().as_bytes());
        assert_eq!(strict, Some(loose), "what was read as JSON5 can be written as JSON");
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(name) = canonical(text)
    {
        assert_eq!(canonical(&name), Some(name.clone()), "a path of the table is itself");
    }
    json::relaxed_from_slice::<GroupCreate>(bytes).is_ok_and(|group| groups::create(group, None).is_ok())
}
