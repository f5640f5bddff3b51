//! OpenAPI documents, generated from the endpoint tables and the wire types.

use convoke_wire::{BodyUse, Description, Endpoint, genesys, kaizala};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The statuses of refusals that any request may get.
const REFUSALS: &[(&str, &str)] = &[
    ("400", "The request has not the form that is asked for"),
    ("401", "There is no token, or it is not good"),
    ("403", "The caller may not do this"),
    ("404", "There is no such thing, or none that the caller may see"),
    ("408", "The body did not come in time"),
    ("409", "The request and the state of the directory do not go together"),
    ("413", "The body is too large"),
    ("415", "The body is not JSON"),
    ("429", "The caller has made too many requests, or brought too many wrong secrets or tokens"),
    ("503", "The server cannot take it now"),
];

/// The properties of an API's document, beside its endpoints.
struct Heading {
    title: &'static str,
    description: &'static str,
    endpoints: Vec<Description>,
    error: fn(&mut SchemaGenerator) -> Schema,
    security: Value,
    security_schemes: Value,
    /// The operations without a token, each with the headers that it needs instead.
    sign_in: &'static [(&'static str, &'static [(&'static str, &'static str)])],
}

/// The document of the Genesys Cloud API (OpenAPI 3.1).
pub(crate) fn genesys() -> Value {
    document(&Heading {
        title: "Convoke: Genesys Cloud groups",
        description: "The groups API of the Genesys Cloud Platform API v2, as Convoke answers it.",
        endpoints: genesys::endpoints(),
        error: SchemaGenerator::subschema_for::<genesys::ErrorBody>,
        security: json!([{ "oauth": [] }]),
        security_schemes: json!({
            "oauth": {
                "type": "oauth2",
                "flows": { "clientCredentials": { "tokenUrl": "/oauth/token", "scopes": {} } },
            },
        }),
        sign_in: &[],
    })
}

/// The document of the Kaizala API (OpenAPI 3.1).
pub(crate) fn kaizala() -> Value {
    document(&Heading {
        title: "Convoke: Kaizala groups",
        description: "The groups API of the Kaizala connector API v1, as Convoke answers it.",
        endpoints: kaizala::endpoints(),
        error: SchemaGenerator::subschema_for::<kaizala::ErrorBody>,
        security: json!([{ "accessToken": [] }, { "bearer": [] }]),
        security_schemes: json!({
            "accessToken": { "type": "apiKey", "in": "header", "name": "accessToken" },
            "bearer": { "type": "http", "scheme": "bearer" },
        }),
        sign_in: &[
            (
                kaizala::GetAccessToken::NAME,
                &[
                    ("applicationId", "The connector's id."),
                    ("applicationSecret", "The connector's secret."),
                    ("refreshToken", "The refresh token."),
                ],
            ),
            (kaizala::PostGeneratePin::NAME, &[]),
            (kaizala::PostLogin::NAME, &[]),
        ],
    })
}

fn document(heading: &Heading) -> Value {
    // OpenAPI 3.1 uses JSON Schema 2020-12; only the place of definitions differs.
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for endpoint in &heading.endpoints {
        let item = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        put(item, &endpoint.method.as_str().to_lowercase(), operation(heading, endpoint, &mut generator));
    }
    let error = (heading.error)(&mut generator);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": heading.title,
            "version": env!("CARGO_PKG_VERSION"),
            "description": heading.description,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": heading.security,
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "responses": {
                "Refusal": {
                    "description": "Why the request was refused",
                    "content": { "application/json": { "schema": error } },
                },
            },
            "securitySchemes": heading.security_schemes,
        },
    })
}

