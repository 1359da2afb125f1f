//! Values at the limits of their types, and results that are long in either direction.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use futures::StreamExt;
use marts::{Param, Statement};

use super::{Fixture, NUMBERS, asking, rows};

pub async fn values_at_their_limits_arrive(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    let sql = "SELECT CAST('NaN' AS DOUBLE) AS nan, CAST('Infinity' AS DOUBLE) AS inf, CAST('-Infinity' AS DOUBLE) AS minus_inf, \
               CAST('-99999999999999999999999999999999999999' AS DECIMAL(38,0)) AS least, \
               CAST('0.00000000000000000000000000000000000001' AS DECIMAL(38,38)) AS smallest, \
               CAST(-9223372036854775807 AS BIGINT) - 1 AS big, DATE '0001-01-01' AS first_day, DATE '9999-12-31' AS last_day, \
               TIMESTAMP '9999-12-31 23:59:59.999999' AS last_moment, CAST(NULL AS DECIMAL(18,2)) AS none, \
               CAST(NULL AS TIMESTAMP) AS never, '👩‍👩‍👧‍👦 é ß' AS label";
    let (batch, ..) = rows(&*engine, Statement::new(sql)).await.unwrap();
    let double = |name: &str| {
        let column = batch.column_by_name(name).unwrap();
        column.as_primitive::<Float64Type>().value(0)
    };
    assert!(double("nan").is_nan());
    assert!(double("inf") == f64::INFINITY && double("minus_inf") == f64::NEG_INFINITY);
    let decimal = |name: &str| {
        let column = batch.column_by_name(name).unwrap();
        column.as_primitive::<Decimal128Type>().value(0)
    };
    assert_eq!(
        decimal("least"),
        -99_999_999_999_999_999_999_999_999_999_999_999_999
    );
    assert_eq!(decimal("smallest"), 1);
    let column = |name: &str| batch.column_by_name(name).unwrap();
    assert_eq!(column("big").as_primitive::<Int64Type>().value(0), i64::MIN);
    let day = |name: &str| column(name).as_primitive::<Date32Type>().value(0);
    assert_eq!((day("first_day"), day("last_day")), (-719_162, 2_932_896));
    let last = column("last_moment").as_primitive::<TimestampMicrosecondType>();
    assert_eq!(last.value(0), 253_402_300_799_999_999);
    assert!(column("none").is_null(0) && column("never").is_null(0));
    assert_eq!(column("none").data_type(), &DataType::Decimal128(18, 2));
    assert_eq!(column("label").as_string::<i32>().value(0), "👩‍👩‍👧‍👦 é ß");
}

pub async fn a_text_of_ten_megabytes_arrives(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    let piece = "O'Hara é 日本 🎒 ";
    let times = 10_000_000 / piece.len();
    let statement = asking(
        "SELECT id, repeat(CAST(:piece AS STRING), CAST(:times AS INT)) AS long FROM sample WHERE id = 1",
        &[
            ("piece", Param::Text(piece.to_owned())),
            ("times", Param::Int(times as i64)),
        ],
    );
    let (batch, ..) = rows(&*engine, statement).await.unwrap();
    assert!(batch.column(1).as_string::<i32>().value(0) == piece.repeat(times));
    // And a long value on its way to the engine.
    let long = piece.repeat(times / 10);
    let statement = asking(
        "SELECT CAST(length(:long) AS BIGINT) AS characters FROM sample WHERE id = 1",
        &[("long", Param::Text(long.clone()))],
    );
    let (batch, ..) = rows(&*engine, statement).await.unwrap();
    assert_eq!(
        batch.column(0).as_primitive::<Int64Type>().value(0),
        long.chars().count() as i64
    );
}

pub async fn a_big_result_comes_in_pieces(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    let times: i64 = 10;
    let sql = format!(
        "SELECT a.n * {times} + b.n AS n, CAST(a.n AS STRING) AS label FROM numbers AS a CROSS JOIN numbers AS b WHERE b.n < {times}"
    );
    let mut answer = engine.run(Statement::new(sql)).await.unwrap();
    let (mut seen, mut sum, mut longest) = (0, 0, 0);
    while let Some(batch) = answer.stream.next().await {
        let batch = batch.unwrap();
        let column = batch.column(0).as_primitive::<Int64Type>();
        sum += column.values().iter().sum::<i64>();
        seen += batch.num_rows();
        longest = longest.max(batch.num_rows());
    }
    let expected = NUMBERS as i64 * times;
    assert_eq!(seen as i64, expected);
    assert_eq!(sum, expected * (expected - 1) / 2, "each row once");
    assert!(longest <= seen / 4, "{longest} rows at once of {seen}");
}
