//! A configuration file in TOML.

use super::{error::ConfigFileError, flag::Flag, origin::Origin};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The values of a configuration file, by the names of their flags.
#[derive(Debug, Default)]
pub(super) struct ConfigFile(BTreeMap<String, (Origin, OsString)>);

impl ConfigFile {
    /// Reads a file, every key of which must be a setting.
    pub(super) fn read(path: &Path, flags: &[Flag<'_>]) -> Result<Self, ConfigFileError> {
        let path = Arc::new(path.to_owned());
        let error = |source| ConfigFileError::Read { path: Arc::clone(&path), source };
        let text = fs::read_to_string(&*path).map_err(error)?;
        Reader { path, text: &text, flags, values: BTreeMap::new() }.read()
    }

    pub(super) fn get(&self, flag: &str) -> Option<&(Origin, OsString)> {
        self.0.get(flag)
    }
}

struct Reader<'a> {
    path: Arc<PathBuf>,
    text: &'a str,
    flags: &'a [Flag<'a>],
    values: BTreeMap<String, (Origin, OsString)>,
}

impl Reader<'_> {
    fn read(mut self) -> Result<ConfigFile, ConfigFileError> {
        let table = DeTable::parse(self.text).map_err(|err| ConfigFileError::Malformed {
            path: Arc::clone(&self.path),
            line: self.line(err.span().unwrap_or_default()),
            message: err.message().replace('\n', ", "),
        })?;
        self.table("", table.get_ref())?;
        Ok(ConfigFile(self.values))
    }

    /// The number of the line where the span begins.
    fn line(&self, span: Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(span.start);
        before.filter(|byte| **byte == b'\n').count() + 1
    }

    fn table(&mut self, prefix: &str, table: &DeTable<'_>) -> Result<(), ConfigFileError> {
        for (name, value) in table {
            let dot = if prefix.is_empty() { "" } else { "." };
            let key = format!("{prefix}{dot}{}", name.get_ref());
            let line = self.line(name.span());
            match value.get_ref() {
                DeValue::Table(table) => {
                    let is_table = |flag: &Flag<'_>| flag.key().starts_with(&format!("{key}."));
                    if !self.flags.iter().any(is_table) {
                        self.refuse_table(&key, line)?;
                    }
                    self.table(&key, table)?;
                }
                _ => self.value(&key, line, value)?,
            }
        }
        Ok(())
    }

    /// A table in the place of a value, or of nothing.
    fn refuse_table(&self, key: &str, line: usize) -> Result<(), ConfigFileError> {
        let (path, key) = (Arc::clone(&self.path), key.to_owned());
        match self.flags.iter().find(|flag| flag.has_key(&key)) {
            Some(flag) => {
                let expected = expected(flag);
                Err(ConfigFileError::Type { path, line, key, expected, found: "a table" })
            }
            None => Err(ConfigFileError::UnknownKey { path, line, key }),
        }
    }

    fn value(
        &mut self,
        key: &str,
        line: usize,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), ConfigFileError> {
        let (path, key) = (Arc::clone(&self.path), key.to_owned());
        let Some(flag) = self.flags.iter().find(|flag| flag.has_key(&key)) else {
            return Err(ConfigFileError::UnknownKey { path, line, key });
        };
        let text = match value.get_ref() {
            DeValue::String(text) if !flag.is_bool() => text.clone().into_owned(),
            // As it is written, without the underscores: clap reads decimal numbers.
            DeValue::Integer(number) if !flag.is_bool() && number.radix() == 10 => {
                number.as_str().to_owned()
            }
            DeValue::Boolean(value) if flag.is_bool() => value.to_string(),
            DeValue::Array(items) if flag.is_list() && items.iter().all(is_text) => {
                items.iter().filter_map(text).collect::<Vec<_>>().join(",")
            }
            value => {
                let (expected, found) = (expected(flag), found(value));
                return Err(ConfigFileError::Type { path, line, key, expected, found });
            }
        };
        let origin = Origin::File { path: Arc::clone(&path), line };
        match self.values.insert(flag.name().to_owned(), (origin, text.into())) {
            None => Ok(()),
            Some(_) => Err(ConfigFileError::Twice { path, line, key }),
        }
    }
}

fn text<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<&'a str> {
    match value.get_ref() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}

fn is_text(value: &Spanned<DeValue<'_>>) -> bool {
    text(value).is_some()
}

fn expected(flag: &Flag<'_>) -> &'static str {
    if flag.is_bool() {
        "true or false"
    } else if flag.is_list() {
        "a text or a list of texts"
    } else {
        "a text or a decimal number"
    }
}

fn found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(integer) if integer.radix() == 10 => "a number",
        DeValue::Integer(_) => "a number that is not decimal",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