fn operation(heading: &Heading, endpoint: &Description, generator: &mut SchemaGenerator) -> Value {
    let sign_in = heading.sign_in.iter().find(|(name, _)| *name == endpoint.name);
    let mut parameters = parameters("path", &(endpoint.path_schema)(generator));
    parameters.extend(self::parameters("query", &(endpoint.query_schema)(generator)));
    parameters.extend(sign_in.into_iter().flat_map(|(_, headers)| headers.iter().map(header)));
    let mut success = json!({ "description": "Done" });
    if let Some(schema) = endpoint.reply_schema {
        put(&mut success, "content", json!({ "application/json": { "schema": schema(generator) } }));
    }
    let mut responses = Map::from_iter([(endpoint.status.to_string(), success)]);
    for (status, what) in REFUSALS {
        // A reply to HEAD has no body.
        let response = match endpoint.method.as_str() {
            "HEAD" => json!({ "description": what }),
            _ => json!({ "$ref": "#/components/responses/Refusal" }),
        };
        responses.insert((*status).into(), response);
    }
    let mut operation = json!({
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": responses,
    });
    if endpoint.body != BodyUse::None {
        put(
            &mut operation,
            "requestBody",
            json!({
                "required": endpoint.body == BodyUse::Required,
                "content": { "application/json": { "schema": (endpoint.body_schema)(generator) } },
            }),
        );
    }
    if sign_in.is_some() {
        put(&mut operation, "security", json!([]));
    }
    if !endpoint.permissions.is_empty() {
        put(&mut operation, "x-requires-any-permission", json!(endpoint.permissions));
    }
    operation
}

fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.into(), value);
    }
}

fn header((name, description): &(&str, &str)) -> Value {
    json!({
        "name": name,
        "in": "header",
        "required": true,
        "schema": { "type": "string" },
        "description": description,
    })
}

/// The parameters for the properties of a struct.
fn parameters(place: &str, schema: &Schema) -> Vec<Value> {
    let property = |name: &str| schema.get(name).and_then(Value::as_object);
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|required| required.iter().any(|field| field == name));
    let parameter = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let list = schema.get("type").is_some_and(|kind| kind == "array" || kind == &json!(["array", "null"]));
        let mut parameter = json!({
            "name": name,
            "in": place,
            "required": place == "path" || is_required(name),
            "schema": schema,
        });
        if let Some(description) = description {
            put(&mut parameter, "description", description);
        }
        if list {
            // Repeated keys are accepted too. Newer SDKs write commas.
            put(&mut parameter, "style", json!("form"));
            put(&mut parameter, "explode", json!(false));
        }
        parameter
    };
    property("properties").into_iter().flatten().map(parameter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_genesys_document_is_as_it_was() {
        insta::assert_json_snapshot!(genesys());
    }

    #[test]
    fn the_kaizala_document_is_as_it_was() {
        insta::assert_json_snapshot!(kaizala());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        for document in [genesys(), kaizala()] {
            let mut open = vec![&document];
            let mut references = 0;
            while let Some(value) = open.pop() {
                if let Some(target) = value.get("$ref").and_then(Value::as_str) {
                    references += 1;
                    let pointer = target.strip_prefix('#').unwrap_or_default();
                    assert!(document.pointer(pointer).is_some(), "{target}");
                }
                match value {
                    Value::Array(items) => open.extend(items),
                    Value::Object(fields) => open.extend(fields.values()),
                    _ => {}
                }
            }
            assert!(references > 100, "{references}");
        }
    }

    #[test]
    fn sign_in_takes_no_token() {
        let document = kaizala();
        let at = |endpoint: &Description, field: &str| {
            let path = endpoint.path.replace('/', "~1");
            let pointer = format!("/paths/{path}/{}/{field}", endpoint.method.as_str().to_lowercase());
            document.pointer(&pointer).cloned()
        };
        let open = |endpoint: &Description| at(endpoint, "security") == Some(json!([]));
        let endpoints = kaizala::endpoints();
        let without_token: Vec<&Description> = endpoints.iter().filter(|endpoint| open(endpoint)).collect();
        let headers: Vec<(&str, usize)> = without_token
            .iter()
            .map(|endpoint| {
                (endpoint.name, at(endpoint, "parameters").as_ref().and_then(Value::as_array).map_or(0, Vec::len))
            })
            .collect();
        assert_eq!(headers, [("getAccessToken", 3), ("generatePin", 0), ("loginWithPinAndApplicationId", 0)]);
    }
}
