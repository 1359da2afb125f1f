//! In which order models are built.

use std::collections::{BTreeMap, BTreeSet};

/// `models`: name → names it reads. Names that are no key (seeds) stand outside the order.
/// Each model comes after all it reads; among those that could come next, the first by name does.
///
/// # Errors
/// A cycle, as the path that closes it: `a`, `b`, `a`.
pub(super) fn build_order(
    models: &BTreeMap<String, BTreeSet<String>>,
) -> Result<Vec<String>, Vec<String>> {
    let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
    let mut readers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (model, reads) in models {
        let upstream: Vec<&String> = reads
            .iter()
            .filter(|read| models.contains_key(*read))
            .collect();
        waiting.insert(model, upstream.len());
        for read in upstream {
            readers.entry(read).or_default().push(model);
        }
    }
    let mut ready: BTreeSet<&str> = waiting
        .iter()
        .filter(|(_, n)| **n == 0)
        .map(|(model, _)| *model)
        .collect();
    let mut order = Vec::with_capacity(models.len());
    while let Some(model) = ready.pop_first() {
        order.push(model.to_owned());
        for reader in readers.get(model).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(reader) {
                *left -= 1;
                if *left == 0 {
                    ready.insert(reader);
                }
            }
        }
    }
    if order.len() == models.len() {
        return Ok(order);
    }
    Err(cycle(models, &order.into_iter().collect()))
}

/// Every model that was never ready reads another such model: following them must close a circle.
fn cycle(models: &BTreeMap<String, BTreeSet<String>>, built: &BTreeSet<String>) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    let mut next = models.keys().find(|model| !built.contains(*model)).cloned();
    while let Some(model) = next {
        if let Some(start) = path.iter().position(|seen| *seen == model) {
            path.drain(..start);
            path.push(model);
            return path;
        }
        next = models
            .get(&model)
            .and_then(|reads| {
                reads
                    .iter()
                    .find(|read| models.contains_key(*read) && !built.contains(*read))
            })
            .cloned();
        path.push(model);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
        edges
            .iter()
            .map(|(model, reads)| {
                (
                    (*model).to_owned(),
                    reads.iter().map(|r| (*r).to_owned()).collect(),
                )
            })
            .collect()
    }

    #[test]
    fn a_model_comes_after_what_it_reads_and_ties_go_by_name() {
        let order = build_order(&graph(&[
            ("z", &[]),
            ("a", &["z", "seed"]),
            ("b", &["z"]),
            ("c", &["a", "b"]),
        ]));
        assert_eq!(
            order,
            Ok(vec!["z".into(), "a".into(), "b".into(), "c".into()])
        );
    }

    #[test]
    fn a_cycle_is_told_as_its_path() {
        let order = build_order(&graph(&[
            ("start", &["b"]),
            ("a", &["c"]),
            ("b", &["a"]),
            ("c", &["b"]),
            ("free", &[]),
        ]));
        assert_eq!(
            order,
            Err(vec!["a".into(), "c".into(), "b".into(), "a".into()])
        );
    }

    #[test]
    fn a_model_that_reads_itself_is_a_cycle() {
        assert_eq!(
            build_order(&graph(&[("a", &["a"])])),
            Err(vec!["a".into(), "a".into()])
        );
    }
}
