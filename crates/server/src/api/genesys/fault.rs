//! Refusals in the format of Genesys Cloud: its codes and statuses, and a body that names what is wrong.

use crate::http::problem::Problem;
use crate::http::refusal::{Refusal, TokenProblem};
use crate::http::response::ApiResponse;
use crate::limits;
use convoke_core::{Conflict, Fault, Field, Kind, Permission, Permissions, Reason};
use convoke_wire::genesys::{Detail, ErrorBody, Limit};
use http::StatusCode;
use uuid::Uuid;

/// Renders a refusal.
pub(crate) fn render(refusal: &Refusal, id: Uuid) -> ApiResponse {
    let (status, body) = body(refusal, name);
    ApiResponse::json(status, &ErrorBody { context_id: Some(id.to_string()), ..body })
}

/// Status and body of a refusal. `names` returns the name of a value in the request.
pub(super) fn body(refusal: &Refusal, names: fn(Field) -> &'static str) -> (StatusCode, ErrorBody) {
    match refusal {
        Refusal::Fault(fault) => of_fault(fault, names),
        Refusal::Invalid { field, problem } => invalid(field, problem),
        Refusal::Malformed { field, problem } => {
            let message = if field.is_empty() { "the body: {problem}" } else { "{field}: {problem}" };
            let values = [("field", field.as_str()), ("problem", problem)];
            let (status, mut body) = plain(StatusCode::BAD_REQUEST, "bad.request", message, &values);
            name_field(&mut body, field);
            (status, body)
        }
        Refusal::TooLarge { limit: bytes } => {
            let limit = bytes.to_string();
            let (status, mut body) = plain(
                StatusCode::PAYLOAD_TOO_LARGE,
                "request.entity.too.large",
                "the body must have at most {limit} bytes",
                &[("limit", &limit)],
            );
            body.limit = Some(bound("request.body.bytes", *bytes as i64));
            (status, body)
        }
        Refusal::MediaType(wanted) => plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported.media.type",
            "the body must be {type}, and not compressed",
            &[("type", wanted)],
        ),
        Refusal::Slow => {
            let limit = limits::BODY_TIME.as_secs().to_string();
            plain(
                StatusCode::REQUEST_TIMEOUT,
                "request.timeout",
                "the body did not come within {limit} seconds",
                &[("limit", &limit)],
            )
        }
        Refusal::Token(TokenProblem::Absent) => plain(
            StatusCode::UNAUTHORIZED,
            "authentication.required",
            "no authentication bearer token specified in the Authorization header",
            &[],
        ),
        Refusal::Token(TokenProblem::Unknown | TokenProblem::OfOtherApi)
        | Refusal::RefreshToken
        | Refusal::SignIn(_) => plain(StatusCode::UNAUTHORIZED, "bad.credentials", "invalid login credentials", &[]),
        Refusal::Token(TokenProblem::Expired) => {
            plain(StatusCode::UNAUTHORIZED, "credentials.expired", "the access token has expired", &[])
        }
        Refusal::RateLimited { retry_after } => plain(
            StatusCode::TOO_MANY_REQUESTS,
            "too.many.requests",
            "rate limit exceeded; retry the request in [{seconds}] seconds",
            &[("seconds", &retry_after.to_string())],
        ),
        Refusal::TooManyPeople { limit, retry_after } => plain(
            StatusCode::TOO_MANY_REQUESTS,
            "too.many.requests",
            "the connector may create [{limit}] people a day; retry the request in [{seconds}] seconds",
            &[("limit", &limit.to_string()), ("seconds", &retry_after.to_string())],
        ),
        Refusal::NoPath => plain(StatusCode::NOT_FOUND, "not.found", "there is nothing at this path", &[]),
        Refusal::NoMethod => plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "method.not.allowed",
            "the path does not have this method; the Allow header has those that it has",
            &[],
        ),
        Refusal::OtherStore(what) => plain(StatusCode::NOT_IMPLEMENTED, "not.implemented", what, &[]),
        Refusal::Failed(cause) if cause.leaves_open => plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "service.unavailable",
            "the server does not know whether the change was made; repeat it with the same Idempotency-Key, or look first",
            &[],
        ),
        Refusal::Busy(_) | Refusal::Failed(_) => plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "service.unavailable",
            "the server cannot take the request now; nothing was changed, retry later",
            &[],
        ),
        Refusal::TookTooLong => {
            let limit = limits::LONG_TIME.as_secs();
            let (status, mut body) = plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "service.unavailable",
                "the request took longer than {limit} seconds and was ended; ask for less, or retry later",
                &[("limit", &limit.to_string())],
            );
            body.limit = Some(bound("request.seconds", limit as i64));
            (status, body)
        }
        Refusal::TooManyWait => {
            let limit = limits::LONG_WAITING.to_string();
            let (status, mut body) = plain(
                StatusCode::TOO_MANY_REQUESTS,
                "too.many.requests",
                "{limit} long requests of this client wait for their turn already; retry when some are answered",
                &[("limit", &limit)],
            );
            body.limit = Some(bound("requests.waiting", limits::LONG_WAITING as i64));
            (status, body)
        }
        Refusal::Running(what) => plain(
            StatusCode::CONFLICT,
            "general.conflict",
            "the server does one {what} at a time, and does one now; retry when it has ended",
            &[("what", what)],
        ),
        Refusal::Broken(_) => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal.server.error",
            "the request failed inside the server; its log has more under the context id",
            &[],
        ),
    }
}

