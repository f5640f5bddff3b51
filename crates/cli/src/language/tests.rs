//! The translation keeps the meaning: any expression, and the criteria that it is translated to, evaluate to the same.

use super::{Rule, Search, rule_text};
use convoke_wire::genesys::{
    CriteriaOperator, CriteriaType, DynamicGroupSkillCondition as Node, Operation, SearchCriteria,
};
use proptest::prelude::*;

/// An expression over variables, identified by number.
#[derive(Clone, Debug)]
enum Tree {
    Is(u8),
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

fn trees() -> impl Strategy<Value = Tree> {
    (0..6u8).prop_map(Tree::Is).prop_recursive(4, 24, 4, |inner| {
        let list = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            inner.clone().prop_map(|tree| Tree::Not(Box::new(tree))),
            list().prop_map(Tree::And),
            list().prop_map(Tree::Or),
        ]
    })
}

impl Tree {
    fn holds(&self, truths: u8) -> bool {
        match self {
            Tree::Is(n) => truths >> n & 1 == 1,
            Tree::Not(tree) => !tree.holds(truths),
            Tree::And(trees) => trees.iter().all(|tree| tree.holds(truths)),
            Tree::Or(trees) => trees.iter().any(|tree| tree.holds(truths)),
        }
    }

    /// The expression as it is typed, with as few parentheses as possible. `level` is how strongly its context binds.
    fn text(&self, level: u8, leaf: &impl Fn(u8) -> String) -> String {
        let joined = |trees: &[Tree], own: u8, joint: &str| {
            let parts: Vec<String> = trees.iter().map(|tree| tree.text(own, leaf)).collect();
            let text = parts.join(joint);
            if level >= own && trees.len() > 1 { format!("({text})") } else { text }
        };
        match self {
            Tree::Is(n) => leaf(*n),
            Tree::Not(tree) => format!("not {}", tree.text(2, leaf)),
            Tree::And(trees) if trees.len() == 1 => joined(trees, level, ""),
            Tree::Or(trees) if trees.len() == 1 => joined(trees, level, ""),
            Tree::And(trees) => joined(trees, 1, " and "),
            Tree::Or(trees) => joined(trees, 0, " OR "),
        }
    }
}

/// The semantics of criteria lists: every AND holds, no NOT does and, if there is any OR, one of them does.
fn list_holds(entries: &[(Operation, bool)]) -> bool {
    let of = |wanted: Operation| entries.iter().filter(move |(operation, _)| *operation == wanted).map(|entry| entry.1);
    let may = of(Operation::Or).collect::<Vec<_>>();
    of(Operation::And).all(|holds| holds)
        && !of(Operation::Not).any(|holds| holds)
        && (may.is_empty() || may.contains(&true))
}

fn criteria_hold(list: &[SearchCriteria], truths: u8) -> bool {
    let entries: Vec<(Operation, bool)> = list
        .iter()
        .map(|entry| {
            let own = entry.kind == Some(CriteriaType::MatchAll) || number(entry.value.as_deref(), truths);
            let group = entry.group.as_ref().is_none_or(|group| criteria_hold(group, truths));
            let operation = match entry.operator {
                None | Some(CriteriaOperator::And) => Operation::And,
                Some(CriteriaOperator::Or) => Operation::Or,
                Some(CriteriaOperator::Not) => Operation::Not,
                Some(CriteriaOperator::Other(_)) => panic!("an unknown word"),
            };
            (operation, own && group)
        })
        .collect();
    list_holds(&entries)
}

fn number(text: Option<&str>, truths: u8) -> bool {
    let number: u8 = text.and_then(|text| text.parse().ok()).expect("a number stands there");
    truths >> number & 1 == 1
}

fn nodes_hold(nodes: Option<&Vec<Node>>, truths: u8, own: bool) -> bool {
    let of = |operation: Operation| {
        let nodes = nodes.into_iter().flatten().filter(move |node| node.operation.as_ref() == Some(&operation));
        nodes.map(|node| node_holds(node, truths))
    };
    own && of(Operation::And).all(|holds| holds) && !of(Operation::Not).any(|holds| holds)
        || of(Operation::Or).any(|holds| holds)
}

