//! Validation of values from the wire.

use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use convoke_core::*;
use convoke_wire::genesys as wire;
use convoke_wire::word::Word;

/// A required value.
pub(super) fn required<T>(field: &'static str, value: Option<T>) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::invalid(field, Reason::Missing))
}

/// The result of a check, with the field's name in the refusal.
pub(super) fn checked<T>(field: &'static str, result: Result<T, Reason>) -> Result<T, Refusal> {
    result.map_err(|reason| Refusal::invalid(field, reason))
}

/// A name, if it is given.
pub(super) fn name(field: &'static str, text: Option<String>) -> Result<Option<Name>, Refusal> {
    text.map(|text| checked(field, Name::new(&text))).transpose()
}

/// A line, if it is given. A blank one clears.
pub(super) fn line(field: &'static str, text: Option<String>) -> Result<Update<Line>, Refusal> {
    let Some(text) = text else { return Ok(Update::Keep) };
    checked(field, Line::optional(&text)).map(Update::to)
}

/// A text, if it is given. A blank one clears.
pub(super) fn prose(field: &'static str, text: Option<String>) -> Result<Update<Prose>, Refusal> {
    let Some(text) = text else { return Ok(Update::Keep) };
    checked(field, Prose::optional(&text)).map(Update::to)
}

/// A line in an object that is replaced as a whole. Blank means absent.
pub(super) fn part(field: &'static str, text: Option<String>) -> Result<Option<Line>, Refusal> {
    line(field, text).map(Update::set)
}

/// Lines, without blank ones.
pub(super) fn lines(field: &'static str, texts: Option<Vec<String>>) -> Result<Option<Vec<Line>>, Refusal> {
    let Some(texts) = texts else { return Ok(None) };
    let lines: Result<Vec<_>, _> = texts.iter().map(|text| checked(field, Line::optional(text))).collect();
    Ok(Some(lines?.into_iter().flatten().collect()))
}

/// The value of a word, in any case. Blank means absent.
pub(super) fn word<W: Word, T>(
    field: &'static str,
    word: Option<W>,
    meaning: fn(W) -> Option<T>,
    words: &'static [&'static str],
) -> Result<Option<T>, Refusal> {
    let Some(word) = word.filter(|word| !word.as_str().trim().is_empty()) else { return Ok(None) };
    let word = W::parse(word.as_str().trim()).unwrap_or(word);
    meaning(word).map(Some).ok_or_else(|| Refusal::invalid(field, Problem::NotOneOf(words)))
}

/// A number from 0 to the greatest `int32`.
pub(super) fn number(field: &'static str, number: Option<i64>) -> Result<Option<u32>, Refusal> {
    let max = i32::MAX as u32;
    let within = |number: i64| u32::try_from(number).ok().filter(|number| *number <= max);
    let Some(number) = number else { return Ok(None) };
    within(number).map(Some).ok_or_else(|| Refusal::invalid(field, Problem::OutOfRange { min: 0, max }))
}

/// Ids of people, without blank ones. An invalid id counts as unknown.
pub(super) fn person_ids(field: &'static str, ids: Vec<String>, limit: usize) -> Result<Vec<PersonId>, Refusal> {
    self::ids(field, ids, limit, person_id)
}

/// Ids of groups, without blank ones. An invalid id counts as unknown.
pub(super) fn group_ids(field: &'static str, ids: Vec<String>, limit: usize) -> Result<Vec<GroupId>, Refusal> {
    self::ids(field, ids, limit, group_id)
}

fn ids<T>(
    field: &'static str,
    ids: Vec<String>,
    limit: usize,
    id: fn(&str) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let ids: Vec<String> = ids.into_iter().filter(|id| !id.trim().is_empty()).collect();
    if ids.len() > limit {
        return Err(Refusal::invalid(field, Reason::TooMany { limit }));
    }
    ids.iter().map(|text| id(text)).collect()
}

/// The id of a person.
pub(super) fn person_id(id: &str) -> Result<PersonId, Refusal> {
    PersonId::parse(id).ok_or_else(|| Fault::not_found(Kind::Person, id).into())
}

/// The id of a group.
pub(super) fn group_id(id: &str) -> Result<GroupId, Refusal> {
    GroupId::parse(id).ok_or_else(|| Fault::not_found(Kind::Group, id).into())
}

/// The id of a skill of a kind.
pub(super) fn skill_id(kind: SkillKind, id: &str) -> Result<SkillId, Refusal> {
    SkillId::parse(id).ok_or_else(|| Fault::not_found(kind.into(), id).into())
}

/// A proficiency.
pub(super) fn proficiency(number: Option<f64>) -> Result<Proficiency, Refusal> {
    checked("proficiency", Proficiency::new(required("proficiency", number)?))
}

/// Pictures.
pub(super) fn images(images: Option<Vec<wire::Image>>) -> Result<Option<Vec<Image>>, Refusal> {
    let Some(images) = images else { return Ok(None) };
    let image = |image: wire::Image| {
        Ok(Image {
            resolution: part("images.resolution", image.resolution)?,
            uri: required("images.imageUri", part("images.imageUri", image.image_uri)?)?,
        })
    };
    images.into_iter().map(image).collect::<Result<_, Refusal>>().map(Some)
}
