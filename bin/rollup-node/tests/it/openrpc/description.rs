//! The public description of the methods (execution-apis).

use jsonschema::Validator;
use rollup_workspace::workspace_root;
use serde_json::{Value, json};
use std::{env, fs, path::PathBuf};

/// Environment variable with the folder that holds `data`.
const DATA_VARIABLE: &str = "ROLLUP_TEST_DATA";
/// Fields that are allowed where others than those described are not: Scroll's own of transactions
/// and receipts, and the price that clients give for transactions with fee caps as well.
const ADDED: [&str; 4] = ["l1Fee", "sender", "queueIndex", "gasPrice"];

/// A parameter of a method.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) is_required: bool,
    validator: Validator,
}

impl Parameter {
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        check(&self.validator, value)
    }
}

/// A method: what it takes and gives.
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
    result: Validator,
}

impl Method {
    pub(crate) fn check(&self, result: &Value) -> Result<(), String> {
        check(&self.result, result)
    }
}

fn check(validator: &Validator, value: &Value) -> Result<(), String> {
    let differences: Vec<_> = validator
        .iter_errors(value)
        .map(|difference| format!("{}: {difference}", difference.instance_path()))
        .collect();
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}

/// All methods; `None` on a machine without the description.
#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
pub(crate) fn methods() -> Option<Vec<Method>> {
    let root = env::var_os(DATA_VARIABLE)
        .map_or_else(|| workspace_root().join("../shared"), PathBuf::from);
    let path = root.join("data/rpc/openrpc.json");
    let Ok(text) = fs::read_to_string(&path) else {
        let message = format!("no test data at {}: set {DATA_VARIABLE}", path.display());
        assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{message}");
        eprintln!("DID NOT RUN: {message}");
        return None;
    };
    let mut document: Value = serde_json::from_str(&text).unwrap();
    loosen(&mut document);
    let components = &document["components"];
    let methods = document["methods"].as_array().unwrap();
    Some(methods.iter().map(|method| parse(method, components)).collect())
}

fn parse(method: &Value, components: &Value) -> Method {
    let parameters = method["params"].as_array().unwrap().iter().map(|parameter| Parameter {
        name: parameter["name"].as_str().unwrap().to_owned(),
        // Where nothing is said its authors mean that it is.
        is_required: parameter["required"] != false,
        validator: validator(&parameter["schema"], components),
    });
    Method {
        name: method["name"].as_str().unwrap().to_owned(),
        parameters: parameters.collect(),
        result: validator(&method["result"]["schema"], components),
    }
}

fn validator(schema: &Value, components: &Value) -> Validator {
    let mut schema = schema.clone();
    schema["components"] = components.clone();
    jsonschema::validator_for(&schema).unwrap()
}

/// Allows what our fields add. And makes "one of" mean "any of", as its authors do: an empty list
/// fits both a list of hashes and a list of transactions.
fn loosen(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(choices) = fields.remove("oneOf") {
                fields.insert("anyOf".to_owned(), choices);
            }
            let is_closed = fields.get("additionalProperties") == Some(&json!(false));
            if is_closed && let Some(Value::Object(properties)) = fields.get_mut("properties") {
                for name in ADDED {
                    properties.entry(name).or_insert(json!(true));
                }
            }
            fields.values_mut().for_each(loosen);
        }
        Value::Array(items) => items.iter_mut().for_each(loosen),
        _ => {}
    }
}
