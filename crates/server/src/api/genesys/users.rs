//! Users, which is this API's word for people.

use super::listing::{direction, fetched, from_jabber_id, jabber_id, paged};
use super::page::Page;
use super::{access, groups, held, take, words};
use crate::api::call::Call;
use crate::http::refusal::Refusal;
use crate::secret;
use convoke_core::*;
use convoke_wire::genesys as wire;
use convoke_wire::{Nothing, genesys::UserPath};
use std::sync::Arc;

/// The part of a user's chat address before the organisation.
const ROOM: &str = "";

pub(super) fn post(_: Nothing, _: Nothing, body: wire::CreateUser) -> Result<PersonCommand, Refusal> {
    let email = take::required("email", body.email)?;
    let division = body.division_id.filter(|id| !id.trim().is_empty());
    let division = division
        .map(|id| DivisionId::parse(&id).ok_or_else(|| Refusal::from(Fault::not_found(Kind::Division, &id))))
        .transpose()?;
    let draft = PersonDraft {
        name: take::required("name", take::name("name", body.name)?)?,
        email: Some(take::checked("email", Email::new(&email))?),
        division,
        fields: Box::new(PersonFields {
            state: state(body.state)?,
            texts: given_texts([
                (PersonText::Title, body.title),
                (PersonText::Department, body.department),
                (PersonText::GivenName, body.given_name),
                (PersonText::FamilyName, body.family_name),
                (PersonText::CostCenter, body.cost_center),
            ])?,
            addresses: addresses(body.addresses)?,
            ..PersonFields::default()
        }),
    };
    Ok(PersonCommand::Create(PersonId(secret::random_id()), draft))
}

pub(super) fn patch(path: UserPath, _: Nothing, body: wire::UpdateUser) -> Result<PersonCommand, Refusal> {
    let person = take::person_id(&path.user_id)?;
    let version = Some(take::required("version", take::number("version", body.version)?)?);
    Ok(PersonCommand::Edit { person, version, edit: Box::new(edit(body)?) })
}

/// The changes of a person.
pub(super) fn edit(body: wire::UpdateUser) -> Result<PersonEdit, Refusal> {
    let email = body.email.map(|email| take::checked("email", Email::new(&email))).transpose()?;
    let state = state(body.state)?;
    let name = take::name("name", body.name)?;
    let texts = [
        (PersonText::PreferredName, body.preferred_name),
        (PersonText::Title, body.title),
        (PersonText::Department, body.department),
        (PersonText::GivenName, body.given_name),
        (PersonText::FamilyName, body.family_name),
        (PersonText::CostCenter, body.cost_center),
    ];
    let fields = PersonFields {
        state,
        username: take::line("username", body.username)?,
        texts: given_texts(texts)?,
        manager: manager(body.manager)?,
        addresses: addresses(body.addresses)?,
        images: take::images(body.images)?,
        profile_skills: take::lines("profileSkills", body.profile_skills)?,
        certifications: take::lines("certifications", body.certifications)?,
        employer: body.employer_info.map(employer).transpose()?,
        biography: body.biography.map(biography).transpose()?,
        acd_auto_answer: body.acd_auto_answer,
    };
    Ok(PersonEdit { name, email, fields })
}

pub(super) fn delete(path: UserPath, _: Nothing, _: Nothing) -> Result<Command, Refusal> {
    Ok(Command::DeletePerson(take::person_id(&path.user_id)?))
}

pub(super) fn get(call: &Call, path: UserPath, query: wire::UserQuery) -> Result<wire::User, Refusal> {
    let filter = match query.state {
        None | Some(wire::UserQueryState::Active) => PersonFilter::Living,
        Some(wire::UserQueryState::Deleted) => PersonFilter::Deleted,
    };
    let person = call.view.person(take::person_id(&path.user_id)?, filter)?;
    Ok(expanded(&call.view, person, &Expand::of(query.expand)))
}

