//! `q64`: a search as one word, for links to further pages. It is URL-safe base64 of gzip of JSON. It gives no rights:
//! its sender sees only what they may see anyway.

use crate::http::json;
use crate::http::refusal::Refusal;
use crate::limits;
use base64::Engine;
use base64::alphabet::URL_SAFE as ALPHABET;
use base64::engine::general_purpose::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use convoke_core::Reason;
use convoke_wire::genesys::SearchState;
use flate2::bufread::{GzDecoder, GzEncoder};
use flate2::{Compression, Crc};
use std::io::Read;

/// Accepts base64 with and without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Encodes a search.
///
/// # Errors
///
/// [`Refusal::Invalid`] if the result would be longer than [`decode`] accepts.
pub(crate) fn encode(state: &SearchState) -> Result<String, Refusal> {
    let json = serde_json::to_vec(state).expect("a search has string keys and no failing values");
    let text = URL_SAFE.encode(compressed(&json));
    if text.len() > limits::Q64_BYTES || json.len() > limits::Q64_INFLATED_BYTES {
        return Err(Refusal::invalid("query", Reason::TooLong { limit: limits::Q64_BYTES }));
    }
    Ok(text)
}

/// JSON up to this length is stored uncompressed: compressing it takes longer than the rest of a short search. Longer
/// searches are rare.
const STORED_BYTES: usize = 1024;

/// A gzip member.
fn compressed(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() <= STORED_BYTES {
        return stored(bytes);
    }
    let mut gzip = GzEncoder::new(bytes, Compression::fast());
    let mut out = Vec::new();
    gzip.read_to_end(&mut out).expect("bytes in memory are read without an error");
    out
}

/// A gzip member (RFC 1952) of one stored block (RFC 1951, section 3.2.4), whose length has 16 bits.
fn stored(bytes: &[u8]) -> Vec<u8> {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    const FINAL_STORED: u8 = 1;
    let length = u16::try_from(bytes.len()).expect("only short searches are stored");
    let mut crc = Crc::new();
    crc.update(bytes);
    let mut out = Vec::with_capacity(bytes.len() + 32);
    out.extend_from_slice(&HEADER);
    out.push(FINAL_STORED);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(bytes);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&u32::from(length).to_le_bytes());
    out
}

/// Decodes a search: with or without padding, in either alphabet of base64, and even if it is still percent-encoded.
///
/// # Errors
///
/// If it is too long, not base64, not exactly one gzip member, inflates to more than [`limits::Q64_INFLATED_BYTES`], or
/// is not the JSON of a search.
pub(crate) fn decode(text: &str) -> Result<SearchState, Refusal> {
    if text.len() > limits::Q64_BYTES {
        return Err(Refusal::invalid("q64", Reason::TooLong { limit: limits::Q64_BYTES }));
    }
    let refuse = |problem: &str| Refusal::Malformed { field: "q64".into(), problem: problem.into() };
    let plain = text.replace("%3D", "=").replace("%3d", "=").replace("%2B", "-").replace("%2F", "_");
    // A plus sign that was not encoded arrives as a space.
    let plain = plain.trim_end().replace(['+', ' '], "-").replace('/', "_");
    let compressed = LENIENT.decode(plain).map_err(|_| refuse("is not base64"))?;
    let mut gzip = GzDecoder::new(compressed.as_slice());
    let mut json = Vec::new();
    let read = gzip.by_ref().take(limits::Q64_INFLATED_BYTES as u64 + 1).read_to_end(&mut json);
    read.map_err(|_| refuse("is not gzip"))?;
    if json.len() > limits::Q64_INFLATED_BYTES {
        return Err(refuse(&format!("inflates to more than {} bytes", limits::Q64_INFLATED_BYTES)));
    }
    if !gzip.into_inner().is_empty() {
        return Err(refuse("has something after its end"));
    }
    json::from_slice(&json).map_err(|refusal| match refusal {
        Refusal::Malformed { field, problem } if field.is_empty() => refuse(&problem),
        Refusal::Malformed { field, problem } => refuse(&format!("{field}: {problem}")),
        other => other,
    })
}

