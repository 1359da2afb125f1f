//! Rows as the bytes of a landing file.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::record_batch::RecordBatch;
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression as Codec;
use parquet::file::properties::WriterProperties;

use crate::dated::{NEW_COLUMN, RENAMED};
use crate::format::{Format, Layout};
use crate::rows::Rows;
use crate::source::{Column, Holds, Source};

/// What the header of a file says beside its source's columns.
#[derive(Debug, Clone, Copy, Default)]
pub struct Header {
    pub new_column: bool,
    pub renamed: bool,
}

impl Header {
    fn columns(self, source: Source) -> Vec<Column> {
        let mut columns = source.columns().to_vec();
        if self.renamed {
            for column in columns.iter_mut().filter(|c| c.0 == RENAMED.0) {
                column.0 = RENAMED.1;
            }
        }
        if self.new_column {
            columns.push((NEW_COLUMN, Holds::Text));
        }
        columns
    }
}

/// The file's bytes.
///
/// # Errors
/// What Parquet's writer says, which would be a defect of the rows.
pub fn file(rows: &Rows, format: Format, header: Header) -> Result<Vec<u8>, String> {
    let columns = header.columns(rows.source);
    let bytes = match format.layout {
        Layout::Csv => csv(rows, &columns),
        Layout::JsonLines => json_lines(rows, &columns),
        Layout::Parquet => parquet(rows, &columns).map_err(|e| e.to_string())?,
    };
    if !format.gz {
        return Ok(bytes);
    }
    // No name and no time in the gzip header: the bytes depend on the contents alone.
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(&bytes)
        .and_then(|()| gz.finish())
        .map_err(|e| e.to_string())
}

