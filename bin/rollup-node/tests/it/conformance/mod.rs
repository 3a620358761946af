//! The methods next to those of anvil: the same genesis, the same signed transactions, every method
//! with arguments that are right, at the edge, and wrong. Where the answers differ, and why, is in
//! `book/rpc-differences.md`: the test fails for a difference that is not there, and for one that is
//! there no more. With `UPDATE` in the environment it writes the page anew, new rows without reason.

mod cases;
mod compare;
mod content;
mod peer;
mod table;
mod traces;

use crate::node::Rpc;
use cases::cases;
use compare::{Difference, compare};
use content::Content;
use peer::{Peer, start_anvil};
use rollup_workspace::workspace_root;
use std::{collections::BTreeSet, env, fs};
use table::Table;
use tempfile::TempDir;

#[test]
fn answers_differ_from_anvils_where_the_book_says_and_nowhere_else() {
    let directory = TempDir::new().unwrap();
    let node = peer::start_node(directory.path());
    let anvil = start_anvil(directory.path());
    let [ours, theirs] = [node.http(), Rpc::new(anvil.address())];
    let ours = Peer::new(&ours, Content::play(&ours));
    let theirs = Peer::new(&theirs, Content::play_beside(&theirs, &ours.content));

    let mut found = BTreeSet::new();
    let mut shown = Vec::new();
    for case in cases() {
        let [our_answer, their_answer] = [ours.ask(&case), theirs.ask(&case)];
        let differences = compare(case.method, &our_answer, &their_answer);
        if !differences.is_empty() {
            shown.push(format!(
                "{} {}\n  rollup-node: {our_answer}\n  anvil: {their_answer}",
                case.method, case.params
            ));
        }
        found.extend(differences);
    }
    node.stop();

    let page = workspace_root().join("book/rpc-differences.md");
    if env::var_os("UPDATE").is_some() {
        let text = fs::read_to_string(&page).unwrap();
        fs::write(&page, Table::parse(&text).updated(&text, &found)).unwrap();
        println!("{}", shown.join("\n"));
    }
    let table = Table::parse(&fs::read_to_string(&page).unwrap());
    let known = table.differences();
    let list =
        |set: Vec<&Difference>| set.into_iter().map(|row| format!("  {row}\n")).collect::<String>();
    let new = list(found.difference(&known).collect());
    let gone = list(known.difference(&found).collect());
    assert!(
        new.is_empty() && gone.is_empty(),
        "answers differ and the book does not say so:\n{new}the book says so and they do not:\n{gone}\
         what was answered:\n{}",
        shown.join("\n")
    );
    assert_eq!(table.without_reason(), "", "rows without a reason");
}
