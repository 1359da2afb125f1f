//! Why a figure changed: in sentences, as a figure, and as a table that ties out. Plain links and a plain form, with
//! scripts or without.

use leptos::prelude::*;
use marts::Drawing;

use crate::why::view::{Field, Way, WhyFigure, WhyRow, WhyTable, WhyView};

pub fn explained(view: &WhyView) -> AnyView {
    let ignored = (!view.ignored.is_empty()).then(|| {
        let text = format!("ignored: {}", view.ignored.join(", "));
        view! { <div class="notice notice-warn" role="status"><p>{text}</p></div> }
    });
    let notices = view
        .notices
        .iter()
        .map(|notice| view! { <p class="notice">{notice.clone()}</p> })
        .collect_view();
    let sentences = (!view.sentences.is_empty()).then(|| {
        let said = view
            .sentences
            .iter()
            .map(|sentence| view! { <li>{unbroken(sentence)}</li> })
            .collect_view();
        view! { <ul class="why-sentences">{said}</ul> }
    });
    let figures = (!view.figures.is_empty()).then(|| {
        let cards = view.figures.iter().map(figure).collect_view();
        view! { <div class="figure-cards why-figures">{cards}</div> }
    });
    let parts = view.table.as_ref().map(|table| parts(view, table));
    let page = view.page.as_ref().map(way);
    view! {
        {form(view)}
        {ignored}
        {notices}
        <section class="panel why-answer" aria-labelledby="why-title">
            <header class="panel-head">
                <h2 class="why-title" id="why-title">{view.title.clone()}</h2>
            </header>
            <p class="panel-info-line">{view.description.clone()}</p>
            {figures}
            {sentences}
            <footer class="panel-foot">
                {view.foot.iter().map(|text| view! { <span>{text.clone()}</span> }).collect_view()}
                {page}
            </footer>
        </section>
        {parts}
    }
    .into_any()
}

/// No line ends between a minus and its amount.
fn unbroken(sentence: &str) -> String {
    sentence.replace('\u{2212}', "\u{2212}\u{2060}")
}

fn figure(figure: &WhyFigure) -> AnyView {
    view! {
        <div class="figure-card">
            <p class="figure-label">{figure.label.clone()}</p>
            <p class="figure-value">{figure.value.clone()}</p>
            <p class="figure-prior">{figure.note.clone()}</p>
            {figure.release.clone().map(|release| view! { <p class="figure-prior why-release">{release}</p> })}
        </div>
    }
    .into_any()
}

fn form(view: &WhyView) -> AnyView {
    let carried = view
        .carried
        .iter()
        .map(|(name, value)| view! { <input type="hidden" name=name.clone() value=value.clone()/> })
        .collect_view();
    let fields = view.fields.iter().map(field).collect_view();
    let chosen = view
        .chosen
        .iter()
        .map(|way| {
            view! {
                <a class="filter-chip" href=way.href.clone() data-noscroll="">
                    <span>{way.label.clone()}</span>
                    <span class="filter-chip-remove" aria-hidden="true">"×"</span>
                    <span class="visually-hidden">"(remove)"</span>
                </a>
            }
        })
        .collect_view();
    view! {
        <form class="filter-bar why-form" method="get" action="/why" aria-label="What to explain" autocomplete="off">
            {carried}
            {fields}
            <button type="submit" class="filter-apply">"Explain"</button>
            {chosen}
        </form>
    }
    .into_any()
}

fn field(field: &Field) -> AnyView {
    let options = field
        .choices
        .iter()
        .map(|choice| {
            view! { <option value=choice.value.clone() selected=choice.is_chosen>{choice.label.clone()}</option> }
        })
        .collect_view();
    view! {
        <label class="filter-field">
            <span class="filter-label">{field.label.clone()}</span>
            <select name=field.name.clone()>{options}</select>
        </label>
    }
    .into_any()
}

fn parts(view: &WhyView, table: &WhyTable) -> AnyView {
    let drawing = view.drawing.as_ref().map(chart);
    let others = (!view.dimensions.is_empty()).then(|| {
        let ways = view
            .dimensions
            .iter()
            .map(|dimension| view! { <li>{way(dimension)}</li> })
            .collect_view();
        view! {
            <nav class="why-ways" aria-label="Other breakdowns">
                <span class="why-ways-label">"Or by"</span>
                <ul>{ways}</ul>
            </nav>
        }
    });
    view! {
        <section class="panel" aria-labelledby="why-parts">
            <header class="panel-head"><h2 class="panel-title" id="why-parts">{view.by.clone()}</h2></header>
            {others}
            {drawing}
            <div class="table-scroll why-table" tabindex="0" role="region" aria-labelledby="why-parts">
                <table class="data-table">
                    <thead><tr>{head(table)}</tr></thead>
                    <tbody>{table.rows.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

pub(crate) fn chart(drawing: &Drawing) -> AnyView {
    let narrow = drawing.narrow.as_ref().map(|narrow| {
        view! { <div class="picture picture-narrow" inner_html=narrow.svg.clone()></div> }
    });
    view! {
        <div class="chart">
            <div class="picture picture-wide" inner_html=drawing.wide.svg.clone()></div>
            {narrow}
        </div>
    }
    .into_any()
}

fn head(table: &WhyTable) -> Vec<AnyView> {
    table
        .columns
        .iter()
        .enumerate()
        .map(|(i, column)| {
            let class = if i == 0 { "" } else { "num" };
            view! { <th scope="col" class=class>{column.clone()}</th> }.into_any()
        })
        .collect()
}

fn row(row: &WhyRow) -> AnyView {
    let class = if row.is_total { "why-total" } else { "" };
    let name = match &row.href {
        Some(href) => {
            view! { <a href=href.clone() title="Explain this part">{row.label.clone()}</a> }
                .into_any()
        }
        None => view! { {row.label.clone()} }.into_any(),
    };
    let rows = row.rows.clone().map(|href| {
        view! {
            <a class="why-rows" href=href>"Figures"<span class="visually-hidden">{format!(" of {}", row.label)}</span></a>
        }
    });
    let cells = row
        .cells
        .iter()
        .map(|cell| view! { <td class="num">{cell.clone()}</td> })
        .collect_view();
    view! { <tr class=class><th scope="row">{name}{rows}</th>{cells}</tr> }.into_any()
}

fn way(way: &Way) -> AnyView {
    view! { <a href=way.href.clone()>{way.label.clone()}</a> }.into_any()
}
