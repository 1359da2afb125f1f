//! The largest trees of users: a small picture each, and their members as a table.

use leptos::prelude::*;
use marts::trees::{self, Tree};
use marts::{PanelView, Unit, Value, format};

use crate::pages::cells::page_href;
use crate::state::PageState;
use crate::url::encoded;

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let trees = trees::read(&view.panel, frame);
    let drawn: Vec<AnyView> = trees.iter().map(|tree| one(view, tree, page)).collect();
    let rows: Vec<AnyView> = trees.iter().flat_map(|tree| members(tree, page)).collect();
    view! {
        <div class="trees">{drawn}</div>
        <details class="twin">
            <summary>"Show as a table"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("{}, members", view.panel.title)>
                <table class="data-table">
                    <thead>
                        <tr>
                            <th scope="col">"User"</th>
                            <th scope="col">"Brought by"</th>
                            <th scope="col" class="num">"Generation"</th>
                            <th scope="col">"Tree of"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

fn one(view: &PanelView, tree: &Tree, page: Option<PageState>) -> AnyView {
    let drawing = view
        .drawings
        .iter()
        .find(|drawing| drawing.key == tree.root);
    let picture = drawing.map(|drawing| drawing.wide.svg.clone());
    let count = |number: i64| format::exact(&Value::Int(number), Unit::Count);
    let size = match tree.size {
        1 => "1 user".to_owned(),
        many => format!("{} users", count(many)),
    };
    let depth = match tree.depth() {
        1 => "1 generation below the root".to_owned(),
        depth => format!("{depth} generations below the root"),
    };
    let others = match tree.others() {
        0 => None,
        others => Some(view! { <span>{format!("and {} more, not drawn", count(others))}</span> }),
    };
    view! {
        <figure class="tree">
            <figcaption class="tree-head">
                <strong>{user(&tree.root, page)}</strong>
                <span class="num">{size}</span>
            </figcaption>
            <div class="tree-picture" inner_html=picture></div>
            <p class="tree-foot"><span>{depth}</span> {others}</p>
        </figure>
    }
    .into_any()
}

fn members(tree: &Tree, page: Option<PageState>) -> Vec<AnyView> {
    let row = |member: &trees::Member| {
        let by = member.brought_by.and_then(|by| tree.members.get(by));
        let by = by.map_or_else(
            || format::NO_DATA.to_owned().into_any(),
            |by| user(&by.name, page),
        );
        view! {
            <tr>
                <th scope="row">{user(&member.name, page)}</th>
                <td>{by}</td>
                <td class="num">{member.generation}</td>
                <td>{tree.root.clone()}</td>
            </tr>
        }
        .into_any()
    };
    tree.members.iter().map(row).collect()
}

/// A pseudonym that leads to what is known of it.
fn user(id: &str, page: Option<PageState>) -> AnyView {
    match page {
        Some(_) => {
            let href = page_href("lookup", &format!("user={}", encoded(id)));
            view! { <a href=href>{id.to_owned()}</a> }.into_any()
        }
        None => id.to_owned().into_any(),
    }
}
