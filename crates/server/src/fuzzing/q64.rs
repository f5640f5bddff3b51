//! The fuzz target `q64`: the parameter that contains a search in links.

use crate::api::genesys::q64 as word;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// Decodes a `q64`, encodes the result, and decodes it again. Mutations break checksums, so the bytes are tried as the
/// text, as the gzip in it, and as the JSON in that.
pub fn q64(bytes: &[u8]) -> bool {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let compressed = gzip.write_all(bytes).and_then(|()| gzip.finish()).expect("memory takes it");
    let texts = [String::from_utf8_lossy(bytes).into(), URL_SAFE.encode(bytes), URL_SAFE.encode(compressed)];
    let mut is_understood = false;
    for text in texts {
        let Ok(state) = word::decode(&text) else { continue };
        is_understood = true;
        // An input that was compressed better than here may be too long after encoding.
        if let Ok(written) = word::encode(&state) {
            let read = word::decode(&written).expect("what was written is read");
            assert_eq!(read, state, "read again from {written}");
        }
    }
    is_understood
}
