//! Which bodies are accepted, strictly and as a Kaizala server did, and the messages of refusals.

use super::*;
use serde::Deserialize;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Sample {
    version: Option<i64>,
    list: Option<Vec<String>>,
    inner: Option<Inner>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inner {
    n: u8,
}

fn refusal(body: &str) -> String {
    match from_slice::<Option<Sample>>(body.as_bytes()) {
        Err(Refusal::Malformed { field, problem }) => format!("{field}: {problem}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn nothing_and_null_are_the_same() {
    for body in ["", " \n", "null"] {
        assert!(from_slice::<Option<Sample>>(body.as_bytes()).is_ok_and(|value| value.is_none()), "{body:?}");
    }
}

#[test]
fn refusals_name_the_field() {
    for (body, expected) in [
        (r#"{"version": "3"}"#, "version: invalid type: string \"3\", expected a whole number"),
        (r#"{"list": ["a", 5]}"#, "list[1]: invalid type: integer `5`, expected a string"),
        (r#"{"version": 1.5}"#, "version: invalid type: floating point `1.5`, expected a whole number"),
        (r#"[1, []]"#, ": invalid type: array, expected an object"),
        (r#"{"inner": [1]}"#, "inner: invalid type: array, expected an object"),
        (r#"{"inner": {"n": true}}"#, "inner.n: invalid type: boolean `true`, expected a whole number"),
        (r#"{"version": 1, "version": 2}"#, ": the key \"version\" stands twice in one object at line 1 column 28"),
        (r#"{"other": {"a": 1, "a": 2}}"#, ": the key \"a\" stands twice in one object at line 1 column 26"),
    ] {
        assert_eq!(refusal(body), expected, "{body}");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for body in [
        "{",
        "[1,]",
        "{\"a\":}",
        "nul",
        "\u{feff}{}",
        "{} {}",
        "{\"a\": NaN}",
        "{\"a\": 1e999}",
        "{'a': 1}",
        "{\"a\": \"\\ud800\"}",
        "{\"a\": \"\u{1}\"}",
    ] {
        assert!(from_slice::<Option<Sample>>(body.as_bytes()).is_err(), "{body:?}");
    }
}

#[test]
fn depth_is_bounded_and_nothing_overflows() {
    let nested = |depth: usize| format!("{{\"other\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(from_slice::<Option<Sample>>(nested(JSON_DEPTH - 1).as_bytes()).is_ok());
    for depth in [JSON_DEPTH, 1_000, 100_000, 500_000] {
        let expected = format!("arrays and objects may be nested {JSON_DEPTH} deep");
        assert!(refusal(&nested(depth)).contains(&expected), "{depth}");
    }
}

mod relaxed {
    use super::*;
    use convoke_wire::kaizala::{GroupCreate, PinLogin};
    use serde_json::json;

    /// The parsed value of a body, or the refusal.
    fn group(body: &str) -> Value {
        match relaxed_from_slice::<GroupCreate>(body.as_bytes()) {
            Ok(group) => serde_json::to_value(group).expect("a wire type is JSON"),
            Err(Refusal::Malformed { field, problem }) => format!("{field}: {problem}").into(),
            Err(other) => format!("{other:?}").into(),
        }
    }

    #[test]
    fn the_published_sample_is_read() {
        let sample = r#"{
    name:"Kaizala Test group",
    welcomeMessage:"Welcome to group created programmatically",
    members:["+911099999999"],
    groupType: "Group"
}
"#;
        let expected = json!({
            "name": "Kaizala Test group",
            "welcomeMessage": "Welcome to group created programmatically",
            "members": ["+911099999999"],
            "groupType": "Group",
        });
        assert_eq!(group(sample), expected);
        assert_eq!(group(&sample.replace('\n', "\r\n")), expected);
        assert_eq!(group(&expected.to_string()), expected);
        assert!(from_slice::<GroupCreate>(sample.as_bytes()).is_err());
    }

    #[test]
    fn json_may_be_loose_and_fields_in_any_case() {
        let expected = json!({ "name": "Ann's", "members": ["+91", "+92"] });
        for body in [
            r#"{"name": "Ann's", "members": ["+91", "+92"]}"#,
            r#"{'name': "Ann's", 'members': ['+91', '+92']}"#,
            r"{'name': 'Ann\'s', 'members': ['+91', '+92']}",
            r#"{name: "Ann's", members: ["+91", "+92",],}"#,
            "// a group\n{name: \"Ann's\", /* two */ members: ['+91', '+92']} // done",
            r#"{"Name": "Ann's", "WelcomeMessage": null, "Members": ["+91", "+92"], "Admins": null}"#,
            r#"{"NAME": "Ann's", "mEMBERS": ["+91", "+92"], "welcomemessage": null}"#,
            r#"{"name": null, "groupName": "Ann's", "members": ["+91", "+92"], "MEMBERS": null}"#,
            r#"{"GroupName": "Ann's", "members": ["+91", "+92"], "other": {"Other": 1, "OTHER": [2]}}"#,
            r#"{groupname: 'Ann\x27s', members: ['\u002b91', "+9\
2"], other: [0x1F, +1, .5, 5., 1e3, -0x1]}"#,
            "\u{feff}{\"name\": \"Ann's\", \"members\": [\"+91\", \"+92\"]}",
        ] {
            assert_eq!(group(body), expected, "{body}");
        }
        assert_eq!(group("{GROUPIMAGEURL: 'u'}"), json!({ "groupImageUrl": "u" }));
        assert_eq!(group("{addusertogroup: false}"), json!({ "addUserToGroup": false }));
        for body in ["{pin: 1234}", "{'PIN': '1234'}", "{\"Pin\": 0x4d2}"] {
            let login = relaxed_from_slice::<PinLogin>(body.as_bytes()).expect("a sign-in");
            assert_eq!(login.pin.as_deref(), Some("1234"), "{body}");
        }
    }

    #[test]
    fn refusals_name_the_field_as_the_struct_does() {
        for (body, expected) in [
            (r#"{"NAME": 3}"#, "name: invalid type: integer `3`, expected a string"),
            ("{GroupName: 3}", "groupName: invalid type: integer `3`, expected a string"),
            ("{groupImageUrl: 3}", "groupImageUrl: invalid type: integer `3`, expected a string"),
            ("{MEMBERS: ['a', {}]}", "members[1]: invalid type: object, expected a string"),
            ("{AddUserToGroup: 'yes'}", "addUserToGroup: invalid type: string \"yes\", expected a boolean"),
            ("['a']", ": invalid type: array, expected an object"),
            ("{name: 'a', Name: 'b'}", "name: stands twice in one object"),
            (r#"{"name": "a", "NAME": "b"}"#, "name: stands twice in one object"),
            (r#"{"name": "a", "groupName": "a"}"#, "name: stands twice in one object"),
            ("{GROUPNAME: 'a', Name: ''}", "name: stands twice in one object"),
            ("{groupImageURL: 'a', groupImageUrl: 'a'}", "groupImageUrl: stands twice in one object"),
            (r#"{"name": 1, "name": 2}"#, ": the key \"name\" stands twice in one object at line 1 column 22"),
            ("{name: 1, 'name': 2}", ": the key \"name\" stands twice in one object at line 1 column 1"),
            ("{x: {a: 1, \"\\u0061\": 2}}", ": the key \"a\" stands twice in one object at line 1 column 5"),
            ("{x: NaN}", ": numbers must be finite at line 1 column 5"),
            ("{x: -Infinity}", ": numbers must be finite at line 1 column 5"),
            ("{x: 1e999}", ": numbers must be finite at line 1 column 5"),
        ] {
            assert_eq!(group(body), expected, "{body}");
        }
    }

    #[test]
    fn what_is_no_json5_either_is_refused() {
        for body in [
            "{'name': None}",
            "{'addUserToGroup': True}",
            "{'name': undefined}",
            "{name: a}",
            "{name: 'a'} {}",
            "{name: 'a'",
            "{name: 'a\nb'}",
            "{name: '\\ud800'}",
            "{name: '\\udc00\\ud800'}",
            "{name: '\\ud800x'}",
            "{name 'a'}",
            "{,}",
            "{x: 010}",
            "{x: 0xfffffffffffffffffffffffffffffffff}",
            "{x: 1.2.3}",
            "{x: --1}",
            "/* a",
            "// a",
            "name=a",
            "<name>a</name>",
        ] {
            assert!(relaxed_from_slice::<Option<GroupCreate>>(body.as_bytes()).is_err(), "{body:?}");
        }
        assert!(relaxed_from_slice::<GroupCreate>(b"{name: '\xff'}").is_err());
        assert!(relaxed_from_slice::<Option<GroupCreate>>(b" ").is_ok_and(|group| group.is_none()));
    }

    #[test]
    fn depth_is_bounded_in_any_notation() {
        let too_deep = format!("arrays and objects may be nested {JSON_DEPTH} deep");
        let notations: [(&str, &str, &str, &str); 5] = [
            (r#"{"x":"#, "[", "]", "}"),
            (r#"{"x":"#, r#"{"x":["#, "]}", "}"),
            ("{x:", "[", ",]", "}"),
            ("{'x':", "/* [ */[", "]", "}"),
            ("{x:", "{'x':[", "],}", "}"),
        ];
        for (first, open, close, last) in notations {
            let levels = open.matches('{').count() + 1;
            let nested = |n: usize| format!("{first}{}1{}{last}", open.repeat(n), close.repeat(n));
            let fits = (JSON_DEPTH - 1) / levels;
            assert_eq!(group(&nested(fits)), json!({}), "{open} {fits}");
            for n in [fits + 1, 1_000, 100_000, 500_000] {
                assert!(group(&nested(n)).as_str().is_some_and(|why| why.contains(&too_deep)), "{open} {n}");
                let unclosed = format!("{first}{}", open.repeat(n));
                assert!(group(&unclosed).as_str().is_some_and(|why| why.contains(&too_deep)), "{open} {n}");
            }
        }
    }

    #[test]
    fn size_is_no_matter() {
        let long = "a".repeat(1 << 20);
        assert_eq!(group(&format!("{{name: '{long}'}}")), json!({ "name": long }));
        assert_eq!(group(&format!("/*{long}*/{{name: 'a'}}")), json!({ "name": "a" }));
        assert!(group(&format!("{{name: '{long}")).is_string());
        assert!(group(&format!("{{{long}: [}}")).is_string());
        assert_eq!(group(&format!("{{x: [{}]}}", "0,".repeat(1 << 18))), json!({}));
        assert!(group(&format!("{{x: {}}}", "9".repeat(1 << 20))).is_string());
    }
}