/// The link to the search of these things that the state describes.
///
/// # Errors
///
/// As [`encode`].
pub(super) fn link(things: &str, state: &SearchState) -> Result<String, Refusal> {
    let text = encode(state)?;
    let plain = text.trim_end_matches('=');
    let mut link = String::with_capacity(text.len() + 40);
    for part in ["/api/v2/", things, "/search?q64=", plain] {
        link.push_str(part);
    }
    link.extend(std::iter::repeat_n("%3D", text.len() - plain.len()));
    Ok(link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoke_wire::genesys::SearchCriteria;
    use proptest::prelude::*;

    fn criteria() -> impl Strategy<Value = SearchCriteria> {
        let text = || prop::option::of(any::<String>());
        let texts = || prop::option::of(prop::collection::vec(any::<String>(), 0..3));
        let leaf = (text(), texts(), text(), texts(), text(), text()).prop_map(
            |(kind, fields, value, values, operator, date_format)| SearchCriteria {
                kind: kind.map(Into::into),
                fields,
                value,
                values,
                operator: operator.map(Into::into),
                date_format,
                ..SearchCriteria::default()
            },
        );
        leaf.prop_recursive(6, 40, 4, |inner| {
            (inner.clone(), prop::collection::vec(inner, 0..4))
                .prop_map(|(holder, group)| SearchCriteria { group: Some(group), ..holder })
        })
    }

    fn state() -> impl Strategy<Value = SearchState> {
        let query = prop::option::of(prop::collection::vec(criteria(), 0..4));
        (query, prop::option::of(any::<i64>()), prop::option::of(any::<String>())).prop_map(
            |(query, page_number, sort_by)| SearchState {
                query,
                page_number,
                sort_by: sort_by.map(Into::into),
                ..SearchState::default()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn what_was_written_is_read_again(state in state()) {
            let Ok(text) = encode(&state) else { return Ok(()) };
            for form in [text.clone(), text.trim_end_matches('=').into(), text.replace('=', "%3D"), text.replace('-', "+").replace('_', "/")] {
                prop_assert_eq!(&decode(&form).expect("it was written here"), &state);
            }
        }

        #[test]
        fn anything_else_is_refused_or_read(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(decode(&text));
            drop(decode(&URL_SAFE.encode(&bytes)));
        }
    }

    /// The `q64` in a page link of the vendor's documents has these keys.
    #[test]
    fn keys_are_those_of_the_documents() {
        let json = br#"{"types":["users"],"query":[{"type":"STARTS_WITH","fields":["name"],"value":"a","values":[],"group":[]}],"pageSize":25,"pageNumber":1,"returnFields":["guid"],"aggregations":[]}"#;
        let state = decode(&URL_SAFE.encode(compressed(json))).expect("a published form");
        assert_eq!((state.types, state.page_size), (Some(vec!["users".into()]), Some(25)));
    }

    #[test]
    fn what_is_no_search_is_named() {
        let problem = |text: &str| match decode(text) {
            Err(Refusal::Malformed { field, problem }) => format!("{field} {problem}"),
            other => format!("{other:?}"),
        };
        assert_eq!(problem("*"), "q64 is not base64");
        assert_eq!(problem("AAAA"), "q64 is not gzip");
        assert_eq!(problem(""), "q64 is not gzip");
        let whole = compressed(b"{}");
        assert!(decode(&URL_SAFE.encode(&whole)).is_ok());
        let (_, cut) = whole.split_last().expect("it has bytes");
        assert_eq!(problem(&URL_SAFE.encode(cut)), "q64 is not gzip");
        assert_eq!(problem(&URL_SAFE.encode([&whole, &b"x"[..]].concat())), "q64 has something after its end");
        assert_eq!(problem(&URL_SAFE.encode([&*whole, &whole].concat())), "q64 has something after its end");
        assert_eq!(
            problem(&URL_SAFE.encode(compressed(&vec![b' '; 2 << 20]))),
            "q64 inflates to more than 262144 bytes"
        );
        assert!(
            problem(&URL_SAFE.encode(compressed(b"{"))).starts_with("q64 EOF"),
            "{}",
            problem(&URL_SAFE.encode(compressed(b"{")))
        );
        assert!(
            problem(&URL_SAFE.encode(compressed(br#"{"pageSize":"x"}"#))).starts_with("q64 pageSize: invalid type")
        );
        let deep = format!("{{\"query\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(problem(&URL_SAFE.encode(compressed(deep.as_bytes()))).contains("nested 64 deep"));
        assert!(matches!(decode(&"A".repeat(limits::Q64_BYTES + 1)), Err(Refusal::Invalid { .. })));
    }
}
