"""The Purchases dashboard as a competent Streamlit author writes it: the peer that `make bench` sets ours beside.

    GOLD=gold.duckdb streamlit run purchases.py

One read-only connection for all sessions and every query's answer cached, both by Streamlit's own means; the same
figures, comparison, filters, series, leaderboard and table as marts/dashboards/purchases.yml has.
"""

import datetime
import os

import altair as alt
import duckdb
import streamlit as st

PRESETS = {"Last 7 days": 7, "Last 28 days": 28, "Last 90 days": 90, "Last 12 months": 365, "All time": None}
COMPARISONS = ("Prior period", "Prior year", "Nothing")
GRAINS = ("Automatic", "Daily", "Weekly", "Monthly", "Quarterly", "Yearly")
GRAIN_WORDS = {"Daily": "day", "Weekly": "week", "Monthly": "month", "Quarterly": "quarter", "Yearly": "year"}
HEADLINE = {
    "Retail spend": "sum(amount)",
    "Receipts": "count(distinct receipt_id)",
    "Shoppers": "count(distinct user_id)",
    "Average basket": "sum(amount) / nullif(count(distinct receipt_id), 0)",
    "Units": "sum(quantity)",
}
MONEY = ("Retail spend", "Average basket")


@st.cache_resource
def connection():
    return duckdb.connect(os.environ["GOLD"], read_only=True)


@st.cache_data(show_spinner=False)
def query(sql, parameters=()):
    """A DataFrame; the same question is answered from the cache."""
    return connection().cursor().execute(sql, list(parameters)).df()


@st.cache_data(show_spinner=False)
def options(table, column):
    return query(f"select distinct {column} as value from {table} where {column} is not null order by 1")["value"].tolist()


@st.cache_data(show_spinner=False)
def observed():
    """The first day with a purchase, and the day up to which data has landed."""
    sql = "select (select min(purchased_on) from fct_purchase) as first, (select max(date_on) from dim_date) as last"
    row = query(sql).iloc[0]
    return row["first"].date(), row["last"].date()


def scan(state, department):
    """The FROM clause with its conditions over a range of days, and the values of its parameters but the days."""
    conditions, values = ["purchased_on between ? and ?"], []
    if state:
        conditions.append("u.state = ?")
        values.append(state)
    if department:
        conditions.append("p.department = ?")
        values.append(department)
    tables = "fct_purchase as f left join dim_product as p using (product_id) left join dim_user as u using (user_id)"
    return f"from {tables} where {' and '.join(conditions)}", values


def prior(first, last, comparison):
    if comparison == "Prior period":
        days = (last - first).days + 1
        return first - datetime.timedelta(days=days), last - datetime.timedelta(days=days)
    return first - datetime.timedelta(days=364), last - datetime.timedelta(days=364)


def written(name, value):
    if value is None or value != value:
        return "–"
    return f"${value:,.2f}" if name in MONEY else f"{value:,.0f}"


st.set_page_config(page_title="Purchases", layout="wide")
st.title("Purchases")
st.caption("What shoppers bought in shops, from the receipts they scanned.")

first_day, last_day = observed()
bar = st.columns(5)
preset = bar[0].selectbox("Range", PRESETS, index=2)
grain = bar[1].selectbox("Grain", GRAINS)
comparison = bar[2].selectbox("Compare with", COMPARISONS)
state = bar[3].selectbox("State", options("dim_user", "state"), index=None, placeholder="Any")
department = bar[4].selectbox("Department", options("dim_product", "department"), index=None, placeholder="Any")

days = PRESETS[preset]
last = last_day
first = first_day if days is None else max(first_day, last - datetime.timedelta(days=days - 1))
if grain == "Automatic":
    length = (last - first).days + 1
    grain = "Daily" if length <= 45 else "Weekly" if length <= 400 else "Monthly"
source, values = scan(state, department)

# The headline, beside the comparison.
figures = ", ".join(f'{sql} as "{name}"' for name, sql in HEADLINE.items())
now = query(f"select {figures} {source}", (first, last, *values)).iloc[0]
before = None
if comparison != "Nothing":
    before = query(f"select {figures} {source}", (*prior(first, last, comparison), *values)).iloc[0]
for place, name in zip(st.columns(len(HEADLINE)), HEADLINE):
    delta = None
    if before is not None and before[name]:
        delta = f"{100 * (now[name] - before[name]) / before[name]:+.1f} %"
    place.metric(name, written(name, now[name]), delta)

# The series, with the compared one moved beside it.
period = f"date_trunc('{GRAIN_WORDS[grain]}', purchased_on)"
series = query(f"select {period} as period, sum(amount) as spend, 'This range' as range {source} group by 1 order by 1", (first, last, *values))
drawn = [series]
if comparison != "Nothing":
    moved = (first - prior(first, last, comparison)[0]).days
    period = f"date_trunc('{GRAIN_WORDS[grain]}', purchased_on + {moved})"
    sql = f"select {period} as period, sum(amount) as spend, ? as range {source} group by 1 order by 1"
    drawn.append(query(sql, (comparison, *prior(first, last, comparison), *values)))
st.subheader("Retail spend over time")
chart = alt.layer(
    *(
        alt.Chart(part).mark_line(point=len(part) < 40).encode(
            x=alt.X("period:T", title=None),
            y=alt.Y("spend:Q", title=None, axis=alt.Axis(format="$,.0f")),
            color=alt.Color("range:N", title=None, legend=alt.Legend(orient="top")),
            tooltip=["range", "period:T", alt.Tooltip("spend:Q", format="$,.2f")],
        )
        for part in drawn
    )
)
st.altair_chart(chart, width="stretch")

left, right = st.columns(2)
with left:
    st.subheader("Retail spend by department")
    leaders = query(f"select department, sum(amount)::double as spend {source} group by 1 order by 2 desc limit 12", (first, last, *values))
    st.dataframe(
        leaders,
        hide_index=True,
        width="stretch",
        column_config={
            "department": "Department",
            "spend": st.column_config.ProgressColumn("Retail spend", format="dollar", min_value=0, max_value=float(leaders["spend"].max() or 0) or 1.0),
        },
    )
with right:
    st.subheader("Top products by name")
    products = query(
        f"select p.name as product, department, sum(amount)::double as spend, count(distinct receipt_id) as receipts, "
        f"sum(quantity)::bigint as units {source} group by 1, 2 order by 3 desc limit 20",
        (first, last, *values),
    )
    st.dataframe(
        products,
        hide_index=True,
        width="stretch",
        column_config={
            "product": "Product",
            "department": "Department",
            "spend": st.column_config.NumberColumn("Retail spend", format="dollar"),
            "receipts": st.column_config.NumberColumn("Receipts", format="localized"),
            "units": st.column_config.NumberColumn("Units", format="localized"),
        },
    )
