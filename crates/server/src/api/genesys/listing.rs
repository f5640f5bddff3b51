//! Listings: pages and links.

use super::page::Page;
use crate::api::call::Call;
use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use crate::http::rendered::{Hex, Json, Object, around_list};
use crate::limits;
use convoke_core::{Direction, Listing, Reason};
use convoke_wire::genesys::{Chat, EntityListing, SortOrder};
use serde::Serialize;
use uuid::Uuid;

/// The key of the entries of a listing.
const ENTRIES: &str = "entities";
/// The end of all chat addresses.
const DOMAIN: &str = ".convoke.invalid";

/// The direction of a sort order.
pub(super) fn direction(order: Option<SortOrder>) -> Direction {
    match order.unwrap_or_default() {
        SortOrder::Ascending | SortOrder::Asc => Direction::Ascending,
        SortOrder::Descending | SortOrder::Desc => Direction::Descending,
    }
}

/// A page of a listing. Its links keep the query's filters.
pub(super) fn paged<T, W>(
    call: &Call,
    page: Page,
    listing: Listing<T>,
    to_wire: impl FnMut(T) -> W,
) -> EntityListing<W> {
    let entities = listing.entries.into_iter().map(to_wire).collect();
    EntityListing { entities, ..empty(call, page, listing.total) }
}

/// The JSON of a page of a listing, whose entries the function writes.
pub(super) fn written<T, W: Serialize>(
    call: &Call,
    page: Page,
    listing: Listing<T>,
    write: impl FnMut(&mut Object<W>, T),
) -> Json<EntityListing<W>> {
    Json::page(&empty(call, page, listing.total), ENTRIES, listing.entries.into_iter(), write)
}

/// A page of a listing, but for its entries.
fn empty<W>(call: &Call, page: Page, total: usize) -> EntityListing<W> {
    let (size, number, count) = (page.size(), page.number(), page.n_pages(total));
    let mut filters = form_urlencoded::Serializer::new(String::new());
    for (key, value) in form_urlencoded::parse(call.query.as_bytes()) {
        if !matches!(&*key, "pageSize" | "pageNumber") && !value.is_empty() {
            filters.append_pair(&key, &value);
        }
    }
    let filters = filters.finish();
    let link = |number: i64| {
        let and = if filters.is_empty() { "" } else { "&" };
        format!("{}?pageSize={size}&pageNumber={number}{and}{filters}", call.path)
    };
    EntityListing {
        entities: Vec::new(),
        page_size: size as i32,
        page_number: number as i32,
        total: total as i64,
        first_uri: Some(link(1)),
        previous_uri: (number > 1).then(|| link(number - 1)),
        self_uri: Some(link(number)),
        next_uri: (number < count).then(|| link(number + 1)),
        last_uri: Some(link(count.max(1))),
        page_count: count as i32,
    }
}

/// A page of a short list that is in memory as a whole.
pub(super) fn paged_list<T, W>(call: &Call, page: Page, list: Vec<T>, to_wire: impl FnMut(T) -> W) -> EntityListing<W> {
    let (total, window) = (list.len(), page.window());
    let entries = list.into_iter().skip(window.start).take(window.count).collect();
    paged(call, page, Listing { entries, total }, to_wire)
}

/// A list without paging.
pub(super) fn whole<W>(self_uri: String, entities: Vec<W>) -> EntityListing<W> {
    let total = entities.len();
    EntityListing {
        entities,
        page_size: total as i32,
        page_number: 1,
        total: total as i64,
        first_uri: None,
        previous_uri: None,
        self_uri: Some(self_uri),
        next_uri: None,
        last_uri: None,
        page_count: 1,
    }
}

/// The JSON before and after the entries of [`whole`].
pub(super) fn around_whole(self_uri: String, total: usize) -> (String, String) {
    let empty = whole::<()>(self_uri, Vec::new());
    around_list(&EntityListing { page_size: total as i32, total: total as i64, ..empty }, ENTRIES)
}

/// The things of a bulk fetch, by id or by chat address; none if the query names none. An invalid id is ignored.
pub(super) fn fetched(
    ids: &[String],
    jabber_ids: &[String],
    from_jabber: impl Fn(&str) -> Option<Uuid>,
) -> Result<Option<Vec<Uuid>>, Refusal> {
    let limit = limits::FETCH_IDS;
    for (field, list) in [("id", ids), ("jabberId", jabber_ids)] {
        if list.len() > limit {
            return Err(Refusal::invalid(field, Reason::TooMany { limit }));
        }
    }
    match (ids, jabber_ids) {
        ([], []) => Ok(None),
        (ids, []) => Ok(Some(ids.iter().filter_map(|id| convoke_core::GroupId::parse(id)).map(|id| id.0).collect())),
        ([], jabber_ids) => Ok(Some(jabber_ids.iter().filter_map(|id| from_jabber(id)).collect())),
        _ => Err(Refusal::invalid("jabberId", Problem::Together("id"))),
    }
}

/// Writes the chat address of a group or person: its id in hexadecimal, and a host name for the organisation. No server is
/// behind it.
pub(super) fn write_chat(chat: &mut Object<Chat>, id: Uuid, room: &str, organisation: &convoke_core::Organisation) {
    let (mut hex, mut hex_of_organisation) = (Hex::default(), Hex::default());
    let (id, organisation) = (hex.simple(id), hex_of_organisation.simple(organisation.id.0));
    chat.joined("jabberId", &[id, "@", room, organisation, DOMAIN]);
}

/// The id in a chat address that [`write_chat`] made.
pub(super) fn from_jabber_id(text: &str, room: &str, organisation: &convoke_core::Organisation) -> Option<Uuid> {
    let (id, host) = text.split_once('@')?;
    let of_organisation = host.strip_prefix(room)?.strip_suffix(DOMAIN)?;
    let mut hex = Hex::default();
    let parsed = Uuid::try_parse(id).ok()?;
    (of_organisation == hex.simple(organisation.id.0) && id == hex.simple(parsed)).then_some(parsed)
}
