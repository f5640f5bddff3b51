//! Users, which is this API's word for people.

use super::listing::{direction, fetched, from_jabber_id, write_chat, written};
use super::page::Page;
use super::{access, groups, held, take, words};
use crate::api::call::Call;
use crate::http::refusal::Refusal;
use crate::http::rendered::{Hex, Json, Object};
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
    Ok(PersonCommand::Create(PersonId(secret::new_id()), draft))
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

pub(super) fn get(call: &Call, path: UserPath, query: wire::UserQuery) -> Result<Json<wire::User>, Refusal> {
    let filter = match query.state {
        None | Some(wire::UserQueryState::Active) => PersonFilter::Living,
        Some(wire::UserQueryState::Deleted) => PersonFilter::Deleted,
    };
    let person = call.view.person(take::person_id(&path.user_id)?, filter)?;
    let expand = Expand::of(query.expand);
    Ok(Json::object(|user| write(user, &call.view, person, &expand)))
}

pub(super) fn list(
    call: &Call,
    _: Nothing,
    query: wire::UsersQuery,
) -> Result<Json<wire::EntityListing<wire::User>>, Refusal> {
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
    prefetch(call.view.context(), &listing.entries);
    Ok(written(call, page, listing, |user, person| write(user, &call.view, person, &expand)))
}

pub(super) fn me(call: &Call, _: Nothing, query: wire::MeQuery) -> Result<Json<wire::UserMe>, Refusal> {
    let shows_organization = query.expand.contains(&wire::MeExpand::Own(wire::OwnExpand::Organization));
    let of_user = query.expand.into_iter().filter_map(|expand| match expand {
        wire::MeExpand::User(word) => Some(word),
        wire::MeExpand::Own(_) => None,
    });
    let (person, expand) = (call.view.me()?, Expand::of(of_user));
    Ok(Json::object(|me: &mut Object<wire::UserMe>| {
        me.fields(|user| write(user, &call.view, person, &expand));
        me.some_value("organization", shows_organization.then(|| access::organization_of(call)));
    }))
}