pub(super) fn list(
    call: &Call,
    _: Nothing,
    query: wire::UsersQuery,
) -> Result<wire::EntityListing<wire::User>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    let direction = direction(query.sort_order);
    let filter = match query.state.unwrap_or(wire::UsersState::Active) {
        wire::UsersState::Active => PeopleFilter::In(PersonState::Active),
        wire::UsersState::Inactive => PeopleFilter::In(PersonState::Inactive),
        wire::UsersState::Deleted => PeopleFilter::In(PersonState::Deleted),
        wire::UsersState::Any => PeopleFilter::Any,
    };
    let organisation = call.view.organisation();
    let ids = fetched(&query.id, &query.jabber_id, |text| from_jabber_id(text, ROOM, organisation))?;
    let listing = match ids {
        Some(ids) => call.view.people_of_ids(ids.into_iter().map(PersonId), filter, page.window(), direction),
        None => call.view.people(filter, page.window(), direction),
    };
    let expand = Expand::of(query.expand);
    Ok(paged(call, page, listing, |person| expanded(&call.view, person, &expand)))
}

pub(super) fn me(call: &Call, _: Nothing, query: wire::MeQuery) -> Result<wire::UserMe, Refusal> {
    let shows_organization = query.expand.contains(&wire::MeExpand::Own(wire::OwnExpand::Organization));
    let of_user = query.expand.into_iter().filter_map(|expand| match expand {
        wire::MeExpand::User(word) => Some(word),
        wire::MeExpand::Own(_) => None,
    });
    let user = expanded(&call.view, call.view.me()?, &Expand::of(of_user));
    let organization = shows_organization.then(|| access::organization_of(call));
    Ok(wire::UserMe { user, organization })
}

pub(super) fn to_wire(context: Context<'_>, person: Arc<Person>) -> wire::User {
    user(context, &person)
}

pub(super) fn profile_skills(call: &Call, path: UserPath, _: Nothing) -> Result<Vec<String>, Refusal> {
    let person = call.view.person(take::person_id(&path.user_id)?, PersonFilter::Living)?;
    Ok(texts(&person.profile_skills))
}

pub(super) fn put_profile_skills(path: UserPath, _: Nothing, body: Vec<String>) -> Result<PersonCommand, Refusal> {
    let person = take::person_id(&path.user_id)?;
    let profile_skills = take::lines("profileSkills", Some(body))?;
    let fields = PersonFields { profile_skills, ..PersonFields::default() };
    Ok(PersonCommand::Edit { person, version: None, edit: Box::new(PersonEdit { fields, ..PersonEdit::default() }) })
}

pub(super) fn profile_skills_to_wire(_: Context<'_>, person: Arc<Person>) -> Vec<String> {
    texts(&person.profile_skills)
}

/// The further fields that were requested and that the directory has.
#[derive(Default)]
pub(super) struct Expand {
    groups: bool,
    skills: bool,
    languages: bool,
    profile_skills: bool,
    certifications: bool,
    employer_info: bool,
    biography: bool,
    texts: Vec<PersonText>,
}

impl Expand {
    pub fn of(words: impl IntoIterator<Item = wire::UserExpand>) -> Self {
        let mut expand = Expand::default();
        for word in words {
            match word {
                wire::UserExpand::Groups => expand.groups = true,
                wire::UserExpand::ProfileSkills => expand.profile_skills = true,
                wire::UserExpand::Certifications => expand.certifications = true,
                wire::UserExpand::Skills => expand.skills = true,
                wire::UserExpand::Languages => expand.languages = true,
                wire::UserExpand::EmployerInfo => expand.employer_info = true,
                wire::UserExpand::Biography => expand.biography = true,
                wire::UserExpand::GivenName => expand.texts.push(PersonText::GivenName),
                wire::UserExpand::FamilyName => expand.texts.push(PersonText::FamilyName),
                wire::UserExpand::CostCenter => expand.texts.push(PersonText::CostCenter),
                // The directory does not have these.
                wire::UserExpand::RoutingStatus
                | wire::UserExpand::Presence
                | wire::UserExpand::IntegrationPresence
                | wire::UserExpand::ConversationSummary
                | wire::UserExpand::OutOfOffice
                | wire::UserExpand::Geolocation
                | wire::UserExpand::Station
                | wire::UserExpand::Authorization
                | wire::UserExpand::LastTokenIssued
                | wire::UserExpand::UnusedRoles
                | wire::UserExpand::Team
                | wire::UserExpand::WorkPlanBidRanks
                | wire::UserExpand::ExternalContactsSettings
                | wire::UserExpand::CustomAttributes
                | wire::UserExpand::Locations
                | wire::UserExpand::LanguagePreference
                | wire::UserExpand::DateLastLogin
                | wire::UserExpand::DateWelcomeSent
                | wire::UserExpand::Other(_) => {}
            }
        }
        expand
    }
}