/// The semantics of a node: with And all its conditions hold, otherwise any. Of a condition: the comparison and every
/// And child hold and no Not child does, or any Or child holds.
fn node_holds(node: &Node, truths: u8) -> bool {
    let skills = node.routing_skill_conditions.iter().flatten();
    let skills = skills.map(|it| (it.routing_skill.as_deref(), it.child_conditions.as_ref()));
    let languages = node.language_skill_conditions.iter().flatten();
    let languages = languages.map(|it| (it.language_skill.as_deref(), it.child_conditions.as_ref()));
    let mut conditions =
        skills.chain(languages).map(|(name, children)| nodes_hold(children, truths, number(name, truths)));
    if node.operation == Some(Operation::And) { conditions.all(|holds| holds) } else { conditions.any(|holds| holds) }
}

fn rule_holds(rule: &Rule, truths: u8) -> bool {
    let nodes = rule.0.skill_conditions.as_deref().unwrap_or_default();
    let entry = |node: &Node| (node.operation.clone().expect("an operation"), node_holds(node, truths));
    list_holds(&nodes.iter().map(entry).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_search_means_what_it_says(tree in trees()) {
        let text = tree.text(0, &|n| format!("f={n}"));
        let Search(list) = text.parse().expect("it is well-formed");
        for truths in 0..64 {
            prop_assert_eq!(criteria_hold(&list, truths), tree.holds(truths), "{} as {:?}", &text, &list);
        }
    }

    #[test]
    fn a_rule_means_what_it_says(tree in trees()) {
        let text = tree.text(0, &|n| if n % 2 == 0 { format!("{n}>=3") } else { format!("lang:{n}=1") });
        // A rule that would be too large is refused.
        if let Ok(rule) = text.parse::<Rule>() {
            for truths in 0..64 {
                prop_assert_eq!(rule_holds(&rule, truths), tree.holds(truths), "{} as {:?}", &text, &rule);
            }
            // The formatted rule has the same meaning, unless it is too long to be typed.
            let shown = rule_text(&rule.0);
            if let Ok(again) = shown.parse::<Rule>() {
                for truths in 0..64 {
                    prop_assert_eq!(rule_holds(&again, truths), tree.holds(truths), "{} as {}", &text, &shown);
                }
            }
        }
    }

    #[test]
    fn nothing_that_is_typed_is_too_much(text in r#"[ab=^*<>~!.,()'"\\ \n:é]{0,40}|(not |a and |a or |\(){0,60}"#) {
        let said = [text.parse::<Search>().err(), text.parse::<Rule>().err()];
        for error in said.into_iter().flatten() {
            prop_assert_eq!(error.to_string().lines().count(), 3, "{}", error);
        }
    }
}

/// The criteria of a search in a short form: operator, type, fields, and values.
fn brief(list: &[SearchCriteria]) -> String {
    fn text<W: std::fmt::Display>(word: &Option<W>) -> Option<String> {
        word.as_ref().map(W::to_string)
    }
    let entry = |entry: &SearchCriteria| {
        let group = entry.group.as_ref().map(|group| format!("[{}]", brief(group)));
        let values = entry.values.as_ref().map(|values| values.join("|"));
        let range = (entry.start_value.is_some() || entry.end_value.is_some()).then(|| {
            format!("{}..{}", entry.start_value.as_deref().unwrap_or("-"), entry.end_value.as_deref().unwrap_or("-"))
        });
        let fields = entry.fields.as_ref().map(|fields| fields.join("+"));
        let parts = [text(&entry.operator), text(&entry.kind), fields, entry.value.clone(), values, range, group];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    list.iter().map(entry).collect::<Vec<_>>().join(", ")
}

#[test]
fn searches_become_criteria() {
    for (typed, expected) in [
        ("name=x", "AND EXACT name x"),
        ("name!=x", "NOT EXACT name x"),
        ("name ^= night", "AND STARTS_WITH name night"),
        ("name*=night", "AND CONTAINS name night"),
        ("name~^n.*t$", "AND REGEX name ^n.*t$"),
        (r#"name~"\d{2}..\"\\""#, r#"AND REGEX name \d{2}.."\"#),
        ("memberCount<5", "AND LESS_THAN memberCount 5"),
        ("memberCount<=5", "AND LESS_THAN_EQUAL_TO memberCount 5"),
        ("dateModified>2026-01-01T12:30:00Z", "AND GREATER_THAN dateModified 2026-01-01T12:30:00Z"),
        ("memberCount>=5", "AND GREATER_THAN_EQUAL_TO memberCount 5"),
        ("state in (active, 'in active')", "AND EXACT state active|in active"),
        ("memberCount 5..10", "AND RANGE memberCount 5..10"),
        ("memberCount 5.. and x", "AND RANGE memberCount 5..-, AND QUERY_STRING name x"),
        ("memberCount ..10", "AND RANGE memberCount -..10"),
        (r#"dateModified "2026-01-01".."2026-02-01""#, "AND RANGE dateModified 2026-01-01..2026-02-01"),
        ("has email", "AND REQUIRED_FIELDS email"),
        ("has email, ownerIds", "AND REQUIRED_FIELDS email+ownerIds"),
        ("night", "AND QUERY_STRING name night"),
        ("O'Brien", "AND QUERY_STRING name O'Brien"),
        ("\"night shift\"", "AND QUERY_STRING name \"night shift\""),
        ("'\"so-called\" team'", "AND CONTAINS name \"so-called\" team"),
        ("name,description^=x", "AND STARTS_WITH name+description x"),
        ("name^=night and not state=inactive", "AND STARTS_WITH name night, NOT EXACT state inactive"),
        ("a=1 OR b=2", "OR EXACT a 1, OR EXACT b 2"),
        ("a=1 and (b=2 or c=3)", "AND EXACT a 1, OR EXACT b 2, OR EXACT c 3"),
        ("a=1 or b=2 and c=3", "OR EXACT a 1, OR EXACT b 2 [AND EXACT c 3]"),
        ("not (a=1 and b=2)", "NOT EXACT a 1 [AND EXACT b 2]"),
        ("not (a=1 or b=2)", "NOT EXACT a 1, NOT EXACT b 2"),
        ("not not a=1", "AND EXACT a 1"),
        ("(a=1 or b=2) and (c=3 or d=4)", "OR EXACT a 1, OR EXACT b 2, AND MATCH_ALL [OR EXACT c 3, OR EXACT d 4]"),
    ] {
        let search: Search = typed.parse().unwrap_or_else(|error| panic!("{typed}: {error}"));
        assert_eq!(brief(&search.0), expected, "{typed}");
    }
}

#[test]
fn rules_become_nodes() {
    for (typed, expected) in [
        (
            "Billing>=3 and lang:Spanish>=2 and not Juggling=5",
            r#"[{"routingSkillConditions":[{"routingSkill":"Billing","comparator":"GreaterThanOrEqualTo","proficiency":3}],"languageSkillConditions":[{"languageSkill":"Spanish","comparator":"GreaterThanOrEqualTo","proficiency":2}],"operation":"And"},{"routingSkillConditions":[{"routingSkill":"Juggling","comparator":"EqualTo","proficiency":5}],"languageSkillConditions":[],"operation":"Not"}]"#,
        ),
        (
            "has Billing or lang:\"Brazilian Portuguese\"!=1",
            r#"[{"routingSkillConditions":[{"routingSkill":"Billing","comparator":"GreaterThanOrEqualTo","proficiency":0}],"languageSkillConditions":[{"languageSkill":"Brazilian Portuguese","comparator":"NotEqualTo","proficiency":1}],"operation":"Or"}]"#,
        ),
    ] {
        let rule: Rule = typed.parse().unwrap_or_else(|error| panic!("{typed}: {error}"));
        let nodes = serde_json::to_string(&rule.0.skill_conditions).expect("it is JSON");
        assert_eq!(nodes, expected, "{typed}");
    }
    for typed in [
        "Billing>=3 and lang:Spanish>=2 and not Juggling=5",
        "Billing>=3 or lang:Spanish!=2",
        "Billing>=3 and not (Juggling=5 or lang:Spanish<1)",
        "(Billing>=3 or Juggling=5) and Complaints<=2",
        "\"Live \\\"chat\\\"\">1 and \"not\"=1 and lang:\"a:b\"=0",
    ] {
        let rule: Rule = typed.parse().unwrap_or_else(|error| panic!("{typed}: {error}"));
        assert_eq!(rule_text(&rule.0), typed);
    }
}

#[test]
fn mistakes_are_shown_where_they_are() {
    for (typed, expected) in [
        ("", "a condition is missing here; write one such as name^=night\n  \n  ^"),
        ("name=", "a value is missing after =; put one with spaces or signs in quotation marks\n  name=\n       ^"),
        (
            "a=1 b=2",
            "this is not joined to what stands before it: write \"and\" or \"or\" between two conditions, and put a \
             value of several words in quotation marks\n  a=1 b=2\n      ^",
        ),
        (
            "night shift",
            "these two words are not joined: put a phrase in quotation marks, write \"and\" or \"or\" between two \
             searches, or an operator such as = between a field and a value\n  night shift\n        ^",
        ),
        ("(a=1", "the parenthesis is not closed: a ) is missing here\n  (a=1\n      ^"),
        ("a=1)", "this closes a parenthesis that was never opened\n  a=1)\n     ^"),
        ("a in x", "put the values in parentheses: state in (active, inactive)\n  a in x\n       ^"),
        (
            "a in (x",
            "the list of values is not closed; write ) here, or a comma and another value\n  a in (x\n         ^",
        ),
        ("夜\t='x", "this quotation mark is never closed\n  夜 ='x\n      ^"),
        ("a ..", "the range has no end; write it after the two dots\n  a ..\n      ^"),
        ("a,b", "an operator such as = or *= is missing after the fields\n  a,b\n     ^"),
        ("''", "the quotation marks are empty; write what to look for\n  ''\n  ^"),
        ("a=1 and", "a condition is missing here; write one such as name^=night\n  a=1 and\n         ^"),
    ] {
        let said = typed.parse::<Search>().map_err(|error| error.to_string());
        assert_eq!(said, Err(expected.to_owned()), "{typed}");
    }
    let long = format!("{} x", vec!["a=1"; 40].join(" and "));
    let said = long.parse::<Search>().map(drop).map_err(|error| error.to_string());
    let place = format!("\n  …{}a=1 x\n{}^", "a=1 and ".repeat(7), " ".repeat(63));
    assert!(said.as_ref().is_err_and(|said| said.ends_with(&place)), "{said:?} {place}");
    for (typed, expected) in [
        (
            "Billing",
            "one of = != < <= > >= is missing after the skill; write Billing>=3, for example\n  Billing\n         ^",
        ),
        (
            "Billing~3",
            "one of = != < <= > >= is missing after the skill; write Billing>=3, for example\n  Billing~3\n         ^",
        ),
        ("Billing>6", "a proficiency is a whole number from 0 to 5\n  Billing>6\n          ^"),
        ("lang:>2", "the name of a language is missing after lang:\n  lang:>2\n       ^"),
    ] {
        let said = typed.parse::<Rule>().map(drop).map_err(|error| error.to_string());
        assert_eq!(said, Err(expected.to_owned()), "{typed}");
    }
}

#[test]
fn depth_and_number_are_bounded() {
    let nested = |depth| format!("{}a=1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(nested(12).parse::<Search>().is_ok());
    let said = nested(13).parse::<Search>().map_err(|error| error.to_string());
    assert!(said.is_err_and(|said| said.starts_with("parentheses may be 12 deep")));
    assert!(nested(100_000).parse::<Search>().is_err() && "not ".repeat(100_000).parse::<Rule>().is_err());
    let many = |n: usize| vec!["a=1"; n].join(" or ");
    assert!(many(64).parse::<Search>().is_ok() && many(64).parse::<Rule>().is_ok());
    assert!(many(65).parse::<Search>().is_err() && many(65).parse::<Rule>().is_err());
    assert!(format!("a,b=1 and ({})", many(63)).parse::<Search>().is_err());
    // At the top each clause is an entry of its own; within an alternative each would contain all others, many
    // millions here.
    let clauses = vec!["(a=1 or b=1)"; 30].join(" and ");
    assert!(clauses.parse::<Rule>().is_ok());
    let said = format!("c=1 or {clauses}").parse::<Rule>().map(drop).map_err(|error| error.to_string());
    assert!(said.is_err_and(|said| said.contains("more than 64")));
}
