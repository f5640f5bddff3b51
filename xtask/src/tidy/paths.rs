//! The names of its own crate that a file uses, in `use` declarations and in paths within its code.

use std::{fmt, path::Path};
use syn::{
    Attribute, ItemMod, ItemUse, UseTree,
    spanned::Spanned,
    visit::{self, Visit},
};

/// A module, as its path from the root of its crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module(Vec<String>);

/// A use of a name of the file's own crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameUse {
    /// The room that it is in: the first name after `crate`.
    pub room: String,
    /// The names after that.
    pub rest: Vec<String>,
    /// The line in the file.
    pub line: usize,
}

impl Module {
    /// The module of a file, whose path is relative to `src`.
    pub fn of(file: &Path) -> Self {
        let names = file.with_extension("");
        let names = names.iter().map(|name| name.to_string_lossy().into_owned());
        Module(names.filter(|name| name != "lib" && name != "main").collect())
    }

    /// The room of the module; `None` for the root of the crate.
    pub fn room(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// The part of its room; `None` for the module at the head of the room.
    pub fn part(&self) -> Option<&str> {
        self.0.get(1).map(String::as_str)
    }

    fn is_of_tests(&self) -> bool {
        self.0.iter().any(|name| name == "tests")
    }

    /// Resolves a path in this module to one from the root of the crate; `None` if it leads out of the crate.
    fn resolve(&self, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        let mut names = match first.as_str() {
            "crate" => Vec::new(),
            "self" => self.0.clone(),
            "super" => self.0.split_last()?.1.to_vec(),
            _ => return None,
        };
        for name in rest {
            if name == "super" {
                names.pop()?;
            } else {
                names.push(name.clone());
            }
        }
        Some(names)
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// The names of its own crate that a file uses, without tests.
///
/// # Errors
///
/// When the text is not Rust.
pub fn named(module: &Module, text: &str) -> syn::Result<Vec<NameUse>> {
    if module.is_of_tests() {
        return Ok(Vec::new());
    }
    let mut walk = Walk { module: module.clone(), found: Vec::new() };
    walk.visit_file(&syn::parse_file(text)?);
    Ok(walk.found)
}

struct Walk {
    module: Module,
    found: Vec<NameUse>,
}

impl Walk {
    fn note(&mut self, path: &[String], line: usize) {
        let Some(mut names) = self.module.resolve(path).filter(|names| !names.is_empty()) else { return };
        let room = names.remove(0);
        self.found.push(NameUse { room, rest: names, line });
    }

    fn note_tree(&mut self, tree: &UseTree, before: &[String], line: usize) {
        let with = |name: &syn::Ident| before.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.note_tree(&path.tree, &with(&path.ident), line),
            UseTree::Name(name) => self.note(&with(&name.ident), line),
            UseTree::Rename(rename) => self.note(&with(&rename.ident), line),
            UseTree::Glob(_) => self.note(before, line),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_tree(tree, before, line)),
        }
    }
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.note_tree(&item.tree, &[], item.span().start().line);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_for_tests(&item.attrs) || item.content.is_none() {
            return;
        }
        self.module.0.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.0.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.note(&names, path.span().start().line);
        }
        visit::visit_path(self, path);
    }
}

/// Whether an item with these attributes is compiled for tests only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let says_test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string().contains("test"))
    };
    attributes.iter().any(says_test)
}
