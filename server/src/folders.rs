//! Where the program's own folders are: named, beside the program as a release is laid out, or in a checkout.

use std::path::{Path, PathBuf};

use crate::config::ConfigError;

/// The dbt project: the one named, else beside the program, else in the working directory.
///
/// # Errors
/// When there is none.
pub fn project_folder(named: Option<PathBuf>) -> Result<PathBuf, ConfigError> {
    let tried = match named {
        Some(named) => vec![named],
        None => beside_program("marts", Path::new("marts")),
    };
    first_folder(
        tried,
        "the dbt project",
        "name its folder with --project DIR, or run from the folder that holds `marts`",
    )
}

/// Where to look for `name`: beside the program (as a release is laid out), then the place in a checkout.
pub fn beside_program(name: &str, in_checkout: &Path) -> Vec<PathBuf> {
    let program = std::env::current_exe().and_then(std::fs::canonicalize).ok();
    let beside = program
        .as_deref()
        .and_then(Path::parent)
        .map(|folder| folder.join(name));
    beside
        .into_iter()
        .chain([in_checkout.to_path_buf()])
        .collect()
}

/// The first of `tried` that exists.
///
/// # Errors
/// When none does: `what` was looked for, and the `cure`.
pub fn first_folder(
    tried: Vec<PathBuf>,
    what: &'static str,
    cure: &'static str,
) -> Result<PathBuf, ConfigError> {
    if let Some(found) = tried.iter().find(|folder| folder.is_dir()) {
        return Ok(found.clone());
    }
    let tried = tried
        .iter()
        .map(|folder| folder.display().to_string())
        .collect::<Vec<_>>()
        .join(" or ");
    Err(ConfigError::NoFolder { what, tried, cure })
}
