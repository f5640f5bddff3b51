//! A directory with something of every kind, and everything that the server shows of it as one text.

use super::super::{server::Server, shared::connection::Connection};
use crate::run::TaskError;
use serde_json::{Value, json};
use std::fmt::Write as _;

const PEOPLE: usize = 120;
const GROUPS: usize = 40;
const SKILLS: usize = 5;

/// Imports people, groups, memberships, skills, and groups beneath groups.
pub fn fill(server: &Server) -> Result<(), TaskError> {
    let mut rows = Vec::new();
    for skill in 0..SKILLS {
        rows.push(json!({ "skill": { "name": format!("Skill {skill}") } }));
    }
    for person in 0..PEOPLE {
        let skills = json!({ format!("Skill {}", person % SKILLS): person % 5 + 1 });
        rows.push(json!({ "person": {
            "email": email(person), "name": format!("Person {person}"), "title": "Engineer",
            "department": format!("Department {}", person % 7), "skills": skills,
        } }));
    }
    for group in 0..GROUPS {
        rows.push(json!({ "group": {
            "key": format!("g{group}"), "name": format!("Group {group}"), "description": "of the experiment", "owners": [email(group)],
        } }));
        for member in 0..8 {
            let member = email((group * 5 + member * 3) % PEOPLE);
            rows.push(json!({ "membership": { "group": format!("g{group}"), "member": member } }));
        }
        if group % 4 == 3 {
            rows.push(json!({ "subgroup": { "group": format!("g{}", group - 3), "subgroup": format!("g{group}") } }));
        }
    }
    import(server, &rows)
}

/// Makes some changes, each in a commit of its own.
pub fn change(server: &Server) -> Result<(), TaskError> {
    for person in 0..PEOPLE / 2 {
        let title = json!({ "person": { "email": email(person), "title": format!("Engineer since {person}") } });
        let member = json!({ "membership": { "group": format!("g{}", person % GROUPS), "member": email(person) } });
        import(server, &[title, member])?;
    }
    Ok(())
}

fn email(person: usize) -> String {
    format!("p{person}@example.test")
}

fn import(server: &Server, rows: &[Value]) -> Result<(), TaskError> {
    server.import(&server.sign_in()?, rows)
}

/// Everything that the server shows of the directory, an entity a line.
pub fn read(server: &Server) -> Result<String, TaskError> {
    let mut connection = open(server)?;
    let mut text = String::new();
    let mut get = |target: &str| -> Result<Vec<Value>, TaskError> {
        let reply = connection.request("GET", target, &[], None).map_err(|cause| format!("{target}: {cause}"))?;
        let entities = reply.body.get("entities").and_then(Value::as_array).cloned();
        entities.ok_or_else(|| format!("{target}: {} {}", reply.status, reply.body))
    };
    let id = |entity: &Value| entity.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let show = |text: &mut String, of: &str, entities: &[Value]| {
        for entity in entities {
            writeln!(text, "{of} {entity}").expect("writing to a string cannot fail");
        }
    };
    let groups = get("/api/v2/groups?pageSize=500")?;
    show(&mut text, "group", &groups);
    for group in &groups {
        let id = id(group);
        for part in ["individuals", "members?pageSize=500", "subgroups?pageSize=500"] {
            show(&mut text, &format!("{part} of {id}"), &get(&format!("/api/v2/groups/{id}/{part}"))?);
        }
    }
    let people = get("/api/v2/users?pageSize=500")?;
    show(&mut text, "person", &people);
    for person in people.iter().step_by(3) {
        let id = id(person);
        show(&mut text, &format!("skills of {id}"), &get(&format!("/api/v2/users/{id}/routingskills?pageSize=100"))?);
    }
    show(&mut text, "skill", &get("/api/v2/routing/skills?pageSize=100")?);
    Ok(text)
}

fn open(server: &Server) -> Result<Connection, TaskError> {
    let token = server.sign_in()?;
    server.connect(Some(&token)).map_err(|cause| cause.to_string())
}
