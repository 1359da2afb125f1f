//! A plotters backend that writes themed SVG: classes instead of colours, and pixels with fractions.

use std::fmt::Write as _;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use crate::font::{CAP_HEIGHT, text_width};
use crate::theme::Ink;

/// plotters' coordinates are integers: this many of them make one CSS pixel.
pub const SCALE: i32 = 16;

/// Something was drawn that the theme has no class for.
#[derive(Debug)]
pub enum SvgError {
    UnknownColour((u8, u8, u8)),
    Pixels,
}

impl std::fmt::Display for SvgError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownColour(rgb) => {
                write!(f, "The figure theme has no class for the colour {rgb:?}.")
            }
            Self::Pixels => f.write_str("Bitmaps cannot be part of a figure."),
        }
    }
}

impl std::error::Error for SvgError {}

type Drawn = Result<(), DrawingErrorKind<SvgError>>;

/// Writes the elements of a picture, without its `<svg>`, to a string.
pub struct SvgBackend<'a> {
    out: &'a mut String,
    /// In plotters' units.
    size: (u32, u32),
}

impl<'a> SvgBackend<'a> {
    /// `width` and `height` in CSS pixels.
    pub fn new(out: &'a mut String, width: u32, height: u32) -> Self {
        Self {
            out,
            size: (width * SCALE.unsigned_abs(), height * SCALE.unsigned_abs()),
        }
    }

    fn path<I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, ink: Ink, close: bool) {
        let mut d = String::new();
        for (i, point) in points.into_iter().enumerate() {
            let step = if i == 0 { 'M' } else { 'L' };
            let _ = write!(d, "{step}{} {}", Px(point.0), Px(point.1));
        }
        if close {
            d.push('Z');
        }
        let _ = write!(self.out, r#"<path class="{}" d="{d}"/>"#, ink.classes());
    }
}

impl DrawingBackend for SvgBackend<'_> {
    type ErrorType = SvgError;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Drawn {
        Err(DrawingErrorKind::DrawingError(SvgError::Pixels))
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        let ink = ink(style.color())?;
        let _ = write!(
            self.out,
            r#"<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>"#,
            ink.classes(),
            Px(from.0),
            Px(from.1),
            Px(to.0),
            Px(to.1)
        );
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        let ink = ink(style.color())?;
        let _ = write!(
            self.out,
            r#"<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>"#,
            ink.classes(),
            Px(upper_left.0),
            Px(upper_left.1),
            Px(bottom_right.0 - upper_left.0),
            Px(bottom_right.1 - upper_left.1)
        );
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let ink = ink(style.color())?;
        self.path(path, ink, false);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawn {
        let ink = ink(style.color())?;
        self.path(vert, ink, true);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        let ink = ink(style.color())?;
        let _ = write!(
            self.out,
            r#"<circle class="{}" cx="{}" cy="{}" r="{}"/>"#,
            ink.classes(),
            Px(center.0),
            Px(center.1),
            Px(i32::try_from(radius).unwrap_or(i32::MAX))
        );
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        pos: BackendCoord,
    ) -> Drawn {
        let ink = ink(style.color())?;
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => r#" text-anchor="middle""#,
            HPos::Right => r#" text-anchor="end""#,
        };
        // In ems, so that text which the style sheet sets larger stays where it belongs.
        let dy = match style.anchor().v_pos {
            VPos::Bottom => String::new(),
            VPos::Center => format!(r#" dy="{:.2}em""#, CAP_HEIGHT / 2.0),
            VPos::Top => format!(r#" dy="{CAP_HEIGHT:.2}em""#),
        };
        let _ = write!(
            self.out,
            r#"<text class="{}" x="{}" y="{}"{dy}{anchor}>{}</text>"#,
            ink.classes(),
            Px(pos.0),
            Px(pos.1),
            Escaped(text)
        );
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<SvgError>> {
        let whole = |units: f64| units.ceil().clamp(0.0, f64::from(u32::MAX)) as u32;
        Ok((whole(text_width(text, style.size())), whole(style.size())))
    }
}

fn ink(color: BackendColor) -> Result<Ink, DrawingErrorKind<SvgError>> {
    Ink::from_reserved(color.rgb).ok_or(DrawingErrorKind::DrawingError(SvgError::UnknownColour(
        color.rgb,
    )))
}

/// A coordinate of plotters in CSS pixels, rounded to 0.01.
#[must_use]
pub fn css_px(units: i32) -> f64 {
    (f64::from(units) / f64::from(SCALE) * 100.0).round() / 100.0
}

struct Px(i32);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", css_px(self.0))
    }
}

/// Text as it may stand between tags and in quoted attributes. Characters that XML does not allow
/// at all are left out.
pub struct Escaped<'a>(pub &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\t' | '\n' | '\r' => f.write_char(' ')?,
                c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_come_back_as_pixels_rounded_to_hundredths() {
        assert_eq!(Px(16).to_string(), "1");
        assert_eq!(Px(1).to_string(), "0.06");
        assert_eq!(Px(-24).to_string(), "-1.5");
    }

    #[test]
    fn text_cannot_leave_its_element_or_attribute() {
        let hostile = "</text><script>alert('x')</script>\" onload=\"\u{0}\u{1b}&";
        let written = Escaped(hostile).to_string();
        assert!(
            !written.contains(['<', '>', '"', '\'', '\u{0}', '\u{1b}']),
            "{written}"
        );
        assert!(
            written.contains("&lt;script&gt;") && written.ends_with("&amp;"),
            "{written}"
        );
    }
}
