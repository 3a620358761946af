//! Lines of `key=value` pairs.

use std::fmt::{self, Debug, Display, Write};
use tracing::{Event, Subscriber, field::Field};
use tracing_subscriber::{
    field::Visit,
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

/// `ts`, `level`, `target`, `msg`, the fields of the event, then the spans with theirs.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogFmt;

impl<S, N> FormatEvent<S, N> for LogFmt
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        writer.write_str("ts=")?;
        SystemTime.format_time(&mut writer)?;
        let metadata = event.metadata();
        let level = metadata.level().as_str().to_ascii_lowercase();
        write!(writer, " level={level} target={}", metadata.target())?;
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Some(message) = &fields.message {
            pair(&mut writer, "msg", message)?;
        }
        writer.write_str(&fields.others)?;
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            pair(&mut writer, "span", &span.name())?;
            let extensions = span.extensions();
            let fields =
                extensions.get::<FormattedFields<N>>().map_or("", |fields| fields.as_str());
            if !fields.is_empty() {
                write!(writer, " {fields}")?;
            }
        }
        writer.write_char('\n')
    }
}

/// The message, and the other fields as they are written.
#[derive(Default)]
struct Fields {
    message: Option<String>,
    others: String,
}

impl Fields {
    fn add(&mut self, field: &Field, value: &dyn Display) {
        if field.name() == "message" {
            self.message = Some(value.to_string());
            return;
        }
        // Writing to a string does not fail.
        pair(&mut self.others, field.name(), value).ok();
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, &format_args!("{value:?}"));
    }
}

/// ` key=value`, the value in quotes if it is empty or has a blank, a quote, `=` or a control character.
fn pair(writer: &mut impl Write, key: &str, value: &dyn Display) -> fmt::Result {
    let value = value.to_string();
    let special = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '=' | '\\');
    if value.is_empty() || value.contains(special) {
        write!(writer, " {key}={value:?}")
    } else {
        write!(writer, " {key}={value}")
    }
}
