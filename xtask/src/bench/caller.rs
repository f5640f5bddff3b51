//! The requests of the bench outside the measured time: sign in, list people and groups, record the responses that the
//! bare server repeats.
//!
//! All data comes from the API, so the bench does not depend on the store and runs against any server with this API.

use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::bare::Recording;
use super::http::{Connection, Endpoint, write_body, write_get, write_post};

/// The largest page the API gives.
const PAGE_SIZE: usize = 500;

/// A group as the listing shows it.
pub struct Group {
    pub id: String,
    pub name: String,
    /// Its members, as the server counts them.
    pub n_members: u64,
}

/// A person as the listing shows it.
pub struct Person {
    pub id: String,
    pub name: String,
}

/// A signed-in connection.
pub struct Caller {
    endpoint: Endpoint,
    connection: Connection,
    pub token: String,
    request: Vec<u8>,
}

impl Caller {
    /// Signs in with client credentials.
    pub async fn sign_in(endpoint: &Endpoint, id: &str, secret: &str) -> Result<Caller, Box<dyn Error>> {
        let mut connection = Connection::open(endpoint).await?;
        let mut request = Vec::new();
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let form = "application/x-www-form-urlencoded";
        write_body(&mut request, "/oauth/token", &basic, form, "grant_type=client_credentials");
        let reply = connection.exchange(&request).await?;
        if reply.status != 200 {
            return Err(format!("sign-in: status {}: {}", reply.status, String::from_utf8_lossy(reply.body)).into());
        }
        let reply: Value = serde_json::from_slice(reply.body)?;
        let token = reply.get("access_token").and_then(Value::as_str).ok_or("sign-in: no access_token")?;
        Ok(Caller { endpoint: endpoint.clone(), token: token.to_owned(), connection, request })
    }

    /// Every group, in the order of the listing.
    pub async fn groups(&mut self) -> Result<Vec<Group>, Box<dyn Error>> {
        let group = |group: &Value| {
            let n_members = group.get("memberCount")?.as_u64()?;
            Some(Group { id: text(group, "id")?, name: text(group, "name")?, n_members })
        };
        self.list("/api/v2/groups", group).await
    }

    /// Every active person.
    pub async fn people(&mut self) -> Result<Vec<Person>, Box<dyn Error>> {
        let person = |person: &Value| Some(Person { id: text(person, "id")?, name: text(person, "name")? });
        self.list("/api/v2/users", person).await
    }

    /// The names of all routing skills, and of all languages.
    pub async fn skills(&mut self) -> Result<[Vec<String>; 2], Box<dyn Error>> {
        let name = |skill: &Value| text(skill, "name");
        Ok([self.list("/api/v2/routing/skills", name).await?, self.list("/api/v2/routing/languages", name).await?])
    }

    /// The reply to `getGroup` of each group.
    pub async fn record(&mut self, groups: &[Group]) -> Result<Recording, Box<dyn Error>> {
        let mut recording = Recording { token: self.token.clone(), headers: Vec::new(), bodies: Vec::new() };
        for group in groups {
            let (head, body) = self.get(&format!("/api/v2/groups/{}", group.id)).await?;
            if recording.headers.is_empty() {
                recording.headers = Recording::headers_of(&head);
            }
            recording.bodies.push((group.id.clone(), String::from_utf8(body)?));
        }
        Ok(recording)
    }

    /// Head and body of a 200 to `target`.
    pub async fn get(&mut self, target: &str) -> Result<(Vec<u8>, Vec<u8>), Box<dyn Error>> {
        write_get(&mut self.request, target, &self.token);
        let reply = self.connection.exchange(&self.request).await?;
        if reply.status != 200 {
            return Err(format!("{target}: status {}: {}", reply.status, String::from_utf8_lossy(reply.body)).into());
        }
        Ok((reply.head.to_vec(), reply.body.to_vec()))
    }

    /// The body of a 200 or 202 to a POST of `body`.
    pub async fn post(&mut self, target: &str, body: &Value) -> Result<Value, Box<dyn Error>> {
        write_post(&mut self.request, target, &self.token, &body.to_string());
        self.exchange(target).await
    }

    /// The body of a 200 to a GET that has these header lines besides.
    pub async fn get_with(&mut self, target: &str, headers: &str) -> Result<Value, Box<dyn Error>> {
        self.request = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").into_bytes();
        self.exchange(target).await
    }

    async fn exchange(&mut self, target: &str) -> Result<Value, Box<dyn Error>> {
        let reply = self.connection.exchange(&self.request).await?;
        if !matches!(reply.status, 200 | 202) {
            return Err(format!("{target}: status {}: {}", reply.status, String::from_utf8_lossy(reply.body)).into());
        }
        Ok(serde_json::from_slice(reply.body)?)
    }

    /// The results of `read` for the entities of every page of a list. An incomplete list is an error.
    async fn list<T>(&mut self, path: &str, read: fn(&Value) -> Option<T>) -> Result<Vec<T>, Box<dyn Error>> {
        // The old connection may have idled longer than the server allows.
        self.connection = Connection::open(&self.endpoint).await?;
        let (mut entities, mut page) = (Vec::new(), 1);
        loop {
            let (_, body) = self.get(&format!("{path}?pageSize={PAGE_SIZE}&pageNumber={page}")).await?;
            let reply: Value = serde_json::from_slice(&body)?;
            let total = reply.get("total").and_then(Value::as_u64).ok_or("a listing without a total")?;
            let pages = reply.get("pageCount").and_then(Value::as_u64).ok_or("a listing without a pageCount")?;
            for entity in reply.get("entities").and_then(Value::as_array).into_iter().flatten() {
                entities.push(read(entity).ok_or_else(|| format!("{path}: a field is missing in {entity}"))?);
            }
            if page >= pages {
                let n_listed = entities.len() as u64;
                return if n_listed == total {
                    Ok(entities)
                } else {
                    Err(format!("{path} lists {n_listed} of {total}").into())
                };
            }
            page += 1;
        }
    }
}

fn text(entity: &Value, field: &str) -> Option<String> {
    Some(entity.get(field)?.as_str()?.to_owned())
}
