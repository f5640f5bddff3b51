//! Refusals in the format of Kaizala: one flat object. Of its codes and categories only `InvalidParameters`,
//! `Unauthenticated`, `InvalidToken` and `AuthException` were published. The names of the others follow their pattern.

use crate::http::problem::Problem;
use crate::http::refusal::{Refusal, SignInProblem, TokenProblem};
use crate::http::response::ApiResponse;
use crate::limits;
use convoke_core::{Conflict, Fault, Field, Kind};
use convoke_wire::kaizala::ErrorBody;
use http::StatusCode;
use uuid::Uuid;

/// Clients compare this text as a whole. Only if it is equal do they get a new token and repeat the call.
const INVALID_TOKEN: &str = "Invalid token. Failure reason:Token validation failed due to unknown reason!";

/// A status, a code and its category.
#[derive(Clone, Copy)]
struct Code(StatusCode, &'static str, &'static str);

const PARAMETERS: Code = Code(StatusCode::BAD_REQUEST, "InvalidParameters", "ParameterException");
const TOKEN: Code = Code(StatusCode::UNAUTHORIZED, "InvalidToken", "AuthException");
const UNAUTHENTICATED: Code = Code(StatusCode::UNAUTHORIZED, "Unauthenticated", "AuthException");
const NOT_ALLOWED: Code = Code(StatusCode::FORBIDDEN, "NotAllowed", "PermissionException");
const NOT_FOUND: Code = Code(StatusCode::NOT_FOUND, "NotFound", "ResourceException");
const NO_METHOD: Code = Code(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "ResourceException");
const CONFLICT: Code = Code(StatusCode::CONFLICT, "Conflict", "ResourceException");
const TOO_LARGE: Code = Code(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLarge", "ParameterException");
const MEDIA_TYPE: Code = Code(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", "ParameterException");
const SLOW: Code = Code(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", "ParameterException");
const THROTTLED: Code = Code(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "ThrottleException");
const BUSY: Code = Code(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "ServerException");
const BROKEN: Code = Code(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "ServerException");

/// Renders a refusal.
pub(super) fn render(refusal: &Refusal, id: Uuid) -> ApiResponse {
    let (Code(status, code, category), message) = match refusal {
        Refusal::Fault(fault) => of_fault(fault),
        Refusal::Invalid { field, problem } => (PARAMETERS, format!("{field} {problem}")),
        Refusal::Malformed { field, problem } if field.is_empty() => (PARAMETERS, format!("the body: {problem}")),
        Refusal::Malformed { field, problem } => (PARAMETERS, format!("{field}: {problem}")),
        Refusal::TooLarge { limit } => (TOO_LARGE, format!("the body must have at most {limit} bytes")),
        Refusal::MediaType(wanted) => (MEDIA_TYPE, format!("the body must be {wanted}, and not compressed")),
        Refusal::Slow => (SLOW, format!("the body did not come within {} seconds", limits::BODY_TIME.as_secs())),
        Refusal::Token(TokenProblem::Absent) => (UNAUTHENTICATED, "the header accessToken is missing".into()),
        Refusal::Token(TokenProblem::Unknown | TokenProblem::OfOtherApi | TokenProblem::Expired)
        | Refusal::RefreshToken => (TOKEN, INVALID_TOKEN.into()),
        Refusal::SignIn(SignInProblem::Application) => {
            (UNAUTHENTICATED, "Missing correct applicationId and applicationSecret headers".into())
        }
        Refusal::SignIn(SignInProblem::Pin) => {
            (UNAUTHENTICATED, "the PIN is not the one that was sent last, or it is too old".into())
        }
        Refusal::SignIn(SignInProblem::Closed) => {
            (NOT_ALLOWED, "nobody signs in by a PIN here: the application is confined to a group, its own user is not active, or the server sends no PINs".into())
        }
        Refusal::RateLimited { retry_after } => {
            (THROTTLED, format!("too many requests; retry in {retry_after} seconds"))
        }
        Refusal::TooManyPeople { limit, retry_after } => (
            THROTTLED,
            format!("the application may create {limit} people a day; nothing was changed, retry in {retry_after} seconds"),
        ),
        Refusal::NoPath => (NOT_FOUND, "there is nothing at this path".into()),
        Refusal::NoMethod => {
            (NO_METHOD, "the path does not have this method; the Allow header has those that it has".into())
        }
        Refusal::OtherStore(what) => (NO_METHOD, (*what).into()),
        Refusal::Failed(cause) if cause.leaves_open => (
            BUSY,
            "the server does not know whether the change was made; repeat it with the same Idempotency-Key, or look first"
                .into(),
        ),
        Refusal::Busy(_) | Refusal::Failed(_) => (BUSY, "the server cannot take the request now; nothing was changed, retry later".into()),
        Refusal::TookTooLong => (
            BUSY,
            format!("the request took longer than {} seconds and was ended; retry later", limits::LONG_TIME.as_secs()),
        ),
        Refusal::TooManyWait => (
            THROTTLED,
            format!("{} long requests of this user wait for their turn already; retry later", limits::LONG_WAITING),
        ),
        Refusal::Running(what) => {
            (CONFLICT, format!("the server does one {what} at a time, and does one now; retry when it has ended"))
        }
        Refusal::Broken(_) => (BROKEN, format!("something broke inside the server; its log tells more under {id}")),
    };
    let body = ErrorBody { message, error_code: code.into(), error_category_key: category.into() };
    ApiResponse::json(status, &body)
}

fn of_fault(fault: &Fault) -> (Code, String) {
    match fault {
        // The connector, the generation of its tokens, or the person is not valid any more.
        Fault::Unauthenticated => (TOKEN, INVALID_TOKEN.into()),
        Fault::MissingPermission(_) | Fault::NotAllowed(_) => {
            (NOT_ALLOWED, "this is for admins of the group, or for those who are in it".into())
        }
        Fault::NotAPerson => (NOT_ALLOWED, "the token stands for nobody".into()),
        Fault::NotFound { kind, id } => (NOT_FOUND, format!("the {} {id} does not exist", thing(*kind))),
        Fault::Conflict(conflict) => of_conflict(conflict),
        Fault::Invalid { field, reason } => {
            (PARAMETERS, format!("{} {}", name(*field), Problem::Value(reason.clone())))
        }
    }
}

fn of_conflict(conflict: &Conflict) -> (Code, String) {
    match conflict {
        Conflict::Cycle(lower, upper) => (
            PARAMETERS,
            format!("subGroups: the group {lower} cannot be beneath {upper}, which is beneath it or the same"),
        ),
        Conflict::NotBroadcast(id) => (PARAMETERS, format!("the group {id} has no subscribers: it is no ConnectGroup")),
        Conflict::LastOwner => (CONFLICT, "this is the last admin of the group; make someone else one first".into()),
        Conflict::TakenByRule(id) => (
            CONFLICT,
            format!("the member {id} is in the group by the group's rule, and only the rule can take it out"),
        ),
        Conflict::NotActive(id) => (CONFLICT, format!("the user {id} is not active")),
        Conflict::PhoneShared(phone) => {
            (CONFLICT, format!("several users have the number {phone}; nobody signs in by it"))
        }
        Conflict::StaleVersion { given, current, .. } => {
            (CONFLICT, format!("the version is {current} now, and not {given}"))
        }
        Conflict::IdTaken { kind, id } => (CONFLICT, format!("there is a {} {id} already", thing(*kind))),
        Conflict::NameTaken(name) | Conflict::SkillTaken(_, name) => (CONFLICT, format!("the name {name} is taken")),
        Conflict::EmailTaken(email) => (CONFLICT, format!("the address {email} is taken")),
        Conflict::LastAdministrator => (CONFLICT, "nobody else could administer the organisation".into()),
        Conflict::OperationReused => (CONFLICT, "this Idempotency-Key was used before, for another request".into()),
    }
}

/// The name of a field in the API. For the last ones the API has no names, because none of its requests has them.
fn name(field: Field) -> &'static str {
    match field {
        Field::Name => "name",
        Field::Owners => "admins",
        Field::Subgroups => "subGroups",
        Field::Subscribers => "subscribers",
        Field::Images => "groupImageUrl",
        Field::GroupKind => "groupType",
        Field::Addresses => "mobileNumber",
        Field::ChangedGroups => "groups",
        Field::Email
        | Field::ProfileSkills
        | Field::Certifications
        | Field::Interests
        | Field::Hobbies
        | Field::SkillsHeld
        | Field::Roles
        | Field::Comparisons
        | Field::NestedConditions
        | Field::Proficiency
        | Field::Skill
        | Field::Language
        | Field::Criteria
        | Field::NestedCriteria
        | Field::SearchedValues
        | Field::SortKeys => "the request",
    }
}

fn thing(kind: Kind) -> &'static str {
    match kind {
        Kind::Group => "group",
        Kind::Person => "user",
        Kind::Member => "member",
        Kind::Connector => "application",
        Kind::Client => "client",
        Kind::Role => "role",
        Kind::Division => "division",
        Kind::Skill | Kind::Held => "skill",
        Kind::Language => "language",
        Kind::Rule => "rule",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoke_core::{Quantity, Reason};

    /// Refusals that the tests' requests do not cause, because the requests would have to be large.
    #[test]
    fn what_is_large_has_the_names_of_the_api() {
        for (field, reason, said) in [
            (Field::Owners, Reason::TooMany { limit: 500 }, "admins must have at most 500 entries"),
            (
                Field::Subgroups,
                Reason::TooManyOf { what: Quantity::GroupsAboveAndBeneath, limit: 7 },
                "subGroups must have at most 7 groups beneath and above them in all",
            ),
            (
                Field::ChangedGroups,
                Reason::TooManyOf { what: Quantity::ChangedGroups, limit: 7 },
                "groups must have at most 7 groups that one command changes in all",
            ),
        ] {
            let (Code(status, ..), message) = of_fault(&Fault::invalid(field, reason));
            assert_eq!((status, message.as_str()), (StatusCode::BAD_REQUEST, said));
        }
    }
}
