//! Secrets: made from the system's randomness, kept as hashes.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use uuid::Uuid;

/// 256 random bits, written in 43 characters of the URL-safe base64 alphabet.
pub(crate) fn random_text() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random::<32>())
}

/// A random UUID (version 4).
pub(crate) fn random_id() -> Uuid {
    uuid::Builder::from_random_bytes(random()).into_uuid()
}

/// A random number of a range, each as likely as any other.
pub(crate) fn random_number(range: std::ops::RangeInclusive<u32>) -> u32 {
    let n_values = u64::from(range.end() - range.start()) + 1;
    // Of so many values that the remainder makes no difference.
    let number = u128::from_ne_bytes(random()) % u128::from(n_values);
    range.start() + number as u32
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("a system that gives no randomness cannot run a server");
    bytes
}

/// The hash of a secret, in PHC string format: Argon2id with 19 MiB and two passes. Some secrets
/// are chosen by people, so guessing has to be slow.
pub(crate) fn hash(secret: &str) -> Box<str> {
    let hash = Argon2::default().hash_password(secret.as_bytes());
    hash.expect("the default parameters are valid, and any text can be hashed").to_string().into()
}

/// Whether the secret is the one that was hashed. Without a hash the work is done all the same, so
/// that an unknown client takes as long to refuse as a wrong secret.
pub(crate) fn verify(secret: &str, hash: Option<&str>) -> bool {
    static NOBODY: LazyLock<Box<str>> = LazyLock::new(|| self::hash("nobody's"));
    let known = hash.is_some();
    let Ok(hash) = PasswordHash::new(hash.unwrap_or(&NOBODY)) else { return false };
    Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok() && known
}

/// What a token is known by.
pub(crate) fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_that_was_hashed_is_right() {
        let held = hash("open sesame");
        assert!(verify("open sesame", Some(&held)));
        assert!(!verify("open sesamf", Some(&held)) && !verify("nobody's", None));
        assert!(!held.contains("sesame") && held.starts_with("$argon2id$"));
    }

    #[test]
    fn random_texts_differ_and_have_256_bits() {
        assert_ne!(random_text(), random_text());
        assert_eq!(random_text().len(), 43);
    }
}
