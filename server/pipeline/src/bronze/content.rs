//! The bytes of one landing file: decompressed, and counted and hashed on the way.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::{Fault, Meter};
use crate::PipelineError;

pub(super) struct Content<'a>(Inner<'a>);

enum Inner<'a> {
    Plain(Metered<'a>),
    Gzip(Box<MultiGzDecoder<Metered<'a>>>),
}

/// A file as it lies there.
struct Metered<'a> {
    file: Box<dyn Read + Send + 'a>,
    sha: Sha256,
    meter: &'a Meter<'a>,
    /// What was looked at before it was asked for.
    ahead: Vec<u8>,
}

impl<'a> Content<'a> {
    pub(super) fn new(
        file: impl Read + Send + 'a,
        gzip: bool,
        meter: &'a Meter<'a>,
    ) -> Result<Self, Fault> {
        let mut metered = Metered {
            file: Box::new(file),
            sha: Sha256::new(),
            meter,
            ahead: Vec::new(),
        };
        if !gzip {
            return Ok(Self(Inner::Plain(metered)));
        }
        metered.look_ahead().map_err(|error| unreadable(&error))?;
        if !metered.ahead.is_empty() && !b"\x1f\x8b".starts_with(&metered.ahead) {
            return Err(Fault::SetAside(
                "it is named .gz but is not compressed with gzip; rename it without .gz, or deliver it again"
                    .to_owned(),
            ));
        }
        Ok(Self(Inner::Gzip(Box::new(MultiGzDecoder::new(metered)))))
    }

    /// SHA-256, in hex, of the bytes of the file that were read.
    pub(super) fn file_id(self) -> String {
        let metered = match self.0 {
            Inner::Plain(metered) => metered,
            Inner::Gzip(decoder) => decoder.into_inner(),
        };
        hex::encode(metered.sha.finalize())
    }
}

impl Metered<'_> {
    /// Looks at the first two bytes, where there are as many.
    fn look_ahead(&mut self) -> io::Result<()> {
        let mut two = [0; 2];
        let mut read = 0;
        while read < two.len() {
            match self.read(&mut two[read..]) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.ahead = two[..read].to_vec();
        Ok(())
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.ahead.is_empty() {
            let bytes = self.ahead.len().min(buffer.len());
            buffer[..bytes].copy_from_slice(&self.ahead[..bytes]);
            self.ahead.drain(..bytes);
            return Ok(bytes);
        }
        let read = self.file.read(buffer)?;
        self.sha.update(&buffer[..read]);
        self.meter.advance(read as u64);
        Ok(read)
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Plain(metered) => metered.read(buffer),
            Inner::Gzip(decoder) => decoder.read(buffer),
        }
    }
}

/// What a file cannot be read for.
pub(super) fn unreadable(error: &io::Error) -> Fault {
    use io::ErrorKind::{
        ConnectionAborted, InvalidData, InvalidInput, PermissionDenied, UnexpectedEof,
    };
    // The store's fault, and not the file's.
    if error.kind() == ConnectionAborted {
        return Fault::Fatal(PipelineError::Landing(format!(
            "the landing place does not answer any more ({error}); nothing was published, files already taken into bronze are \
             kept: run again when it can be reached"
        )));
    }
    Fault::SetAside(match error.kind() {
        PermissionDenied => {
            "it cannot be read (permission denied); give this user the right to read it".to_owned()
        }
        UnexpectedEof => {
            "its compressed data ends too early; it was not delivered whole, deliver it again"
                .to_owned()
        }
        InvalidData | InvalidInput => {
            format!("its compressed data is damaged ({error}); deliver it again")
        }
        _ => format!(
            "it cannot be read ({error}); mend or remove it, it is tried again on the next run"
        ),
    })
}