fn of_fault(fault: &Fault, names: fn(Field) -> &'static str) -> (StatusCode, ErrorBody) {
    match fault {
        Fault::Unauthenticated => plain(
            StatusCode::UNAUTHORIZED,
            "bad.credentials",
            "the client, or the user it stands for, is not active",
            &[],
        ),
        Fault::MissingPermission(needs) => {
            let names: Vec<_> = needs.iter().map(Permission::name).collect();
            let (code, message) = if names.len() == 1 {
                (
                    "missing.permissions",
                    "unable to perform the requested action: the permission [{permissions}] is missing",
                )
            } else {
                (
                    "missing.any.permissions",
                    "unable to perform the requested action: one of the permissions [{permissions}] is needed",
                )
            };
            plain(StatusCode::FORBIDDEN, code, message, &[("permissions", &names.join(", "))])
        }
        Fault::NotAllowed(Permissions::NONE) => {
            plain(StatusCode::FORBIDDEN, "not.authorized", "the caller may not do this, whatever its permissions", &[])
        }
        Fault::NotAllowed(needs) => {
            let names: Vec<_> = needs.iter().map(Permission::name).collect();
            plain(
                StatusCode::FORBIDDEN,
                "not.authorized",
                "this is for owners and for holders of [{permissions}]",
                &[("permissions", &names.join(", "))],
            )
        }
        Fault::NotAPerson => {
            plain(StatusCode::BAD_REQUEST, "not.a.user", "the token belongs to a client, which stands for no user", &[])
        }
        Fault::NotFound { kind, id } => {
            let (status, mut body) = plain(
                StatusCode::NOT_FOUND,
                "general.resource.not.found",
                "the {entity} [{id}] does not exist",
                &[("entity", entity(*kind)), ("id", id)],
            );
            body.details.push(Detail { entity_id: Some(id.clone()), ..Detail::default() });
            (status, body)
        }
        Fault::Conflict(conflict) => of_conflict(conflict),
        Fault::Invalid { field, reason } => invalid(names(*field), &reason.clone().into()),
    }
}

/// Status and body for an invalid value.
fn invalid(field: &str, problem: &Problem) -> (StatusCode, ErrorBody) {
    let code = match problem {
        Problem::NotOneOf(words) if field == "type" && words.contains(&"person") => "bad.entity.type",
        Problem::Value(Reason::TooMany { .. }) if matches!(field, "id" | "jabberId") => "max.user.ids",
        Problem::Value(
            Reason::NoSuchSkill(_) | Reason::AmbiguousSkill(_) | Reason::NotAPattern(_) | Reason::KindIsFixed(_),
        )
        | Problem::NotOneOf(_)
        | Problem::Unknown { .. }
        | Problem::NotANumber
        | Problem::NotADateFormat(_)
        | Problem::NotFor(_) => "invalid.value",
        Problem::NotAMoment => "invalid.date",
        Problem::Value(_)
        | Problem::OutOfRange { .. }
        | Problem::Together(_)
        | Problem::TooManyTogether { .. }
        | Problem::TooMuchWork => "bad.request",
    };
    let said = problem.to_string();
    let (status, mut body) =
        plain(StatusCode::BAD_REQUEST, code, "{field} {problem}", &[("field", field), ("problem", &said)]);
    name_field(&mut body, field);
    body.limit = problem.limit().map(|limit| bound(field, limit));
    (status, body)
}

