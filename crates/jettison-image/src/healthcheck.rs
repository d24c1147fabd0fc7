//! HEALTHCHECK, as Docker stores it in an image config.

use std::time::Duration;

use serde_json::Value;

use crate::fields::{Extra, Fields, FieldsWriter, Json, Place, ShapeError};

/// How to ask whether a container is well. Missing or zero times mean the engine's defaults.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HealthCheck {
    /// Empty: inherit; `["NONE"]`: none; `["CMD", args...]`; `["CMD-SHELL", command]`.
    pub test: Vec<String>,
    /// Between two checks.
    pub interval: Option<Duration>,
    /// Until a check that hangs has failed.
    pub timeout: Option<Duration>,
    /// How long a new container may fail.
    pub start_period: Option<Duration>,
    /// Between two checks in that time.
    pub start_interval: Option<Duration>,
    /// How many failures in a row make it unwell.
    pub retries: Option<u64>,
    /// Fields this version of jettison does not know.
    pub extra: Extra,
}

impl Json for HealthCheck {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let mut fields = Fields::new(value, place)?;
        Ok(Self {
            test: fields.take("Test")?,
            interval: fields.take_option("Interval")?,
            timeout: fields.take_option("Timeout")?,
            start_period: fields.take_option("StartPeriod")?,
            start_interval: fields.take_option("StartInterval")?,
            retries: fields.take_option("Retries")?,
            extra: fields.finish(),
        })
    }

    fn write(&self) -> Value {
        let mut fields = FieldsWriter::new(&self.extra);
        fields.put("Test", &self.test);
        fields.option("Interval", self.interval.as_ref());
        fields.option("Timeout", self.timeout.as_ref());
        fields.option("StartPeriod", self.start_period.as_ref());
        fields.option("StartInterval", self.start_interval.as_ref());
        fields.option("Retries", self.retries.as_ref());
        fields.finish()
    }
}

/// Go's `time.Duration`: whole nanoseconds.
impl Json for Duration {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let nanos = value.as_u64().filter(|nanos| i64::try_from(*nanos).is_ok());
        nanos.map(Self::from_nanos).ok_or_else(|| {
            ShapeError::new(
                place,
                format_args!("expected nanoseconds as a whole number, found {}", found(&value)),
            )
        })
    }

    fn write(&self) -> Value {
        // Go's type ends at 292 years.
        Value::from(i64::try_from(self.as_nanos()).unwrap_or(i64::MAX))
    }
}

/// A short rendering for a message.
fn found(value: &Value) -> String {
    /// As long as the longest number.
    const MAX_CHARS: usize = 24;
    value.to_string().chars().take(MAX_CHARS).collect()
}
