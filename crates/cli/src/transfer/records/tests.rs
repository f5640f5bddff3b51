use super::*;

/// The records of a file, with line and row or error of each; or the error of the file.
fn read(kind: Kind, format: Format, delimiter: u8, text: &[u8]) -> String {
    let records = match Records::new(kind, Names::default(), format, delimiter, Bytes::copy_from_slice(text)) {
        Ok(records) => records,
        Err(problem) => return problem,
    };
    let length = records.len();
    let mut ends = vec![0];
    let lines = records.map(|record| {
        ends.push(record.end);
        match record.row {
            Ok(row) => format!("{} {}\n", record.line, kind.object(&row)),
            Err(problem) => format!("{} {problem}\n", record.line),
        }
    });
    let lines = lines.collect::<String>();
    assert!(ends.is_sorted() && ends.iter().all(|end| *end <= length), "{ends:?} of {length}");
    lines
}

fn check_table(kind: Kind, text: &str, expected: &str) {
    assert_eq!(read(kind, Format::Csv, b',', text.as_bytes()), expected, "{text:?}");
}

#[test]
fn a_table_is_read_however_it_is_written() {
    let ann = "2 {\"email\":\"a@x\",\"name\":\"Ann\"}\n";
    for text in [
        "name,email\nAnn,a@x\n",
        "name,email\nAnn,a@x",
        "name,email\r\nAnn,a@x\r\n",
        "name,email\rAnn,a@x\r",
        "\u{feff}name,email\nAnn,a@x\n",
        "\u{feff}\"name\",\"email\"\r\n\"Ann\",\"a@x\"\r\n",
        "email,Name \na@x,Ann\n",
        "name,email,department,title,phone\nAnn,a@x,, ,\n",
    ] {
        check_table(Kind::People, text, ann);
    }
    for (delimiter, text) in [(b';', "name;email\nAnn;a@x\n"), (b'\t', "name\temail\nAnn\ta@x\n")] {
        assert_eq!(read(Kind::People, Format::Csv, delimiter, text.as_bytes()), ann);
    }
}

#[test]
fn lines_are_those_of_the_file() {
    let first = "{\"key\":\"a\",\"description\":\"one\\ntwo\"}";
    for (text, lines) in [
        ("key,description\na,\"one\ntwo\"\nb,\n\n\nc,\n", [2, 4, 7]),
        ("key,description\r\na,\"one\ntwo\"\r\nb,\r\n\r\n\r\nc,\r\n", [2, 4, 7]),
        ("\n\nkey,description\na,\"one\ntwo\"\n\nb,\nc,\n", [4, 7, 8]),
        ("key,description\ra,\"one\ntwo\"\rb,\r\rc,\r", [2, 4, 6]),
    ] {
        let [one, two, three] = lines;
        let expected = format!("{one} {first}\n{two} {{\"key\":\"b\"}}\n{three} {{\"key\":\"c\"}}\n");
        check_table(Kind::Groups, text, &expected);
    }
    let text = b"\xef\xbb\xbf\n{\"group\":\"g\",\"member\":\"m\"}\r\n\n  {\"group\":\"g\"}  ";
    let expected = "2 {\"group\":\"g\",\"member\":\"m\"}\n4 missing field `member`, in column 13\n";
    assert_eq!(read(Kind::Memberships, Format::Jsonl, b',', text), expected);
}

#[test]
fn cells_say_what_their_columns_mean() {
    let text = "id,type,rulesVisible,owners\n1,social,TRUE,a@x; b@x;\n2,,false,\n3,,yes,\n";
    let expected = "2 {\"id\":\"1\",\"type\":\"social\",\"rulesVisible\":true,\"owners\":[\"a@x\",\"b@x\"]}\n\
                    3 {\"id\":\"2\",\"rulesVisible\":false}\n\
                    4 rulesVisible must be true or false\n";
    check_table(Kind::Groups, text, expected);
}

#[test]
fn a_header_is_refused_by_name() {
    let people = "there are id, name, email, state, username, preferredName, title, department, givenName, \
                  familyName, costCenter, manager, phone, acdAutoAnswer";
    let what = "--map says which one it is, --ignore-unknown leaves it out";
    for (text, problem) in [
        ("name,mail\n", format!("the header: no column is called \"mail\"; {people}; {what}")),
        ("name;email\n", format!("the header: no column is called \"name;email\"; {people}; {what}")),
        ("email,name,Email\n", format!("the header: two columns are called email; {people}")),
        ("name,title\nAnn,Clerk\n", format!("the header: there must be a column email or id; {people}")),
        ("", format!("the header: there must be a column email or id; {people}")),
    ] {
        check_table(Kind::People, text, &problem);
    }
    let problem = "the header: there must be a column member; there are group, member";
    check_table(Kind::Memberships, "group\n", problem);
    let wide = b"\xff\xfen\0a\0m\0e\0";
    let problem = read(Kind::People, Format::Csv, b',', wide);
    assert!(problem.starts_with("the header: no column is called \"\u{fffd}\u{fffd}n\\0"), "{problem}");
}

#[test]
fn what_is_wrong_with_a_record_is_no_trouble_for_others() {
    let cells = "cells where the header has 2; put quotes around those with a delimiter in them";
    let text = b"name,email\nAnn\nBob,b@x\nC,c@x,more\n\xff,d@x\n\"Eve\nF,f@x\n";
    let expected = format!(
        "2 it has 1 {cells}\n3 {{\"email\":\"b@x\",\"name\":\"Bob\"}}\n4 it has 3 {cells}\n5 name is not UTF-8\n6 {UNCLOSED}\n"
    );
    assert_eq!(read(Kind::People, Format::Csv, b',', text), expected);
    let text = "{\"email\":\"a@x\"}\nno JSON\n[]\n{\"email\":\"a@x\"} {}\n{\"mail\":\"a@x\"}\n{\"name\":7}\n{\"name\":\"a\",\"name\":\"b\"}\n{";
    let read = read(Kind::People, Format::Jsonl, b',', text.as_bytes());
    let fields = "`id`, `email`, `name`, `state`, `username`, `preferredName`, `title`, `department`, `givenName`, \
                  `familyName`, `costCenter`, `manager`, `phone`, `addresses`, `images`, `profileSkills`, \
                  `certifications`, `employerInfo`, `biography`, `acdAutoAnswer`, `skills`, `languages`";
    let expected = [
        "1 {\"email\":\"a@x\"}",
        "2 it is no JSON object",
        "3 it is no JSON object",
        "4 trailing characters, in column 17",
        &format!("5 unknown field `mail`, expected one of {fields}, in column 7"),
        "6 invalid type: integer `7`, expected a string, in column 9",
        "7 duplicate field `name`, in column 18",
        "8 EOF while parsing an object, in column 1",
    ];
    assert_eq!(read.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_record_is_shown_as_json() {
    let table = |text: &[u8]| {
        let records = Records::new(Kind::People, Names::default(), Format::Csv, b';', Bytes::from("name;email\n"));
        records.map(|records| records.shown(b';').json(text))
    };
    for (text, expected) in [
        (&b"\"A;n\nn\";a@x\r\n"[..], json!({ "name": "A;n\nn", "email": "a@x" })),
        (b"Ann;;", json!(["Ann", "", ""])),
        (b"\xff;", json!({ "name": "\u{fffd}", "email": "" })),
    ] {
        assert_eq!(table(text), Ok(expected));
    }
    assert_eq!(RecordFormat::LINE.json(b"{\"a\": 1}"), json!({ "a": 1 }));
    assert_eq!(RecordFormat::LINE.json(b"{\"a\": "), json!("{\"a\": "));
}