fn of_conflict(conflict: &Conflict) -> (StatusCode, ErrorBody) {
    let conflicting =
        |message, values: &[(&str, &str)]| plain(StatusCode::CONFLICT, "general.conflict", message, values);
    match conflict {
        // Terraform's provider searches for the words "does not match the current version".
        Conflict::StaleVersion { kind, id, given, current } => conflicting(
            "unexpected version: the version [{given}] of the {entity} [{id}] does not match the current version [{current}]",
            &[("given", &given.to_string()), ("entity", entity(*kind)), ("id", id), ("current", &current.to_string())],
        ),
        Conflict::IdTaken { kind, id } => {
            conflicting("there is a {entity} [{id}] already", &[("entity", entity(*kind)), ("id", id)])
        }
        Conflict::NameTaken(name) => conflicting("there is an organisation [{name}] already", &[("name", name)]),
        Conflict::EmailTaken(email) => {
            conflicting("a user with the email [{email}] exists already, possibly a deleted one", &[("email", email)])
        }
        Conflict::SkillTaken(kind, name) => {
            conflicting("there is a {entity} [{name}] already", &[("entity", entity(*kind)), ("name", name)])
        }
        Conflict::LastAdministrator => conflicting(
            "this is the last client that may administer the organisation; give another one the role admin first",
            &[],
        ),
        Conflict::LastOwner => conflicting(
            "the last owner of a group can neither leave nor step down; make another user an owner first",
            &[],
        ),
        Conflict::TakenByRule(person) => conflicting(
            "the rule of the group takes the user [{id}] in; change the rule, or what the user can do",
            &[("id", &person.to_string())],
        ),
        Conflict::Cycle(subgroup, group) => conflicting(
            "the group [{subgroup}] cannot be beneath the group [{group}]: it would be beneath itself",
            &[("subgroup", &subgroup.to_string()), ("group", &group.to_string())],
        ),
        Conflict::NotBroadcast(group) => {
            conflicting("nobody can subscribe to the group [{id}]", &[("id", &group.to_string())])
        }
        Conflict::NotActive(id) => conflicting("the user [{id}] is not active", &[("id", &id.to_string())]),
        Conflict::PhoneShared(phone) => {
            conflicting("several users have the number [{phone}]", &[("phone", &phone.to_string())])
        }
        Conflict::OperationReused => conflicting("this Idempotency-Key was used before, for another request", &[]),
    }
}

/// The name of a field in the API.
pub(super) fn name(field: Field) -> &'static str {
    match field {
        Field::Name => "name",
        Field::Email => "email",
        Field::GroupKind => "type",
        Field::Owners => "ownerIds",
        Field::Subgroups => "subgroups",
        Field::Subscribers => "subscribers",
        Field::Addresses => "addresses",
        Field::Images => "images",
        Field::ProfileSkills => "profileSkills",
        Field::Certifications => "certifications",
        Field::Interests => "biography.interests",
        Field::Hobbies => "biography.hobbies",
        // The list of skills is the whole body.
        Field::SkillsHeld => "body",
        Field::Roles => "roleIds",
        Field::ChangedGroups => "groups",
        Field::Comparisons => "skillConditions",
        Field::NestedConditions => "childConditions",
        Field::Proficiency => "proficiency",
        Field::Skill => "routingSkill",
        Field::Language => "languageSkill",
        Field::Criteria => "query",
        Field::NestedCriteria => "group",
        Field::SearchedValues => "values",
        Field::SortKeys => "sort",
    }
}

fn entity(kind: Kind) -> &'static str {
    match kind {
        Kind::Group => "group",
        Kind::Person => "user",
        Kind::Client => "client",
        Kind::Role => "role",
        Kind::Division => "division",
        Kind::Skill => "skill",
        Kind::Language => "language",
        Kind::Held => "skill of the user",
        Kind::Rule => "rule of the group",
        Kind::Connector => "connector",
        Kind::Member => "member of the group",
    }
}