/// A user with further fields.
pub(super) fn expanded(view: &View, person: &Person, expand: &Expand) -> wire::User {
    let context = view.context();
    let own = |text| plain(person, text).filter(|_| expand.texts.contains(&text));
    let groups = || view.groups_of(person).into_iter().map(|entry| groups::group(context, entry)).collect();
    wire::User {
        groups: expand.groups.then(groups),
        skills: expand.skills.then(|| held::skills_of(view, person.id)),
        languages: expand.languages.then(|| held::languages_of(view, person.id)),
        given_name: own(PersonText::GivenName),
        family_name: own(PersonText::FamilyName),
        cost_center: own(PersonText::CostCenter),
        profile_skills: expand.profile_skills.then(|| texts(&person.profile_skills)),
        certifications: expand.certifications.then(|| texts(&person.certifications)),
        employer_info: person.employer.as_deref().filter(|_| expand.employer_info).map(|employer| wire::EmployerInfo {
            official_name: text(&employer.official_name),
            employee_id: text(&employer.employee_id),
            employee_type: text(&employer.employee_type),
            date_hire: text(&employer.date_hire),
        }),
        biography: person.biography.as_deref().filter(|_| expand.biography).map(|biography| wire::Biography {
            biography: biography.biography.as_ref().map(|text| text.as_str().into()),
            interests: Some(texts(&biography.interests)),
            hobbies: Some(texts(&biography.hobbies)),
            spouse: text(&biography.spouse),
        }),
        ..user(context, person)
    }
}

/// A user in a reply without further fields.
pub(super) fn user(context: Context<'_>, person: &Person) -> wire::User {
    let of_manager = person.manager.and_then(|manager| context.version_of(manager));
    user_of(context.organisation(), person, of_manager)
}

/// A user, given the version of the manager.
pub(super) fn user_of(organisation: &Organisation, person: &Person, of_manager: Option<u32>) -> wire::User {
    let id = person.id.to_string();
    let email = person.email.as_ref().map(|email| email.as_str().to_owned());
    let first = email.clone().map(|email| wire::Contact {
        address: Some(email.clone()),
        display: Some(email),
        media_type: Some(wire::MediaType::Email),
        kind: Some(wire::ContactType::Primary),
        ..wire::Contact::default()
    });
    let mut primary = Vec::from_iter(first);
    primary.extend(person.addresses.iter().filter(|contact| contact.kind == ContactKind::Primary).map(contact));
    wire::User {
        name: person.name.as_str().into(),
        division: access::home_of(organisation),
        chat: Some(wire::Chat { jabber_id: jabber_id(person.id.0, ROOM, organisation) }),
        department: plain(person, PersonText::Department),
        username: text(&person.username).or_else(|| email.clone()),
        email,
        primary_contact_info: primary,
        addresses: person.addresses.iter().map(contact).collect(),
        state: words::person_state_word(person.state),
        title: plain(person, PersonText::Title),
        preferred_name: plain(person, PersonText::PreferredName),
        manager: person.manager.map(|manager| reference_of(manager, of_manager)),
        images: groups::images(&person.images),
        version: person.version as i32,
        acd_auto_answer: person.acd_auto_answer,
        self_uri: format!("/api/v2/users/{id}"),
        id,
        ..wire::User::default()
    }
}

/// A reference to a user by id.
pub(super) fn entity(id: PersonId) -> wire::DomainEntityRef {
    wire::DomainEntityRef { id: id.to_string(), name: None, self_uri: Some(format!("/api/v2/users/{id}")) }
}