/// One row as a line of text, without the line feed.
pub fn line(fields: &[String], source: Source, layout: Layout, new_column: bool) -> String {
    let header = Header {
        new_column,
        renamed: false,
    };
    let columns = header.columns(source);
    let mut text = Vec::new();
    for (n, (column, field)) in columns.iter().zip(fields).enumerate() {
        match layout {
            Layout::JsonLines => json_field(&mut text, n == 0, column, field.as_bytes()),
            Layout::Csv | Layout::Parquet => csv_field(&mut text, n == 0, field.as_bytes()),
        }
    }
    if layout == Layout::JsonLines {
        text.push(b'}');
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn csv(rows: &Rows, columns: &[Column]) -> Vec<u8> {
    let mut to = Vec::with_capacity(rows.size() + rows.len() * columns.len() + 256);
    for (n, (name, _)) in columns.iter().enumerate() {
        csv_field(&mut to, n == 0, name.as_bytes());
    }
    to.push(b'\n');
    for row in 0..rows.len() {
        if rows.is_raw(row) {
            to.extend_from_slice(rows.get(row, 0));
        } else {
            for column in 0..columns.len() {
                csv_field(&mut to, column == 0, rows.get(row, column));
            }
        }
        to.push(b'\n');
    }
    to
}

fn csv_field(to: &mut Vec<u8>, first: bool, field: &[u8]) {
    if !first {
        to.push(b',');
    }
    if !field
        .iter()
        .any(|b| matches!(b, b'"' | b',' | b'\n' | b'\r'))
    {
        to.extend_from_slice(field);
        return;
    }
    to.push(b'"');
    for &byte in field {
        if byte == b'"' {
            to.push(b'"');
        }
        to.push(byte);
    }
    to.push(b'"');
}

fn json_lines(rows: &Rows, columns: &[Column]) -> Vec<u8> {
    let names: usize = columns.iter().map(|(name, _)| name.len() + 6).sum();
    let mut to = Vec::with_capacity(rows.size() + rows.len() * names);
    for row in 0..rows.len() {
        if rows.is_raw(row) {
            to.extend_from_slice(rows.get(row, 0));
        } else {
            for (n, column) in columns.iter().enumerate() {
                let field = rows.get(row, n);
                // A row from before the column was there does not know it.
                if column.0 != NEW_COLUMN || !field.is_empty() {
                    json_field(&mut to, n == 0, column, field);
                }
            }
            to.push(b'}');
        }
        to.push(b'\n');
    }
    to
}

/// Whole numbers and yes/no as JSON has them; money stays text, which no reader takes for a float.
fn json_field(to: &mut Vec<u8>, first: bool, (name, holds): &Column, field: &[u8]) {
    to.push(if first { b'{' } else { b',' });
    to.push(b'"');
    to.extend_from_slice(name.as_bytes());
    to.extend_from_slice(b"\":");
    let bare = match holds {
        Holds::Whole => {
            let digits = field.strip_prefix(b"-").unwrap_or(field);
            !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
        }
        Holds::YesNo => matches!(field, b"true" | b"false"),
        _ => false,
    };
    if field.is_empty() {
        to.extend_from_slice(b"null");
    } else if bare {
        to.extend_from_slice(field);
    } else {
        to.push(b'"');
        for &byte in field {
            if matches!(byte, b'"' | b'\\') {
                to.push(b'\\');
            }
            to.push(byte);
        }
        to.push(b'"');
    }
}

fn parquet(rows: &Rows, columns: &[Column]) -> Result<Vec<u8>, parquet::errors::ParquetError> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, holds)| Field::new(*name, data_type(*holds), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns
        .iter()
        .enumerate()
        .map(|(column, (_, holds))| array(rows, column, *holds))
        .collect::<Result<Vec<_>, _>>()?;
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    let properties = WriterProperties::builder()
        .set_compression(Codec::SNAPPY)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
    writer.write(&batch)?;
    writer.into_inner()
}

fn data_type(holds: Holds) -> DataType {
    match holds {
        Holds::Text => DataType::Utf8,
        Holds::Whole => DataType::Int64,
        Holds::YesNo => DataType::Boolean,
        Holds::Money(scale) => DataType::Decimal128(18, scale),
        Holds::Moment => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    }
}

/// Text that is not of the column's type, which only text files are given, would be NULL here.
fn array(
    rows: &Rows,
    column: usize,
    holds: Holds,
) -> Result<ArrayRef, parquet::errors::ParquetError> {
    let texts = (0..rows.len()).map(|row| str::from_utf8(rows.get(row, column)).unwrap_or(""));
    Ok(match holds {
        Holds::Text => {
            let mut to = StringBuilder::new();
            for text in texts {
                to.append_option((!text.is_empty()).then_some(text));
            }
            Arc::new(to.finish())
        }
        Holds::Whole => {
            let mut to = Int64Builder::new();
            for text in texts {
                to.append_option(text.parse::<i64>().ok());
            }
            Arc::new(to.finish())
        }
        Holds::YesNo => {
            let mut to = BooleanBuilder::new();
            for text in texts {
                to.append_option(text.parse::<bool>().ok());
            }
            Arc::new(to.finish())
        }
        Holds::Money(scale) => {
            let mut to = Decimal128Builder::new();
            for text in texts {
                to.append_option(unscaled(text, scale));
            }
            Arc::new(to.finish().with_precision_and_scale(18, scale)?)
        }
        Holds::Moment => {
            let mut to = TimestampMicrosecondBuilder::new();
            for text in texts {
                to.append_option(
                    text.parse::<jiff::Timestamp>()
                        .ok()
                        .map(|t| t.as_microsecond()),
                );
            }
            Arc::new(to.finish().with_timezone("UTC"))
        }
    })
}

/// `12.30` as 1230, where the text has just as many decimals as the column.
pub fn unscaled(text: &str, scale: i8) -> Option<i128> {
    let (whole, part) = text.split_once('.')?;
    let fits =
        part.len() == usize::try_from(scale).ok()? && part.bytes().all(|b| b.is_ascii_digit());
    let digits: i128 = format!("{whole}{part}").parse().ok()?;
    fits.then_some(digits)
}
