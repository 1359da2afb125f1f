#![allow(clippy::unwrap_used)]

use super::*;

fn load(toml: &str, flags: Flags) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("carton-caps.toml");
    std::fs::write(&file, toml).unwrap();
    Config::load(&Flags {
        config: Some(file),
        ..flags
    })
}

fn message(result: Result<Config, ConfigError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn without_a_word_from_anyone_there_are_defaults() {
    let config = load("", Flags::default()).unwrap();
    assert_eq!(config.server.addr.to_string(), "127.0.0.1:3000");
    assert_eq!(config.limits.query_deadline(), Duration::from_secs(10));
    assert!(!config.server.insecure_open);
    assert!(matches!(config.data(), Err(ConfigError::NoData)));
}

#[test]
fn the_command_line_wins_over_the_file() {
    let toml =
        "[server]\naddr = \"127.0.0.1:4000\"\nshutdown_seconds = 3\n[log]\nformat = \"json\"\n";
    let config = load(toml, Flags::default()).unwrap();
    assert_eq!(config.server.addr.port(), 4000);
    assert_eq!(config.log.format, LogFormat::Json);

    let flags = Flags {
        addr: Some(([127, 0, 0, 1], 5000).into()),
        log_format: Some(LogFormat::Text),
        ..Flags::default()
    };
    let config = load(toml, flags).unwrap();
    assert_eq!(config.server.addr.port(), 5000);
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!(
        config.server.shutdown_seconds, 3,
        "what the flags do not say stays"
    );
}

#[test]
fn paths_in_the_file_are_relative_to_the_file_and_flags_to_the_caller() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("any.toml");
    std::fs::write(&file, "[paths]\ndata = \"marts-data\"\n").unwrap();
    let flags = Flags {
        config: Some(file),
        ..Flags::default()
    };
    assert_eq!(
        Config::load(&flags).unwrap().data().unwrap(),
        folder.path().join("marts-data")
    );

    let flags = Flags {
        data: Some("here/data".into()),
        ..flags
    };
    assert_eq!(
        Config::load(&flags).unwrap().data().unwrap(),
        Path::new("here/data")
    );
}

#[test]
fn an_unknown_key_is_an_error_that_names_file_and_key() {
    let said = message(load(
        "[server]\nadress = \"127.0.0.1:1\"\n",
        Flags::default(),
    ));
    assert!(
        said.contains("carton-caps.toml")
            && said.contains("`server.adress`")
            && said.contains("addr"),
        "{said}"
    );
    let said = message(load("[sever]\naddr = \"127.0.0.1:1\"\n", Flags::default()));
    assert!(
        said.contains("`sever`") && said.contains("server"),
        "{said}"
    );
    let said = message(load("addr = \"127.0.0.1:1\"\n", Flags::default()));
    assert!(said.contains("`addr`"), "{said}");
}

#[test]
fn a_value_of_the_wrong_type_is_an_error_that_names_file_and_key() {
    let said = message(load(
        "[limits]\nquery_seconds = \"soon\"\n",
        Flags::default(),
    ));
    assert!(
        said.contains("carton-caps.toml") && said.contains("limits.query_seconds"),
        "{said}"
    );
    let said = message(load("[limits\n", Flags::default()));
    assert!(said.contains("carton-caps.toml"), "{said}");
}

#[test]
fn a_named_file_has_to_exist() {
    let flags = Flags {
        config: Some("/nowhere/carton-caps.toml".into()),
        ..Flags::default()
    };
    assert!(message(Config::load(&flags)).contains("/nowhere/carton-caps.toml"));
}

#[test]
fn an_address_that_others_reach_is_refused_unless_asked_for() {
    for open in [
        "0.0.0.0:3000",
        "192.168.1.5:80",
        "[::]:3000",
        "[2001:db8::1]:443",
    ] {
        let toml = format!("[server]\naddr = \"{open}\"\n");
        let refused = load(&toml, Flags::default()).unwrap().refuse_open_address();
        assert!(
            refused.is_err_and(|e| e.to_string().contains("--insecure-open")),
            "{open}"
        );
        let flags = Flags {
            insecure_open: true,
            ..Flags::default()
        };
        assert!(
            load(&toml, flags).unwrap().refuse_open_address().is_ok(),
            "{open}"
        );
    }
    for own in ["127.0.0.1:3000", "127.8.8.8:1", "[::1]:3000"] {
        let toml = format!("[server]\naddr = \"{own}\"\n");
        assert!(
            load(&toml, Flags::default())
                .unwrap()
                .refuse_open_address()
                .is_ok(),
            "{own}"
        );
    }
}
