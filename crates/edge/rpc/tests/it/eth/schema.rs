//! As much of JSON Schema as the public description of the methods uses.

use serde_json::Value;

/// Fields that Scroll adds, and those that clients give on top of what is described.
const ADDED: [&str; 4] = ["l1Fee", "sender", "queueIndex", "gasPrice"];

/// A description of methods and types.
pub(crate) struct OpenRpc(pub(crate) Value);

impl OpenRpc {
    /// Why `value` is not what the description of `method` says it returns.
    pub(crate) fn check(&self, method: &str, value: &Value) -> Result<(), String> {
        let methods = self.0["methods"].as_array().unwrap();
        let described = methods.iter().find(|described| described["name"] == method);
        let described = described.unwrap_or_else(|| panic!("{method} is not described"));
        self.matches(&described["result"]["schema"], value, method)
    }

    fn matches(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap();
            return self.matches(&self.0["components"]["schemas"][name], value, at);
        }
        for key in schema.as_object().unwrap().keys() {
            assert!(KNOWN.contains(&key.as_str()), "{key} in {schema}");
        }
        self.matches_type(schema, value, at)?;
        self.matches_combined(schema, value, at)?;
        self.matches_object(schema, value, at)?;
        if let (Some(item), Some(items)) = (schema.get("items"), value.as_array()) {
            for (index, value) in items.iter().enumerate() {
                self.matches(item, value, &format!("{at}[{index}]"))?;
            }
        }
        Ok(())
    }

    fn matches_type(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let fits = match schema["type"].as_str() {
            None => true,
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("null") => value.is_null(),
            Some("number") => value.is_number(),
            Some(other) => panic!("type {other}"),
        };
        let pattern = schema["pattern"].as_str();
        let written = pattern
            .is_none_or(|pattern| value.as_str().is_some_and(|text| is_written_as(pattern, text)));
        if fits && written { Ok(()) } else { Err(format!("{at}: {value} is not {schema}")) }
    }

    fn matches_combined(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.matches(part, value, at)?;
        }
        for key in ["oneOf", "anyOf"] {
            let Some(parts) = schema[key].as_array() else { continue };
            let failures: Vec<_> =
                parts.iter().filter_map(|part| self.matches(part, value, at).err()).collect();
            if failures.len() == parts.len() {
                return Err(failures.join("\n  or "));
            }
        }
        Ok(())
    }

    fn matches_object(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let Some(object) = value.as_object() else { return Ok(()) };
        for name in schema["required"].as_array().into_iter().flatten() {
            if !object.contains_key(name.as_str().unwrap()) {
                return Err(format!("{at} lacks {name}"));
            }
        }
        for (name, value) in object {
            match schema["properties"].get(name) {
                Some(schema) => self.matches(schema, value, &format!("{at}.{name}"))?,
                None if schema["additionalProperties"] == Value::Bool(false)
                    && !ADDED.contains(&name.as_str()) =>
                {
                    return Err(format!("{at} has {name}"));
                }
                None if schema["additionalProperties"].is_object() => {
                    let schema = &schema["additionalProperties"];
                    self.matches(schema, value, &format!("{at}.{name}"))?;
                }
                None => {}
            }
        }
        Ok(())
    }
}

const KNOWN: [&str; 18] = [
    "type",
    "title",
    "description",
    "pattern",
    "properties",
    "required",
    "items",
    "oneOf",
    "anyOf",
    "allOf",
    "additionalProperties",
    "enum",
    "minimum",
    "maximum",
    "deprecated",
    "const",
    "patternProperties",
    "not",
];

/// The patterns of the description, which are all about the digits of a hexadecimal number.
fn is_written_as(pattern: &str, text: &str) -> bool {
    let Some(digits) = text.strip_prefix("0x") else { return false };
    let lower = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let any_case = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let quantity = lower && (digits == "0" || !digits.is_empty() && !digits.starts_with('0'));
    match pattern {
        "^0x(0|[1-9a-f][0-9a-f]*)$" => quantity,
        "^0x(0|[1-9a-f][0-9a-f]{0,7})$" => quantity && digits.len() <= 8,
        "^0x(0|[1-9a-f][0-9a-f]{0,15})$" => quantity && digits.len() <= 16,
        "^0x(0|[1-9a-f][0-9a-f]{0,63})$" => quantity && digits.len() <= 64,
        "^0x[0-9a-f]*$" => lower,
        "^0x[0-9a-f]{1,2}$" => lower && (1..=2).contains(&digits.len()),
        "^0x[0-9a-f]{0,64}$" => lower && digits.len() <= 64,
        "^0x[0-9a-fA-F]{40}$" => any_case && digits.len() == 40,
        _ => {
            if let Some(digit) = pattern.strip_prefix("^0x").and_then(|rest| rest.strip_suffix('$'))
                && digit.len() == 1
            {
                return digits == digit;
            }
            let length =
                pattern.strip_prefix("^0x[0-9a-f]{").and_then(|rest| rest.strip_suffix("}$"));
            let length = length.unwrap_or_else(|| panic!("pattern {pattern}"));
            lower && digits.len() == length.parse::<usize>().unwrap()
        }
    }
}