/// A reference to a user by id and version, which the documents require.
pub(super) fn reference(context: Context<'_>, id: PersonId) -> wire::UserReference {
    reference_of(id, context.version_of(id))
}

/// Owners and managers are always in the directory, deleted or not, so they have a version.
fn reference_of(id: PersonId, version: Option<u32>) -> wire::UserReference {
    let version = version.unwrap_or_default() as i32;
    wire::UserReference { id: id.to_string(), version, self_uri: format!("/api/v2/users/{id}") }
}

fn contact(contact: &Contact) -> wire::Contact {
    wire::Contact {
        address: text(&contact.address),
        display: text(&contact.address).or_else(|| text(&contact.extension)),
        media_type: Some(words::media_word(contact.media)),
        kind: Some(words::contact_kind_word(contact.kind)),
        extension: text(&contact.extension),
        country_code: text(&contact.country_code),
        integration: text(&contact.integration),
    }
}

fn state(word: Option<wire::UserState>) -> Result<Option<LivingState>, Refusal> {
    take::word("state", word, words::living_state, LivingState::WORDS)
}

/// The plain texts that are given. A blank one clears.
fn given_texts(
    texts: impl IntoIterator<Item = (PersonText, Option<String>)>,
) -> Result<Vec<(PersonText, Option<Line>)>, Refusal> {
    let given = texts.into_iter().filter_map(|(text, given)| Some((text, given?)));
    given.map(|(text, given)| Ok((text, take::part(text.word(), Some(given))?))).collect()
}

/// A blank id means no manager.
fn manager(manager: Option<wire::ManagerRef>) -> Result<Update<PersonId>, Refusal> {
    let Some(wire::ManagerRef(id)) = manager else { return Ok(Update::Keep) };
    if id.trim().is_empty() { Ok(Update::Clear) } else { take::person_id(&id).map(Update::Set) }
}

fn addresses(list: Option<Vec<wire::Contact>>) -> Result<Option<Vec<Contact>>, Refusal> {
    let Some(list) = list else { return Ok(None) };
    let contact = |contact: wire::Contact| {
        let media = take::word("addresses.mediaType", contact.media_type, words::media, Media::WORDS)?;
        let kind = take::word("addresses.type", contact.kind, words::contact_kind, ContactKind::WORDS)?;
        let extension = take::part("addresses.extension", contact.extension)?;
        let address = take::part("addresses.address", contact.address)?;
        if address.is_none() && extension.is_none() {
            take::required("addresses.address", None::<Line>)?;
        }
        Ok(Contact {
            media: media.unwrap_or(Media::Phone),
            kind: kind.unwrap_or(ContactKind::Work),
            address,
            extension,
            country_code: take::part("addresses.countryCode", contact.country_code)?,
            integration: take::part("addresses.integration", contact.integration)?,
        })
    };
    list.into_iter().map(contact).collect::<Result<_, Refusal>>().map(Some)
}

fn employer(info: wire::EmployerInfo) -> Result<Employer, Refusal> {
    Ok(Employer {
        official_name: take::part("employerInfo.officialName", info.official_name)?,
        employee_id: take::part("employerInfo.employeeId", info.employee_id)?,
        employee_type: take::part("employerInfo.employeeType", info.employee_type)?,
        date_hire: take::part("employerInfo.dateHire", info.date_hire)?,
    })
}

fn biography(biography: wire::Biography) -> Result<Biography, Refusal> {
    Ok(Biography {
        biography: take::prose("biography.biography", biography.biography)?.set(),
        interests: take::lines("biography.interests", biography.interests)?.unwrap_or_default(),
        hobbies: take::lines("biography.hobbies", biography.hobbies)?.unwrap_or_default(),
        spouse: take::part("biography.spouse", biography.spouse)?,
    })
}

fn plain(person: &Person, text: PersonText) -> Option<String> {
    person.texts.get(text).map(|line| line.as_str().into())
}

fn text(line: &Option<Line>) -> Option<String> {
    line.as_ref().map(|line| line.as_str().into())
}

fn texts(lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| line.as_str().into()).collect()
}
