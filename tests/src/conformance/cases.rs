//! Reading: types, parameters, caps, mistakes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use futures::future::try_join_all;
use marts::{FailureKind, Param, Statement};

use super::{FIRST, Fixture, NUMBERS, asking, rows};

pub async fn types_keep_their_values(fixture: &dyn Fixture) {
    let engine = fixture.engine(2).await;
    let (batch, truncated, release) =
        rows(&*engine, Statement::new("SELECT * FROM sample ORDER BY id"))
            .await
            .unwrap();
    assert!(!truncated);
    assert_eq!(release.0, FIRST);
    assert_eq!(batch.num_rows(), 3);
    let column = |name: &str| Arc::clone(batch.column_by_name(name).unwrap());
    assert_eq!(
        column("id").as_primitive::<Int32Type>().values(),
        &[1, 2, 3]
    );
    assert!(column("flag").as_boolean().value(0) && !column("flag").as_boolean().value(1));
    assert_eq!(
        column("big").as_primitive::<Int64Type>().value(0),
        9_007_199_254_740_993
    );
    assert_eq!(column("money").data_type(), &DataType::Decimal128(18, 2));
    assert_eq!(
        column("money").as_primitive::<Decimal128Type>().value(0),
        459_603_958
    );
    assert_eq!(
        column("money").as_primitive::<Decimal128Type>().value(1),
        -1
    );
    assert_eq!(column("label").as_string::<i32>().value(0), "O'Hara é 日本");
    assert_eq!(column("label").as_string::<i32>().value(1), "");
    assert_eq!(
        column("day_on").as_primitive::<Date32Type>().value(0),
        19_782
    );
    assert_eq!(column("day_on").as_primitive::<Date32Type>().value(1), -1);
    assert_eq!(column("ratio").as_primitive::<Float64Type>().value(0), 0.5);
    assert_eq!(
        column("seen_at").data_type(),
        &DataType::Timestamp(TimeUnit::Microsecond, None)
    );
    assert_eq!(
        column("seen_at")
            .as_primitive::<TimestampMicrosecondType>()
            .value(0),
        1_772_955_000_123_456
    );
    assert_eq!(
        column("seen_at")
            .as_primitive::<TimestampMicrosecondType>()
            .value(1),
        -1_000_000
    );
    for name in [
        "flag", "big", "money", "label", "day_on", "ratio", "seen_at",
    ] {
        assert!(column(name).is_null(2), "{name}");
    }
}

pub async fn parameters_of_every_type_are_bound(fixture: &dyn Fixture) {
    let engine = fixture.engine(2).await;
    let id = async |condition: &str, params: &[(&str, Param)]| {
        let statement = asking(
            &format!("SELECT id FROM sample WHERE {condition} ORDER BY id"),
            params,
        );
        rows(&*engine, statement)
            .await
            .unwrap()
            .0
            .column(0)
            .as_primitive::<Int32Type>()
            .values()
            .to_vec()
    };
    let text = |t: &str| Param::Text(t.to_owned());
    assert_eq!(
        id("big = :big", &[("big", Param::Int(9_007_199_254_740_993))]).await,
        [1]
    );
    assert_eq!(
        id("flag = :flag", &[("flag", Param::Bool(false))]).await,
        [2]
    );
    assert_eq!(
        id("label = :label", &[("label", text("O'Hara é 日本"))]).await,
        [1]
    );
    assert_eq!(
        id(
            "day_on >= CAST(:from AS DATE)",
            &[("from", text("2024-02-29"))]
        )
        .await,
        [1]
    );
    assert_eq!(
        id("money = CAST(:m AS DECIMAL(18,2))", &[("m", text("-0.01"))]).await,
        [2]
    );
    assert_eq!(
        id("CAST(:none AS STRING) IS NULL", &[("none", Param::Null)]).await,
        [1, 2, 3]
    );
    assert_eq!(
        id(
            "id IN (:a, :b) AND id <> :a",
            &[("b", Param::Int(3)), ("a", Param::Int(1))]
        )
        .await,
        [3]
    );
    let list = [("list", text("2,3"))];
    assert_eq!(
        id(
            "array_contains(split(:list, ','), CAST(id AS STRING))",
            &list
        )
        .await,
        [2, 3]
    );
    assert_eq!(
        id(
            "id = 1 AND ':no' <> '' -- :not\n AND CAST(:id AS INT) = 1::INT",
            &[("id", text("1"))]
        )
        .await,
        [1]
    );
}

