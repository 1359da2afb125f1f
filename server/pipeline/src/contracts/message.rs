//! What is said of contracts that stop a release.

use super::ContractResult;

pub(crate) fn message(results: &[ContractResult]) -> String {
    let mut text = match results {
        [one] => format!("the contract {} failed", one.contract),
        many => format!("{} contracts failed", many.len()),
    };
    text.push_str("; nothing was published, the current release is as it was");
    for result in results {
        let ContractResult {
            contract,
            relation,
            failing_rows,
            sample,
            ..
        } = result;
        let rows = if *failing_rows == 1 {
            "row fails"
        } else {
            "rows fail"
        };
        text.push_str(&format!(
            "\n  {contract} on {relation}: {failing_rows} {rows}"
        ));
        if !sample.is_empty() {
            text.push_str(", such as");
        }
        for row in sample {
            text.push_str(&format!("\n    {row}"));
        }
        if !result.description.is_empty() {
            text.push_str(&format!("\n    what must hold: {}", result.description));
        }
        if let Some(place) = &result.declared_at {
            text.push_str(&format!("\n    declared at {place}"));
        }
    }
    text.push_str(
        "\nWhat landed is kept. Land a correction, or change the contract or the model where it is declared, and run again.",
    );
    text
}