fn plain(status: StatusCode, code: &str, message: &str, values: &[(&str, &str)]) -> (StatusCode, ErrorBody) {
    let mut body = ErrorBody { status: status.as_u16(), code: code.into(), ..ErrorBody::default() };
    fill(&mut body, message, values);
    (status, body)
}

/// Sets the message and its parameters. Each value is inserted once and not scanned again, so text from a caller is
/// never taken for a placeholder.
fn fill(body: &mut ErrorBody, message: &str, values: &[(&str, &str)]) {
    body.message_with_params = Some(message.into());
    let mut rest = message;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, slot)| Some((before, slot.split_once('}')?)))
    {
        body.message.push_str(before);
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            body.message.push_str(value);
            body.message_params.insert(name.into(), (*value).into());
        }
        rest = after;
    }
    body.message.push_str(rest);
}

fn name_field(body: &mut ErrorBody, field: &str) {
    if !field.is_empty() {
        let code = body.code.clone();
        body.details.push(Detail { error_code: Some(code), field_name: Some(field.into()), ..Detail::default() });
    }
}

fn bound(key: &str, value: i64) -> Limit {
    Limit { key: Some(key.into()), namespace: Some("directory".into()), value: Some(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoke_core::{GroupId, PersonId, Quantity};

    #[test]
    fn what_is_refused_is_said_with_its_values() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for (fault, status, code, said) in [
            (Fault::NotAllowed(Permissions::NONE), 403, "not.authorized", vec!["may not".to_owned()]),
            (Fault::NotAllowed(Permissions::of(&[Permission::Admin])), 403, "not.authorized", vec!["[admin]".into()]),
            (
                Fault::Conflict(Conflict::Cycle(GroupId(one), GroupId(two))),
                409,
                "general.conflict",
                vec![one.to_string(), two.to_string()],
            ),
            (Fault::Conflict(Conflict::LastOwner), 409, "general.conflict", vec!["last owner".into()]),
            (Fault::Conflict(Conflict::TakenByRule(PersonId(one))), 409, "general.conflict", vec![one.to_string()]),
            (Fault::Conflict(Conflict::NotBroadcast(GroupId(one))), 409, "general.conflict", vec![one.to_string()]),
            (Fault::not_found(Kind::Connector, "x"), 404, "general.resource.not.found", vec!["connector [x]".into()]),
            (Fault::invalid(Field::Email, Reason::NotAnEmail), 400, "bad.request", vec!["email must be".into()]),
        ] {
            let (found, body) = of_fault(&fault, name);
            assert_eq!((found.as_u16(), body.status, &*body.code), (status, status, code), "{fault:?}");
            let message = body.message;
            assert!(said.iter().all(|part| message.contains(part)), "{message}");
            assert!(!message.contains("[]") && !message.contains('{'), "{message}");
        }
    }

    /// Refusals that the tests' requests do not cause, because the requests would have to be large.
    #[test]
    fn what_is_large_is_named_and_bounded() {
        let of = |what, limit| Reason::TooManyOf { what, limit };
        for (field, reason, said, limit) in [
            (Field::Owners, Reason::TooMany { limit: 500 }, "ownerIds must have at most 500 entries", 500),
            (
                Field::ChangedGroups,
                of(Quantity::ChangedGroups, 7),
                "groups must have at most 7 groups that one command changes in all",
                7,
            ),
            (
                Field::Subgroups,
                of(Quantity::GroupsAboveAndBeneath, 7),
                "subgroups must have at most 7 groups beneath and above them in all",
                7,
            ),
            (
                Field::Comparisons,
                of(Quantity::ComparisonsOfSkill, 7),
                "skillConditions must have at most 7 comparisons, with those of other rules that name the same skill, in all",
                7,
            ),
        ] {
            let (status, body) = of_fault(&Fault::invalid(field, reason), name);
            assert_eq!((status.as_u16(), &*body.code, &*body.message), (400, "bad.request", said));
            assert_eq!(body.limit.and_then(|bound| bound.value), Some(limit), "{said}");
        }
    }
}
