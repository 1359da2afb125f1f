//! A tree of users who brought each other: generations below each other, a dot for each user.

use marts::trees::Tree;
use marts::{Drawing, Picture};

use crate::canvas::{Canvas, Drawn, Margins};
use crate::svg::document;
use crate::theme::{Ink, Mark};

const SERIES: u8 = 1;
const WIDTH: u32 = 320;
/// Between two generations, in pixels.
const STEP: u32 = 34;
const EDGE: f64 = 8.0;
/// Generations that have a line of their own; those below stand closer.
const MOST_STEPS: u32 = 8;

/// The tree at one size; `None` of one without members.
#[must_use]
pub fn draw(tree: &Tree) -> Option<Drawing> {
    if tree.members.is_empty() {
        return None;
    }
    Some(Drawing {
        key: tree.root.clone(),
        wide: picture(tree).ok()?,
        narrow: None,
        series: Vec::new(),
    })
}

fn picture(tree: &Tree) -> Drawn<Picture> {
    let across = places(tree);
    let depth = tree.depth().clamp(1, 1_000) as f64;
    let steps = u32::try_from(tree.depth())
        .unwrap_or(1)
        .clamp(1, MOST_STEPS);
    let height = steps * STEP + 2 * (EDGE as u32);
    let slots = across.iter().copied().fold(0.0, f64::max).max(1.0);
    let margins = Margins {
        left: EDGE,
        top: EDGE,
        right: EDGE,
        bottom: EDGE,
    };
    let down = |generation: i64| -(generation.clamp(0, 1_000) as f64);
    let mut body = String::new();
    let picture = {
        let canvas = Canvas::new(&mut body, (WIDTH, height), margins, 0.0..slots, -depth..0.0)?;
        let place = |at: usize| {
            let member = tree.members.get(at)?;
            Some((across.get(at).copied()?, down(member.generation)))
        };
        for (at, member) in tree.members.iter().enumerate() {
            if let (Some(own), Some(above)) = (place(at), member.brought_by.and_then(place)) {
                canvas.line(vec![above, own], Ink::of(Mark::Branch, 0))?;
            }
        }
        for (at, member) in tree.members.iter().enumerate() {
            let mark = match member.brought_by {
                None => Mark::Root,
                Some(_) => Mark::Point,
            };
            if let Some(own) = place(at) {
                canvas.point(own, Ink::of(mark, SERIES))?;
            }
        }
        Picture {
            svg: String::new(),
            width: f64::from(WIDTH),
            height: f64::from(height),
            plot: canvas.plot(),
            xs: Vec::new(),
            ys: Vec::new(),
        }
    };
    let title = format!("Tree of {}", tree.root);
    let summary = format!("{} users in {} generations.", tree.size, tree.depth() + 1);
    let svg = document("fig-tree", (WIDTH, height), &title, &summary, &body);
    Ok(Picture { svg, ..picture })
}

/// Where each member stands across: those who brought nobody beside each other, the others above the middle of those
/// they brought. A member stands behind whoever brought it, so one pass from the last to the first is enough.
fn places(tree: &Tree) -> Vec<f64> {
    let count = tree.members.len();
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, member) in tree.members.iter().enumerate() {
        if let Some(list) = member.brought_by.and_then(|by| below.get_mut(by)) {
            list.push(at);
        }
    }
    let mut across = vec![0.0; count];
    let mut next = 0.0;
    // Depth first, without recursion: a chain of invites may be long.
    let mut ways: Vec<(usize, usize)> = vec![(0, 0)];
    while let Some((at, child)) = ways.pop() {
        let children = below.get(at).map_or(&[][..], Vec::as_slice);
        if let Some(next_child) = children.get(child) {
            ways.push((at, child + 1));
            ways.push((*next_child, 0));
            continue;
        }
        let place = match (children.first(), children.last()) {
            (Some(first), Some(last)) => {
                let of = |at: usize| across.get(at).copied().unwrap_or(0.0);
                f64::midpoint(of(*first), of(*last))
            }
            _ => {
                next += 1.0;
                next - 1.0
            }
        };
        if let Some(own) = across.get_mut(at) {
            *own = place;
        }
    }
    // One below the other stand in the middle.
    if next <= 1.0 {
        across.fill(0.5);
    }
    across
}
