//! Modules build on each other, and never in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Modules that each module names.
fn modules() -> BTreeMap<String, BTreeSet<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|file| {
            (file.file_stem().unwrap().to_str().unwrap().to_owned(), named(&fs::read_to_string(&file).unwrap()))
        })
        .collect()
}

fn named(source: &str) -> BTreeSet<String> {
    let names = source.split("crate::").skip(1);
    names.map(|rest| rest.chars().take_while(|one| one.is_alphanumeric() || *one == '_').collect()).collect()
}

#[test]
fn no_module_uses_one_that_is_built_on_it() {
    let mut left = modules();
    left.remove("lib");
    assert!(left["calls"].contains("core") && left.len() > 20);
    while !left.is_empty() {
        let free: Vec<String> = left
            .iter()
            .filter(|(_, uses)| uses.iter().all(|one| !left.contains_key(one)))
            .map(|(one, _)| one.clone())
            .collect();
        assert!(!free.is_empty(), "a circle among these: {left:?}");
        left.retain(|one, _| !free.contains(one));
    }
}
