//! Validation of values from the wire.

use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use crate::secret;
use convoke_core::*;
use convoke_wire::word::Word;

/// A required value.
pub(super) fn required<T>(field: &'static str, value: Option<T>) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::invalid(field, Reason::Missing))
}

/// The result of a check, with the field's name in the refusal.
pub(super) fn checked<T>(field: &'static str, result: Result<T, Reason>) -> Result<T, Refusal> {
    result.map_err(|reason| Refusal::invalid(field, reason))
}

/// The value of a word, in any case.
pub(super) fn word<W: Word, T>(
    field: &'static str,
    word: &W,
    words: &'static [&'static str],
    meaning: fn(W) -> Option<T>,
) -> Result<T, Refusal> {
    let meaning = W::parse(word.as_str().trim()).and_then(meaning);
    meaning.ok_or_else(|| Refusal::invalid(field, Problem::NotOneOf(words)))
}

/// The id of a group. The scale unit at the end of Kaizala's ids, as in `…@2`, is ignored.
pub(super) fn group_id(text: &str) -> Result<GroupId, Refusal> {
    let id = match text.rsplit_once('@') {
        Some((id, unit)) if !unit.is_empty() && unit.bytes().all(|byte| byte.is_ascii_digit()) => id,
        _ => text,
    };
    GroupId::parse(id).ok_or_else(|| Fault::not_found(Kind::Group, text).into())
}

/// The id of a person. `kind` is the kind in the refusal of an unknown id.
pub(super) fn person_id(kind: Kind, id: &str) -> Result<PersonId, Refusal> {
    PersonId::parse(id).ok_or_else(|| Fault::not_found(kind, id).into())
}

/// A phone number.
pub(super) fn phone(field: &'static str, text: &str) -> Result<Phone, Refusal> {
    checked(field, Phone::new(text))
}

/// People by their numbers. For each, there is a random id in case the person must be created.
pub(super) fn numbers(field: &'static str, numbers: Option<Vec<String>>) -> Result<Vec<Mention>, Refusal> {
    let numbers = bounded(field, numbers)?;
    let mention = |(at, number): (usize, &String)| {
        let phone = Phone::new(number).map_err(|reason| Refusal::invalid(format!("{field}[{at}]"), reason))?;
        Ok(Mention::Phone(phone, PersonId(secret::new_id())))
    };
    numbers.iter().enumerate().map(mention).collect()
}

/// People by their ids.
pub(super) fn ids(field: &'static str, ids: Option<Vec<String>>) -> Result<Vec<Mention>, Refusal> {
    let ids = bounded(field, ids)?;
    ids.iter().map(|id| person_id(Kind::Person, id).map(Mention::Id)).collect()
}

fn bounded(field: &'static str, list: Option<Vec<String>>) -> Result<Vec<String>, Refusal> {
    let (list, limit) = (list.unwrap_or_default(), limits::PHONES);
    if list.len() > limit { Err(Refusal::invalid(field, Reason::TooMany { limit })) } else { Ok(list) }
}