pub(super) fn to_wire(context: Context<'_>, person: Arc<Person>) -> Json<wire::User> {
    let of_manager = manager_version(context, &person);
    Json::object(|user| write_plain(user, context.organisation(), &person, of_manager))
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
pub(crate) struct Expand {
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

/// Reads a byte of each part of the records of a page, before the page is written. Writing a page is mostly waiting for
/// memory. These reads do not depend on each other, so the processor waits for many of them at the same time; while one
/// user after the other is written, it would wait for each part alone.
pub(super) fn prefetch(context: Context<'_>, people: &[&Arc<Person>]) {
    let mut sum = 0;
    for person in people {
        sum += person.version as usize + person.addresses.len() + usize::from(person.acd_auto_answer);
    }
    for person in people {
        sum += first_byte(person.name.as_str()) + first_byte(person.email.as_ref().map_or("", Email::as_str));
        sum += first_byte(plain(person, PersonText::Title).unwrap_or_default());
        sum += person.addresses.first().map_or(0, |contact| contact.kind as usize);
        sum += manager_version(context, person).map_or(0, |version| version as usize);
    }
    for contact in people.iter().filter_map(|person| person.addresses.first()) {
        sum += first_byte(text(&contact.address).unwrap_or_default());
        sum += first_byte(text(&contact.extension).unwrap_or_default());
    }
    std::hint::black_box(sum);
}

pub(super) fn first_byte(text: &str) -> usize {
    text.bytes().next().map_or(0, usize::from)
}

/// Writes a user with further fields.
pub(super) fn write(user: &mut Object<wire::User>, view: &View, person: &Person, expand: &Expand) {
    let context = view.context();
    write_with(user, context.organisation(), person, manager_version(context, person), |user| {
        write_further(user, view, person, expand);
    });
}

/// Writes a user as replies have it when nothing further is asked for. The version is that of the manager.
pub(super) fn write_plain(
    user: &mut Object<wire::User>,
    organisation: &Organisation,
    person: &Person,
    of_manager: Option<u32>,
) {
    write_with(user, organisation, person, of_manager, |_| {});
}

/// The version that the manager of a person has now.
pub(super) fn manager_version(context: Context<'_>, person: &Person) -> Option<u32> {
    person.manager.and_then(|manager| context.version_of(manager))
}

fn write_with(
    user: &mut Object<wire::User>,
    organisation: &Organisation,
    person: &Person,
    of_manager: Option<u32>,
    write_further: impl FnOnce(&mut Object<wire::User>),
) {
    let mut hex = Hex::default();
    let id = hex.hyphenated(person.id.0);
    let email = person.email.as_ref().map(Email::as_str);
    let plain = |text| plain(person, text);
    user.text("id", id).text("name", person.name.as_str());
    user.object("division", |division| access::write_home(division, organisation));
    user.object("chat", |chat| write_chat(chat, person.id.0, ROOM, organisation));
    user.some_text("department", plain(PersonText::Department)).some_text("email", email);
    let primary = person.addresses.iter().filter(|contact| contact.kind == ContactKind::Primary);
    let primary = email.map(Primary::Email).into_iter().chain(primary.map(Primary::Contact));
    user.list("primaryContactInfo", primary, |contact, primary| match primary {
        Primary::Email(email) => {
            let (media, kind) = (words::media_word(Media::Email), words::contact_kind_word(ContactKind::Primary));
            contact.text("address", email).text("display", email).word("mediaType", &media).word("type", &kind);
        }
        Primary::Contact(held) => write_contact(contact, held),
    });
    user.list("addresses", &person.addresses, write_contact);
    user.word("state", &words::person_state_word(person.state)).some_text("title", plain(PersonText::Title));
    user.some_text("username", text(&person.username).or(email));
    user.some_text("preferredName", plain(PersonText::PreferredName));
    if let Some(manager) = person.manager {
        user.object("manager", |reference| write_reference(reference, manager, of_manager));
    }
    if !person.images.is_empty() {
        user.list("images", &person.images, groups::write_image);
    }
    user.number("version", person.version.into());
    write_further(user);
    user.boolean("acdAutoAnswer", person.acd_auto_answer).joined("selfUri", &["/api/v2/users/", id]);
}

/// What the primary contacts of a user are made of.
enum Primary<'p> {
    Email(&'p str),
    Contact(&'p Contact),
}

fn write_further(user: &mut Object<wire::User>, view: &View, person: &Person, expand: &Expand) {
    let own = |text| plain(person, text).filter(|_| expand.texts.contains(&text));
    user.some_value("certifications", expand.certifications.then(|| texts(&person.certifications)));
    user.some_value(
        "biography",
        person.biography.as_deref().filter(|_| expand.biography).map(|biography| wire::Biography {
            biography: biography.biography.as_ref().map(|text| text.as_str().into()),
            interests: Some(texts(&biography.interests)),
            hobbies: Some(texts(&biography.hobbies)),
            spouse: text(&biography.spouse).map(str::to_owned),
        }),
    );
    let owned = |line| text(line).map(str::to_owned);
    user.some_value(
        "employerInfo",
        person.employer.as_deref().filter(|_| expand.employer_info).map(|employer| wire::EmployerInfo {
            official_name: owned(&employer.official_name),
            employee_id: owned(&employer.employee_id),
            employee_type: owned(&employer.employee_type),
            date_hire: owned(&employer.date_hire),
        }),
    );
    user.some_value("profileSkills", expand.profile_skills.then(|| texts(&person.profile_skills)));
    if expand.groups {
        let groups = view.groups_of(person);
        user.list("groups", groups, |object, entry| groups::write(object, view.context(), entry));
    }
    user.some_value("skills", expand.skills.then(|| held::skills_of(view, person.id)));
    user.some_value("languages", expand.languages.then(|| held::languages_of(view, person.id)));
    user.some_text("givenName", own(PersonText::GivenName));
    user.some_text("familyName", own(PersonText::FamilyName));
    user.some_text("costCenter", own(PersonText::CostCenter));
}

/// A reference to a user by id.
pub(super) fn entity(id: PersonId) -> wire::DomainEntityRef {
    wire::DomainEntityRef { id: id.to_string(), name: None, self_uri: Some(format!("/api/v2/users/{id}")) }
}

/// Writes a reference to a user by id and version, which the documents require. Owners and managers are always in the
/// directory, deleted or not, so they have a version.
pub(super) fn write_reference(reference: &mut Object<wire::UserReference>, id: PersonId, version: Option<u32>) {
    let mut hex = Hex::default();
    let id = hex.hyphenated(id.0);
    reference.text("id", id).number("version", version.unwrap_or_default().into());
    reference.joined("selfUri", &["/api/v2/users/", id]);
}

fn write_contact(object: &mut Object<wire::Contact>, contact: &Contact) {
    object.some_text("address", text(&contact.address));
    object.some_text("display", text(&contact.address).or_else(|| text(&contact.extension)));
    object.word("mediaType", &words::media_word(contact.media)).word("type", &words::contact_kind_word(contact.kind));
    object.some_text("extension", text(&contact.extension)).some_text("countryCode", text(&contact.country_code));
    object.some_text("integration", text(&contact.integration));
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

fn plain(person: &Person, text: PersonText) -> Option<&str> {
    person.texts.get(text)
}

fn text(line: &Option<Line>) -> Option<&str> {
    line.as_ref().map(Line::as_str)
}

fn texts(lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| line.as_str().into()).collect()
}
