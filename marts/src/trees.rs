//! The largest trees of users who brought each other, from the list of their members.

use std::collections::BTreeMap;

use crate::{Aggregate, Frame, Order, Panel, Value, format};

/// So many members are read, the largest trees' first.
const MOST_MEMBERS: u32 = 1_000;
/// A picture of more members than this is none; the others are counted.
pub const MOST_DRAWN: usize = 60;

/// One tree, with as many of its members as are drawn: the first generations before the later ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    pub root: String,
    /// Of all of its members, also those that are not drawn.
    pub size: i64,
    pub members: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    pub generation: i64,
    /// Where among the members the one who brought it stands; `None` for the root.
    pub brought_by: Option<usize>,
}

impl Tree {
    /// How many members are not drawn.
    #[must_use]
    pub fn others(&self) -> i64 {
        let drawn = i64::try_from(self.members.len()).unwrap_or(i64::MAX);
        (self.size - drawn).max(0)
    }

    /// The greatest generation of those that are drawn.
    #[must_use]
    pub fn depth(&self) -> i64 {
        let generations = self.members.iter().map(|member| member.generation);
        generations.max().unwrap_or(0)
    }
}

/// The members, those of the largest trees first.
#[must_use]
pub fn ask(panel: &Panel, base: Aggregate) -> Aggregate {
    Aggregate {
        limit: Some(MOST_MEMBERS),
        order: panel.dimensions.first().map(|by| Order::descending(by)),
        ..base
    }
}

/// The trees, the largest first, as many as the panel shows. A member whose inviter is not among those drawn hangs below
/// the root: an inviter can be unknown, or can have come later than the files say.
#[must_use]
pub fn read(panel: &Panel, frame: &Frame) -> Vec<Tree> {
    let [size, root, generation, inviter, user] = panel.dimensions.as_slice() else {
        return Vec::new();
    };
    let mut found: BTreeMap<String, Vec<(i64, String, String)>> = BTreeMap::new();
    let mut sizes: BTreeMap<String, i64> = BTreeMap::new();
    let whole = |row: usize, name: &str| match frame.value(row, name) {
        Value::Int(number) => *number,
        _ => 0,
    };
    for row in 0..frame.rows.len() {
        let Value::Text(of) = frame.value(row, root) else {
            continue;
        };
        sizes.insert(of.clone(), whole(row, size));
        found.entry(of.clone()).or_default().push((
            whole(row, generation),
            format::dimension(frame.value(row, user)),
            format::dimension(frame.value(row, inviter)),
        ));
    }
    let mut trees: Vec<Tree> = found
        .into_iter()
        .map(|(root, mut members)| {
            members.sort();
            members.sort_by_key(|(generation, name, _)| (*generation, *name != root));
            members.truncate(MOST_DRAWN);
            let places: BTreeMap<&str, usize> = members
                .iter()
                .enumerate()
                .map(|(at, (_, name, _))| (name.as_str(), at))
                .collect();
            let placed = members
                .iter()
                .enumerate()
                .map(|(at, (generation, name, by))| {
                    // Only one who stands before it, so that nothing goes round.
                    let by = places.get(by.as_str()).copied().filter(|by| *by < at);
                    Member {
                        name: name.clone(),
                        generation: *generation,
                        brought_by: (at > 0).then(|| by.unwrap_or(0)),
                    }
                });
            Tree {
                size: sizes.get(&root).copied().unwrap_or(0),
                members: placed.collect(),
                root,
            }
        })
        .collect();
    trees.sort_by(|a, b| (b.size, &a.root).cmp(&(a.size, &b.root)));
    trees.truncate(panel.rows() as usize);
    trees
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::{Column, ColumnRole, PanelKind, Unit};

    fn panel(limit: u32) -> Panel {
        Panel {
            kind: PanelKind::Trees,
            dimensions: ["size", "root", "generation", "inviter", "user"]
                .map(str::to_owned)
                .into(),
            limit: Some(limit),
            ..Panel::default()
        }
    }

    fn frame(members: &[(i64, &str, i64, &str, &str)]) -> Frame {
        let text = |text: &str| match text {
            "" => Value::Null,
            text => Value::Text(text.to_owned()),
        };
        Frame {
            columns: panel(1)
                .dimensions
                .into_iter()
                .map(|name| Column {
                    label: name.clone(),
                    name,
                    unit: Unit::None,
                    role: ColumnRole::Dimension,
                })
                .collect(),
            rows: members
                .iter()
                .map(|(size, root, generation, inviter, user)| {
                    vec![
                        Value::Int(*size),
                        text(root),
                        Value::Int(*generation),
                        text(inviter),
                        text(user),
                    ]
                })
                .collect(),
            truncated: false,
        }
    }

    #[test]
    fn members_hang_below_whoever_brought_them() {
        let frame = frame(&[
            (2, "x", 1, "x", "y"),
            (2, "x", 0, "", "x"),
            (4, "a", 2, "b", "c"),
            (4, "a", 0, "", "a"),
            (4, "a", 1, "a", "b"),
            (4, "a", 1, "nobody", "d"),
            (1, "z", 0, "", "z"),
        ]);
        let trees = read(&panel(2), &frame);
        assert_eq!(trees.len(), 2);
        let of = |tree: &Tree| -> Vec<(String, Option<usize>)> {
            let members = tree.members.iter();
            members
                .map(|member| (member.name.clone(), member.brought_by))
                .collect()
        };
        let named = |name: &str, by| (name.to_owned(), by);
        assert_eq!(
            of(&trees[0]),
            [
                named("a", None),
                named("b", Some(0)),
                named("d", Some(0)),
                named("c", Some(1))
            ]
        );
        assert_eq!((trees[0].depth(), trees[0].others()), (2, 0));
        assert_eq!(of(&trees[1]), [named("x", None), named("y", Some(0))]);
    }

    #[test]
    fn a_large_tree_is_drawn_in_part_and_a_circle_is_cut() {
        let names: Vec<String> = (0..500).map(|n| format!("u{n:03}")).collect();
        let members: Vec<(i64, &str, i64, &str, &str)> = names
            .iter()
            .map(|name| (500, "u000", 1, "u000", name.as_str()))
            .collect();
        let large = read(&panel(6), &frame(&members));
        assert_eq!(
            (large[0].members.len(), large[0].others()),
            (MOST_DRAWN, 440)
        );
        let round = read(
            &panel(6),
            &frame(&[(2, "a", 1, "b", "a"), (2, "a", 1, "a", "b")]),
        );
        assert_eq!(round[0].members[0].brought_by, None);
    }
}