pub async fn hostile_text_is_only_text(fixture: &dyn Fixture) {
    let engine = fixture.engine(2).await;
    let long = "ü'\"".repeat(50_000);
    for hostile in [
        "'; DROP TABLE sample; --",
        "' OR '1' = '1",
        "\\' OR 1 = 1 --",
        "\"; SELECT 1",
        ":label $1 ? {{ ref('x') }}",
        "/* -- */",
        "line\nbreak\ttab\r",
        "🎒",
        "",
        &long,
    ] {
        let statement = asking(
            "SELECT CAST(:label AS STRING) AS t FROM sample WHERE id = 1",
            &[("label", Param::Text(hostile.into()))],
        );
        let (batch, ..) = rows(&*engine, statement).await.unwrap();
        assert_eq!(batch.column(0).as_string::<i32>().value(0), hostile);
        let statement = asking(
            "SELECT id FROM sample WHERE label = :label AND id <> 2",
            &[("label", Param::Text(hostile.into()))],
        );
        assert_eq!(rows(&*engine, statement).await.unwrap().0.num_rows(), 0);
    }
    assert_eq!(
        rows(&*engine, Statement::new("SELECT * FROM sample"))
            .await
            .unwrap()
            .0
            .num_rows(),
        3
    );
}

pub async fn the_row_cap_is_kept_and_told(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    for (cap, rows_expected, truncated_expected) in [
        (0, 0, true),
        (10, 10, true),
        (2048, 2048, true),
        (NUMBERS - 1, NUMBERS - 1, true),
        (NUMBERS, NUMBERS, false),
        (NUMBERS + 1, NUMBERS, false),
    ] {
        let mut statement = Statement::new("SELECT n FROM numbers ORDER BY n");
        statement.row_cap = Some(cap as u64);
        let (batch, truncated, _) = rows(&*engine, statement).await.unwrap();
        assert_eq!(
            (batch.num_rows(), truncated),
            (rows_expected, truncated_expected),
            "cap {cap}"
        );
    }
}

pub async fn mistakes_are_bad_requests(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    for sql in [
        "SELECT * FROM no_such_table_anywhere",
        "SELECT no_such_column FROM sample",
        "SELECT FROM WHERE",
        "SELECT 'open",
        "SELECT id FROM sample WHERE id = :unknown",
        "SELECT 1 AS one; SELECT 2 AS two",
        // Only the last row fails, after others have been sent.
        "SELECT CAST(CASE WHEN n = 99999 THEN 'x' ELSE '1' END AS INT) AS i FROM numbers",
    ] {
        let failure = rows(&*engine, Statement::new(sql)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadRequest, "{sql}: {failure:?}");
        assert!(
            !failure.message.contains("no_such"),
            "the message is for anyone to see: {}",
            failure.message
        );
        assert!(!failure.detail.is_empty(), "{sql}");
    }
    let unused = asking("SELECT 1 AS one", &[("unused", Param::Int(1))]);
    assert_eq!(
        rows(&*engine, unused).await.unwrap_err().kind,
        FailureKind::BadRequest
    );
    assert_eq!(
        rows(&*engine, Statement::new("SELECT id FROM sample"))
            .await
            .unwrap()
            .0
            .num_rows(),
        3
    );
}

