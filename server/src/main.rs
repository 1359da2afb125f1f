use std::process::ExitCode;

fn main() -> ExitCode {
    carton_caps::cli::main()
}
