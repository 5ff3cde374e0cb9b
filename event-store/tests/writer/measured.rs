//! What the committer measures of its groups, kept where the writer can tell it.

use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use crate::model::Groups;

/// Where the metrics of this process go: those of groups are kept, others go nowhere.
#[derive(Clone, Default)]
pub(crate) struct Measured(Arc<Mutex<Groups>>);

impl Measured {
    /// What was measured so far.
    pub(crate) fn groups(&self) -> Groups {
        self.0.lock().expect("no code panics while it holds this lock").clone()
    }
}

impl Recorder for Measured {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        if key.name() != "hansard_append_deferred_total" {
            return Counter::noop();
        }
        let cause = key.labels().map(|label| label.value().to_owned()).collect();
        Counter::from_arc(Arc::new(Deferred { cause, measured: self.clone() }))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        if key.name() == "hansard_append_group_commands" {
            Histogram::from_arc(Arc::new(self.clone()))
        } else {
            Histogram::noop()
        }
    }
}

impl HistogramFn for Measured {
    fn record(&self, commands: f64) {
        let mut groups = self.0.lock().expect("no code panics while it holds this lock");
        groups.largest = groups.largest.max(commands);
    }
}

/// Counts the commands that were left to the next group for one cause.
struct Deferred {
    cause: String,
    measured: Measured,
}

impl CounterFn for Deferred {
    fn increment(&self, value: u64) {
        let mut groups = self.measured.0.lock().expect("no code panics while it holds this lock");
        *groups.deferred.entry(self.cause.clone()).or_default() += value;
    }

    fn absolute(&self, value: u64) {
        let mut groups = self.measured.0.lock().expect("no code panics while it holds this lock");
        groups.deferred.insert(self.cause.clone(), value);
    }
}