pub async fn an_empty_result_has_its_schema(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    let batches = engine
        .run(Statement::new(
            "SELECT id, money, label, seen_at FROM sample WHERE id > 3",
        ))
        .await
        .unwrap();
    let names: Vec<&str> = batches
        .schema
        .fields()
        .iter()
        .map(|f| f.name().as_str())
        .collect();
    assert_eq!(names, ["id", "money", "label", "seen_at"]);
    assert_eq!(
        batches.schema.field(1).data_type(),
        &DataType::Decimal128(18, 2)
    );
    let (rows, truncated) = batches.collect().await.unwrap();
    assert_eq!(rows.iter().map(|b| b.num_rows()).sum::<usize>(), 0);
    assert!(!truncated);
}

pub async fn order_is_kept(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    let sql = "SELECT n FROM numbers ORDER BY (n * 7919) % 100003, n";
    let (batch, ..) = rows(&*engine, Statement::new(sql)).await.unwrap();
    let key = |n: &i64| ((n * 7919) % 100_003, *n);
    assert_eq!(batch.num_rows(), NUMBERS);
    assert!(
        batch
            .column(0)
            .as_primitive::<Int64Type>()
            .values()
            .is_sorted_by_key(key)
    );
}

pub async fn many_ask_at_once(fixture: &dyn Fixture) {
    let engine = fixture.engine(3).await;
    let asked = (0..40i64).map(|i| {
        let engine = Arc::clone(&engine);
        async move {
            let sql = "SELECT CAST(count(*) AS BIGINT) AS c, CAST(:i AS BIGINT) AS i FROM numbers WHERE n < :i";
            let (batch, ..) = rows(&*engine, asking(sql, &[("i", Param::Int(i))])).await?;
            let value = |c: usize| batch.column(c).as_primitive::<Int64Type>().value(0);
            Ok::<_, marts::Failure>((value(0), value(1)))
        }
    });
    let answers = try_join_all(asked).await.unwrap();
    assert_eq!(answers, (0..40).map(|i| (i, i)).collect::<Vec<_>>());
}

pub async fn relations_are_described(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    let columns = engine.describe("sample").await.unwrap();
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "id", "flag", "big", "money", "label", "day_on", "ratio", "seen_at"
        ]
    );
    assert!(
        columns[3]
            .sql_type
            .to_uppercase()
            .starts_with("DECIMAL(18,"),
        "{:?}",
        columns[3]
    );
    assert_eq!(
        engine.describe("no_such_table").await.unwrap_err().kind,
        FailureKind::NotFound
    );
    assert_eq!(
        engine
            .describe("sample' OR '1' = '1")
            .await
            .unwrap_err()
            .kind,
        FailureKind::NotFound
    );
}

pub async fn nothing_but_reading_is_possible(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    let portable = [
        "INSERT INTO numbers VALUES (1)",
        "DELETE FROM numbers",
        "DROP TABLE numbers",
        "CREATE TABLE t AS SELECT 1 AS i",
    ];
    for sql in portable
        .map(str::to_owned)
        .into_iter()
        .chain(fixture.forbidden())
    {
        let failure = rows(&*engine, Statement::new(&sql)).await.expect_err(&sql);
        assert!(
            matches!(
                failure.kind,
                FailureKind::BadRequest | FailureKind::NotAllowed
            ),
            "{sql}: {failure:?}"
        );
    }
    let (batch, ..) = rows(
        &*engine,
        Statement::new("SELECT CAST(count(*) AS BIGINT) AS c FROM numbers"),
    )
    .await
    .unwrap();
    assert_eq!(
        batch.column(0).as_primitive::<Int64Type>().value(0),
        NUMBERS as i64
    );
}

pub async fn the_engine_says_what_it_is(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    assert!(
        engine.capabilities().engine.contains(' '),
        "a name and a version: {}",
        engine.capabilities().engine
    );
    assert!(engine.capabilities().cancels);
    assert!(engine.is_warm().await);
    assert_eq!(engine.release().await.unwrap().id.0, FIRST);
}
