//! The properties of events: one flat object of texts.

use std::collections::HashMap;

/// The names and values of an object whose values are all texts without escapes.
pub fn flat(text: &str) -> HashMap<String, String> {
    let mut parts = text.split('"').skip(1).step_by(2);
    let mut values = HashMap::new();
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        values.insert(name.to_owned(), value.to_owned());
    }
    values
}

#[cfg(test)]
mod tests {
    use super::flat;

    #[test]
    fn names_and_values_alternate() {
        let values = flat(r#"{"cash_out_id":"co1","amount":"10.00"}"#);
        assert_eq!(values["cash_out_id"], "co1");
        assert_eq!(values["amount"], "10.00");
        assert!(flat("{}").is_empty());
    }
}
