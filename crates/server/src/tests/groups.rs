//! Groups and members, as callers see them.

use super::{World, steady};
use serde_json::{Value, json};

#[tokio::test]
async fn a_group_from_beginning_to_end() {
    let world = World::new().await;
    let (admin, ada) = (&world.admin, world.user("ada").await);
    let body = json!({
        "name": "Night Shift", "type": "official", "rulesVisible": true, "visibility": "members",
        "description": "From 22:00", "ownerIds": [ada], "email": "night@example.org",
        "addresses": [{ "type": "GROUPRING", "mediaType": "PHONE", "address": "+12025550123" }],
        "images": [{ "resolution": "x96", "imageUri": "https://example.org/n.png" }],
    });
    let group = world.call(admin, "POST", "/api/v2/groups", body).await.expect(200);
    insta::assert_json_snapshot!(steady(&group), @r#"
    {
      "id": "(id)",
      "name": "Night Shift",
      "description": "From 22:00",
      "dateModified": "(moment)",
      "memberCount": 1,
      "state": "active",
      "version": 1,
      "type": "official",
      "images": [
        {
          "resolution": "x96",
          "imageUri": "https://example.org/n.png"
        }
      ],
      "addresses": [
        {
          "address": "+12025550123",
          "display": "+12025550123",
          "type": "GROUPRING",
          "mediaType": "PHONE"
        }
      ],
      "rulesVisible": true,
      "visibility": "members",
      "rolesEnabled": true,
      "includeOwners": true,
      "callsEnabled": true,
      "email": "night@example.org",
      "chat": {
        "jabberId": "(id)@conference.(id).convoke.invalid"
      },
      "owners": [
        {
          "id": "(id)",
          "version": 1,
          "selfUri": "/api/v2/users/(id)"
        }
      ],
      "selfUri": "/api/v2/groups/(id)"
    }
    "#);
    let path = group["selfUri"].as_str().expect("a link");
    assert_eq!(world.get(admin, path).await.expect(200), group);
    // A whole object put back changes nothing.
    let mut back = group.clone();
    back["memberCount"] = json!(77);
    assert_eq!(world.call(admin, "PUT", path, back).await.expect(200), group);
    let emptied =
        json!({ "version": 1, "addresses": [], "images": [], "ownerIds": [" "], "description": "", "email": "" });
    let emptied = world.call(admin, "PUT", path, emptied).await.expect(200);
    for field in ["addresses", "images", "description", "email"] {
        assert_eq!(emptied.get(field), None, "{field}");
    }
    assert_eq!((&emptied["owners"], &emptied["version"], &emptied["memberCount"]), (&json!([]), &json!(2), &json!(0)));
    for body in [Value::Null, json!(null)] {
        assert_eq!(world.call(admin, "PUT", path, body).await.expect(200), emptied);
    }
    assert_eq!(world.call(admin, "DELETE", path, Value::Null).await.expect(200), Value::Null);
    assert_eq!(world.get(admin, path).await.refusal(), (404, "general.resource.not.found"));
    assert_eq!(world.call(admin, "DELETE", path, Value::Null).await.refusal(), (404, "general.resource.not.found"));
}

#[tokio::test]
async fn an_extension_stands_for_the_address_that_documents_require() {
    let world = World::new().await;
    let contact = json!({ "type": "GROUPPHONE", "mediaType": "PHONE", "extension": "3100" });
    let group = world.group(json!({ "addresses": [contact] })).await;
    let path = format!("/api/v2/groups/{group}");
    let group = world.get(&world.admin, &path).await.expect(200);
    let shown = &group["addresses"][0];
    assert_eq!((&shown["address"], &shown["extension"]), (&json!("3100"), &json!("3100")));
    let back = world.call(&world.admin, "PUT", &path, group.clone()).await.expect(200);
    assert_eq!(back, group, "put back as it came it changes nothing");
    let found = json!({ "query": [{ "type": "EXACT", "fields": ["addresses"], "value": "3100" }] });
    let found = world.call(&world.admin, "POST", "/api/v2/groups/search", found).await.expect(200);
    assert_eq!(found["total"], 1);
}

#[tokio::test]
async fn refusals_name_what_is_wrong_and_change_nothing() {
    let world = World::new().await;
    let id = world.group(json!({})).await;
    let path = format!("/api/v2/groups/{id}");
    let before = world.get(&world.admin, &path).await.expect(200);
    let long = "x".repeat(257);
    for (body, status, code, field) in [
        (json!({}), 400, "bad.request", "version"),
        (json!({ "version": "1" }), 400, "bad.request", "version"),
        (json!({ "version": 1.5 }), 400, "bad.request", "version"),
        (json!({ "version": -1 }), 400, "bad.request", "version"),
        (json!({ "version": 2147483648u64 }), 400, "bad.request", "version"),
        (json!({ "version": 1e300 }), 400, "bad.request", "version"),
        (json!({ "version": 1, "name": "" }), 400, "bad.request", "name"),
        (json!({ "version": 1, "name": long }), 400, "bad.request", "name"),
        (json!({ "version": 1, "name": "a\u{0}b" }), 400, "bad.request", "name"),
        (json!({ "version": 1, "name": 5 }), 400, "bad.request", "name"),
        (json!({ "version": 1, "visibility": "outdated_sdk_version" }), 400, "invalid.value", "visibility"),
        (json!({ "version": 1, "state": "deleted" }), 400, "invalid.value", "state"),
        (json!({ "version": 1, "addresses": [{ "address": "+1" }] }), 400, "bad.request", "addresses.type"),
        (json!({ "version": 1, "addresses": [{ "type": "GROUPRING" }] }), 400, "bad.request", "addresses.address"),
        (json!({ "version": 1, "addresses": {} }), 400, "bad.request", "addresses"),
        (json!({ "version": 1, "images": [{}] }), 400, "bad.request", "images.imageUri"),
        (json!({ "version": 1, "email": "nobody" }), 400, "bad.request", "email"),
        (json!({ "version": 1, "ownerIds": ["nobody"] }), 404, "general.resource.not.found", ""),
        (json!([]), 400, "bad.request", ""),
        (json!(["by position", null, null, 1]), 400, "bad.request", ""),
        (json!({ "version": 1, "images": [["x96", "https://example.org/i"]] }), 400, "bad.request", "images[0]"),
        (json!("text"), 400, "bad.request", ""),
    ] {
        let reply = world.call(&world.admin, "PUT", &path, body.clone()).await;
        assert_eq!(reply.refusal(), (status, code), "{body}: {}", reply.body);
        if !field.is_empty() {
            assert_eq!(reply.body["details"][0]["fieldName"], field, "{body}");
            assert!(reply.body["message"].as_str().is_some_and(|text| text.contains(field)), "{}", reply.body);
        }
    }
    for missing in ["name", "type", "rulesVisible", "visibility"] {
        let mut body = json!({ "name": "g", "type": "official", "rulesVisible": true, "visibility": "public" });
        body[missing] = Value::Null;
        let reply = world.call(&world.admin, "POST", "/api/v2/groups", body).await;
        assert_eq!((reply.refusal(), &reply.body["details"][0]["fieldName"]), ((400, "bad.request"), &json!(missing)));
    }
    assert_eq!(world.get(&world.admin, &path).await.expect(200), before);
    assert_eq!(world.get(&world.admin, "/api/v2/groups").await.expect(200)["total"], 1);
    let stale = world.call(&world.admin, "PUT", &path, json!({ "version": 7, "name": "x" })).await;
    insta::assert_json_snapshot!(steady(&stale.body), @r#"
    {
      "message": "unexpected version: the version [7] of the group [(id)] does not match the current version [1]",
      "code": "general.conflict",
      "status": 409,
      "messageWithParams": "unexpected version: the version [{given}] of the {entity} [{id}] does not match the current version [{current}]",
      "messageParams": {
        "current": "1",
        "entity": "group",
        "given": "7",
        "id": "(id)"
      },
      "contextId": "(id)",
      "details": [],
      "errors": []
    }
    "#);
}

#[tokio::test]
async fn members_come_in_pages_by_name() {
    let world = World::new().await;
    let group = world.group(json!({})).await;
    let mut ids = Vec::new();
    for name in ["eve", "Bob", "ada", "dan", "cyd"] {
        ids.push(world.user(name).await);
    }
    let members = format!("/api/v2/groups/{group}/members");
    let added = world.call(&world.admin, "POST", &members, json!({ "memberIds": ids, "version": 1 })).await;
    assert_eq!(added.expect(202), json!({}));
    let names = |listing: &Value| -> Vec<String> {
        let entities = listing["entities"].as_array().expect("entities");
        entities.iter().map(|user| user["name"].as_str().expect("a name").to_owned()).collect()
    };
    let page = world.get(&world.admin, &format!("{members}?pageSize=2&pageNumber=2&expand=groups")).await.expect(200);
    assert_eq!(names(&page), ["cyd", "dan"]);
    assert_eq!(page["entities"][0]["groups"][0]["id"], json!(group));
    let links =
        |page: &Value| ["firstUri", "previousUri", "selfUri", "nextUri", "lastUri"].map(|link| page[link].clone());
    let link = |number: u32| json!(format!("{members}?pageSize=2&pageNumber={number}&expand=groups"));
    assert_eq!(links(&page), [link(1), link(1), link(2), link(3), link(3)]);
    assert_eq!((&page["total"], &page["pageCount"]), (&json!(5), &json!(3)));
    let first = world.get(&world.admin, &format!("{members}?pageSize=5")).await.expect(200);
    assert_eq!((first.get("nextUri"), first.get("previousUri")), (None, None));
    let past = world.get(&world.admin, &format!("{members}?pageSize=2&pageNumber=9")).await.expect(200);
    assert_eq!((&past["entities"], &past["total"], &past["pageCount"]), (&json!([]), &json!(5), &json!(3)));
    for (order, expected) in [
        ("descending", "eve"),
        ("DESC", "eve"),
        ("Descending", "eve"),
        ("ascending", "ada"),
        ("ASC", "ada"),
        ("", "ada"),
    ] {
        let page = world.get(&world.admin, &format!("{members}?pageSize=1&sortOrder={order}")).await.expect(200);
        assert_eq!(names(&page), [expected], "{order}");
    }
    let all = world.get(&world.admin, &format!("/api/v2/groups/{group}/individuals")).await.expect(200);
    assert_eq!(names(&all), ["ada", "Bob", "cyd", "dan", "eve"]);
    let gone = ids.iter().take(2).cloned().collect::<Vec<_>>().join(",");
    let removed = world.call(&world.admin, "DELETE", &format!("{members}?ids={gone}"), Value::Null).await;
    assert_eq!(removed.expect(202), json!({}));
    let group = world.get(&world.admin, &format!("/api/v2/groups/{group}")).await.expect(200);
    assert_eq!((&group["memberCount"], &group["version"]), (&json!(3), &json!(3)));
}

#[tokio::test]
async fn calls_about_members_are_bounded_and_whole() {
    let world = World::new().await;
    let (group, ada) = (world.group(json!({})).await, world.user("ada").await);
    let members = format!("/api/v2/groups/{group}/members");
    let many: Vec<&str> = std::iter::repeat_n(ada.as_str(), 51).collect();
    for (body, status, field) in [
        (json!({ "memberIds": many }), 400, "memberIds"),
        (json!({ "version": 1 }), 400, "memberIds"),
        (json!({ "memberIds": [ada, "nobody"] }), 404, ""),
        (json!({ "memberIds": [ada], "version": 3 }), 409, ""),
        (Value::Null, 400, "body"),
    ] {
        let reply = world.call(&world.admin, "POST", &members, body.clone()).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
        if !field.is_empty() {
            assert_eq!(reply.body["details"][0]["fieldName"], field);
        }
    }
    let limited = world.call(&world.admin, "POST", &members, json!({ "memberIds": many })).await;
    assert_eq!(limited.body["limit"]["value"], 50);
    for query in ["", "?ids=", &format!("?ids={}", many.join(","))] {
        let reply = world.call(&world.admin, "DELETE", &format!("{members}{query}"), Value::Null).await;
        assert_eq!((reply.status.as_u16(), &reply.body["details"][0]["fieldName"]), (400, &json!("ids")), "{query}");
    }
    let unchanged = world.get(&world.admin, &format!("/api/v2/groups/{group}")).await.expect(200);
    assert_eq!((&unchanged["memberCount"], &unchanged["version"]), (&json!(0), &json!(1)));
    let fifty: Vec<&str> = std::iter::repeat_n(ada.as_str(), 50).collect();
    world.call(&world.admin, "POST", &members, json!({ "memberIds": fifty })).await.expect(202);
    // Repeated keys and commas are the same list.
    let bob = world.user("bob").await;
    world.call(&world.admin, "POST", &members, json!({ "memberIds": [bob] })).await.expect(202);
    let both = format!("{members}?ids={ada}&ids={bob}");
    world.call(&world.admin, "DELETE", &both, Value::Null).await.expect(202);
    let emptied = world.get(&world.admin, &format!("/api/v2/groups/{group}")).await.expect(200);
    assert_eq!((&emptied["memberCount"], &emptied["version"]), (&json!(0), &json!(4)));
}

#[tokio::test]
async fn owners_members_and_strangers() {
    let world = World::new().await;
    let (ada, bob, cyd) = (world.user("ada").await, world.user("bob").await, world.user("cyd").await);
    let group = world.group(json!({ "visibility": "members", "ownerIds": [ada] })).await;
    let path = format!("/api/v2/groups/{group}");
    let members = format!("{path}/members");
    let (owner, member) = (world.actor(None, Some(&ada)).await, world.actor(None, Some(&bob)).await);
    let stranger = world.actor(Some("reader"), Some(&cyd)).await;
    world.call(&owner, "POST", &members, json!({ "memberIds": [bob] })).await.expect(202);
    for (who, sees, edits, changes_members) in [
        (&owner, 200, 403, 202),
        (&member, 200, 403, 403),
        (&stranger, 404, 403, 404),
        (&world.actor(Some("group administrator"), None).await, 200, 200, 202),
        (&world.admin, 200, 200, 202),
    ] {
        assert_eq!(world.get(who, &path).await.status, sees);
        assert_eq!(world.get(who, &members).await.status, sees);
        assert_eq!(world.get(who, &format!("{path}/individuals")).await.status, sees);
        assert_eq!(world.get(who, &format!("{path}/profile")).await.status, sees);
        let listed = world.get(who, &format!("/api/v2/groups?id={group}")).await.expect(200);
        assert_eq!(listed["total"], u8::from(sees == 200));
        assert_eq!(world.get(who, "/api/v2/groups").await.expect(200)["total"], u8::from(sees == 200));
        let of_bob = world.get(who, &format!("/api/v2/users/{bob}?expand=groups")).await.expect(200);
        assert_eq!(of_bob["groups"].as_array().map(Vec::len), Some(usize::from(sees == 200)));
        assert_eq!(world.call(who, "PUT", &path, Value::Null).await.status, edits);
        assert_eq!(world.call(who, "POST", &members, json!({ "memberIds": [bob] })).await.status, changes_members);
        assert_eq!(
            world.call(who, "DELETE", &format!("{members}?ids={cyd}"), Value::Null).await.status,
            changes_members
        );
    }
    let me = world.get(&owner, "/api/v2/users/me?expand=organization,date").await.expect(200);
    assert_eq!((&me["id"], me["organization"]["name"].as_str()), (&json!(ada), Some("default")));
    assert_eq!(world.get(&world.admin, "/api/v2/users/me").await.refusal(), (400, "not.a.user"));
}

#[tokio::test]
async fn listings_by_id_and_chat_address() {
    let world = World::new().await;
    let (one, two) = (world.group(json!({ "name": "one" })).await, world.group(json!({ "name": "two" })).await);
    let all = world.get(&world.admin, "/api/v2/groups").await.expect(200);
    let jabber = all["entities"][1]["chat"]["jabberId"].as_str().expect("an address");
    for (query, expected) in [
        (format!("id={two},{one}"), vec![&one, &two]),
        (format!("id={two}&id={one}&id={one}"), vec![&one, &two]),
        (format!("id={two}%2C{one}&sortOrder=descending"), vec![&two, &one]),
        (format!("id={two},nobody,00000000-0000-4000-8000-000000000000"), vec![&two]),
        ("id=&pageNumber=&pageSize=&sortOrder=&jabberId=".to_owned(), vec![&one, &two]),
        (format!("jabberId={jabber}"), vec![&two]),
        ("jabberId=nobody@nowhere".to_owned(), vec![]),
    ] {
        for path in ["/api/v2/groups", "/api/v2/profiles/groups"] {
            let listing = world.get(&world.admin, &format!("{path}?{query}")).await.expect(200);
            let ids: Vec<_> = listing["entities"].as_array().expect("entities").iter().map(|g| &g["id"]).collect();
            assert_eq!(json!(ids), json!(expected), "{path}?{query}");
            assert_eq!(listing["total"], expected.len());
        }
    }
    let both = world.get(&world.admin, &format!("/api/v2/groups?id={one}&jabberId={jabber}")).await;
    assert_eq!((both.refusal(), &both.body["details"][0]["fieldName"]), ((400, "bad.request"), &json!("jabberId")));
}

#[tokio::test]
async fn profiles_fields_and_voicemail() {
    let world = World::new().await;
    let group = world.group(json!({})).await;
    let profile = |query: &str| format!("/api/v2/groups/{group}/profile{query}");
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(",");
    let whole = world.get(&world.admin, &profile("")).await.expect(200);
    assert_eq!(keys(&whole), "id,name,state,dateModified,version,selfUri");
    let name = world.get(&world.admin, &profile("?fields=general.name,general.unheard")).await.expect(200);
    assert_eq!(keys(&name), "id,name,version,selfUri");
    for kind in ["person", "group", "org", "externalContact"] {
        let config = world.get(&world.admin, &format!("/api/v2/fieldconfig?type={kind}")).await.expect(200);
        assert_eq!(config["entityType"], kind);
    }
    for (query, code) in [("?type=dog", "bad.entity.type"), ("", "bad.request"), ("?type=org&type=org", "bad.request")]
    {
        assert_eq!(world.get(&world.admin, &format!("/api/v2/fieldconfig{query}")).await.refusal(), (400, code));
    }
    let policy = format!("/api/v2/voicemail/groups/{group}/policy");
    let held = world.get(&world.admin, &policy).await.expect(200);
    // What documents require of a group, wherever it stands.
    assert_eq!(keys(&held["group"]), "id,name,type,visibility,rulesVisible,selfUri");
    let back = world.call(&world.admin, "PATCH", &policy, json!({ "group": { "id": "another" } })).await.expect(200);
    assert_eq!(back["group"], held["group"], "it is not taken in");
    assert_eq!((&held["enabled"], held.get("groupAlertType")), (&json!(false), None));
    let edit = json!({ "enabled": true, "groupAlertType": "ROUND_ROBIN", "rotateCallsSecs": 9, "emailPolicy": { "emailGroup": true } });
    let changed = world.call(&world.admin, "PATCH", &policy, edit).await.expect(200);
    assert_eq!(changed, world.get(&world.admin, &policy).await.expect(200));
    assert_eq!(
        (&changed["groupAlertType"], &changed["emailPolicy"]["emailGroup"]),
        (&json!("ROUND_ROBIN"), &json!(true))
    );
    let group = world.get(&world.admin, &format!("/api/v2/groups/{group}")).await.expect(200);
    assert_eq!(group["version"], 1, "another service's setting makes no version");
}

/// A long list is rendered while it is sent, and is the same as if it were rendered as a whole.
#[tokio::test]
async fn a_long_list_of_individuals_is_sent_in_pieces_and_says_what_it_said() {
    use convoke_wire::genesys::{EntityListing, User};
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    let world = World::new().await;
    let mut users = Vec::new();
    for n in 0..100 {
        let id = world.user(&format!("user{n:02}")).await;
        let more = json!({ "version": 1, "title": "t".repeat(250), "department": "d".repeat(250) });
        users.push(world.call(&world.admin, "PATCH", &format!("/api/v2/users/{id}"), more).await.expect(200));
    }
    for n in [0, 1, 100] {
        let group = world.group(json!({})).await;
        let ids: Vec<_> = users[..n].iter().map(|user| user["id"].clone()).collect();
        for (version, ids) in (1..).zip(ids.chunks(50)) {
            let body = json!({ "version": version, "memberIds": ids });
            world.call(&world.admin, "POST", &format!("/api/v2/groups/{group}/members"), body).await.expect(202);
        }
        let path = format!("/api/v2/groups/{group}/individuals");
        let request = http::Request::get(&path).header("authorization", format!("Bearer {}", world.admin));
        let request = request.body(axum::body::Body::empty()).expect("a request");
        let response = world.router.clone().oneshot(request).await.expect("a router does not fail");
        assert_eq!(response.headers()["content-type"], "application/json");
        let (mut body, mut bytes, mut n_pieces) = (response.into_body(), Vec::new(), 0);
        while let Some(frame) = body.frame().await {
            bytes.extend(frame.expect("it does not fail").into_data().expect("no trailers"));
            n_pieces += 1;
        }
        assert_eq!(n_pieces > 1, n == 100, "{n} individuals in {n_pieces} pieces");
        let listing: EntityListing<User> = serde_json::from_slice(&bytes).expect("a listing");
        assert_eq!((listing.entities.len(), listing.total, listing.page_size), (n, n as i64, n as i32));
        assert_eq!((listing.self_uri.as_deref(), listing.page_count), (Some(path.as_str()), 1));
        assert_eq!(serde_json::to_value(&listing.entities).expect("it is rendered"), json!(users[..n]));
        assert_eq!(bytes, serde_json::to_vec(&listing).expect("it is rendered"), "byte by byte");
    }
    let absent = format!("/api/v2/groups/{}/individuals", uuid::Uuid::nil());
    assert_eq!(world.get(&world.admin, &absent).await.status, 404, "errors come before the first byte");
}
