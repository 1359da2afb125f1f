//! The Complete Journey through the whole program, against plain DuckDB and the figures its users publish.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;

use duckdb::Connection;
use marts::{Aggregate, Answer, Ask, DateRange, RowPolicy, Value};
use rust_decimal::Decimal;
use workspace_tests::opened;
use workspace_tests::program::{checkout, pipeline, succeed, variable};

fn one<T: duckdb::types::FromSql>(db: &Connection, sql: &str) -> T {
    db.query_row(sql, [], |row| row.get(0))
        .unwrap_or_else(|e| panic!("{sql}: {e}"))
}

fn decimal(db: &Connection, sql: &str) -> Decimal {
    one::<String>(db, &format!("SELECT CAST(({sql}) AS VARCHAR)"))
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn complete_journey_from_landing_to_the_answer() {
    let world = tempfile::tempdir().unwrap();
    let data = world.path().join("data");
    let landing = variable("CARTON_CAPS_REAL_LANDING").unwrap();
    succeed(&mut pipeline(&landing, &data).unwrap()).unwrap();

    // Bronze holds every line as it landed.
    let plain = Connection::open_in_memory().unwrap();
    let bronze = format!(
        "read_parquet('{}/bronze/purchases/*.parquet')",
        data.display()
    );
    assert_eq!(
        one::<i64>(&plain, &format!("SELECT count(*) FROM {bronze}")),
        1_469_307
    );
    let total = decimal(
        &plain,
        &format!("SELECT sum(CAST(amount AS DECIMAL(18,2))) FROM {bronze}"),
    );
    assert_eq!(total, Decimal::new(459_603_958, 2));
    let products = format!(
        "read_parquet('{}/bronze/products/*.parquet')",
        data.display()
    );
    assert_eq!(
        one::<i64>(&plain, &format!("SELECT count(*) FROM {products}")),
        92_331
    );

    // The release, opened by a DuckDB that knows nothing of us.
    let release = fs::read_to_string(data.join("current"))
        .unwrap()
        .trim()
        .to_owned();
    let file = world.path().join("gold.duckdb");
    fs::copy(
        data.join("releases").join(&release).join("gold.duckdb"),
        &file,
    )
    .unwrap();
    let gold = Connection::open(&file).unwrap();
    assert_eq!(
        decimal(&gold, "SELECT sum(amount) FROM fct_purchase"),
        total
    );
    assert_eq!(
        one::<i64>(
            &gold,
            "SELECT count(*) FROM fct_purchase JOIN dim_product USING (product_id) WHERE is_inferred"
        ),
        4_836
    );
    assert_eq!(
        one::<i64>(
            &gold,
            "SELECT count(*) FROM fct_purchase WHERE quantity = 0"
        ),
        8_869
    );
    assert_eq!(
        one::<i64>(&gold, "SELECT count(*) FROM fct_receipt"),
        one::<i64>(&gold, "SELECT count(DISTINCT receipt_id) FROM fct_purchase")
    );
    // Reporting days are Eastern: every line is in 2017. Read as UTC, 534 lines would fall into 2018.
    assert_eq!(
        one::<i64>(
            &gold,
            "SELECT count(*) FROM fct_purchase WHERE year(purchased_on) <> 2017"
        ),
        0
    );
    assert_eq!(
        one::<i64>(
            &gold,
            "SELECT count(*) FROM fct_purchase WHERE year(purchased_at) <> 2017"
        ),
        534
    );
    assert_eq!(
        decimal(
            &gold,
            "SELECT sum(amount) FROM fct_purchase WHERE year(purchased_at) <> 2017"
        ),
        Decimal::new(189_326, 2)
    );

    // What the pages ask, by the one function they ask it through.
    let analytics = opened::analytics(&data, &checkout().join("marts"))
        .await
        .unwrap();
    let ask = Aggregate {
        metrics: vec![
            "retail_spend".into(),
            "receipts".into(),
            "average_basket".into(),
        ],
        dimensions: vec![],
        grain: None,
        range: DateRange {
            from: "2017-01-01".parse().unwrap(),
            to: "2017-12-31".parse().unwrap(),
        },
        filters: vec![],
        compare: None,
        compare_grain: None,
        order: None,
        limit: None,
        skip: 0,
        having: Vec::new(),
        other: false,
        total: false,
    };
    let answered = analytics
        .answer(&RowPolicy::Unrestricted, &Ask::Aggregate(ask.clone()))
        .await
        .unwrap();
    assert_eq!(answered.release.0, release);
    assert_eq!(
        answered.frame.value(0, "retail_spend"),
        &Value::Decimal(total)
    );
    assert_eq!(answered.frame.value(0, "receipts"), &Value::Int(155_848));

    let by_department = Ask::Aggregate(Aggregate {
        dimensions: vec!["product__department".into()],
        ..ask
    });
    let answered = analytics
        .answer(&RowPolicy::Unrestricted, &by_department)
        .await
        .unwrap();
    let sum: Decimal = (0..answered.frame.rows.len())
        .map(|row| match answered.frame.value(row, "retail_spend") {
            Value::Decimal(amount) => *amount,
            other => panic!("{other:?} is no amount"),
        })
        .sum();
    assert_eq!(sum, total, "a dimension must not change the total");
}
