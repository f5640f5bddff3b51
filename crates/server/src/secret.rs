//! Secrets: generated from the random numbers of the system, stored as hashes.

use crate::clock::now;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// 256 random bits, written in 43 characters of the URL-safe base64 alphabet.
pub(crate) fn random_text() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random::<32>())
}

/// A new secret, and the hash that is stored.
pub(crate) fn new() -> (String, Box<str>) {
    let text = random_text();
    let hash = hash_made(&text);
    (text, hash)
}

/// A random UUID (version 4).
pub(crate) fn random_id() -> Uuid {
    uuid::Builder::from_random_bytes(random()).into_uuid()
}

/// A new id of a person, group or skill: the time in the first 48 bits, then 74 random bits. Rows of new things then lie
/// together at the end of their tables. With random ids each row of an import is on a page of its own. The id says that
/// it is of version 4 all the same, because a client may check for that.
pub(crate) fn new_id() -> Uuid {
    let of_time = uuid::Builder::from_unix_timestamp_millis(now().0.unsigned_abs(), &random());
    of_time.with_version(uuid::Version::Random).into_uuid()
}

/// A uniformly distributed random number in this range.
pub(crate) fn random_number(range: std::ops::RangeInclusive<u32>) -> u32 {
    let n_values = u64::from(range.end() - range.start()) + 1;
    // With 128 random bits, the bias of the remainder is negligible.
    let number = u128::from_ne_bytes(random()) % u128::from(n_values);
    range.start() + number as u32
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("a system that gives no randomness cannot run a server");
    bytes
}

/// The hash function of chosen secrets: Argon2id with 19 MiB and two passes. A chosen secret can be guessed, so each
/// guess must be slow.
fn argon2() -> Argon2<'static> {
    Argon2::default()
}

/// The hash of a secret that a person chose, in PHC string format.
pub(crate) fn hash_chosen(secret: &str) -> Box<str> {
    let hash = argon2().hash_password(secret.as_bytes());
    hash.expect("the default parameters are valid, and any text can be hashed").to_string().into()
}

/// The hash of a secret that [`random_text`] generated: `$sha256$v=1$SALT$HASH`, both in base64 without padding. Nobody
/// can guess 256 random bits, so a fast hash is enough. Each hash has its own random salt, so two hashes of one secret
/// differ.
pub(crate) fn hash_made(secret: &str) -> Box<str> {
    let salt = random::<SALT_BYTES>();
    let hash = salted(&salt, secret);
    format!("{MADE}{}${}", BASE64_STANDARD_NO_PAD.encode(salt), BASE64_STANDARD_NO_PAD.encode(hash)).into()
}

/// The prefix of the hashes of [`hash_made`].
const MADE: &str = "$sha256$v=1$";
/// Bytes of a salt.
const SALT_BYTES: usize = 16;

fn salted(salt: &[u8], secret: &str) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(secret.as_bytes()).finalize().into()
}

/// The cost of comparing a secret with a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Microseconds: the server generated the secret.
    Small,
    /// 19 MiB and about 20 ms of a core: a person chose the secret, or an earlier version hashed it.
    Large,
}

/// The cost of comparing a secret with this hash.
pub(crate) fn cost(hash: &str) -> Cost {
    if hash.starts_with(MADE) { Cost::Small } else { Cost::Large }
}

/// Whether the secret is the one that was hashed. Hashes are compared in constant time.
pub(crate) fn verify(secret: &str, hash: &str) -> bool {
    match hash.strip_prefix(MADE) {
        Some(made) => {
            let Some((salt, hash)) = made.split_once('$') else { return false };
            let decode = |text| BASE64_STANDARD_NO_PAD.decode(text).ok();
            let Some((salt, hash)) = decode(salt).zip(decode(hash)) else { return false };
            salted(&salt, secret).ct_eq(hash.as_slice()).into()
        }
        None => {
            let Ok(hash) = PasswordHash::new(hash) else { return false };
            argon2().verify_password(secret.as_bytes(), &hash).is_ok()
        }
    }
}

/// The hash under which a token is stored.
pub(crate) fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_ids_begin_with_the_time() {
        let before = now().0;
        let ids: Vec<Uuid> = (0..100).map(|_| new_id()).collect();
        for id in &ids {
            let millis = (id.as_u128() >> 80) as i64;
            assert!((before..=now().0).contains(&millis) && id.get_version_num() == 4, "{id}");
        }
        let different: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(different.len(), ids.len());
    }

    #[test]
    fn only_the_secret_that_was_hashed_is_right() {
        for (held, cost_of_one, prefix) in [
            (hash_chosen("open sesame"), Cost::Large, "$argon2id$"),
            (hash_made("open sesame"), Cost::Small, "$sha256$v=1$"),
        ] {
            assert!(verify("open sesame", &held));
            for wrong in ["open sesamf", "open sesame ", "open", ""] {
                assert!(!verify(wrong, &held), "{wrong:?}");
            }
            assert!(!held.contains("sesame") && held.starts_with(prefix));
            assert_eq!(cost(&held), cost_of_one);
        }
        assert_ne!(hash_made("x"), hash_made("x"), "each has its own salt");
    }

    #[test]
    fn a_broken_hash_is_nobodys() {
        let held = hash_made("x");
        let short = held.get(..held.len() - 1).expect("ASCII");
        for broken in ["", "$", "$sha256$v=1$", "$sha256$v=1$$", "$sha256$v=2$AA$AA", "$argon2id$", "hash", short] {
            assert!(!verify("x", broken) && !verify("", broken), "{broken:?}");
        }
    }

    /// Stores contain hashes of earlier versions, which must stay valid.
    #[test]
    fn a_hash_of_an_earlier_version_is_understood() {
        let held = "$argon2id$v=19$m=19456,t=2,p=1$2B5HUhRBxRkNUvG0Emb7Gg$cGb5rgJCSnz99d2K5cFXbHZMYG2AeotrwXTFPze3dZw";
        assert!(verify("open sesame", held) && !verify("open sesamf", held));
    }

    #[test]
    fn random_texts_differ_and_have_256_bits() {
        assert_ne!(random_text(), random_text());
        assert_eq!(random_text().len(), 43);
    }
}
